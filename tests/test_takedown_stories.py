"""What is told of articles that go, or seem to: the scripted stories, played by real passes.

Those that differ from another only in whose wall it is, or in its language, are played by
`benchmarks/takedown_stories.py`, which plays them all.
"""

from __future__ import annotations

import asyncio

import pytest

from archive.visits import Visit
from crawler.pipelines import SettlePipeline
from tests.takedown_plays import made_again, play
from tests.takedown_stories import NEW, TALES

MANY = (
    "everywhere for a day: ",
    "walled: ",
    "retracted at length, in ",
    "soft 404, in ",
    "the name leads nowhere",
)

OF_MANY = {
    *(f"everywhere for a day: {kind}" for kind in ("404", "soft_404_related", "home", "login", "rate_limit")),
    *(f"walled: {kind}" for kind in ("paywall", "consent_page", "bot", "imperva", "geo_page", "script_shell")),
    *(f"{what}, in {language}" for what in ("retracted at length", "soft 404") for language in ("ar", "tr")),
    "the name leads nowhere for two days: nxdomain",
}

PLAYED = [name for name in TALES if name in OF_MANY or not name.startswith(MANY)]

MADE_AGAIN = (
    "as unknown addresses: soft_404_related",
    "merged: canonical",
    "everywhere for a day: home",
    "offline for sixteen days, then back",
    "removed during an outage",
    "all old articles lead home at once",
    "every second answer is a 404",
    "moved, then removed",
    "removed, then restored with other words",
    "an old article leaves the feed and is gone",
)
"""Stories of which the database is made again: each table of takedowns has rows in one of them at least."""


def test_there_are_as_many_stories_as_were_promised():
    assert len(PLAYED) >= 40
    assert set(TALES) >= OF_MANY | set(MADE_AGAIN)


def _case(name):
    owed = TALES[name].owed
    return pytest.param(name, marks=pytest.mark.xfail(reason=owed, strict=True) if owed else ())


@pytest.mark.parametrize("name", [_case(name) for name in PLAYED])
def test_what_is_told(tmp_path, name):
    tale = TALES[name]
    told = play(tale, tmp_path / "home")
    assert told.faults(tale) == []
    if name in MADE_AGAIN:
        assert made_again(tmp_path / "home") == []


@pytest.mark.parametrize("first", ["old", "new"])
def test_a_move_is_told_whichever_of_the_two_addresses_is_read_first(tmp_path, monkeypatch, first):
    """Both are fetched in one pass, and pages are read side by side: no order among them is certain."""
    tale, settle = TALES["removed, then back at another address"], SettlePipeline._settle
    fetched, read = {"old": asyncio.Event(), "new": asyncio.Event()}, asyncio.Event()

    async def in_turn(self, visit):
        which = _which(visit)
        if which:
            fetched[which].set()
            await asyncio.gather(*(asyncio.wait_for(each.wait(), 20) for each in fetched.values()))
            if which != first:
                await asyncio.wait_for(read.wait(), 20)
        await settle(self, visit)
        if which == first:
            read.set()

    monkeypatch.setattr(SettlePipeline, "_settle", in_turn)
    assert play(tale, tmp_path / "home").faults(tale) == []
    assert read.is_set()


def _which(visit):
    """By which of its two addresses an article was asked for that stands at the new one."""
    if not isinstance(visit, Visit) or not visit.last.exchange.url.endswith(NEW):
        return None
    return "old" if len(visit.hops) > 1 else "new"
