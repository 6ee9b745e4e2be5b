"""pywb as an archive to take from: what one home kept comes through it into another as the outlet had sent it."""

from __future__ import annotations

import json

from archive.warc import http1
from archive.warc.records import DECODE_LIMIT
from tests.homes import Place
from tests.oracles.kept import CONFIRMED, DENIED, TWELVE
from tests.oracles.test_replay import replaying
from tests.played import stet


class Nowhere:
    """No newsroom: only the archive is asked."""

    connect_to: dict[str, str]
    tls = None
    ca_path = ""

    def __init__(self) -> None:
        self.connect_to = {}


def test_what_pywb_replays_is_taken_over_with_its_versions_and_changes(archive, tmp_path):
    names = ["edited", "brotli", "withdrawn"]
    place = Place(tmp_path / "home", Nowhere(), crawl="allow_private_addresses = true")
    place.home  # noqa: B018 - writes its settings
    with replaying(tmp_path, archive.home) as replay:
        for name in names:
            address = f"http://127.0.0.1:{replay.port}/stet/"
            done = stet("backfill", "--home", place.root, "--json", "--from", address, archive.urls[name])
            assert done.returncode == 0, done.stderr
            row = json.loads(done.stdout)
            assert (row["kept"] + row["known"], row["failed"]) == (len(archive.captures(name)), 0)
    for name in names:
        for row in place.fetches(archive.urls[name]):
            [taken] = [
                e for e in map(place.exchange, place.log()) if e.url == archive.urls[name] and e.began == row.began
            ]
            [theirs] = [c for c in archive.captures(name) if c.timestamp.replace(microsecond=0) == row.began]
            if theirs.record_type == "response":
                message = http1.parse(taken.response, undone=taken.undone)
                body = http1.body_of(message, limit=DECODE_LIMIT)
                assert (message.head.status, body.body) == (
                    theirs.status,
                    archive.body(name, theirs.timestamp),
                )
    versions = place.versions(archive.urls["edited"])
    assert [next(w for w in (DENIED, CONFIRMED, TWELVE) if w in v.extraction.text) for v in versions] == [
        DENIED,
        CONFIRMED,
        TWELVE,
    ]
    assert len(place.changes()) == 2
    assert stet("verify", "--home", place.root).returncode == 0
