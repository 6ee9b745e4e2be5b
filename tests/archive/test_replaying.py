"""What was found out live is found out again from the WARC files, by the same rules, to the same rows."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from archive import home as homes
from archive.db.compare import differences
from archive.db.engine import open_database
from archive.replaying import Replayer, rules, settings_by
from archive.settings import CrawlSettings, EditSettings, Settings, TakedownSettings
from tests.played import kept, played


def articles_of(database):
    from archive.db.articles import listed

    with database.read() as connection:
        return listed(connection, limit=10_000)


@pytest.fixture(params=[lambda: played().home, lambda: kept().home], ids=["the demo", "the story"])
def home(request, tmp_path):
    shutil.copytree(request.param(), tmp_path / "home")
    return homes.find(tmp_path / "home", {})


def test_an_article_that_is_found_out_anew_is_as_it_was(home, tmp_path):
    shutil.copy(home.root / "stet.db", tmp_path / "before.db")
    before, now = open_database(f"sqlite:///{tmp_path / 'before.db'}"), open_database(home.database_url)
    replayer = Replayer(now, home.settings, home.warcs)
    for article in articles_of(now):
        replayer.rederive(article.id)
    with before.read() as one, now.read() as other:
        assert [str(difference) for difference in differences(one, other)] == []
    before.close()
    now.close()


@pytest.mark.parametrize(
    "span", [timedelta(seconds=1.5), timedelta(hours=24), timedelta(days=14), timedelta(days=400)]
)
def test_the_rules_that_a_file_tells_are_read_again_to_the_second(span):
    made = Settings(
        takedowns=TakedownSettings(confirmations=4, span=span, offline_after=span),
        edits=EditSettings(confirm_after=span),
        crawl=CrawlSettings(vantages={"de": "socks5://127.0.0.1:1080"}),
    )
    told = settings_by(rules(made), Settings())
    assert (told.takedowns, told.edits) == (made.takedowns, made.edits)
    assert list(told.crawl.vantages) == ["de"]
    assert settings_by("confirmations=3; span=1.2096e+06s", Settings()).takedowns.span == timedelta(days=14)
