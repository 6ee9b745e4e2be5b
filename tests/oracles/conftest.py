"""A crawled archive for the judges from outside.

The pretend outlets play their story once; the crawl that keeps it is real, and only its clock is set. What
a judge says is then compared with what the outlets did, never with what we think that we kept.
"""

from __future__ import annotations

import pytest

from tests.homes import START, Place
from tests.newsroom import Newsroom
from tests.oracles.kept import ARABIC, DENIED, REST, Archive


@pytest.fixture(scope="session")
def archive(tmp_path_factory) -> Archive:
    """Seven passes over two outlets, an hour apart; see the comments for who does what."""
    with Newsroom(start=START) as room:
        herald = room.outlet("herald.example", title="The Herald")
        sabah = room.outlet("sabah.example", title="صباح", language="ar")
        stories = {
            "edited": herald.publish("Minister denies report on harbour deal", [DENIED, *REST]),
            "moved": herald.publish("Bridge to open in May"),
            "withdrawn": herald.publish("Engineers warned of cracks"),
            "gone": herald.publish("Company report on the old harbour"),
            "legal": herald.publish("Judge named in harbour papers"),
            "chunked": herald.publish("Ferry runs again"),
            "brotli": herald.publish("Museum shows lost letters"),
            "hinted": herald.publish("Rain expected for the weekend"),
            "cut": herald.publish("Orchestra plays at the quay"),
            "reset": herald.publish("Fish market closes"),
            "arabic": sabah.publish("الوزارة تعلن عدد المنازل", ARABIC),
            "zipped": herald.publish("Choir sings in the harbour"),
        }
        # A pause of no length: the whole answer, whatever the condition; so this page never gets a 304.
        stories["edited"].break_with("late", times=2, seconds=0)
        stories["chunked"].break_with("odd_chunks")
        stories["zipped"].break_with("zipped_chunks")
        stories["brotli"].break_with("brotli")
        stories["hinted"].break_with("early_hints")
        place = Place(tmp_path_factory.mktemp("oracles") / "home", room)
        place.watch(stories=stories.values())
        archive = Archive(
            place.home,
            {name: story.url for name, story in stories.items()},
            {name: story.words.paragraphs for name, story in stories.items()},
        )

        def look() -> None:
            place.clock.advance(milliseconds=250)  # dates are not whole seconds, as in real life
            place.look(hours=1)
            room.clock.advance(hours=1)

        look()  # 09:00 everything is there
        look()  # 10:00 the very same bytes of the story that will be edited
        look()  # 11:00 304 for it
        stories["edited"].edit("denied", "confirmed", note="An earlier version said the opposite.")
        stories["moved"].move("/world/the-bridge-opens")
        stories["withdrawn"].withdraw(404)
        stories["gone"].withdraw(410)
        stories["legal"].withdraw(451)
        stories["cut"].break_with("cut_body")
        stories["reset"].break_with("reset")
        archive.urls["moved to"] = stories["moved"].url
        look()  # 12:00 the edit, and what befell the others
        look()  # 13:00 304, of the edit
        stories["edited"].edit_silently("120 people", "12 people")
        look()  # 14:00 the silent edit
        look()  # 15:00 304, of the silent edit
    return archive


@pytest.fixture(scope="session")
def whole(archive, tmp_path_factory):
    """All files in one; gzip members stand on their own."""
    path = tmp_path_factory.mktemp("whole") / "whole.warc.gz"
    path.write_bytes(b"".join(warc.read_bytes() for warc in archive.warcs))
    return path
