"""An outlet that changes its template while three of its stories are edited."""

from __future__ import annotations

from scheduler.newsroom import EDITS, publish_editable
from tests.homes import Place
from tests.judging import Planted
from tests.newsroom import Newsroom

EDITED = ("digit", "not_added", "headline")  #: one number, one "not", one headline


def redesigned_with_edits(room: Newsroom, place: Place, *, articles: int, rounds: int = 3) -> list[Planted]:
    """Look twice, redesign and edit at the same time, look again; what must be told, besides one notice."""
    herald = room.outlet("gazette.example", title="The Gazette")
    stories = [publish_editable(herald) for _ in range(articles)]
    place.watch(stories=stories)
    for _ in range(2):
        place.look(hours=2)
    room.clock.set(place.clock.moment)
    herald.redesign()
    planted = []
    for name, story in zip(EDITED, stories[:: max(1, articles // len(EDITED))], strict=False):
        EDITS[name].make(story, silently=True)
        planted.append(Planted(name=name, kind=EDITS[name].kind, url=story.url, at=place.clock.moment))
    for _ in range(rounds):
        place.look(hours=2)
    return planted
