"""The watchdog over a real home: an outlet falls silent for hours, and somebody hears of it once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archive.db import outlets
from scheduler.metrics import Metrics
from scheduler.watchdog import Watchdog
from tests.homes import START, Place
from tests.newsroom import Newsroom

AFTER = timedelta(hours=3)


class Clock:
    """The place's clock; a machine that never sleeps counts the same seconds."""

    speed = 1.0

    def __init__(self, place: Place) -> None:
        self.place = place
        self.slept = 0.0

    def now(self):
        return self.place.clock.moment

    def monotonic(self) -> float:
        return (self.now() - START).total_seconds() - self.slept


@pytest.fixture
def place(tmp_path):
    with Newsroom(start=START) as room:
        made = Place(tmp_path / "home", room)
        made.herald = room.outlet("herald.example")
        made.herald.publish("Ferry runs again", ["The ferry runs again from Monday on, the harbour says."])
        made.watch(made.herald)
        made.look()
        yield made


class Hours:
    """Hour by hour a pass, and then the watchdog looks."""

    def __init__(self, place: Place) -> None:
        self.place, self.clock = place, Clock(place)
        self.dog = Watchdog(self.clock, Metrics())
        self.said: list[tuple[int, str]] = []
        self.hour = 0

    def go(self, count: int, *, force: bool = True) -> None:
        for _ in range(count):
            self.hour += 1
            self.place.look(hours=1, force=force)
            word = self.dog.look(self.place._own, AFTER)
            if word is not None:
                self.said.append((self.hour, word.text))
                self.dog.told(word)


def test_an_outlet_that_only_fails_is_told_of_once_and_once_that_it_is_back(place):
    hours = Hours(place)
    hours.go(2)
    place.herald.break_with("reset")
    hours.go(8)
    [(hour, text)] = hours.said
    assert 5 <= hour <= 6  # three hours after the first fetch that failed
    assert text.startswith("nothing good was fetched for 3 h")
    assert "fetches since then brought nothing" in text
    assert hours.dog.checks()["fetching"] == text
    place.herald.mend()
    hours.go(3)
    [_, (hour, text)] = hours.said
    assert hour == 11
    assert text.startswith("fetched again: ")
    assert hours.dog.checks()["fetching"] == ""


def test_where_nothing_is_due_or_all_is_paused_nobody_is_told(place):
    hours = Hours(place)
    place.herald.break_with("reset")
    hours.go(1)
    with place.writing() as connection:
        outlets.set_paused(connection, "herald", True, place.clock.moment)
    hours.go(12, force=False)
    assert hours.said == []


def test_a_machine_that_slept_has_its_three_hours_again(place):
    hours = Hours(place)
    hours.go(1)
    place.herald.break_with("reset")
    place.clock.advance(hours=12)
    hours.clock.slept = 12 * 3600
    hours.go(3)
    assert hours.said == []
    hours.go(2)
    assert len(hours.said) == 1


def test_what_could_not_be_told_is_told_the_next_time(place):
    hours = Hours(place)
    place.herald.break_with("reset")
    hours.go(3)
    place.look(hours=1)
    first = hours.dog.look(place._own, AFTER)
    assert first is not None
    assert hours.dog.look(place._own, AFTER) == first
    hours.dog.told(first)
    assert hours.dog.look(place._own, AFTER) is None
