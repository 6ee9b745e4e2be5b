"""The home of `tests.played.kept` with what a reading room shows besides: tags, notes, alerts, rules, channels.

Made once in a process; nobody changes it.
"""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from archive import home as homes
from archive.alerting import Alerting
from archive.db import alerts, articles, notes, tags
from archive.db.engine import open_database
from archive.home import Home
from archive.memento import article_at
from tests.homes import START
from tests.played import Kept, kept

#: No secret of a channel may be seen, nor a login in an address.
SECRETS = ("s3cr3t-path", "hunter2")
CHANNELS = """
[alerts.channels.desk]
kind = "webhook"
url = "https://hooks.example.org/s3cr3t-path"
secret = "env:DESK_KEY"

[alerts.rules.all]
channels = ["desk"]

[crawl.vantages]
de = "socks5://user:hunter2@127.0.0.1:1080"
"""
NOW = START + timedelta(hours=12)


@dataclass(frozen=True)
class Furnished:
    """The home, what is in it, and a clock that stands still."""

    home: Home
    kept: Kept
    article: int  #: the id of the report, which was edited twice
    gone: int  #: of the bridge, which was taken down

    @staticmethod
    def now():
        return NOW


@functools.cache
def furnished() -> Furnished:
    """Make the home."""
    folder = Path(tempfile.mkdtemp(prefix="stet-reading-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    root = folder / "home"
    shutil.copytree(kept().home, root)
    settings = root / "stet.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + CHANNELS, encoding="utf-8")
    home = homes.find(root, {})
    database = open_database(home.database_url)
    with database.write() as connection:
        report, bridge = (article_at(connection, url).id for url in (kept().report, kept().bridge))
        tags.add(connection, report, "court", at=NOW)
        tags.add(connection, bridge, "court", at=NOW)
        written = notes.add(connection, report, "Ask the ministry.", author="ada", at=NOW)
        notes.edit(connection, written.key, "The ministry was asked.", by="ada", at=NOW + timedelta(minutes=1))
        alerting = Alerting(home.settings.alerts)
        for number in range(3):
            alerting.watch(connection, f"word-{number}", f"word {number}", NOW - timedelta(minutes=number))
        alerts.save_rule(connection, "silent", {"channels": ["desk"], "stealth": True}, now=NOW)
        until = NOW + timedelta(days=1)
        alerts.snooze(connection, f"article:{kept().once}", until=until, now=NOW)
        assert articles.of_ids(connection, [report, bridge])
    database.close()
    return Furnished(home, kept(), report, bridge)
