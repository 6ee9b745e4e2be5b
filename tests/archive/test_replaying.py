"""What was found out live is found out again from the WARC files, by the same rules, to the same rows."""

from __future__ import annotations

import shutil

import pytest

from archive import home as homes
from archive.db.compare import differences
from archive.db.engine import open_database
from archive.replaying import Replayer
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
