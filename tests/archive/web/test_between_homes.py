"""One Stet takes from another over HTTP: what `stet serve` gives out is what `stet backfill` knows how to read."""

from __future__ import annotations

import json

from archive import home as homes
from archive.warc import http1
from archive.warc.records import DECODE_LIMIT
from tests.homes import Place
from tests.newsroom import Newsroom
from tests.played import kept, stet
from tests.serving import served


def captured(home, url) -> list[dict]:
    done = stet("captures", url, "--home", home, "--json")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_backfill_from_another_stet_has_the_same_captures_to_the_millisecond(tmp_path):
    report = kept().report
    with served(homes.find(kept().home, {})) as site, Newsroom() as room:
        place = Place(tmp_path / "home", room, crawl="allow_private_addresses = true")
        place.home  # noqa: B018 - writes its settings
        done = stet("backfill", "--home", place.root, "--json", "--from", f"{site.base}/", report)
        assert done.returncode == 0, done.stderr
        row = json.loads(done.stdout)
    theirs, ours = captured(kept().home, report), captured(place.root, report)
    assert (row["kept"], row["failed"]) == (len(theirs), 0)
    assert [each["timestamp"] for each in ours] == [each["timestamp"] for each in theirs]
    texts = [version.extraction.text for version in place.versions(report)]
    assert ["denied" in texts[0], "120 people" in texts[1], "12 people" in texts[2]] == [True] * 3
    for each in map(place.exchange, place.log("article")):
        message = http1.parse(each.response, undone=each.undone)
        assert b"</html>" in http1.body_of(message, limit=DECODE_LIMIT).body
