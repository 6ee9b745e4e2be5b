"""The outlets of the soak: a random life of stories and servers, and what of it could be seen.

Each story says a number in its first paragraph, another one after each edit, so that a version tells which of its
states it shows. Every state knows when it was sent in full, and by that whether it had to be seen: one that was
sent so often, at times when nothing was amiss, must be known, once. What was sent less often may be known or not.
What was never shown must not be known.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from scheduler.newsroom import Clock, End, Newsroom, Outlet, Request, Response, Script, Story
from scheduler.newsroom.wire import Server, frame

Trouble = Callable[[float], bool]
"""Whether something was amiss at that moment, so that what was sent then may not have been kept."""

ENOUGH: Final = 4  #: times that a state is sent before it must be known; two are needed, the second one to confirm
ENOUGH_GONE: Final = 7
LONG_ENOUGH: Final = 3.5
"""The same for a story that is gone, and spans that its looks must cover: six over three spans are asked for where
others of the outlet went and came back of late, as here they always did, and one that is there beside the last."""
OVER: Final = 3.0  #: spans after a breakdown of the host in which it may still be held to be down

MOST_STORIES: Final = 14  #: of one outlet
SAID = re.compile(r"counted (\d+) ballots")

FAULTS: Final = ("hang", "500", "503", "429", "reset", "offline", "cut")
"""What befalls a whole host for a while."""

WAYS: Final = ("404", "410", "soft_404")
"""How stories are withdrawn."""


@dataclass(slots=True)
class State:
    """A story as it was for a while."""

    number: int  #: what it says; 0: it is gone
    since: float
    sent: list[float] = field(default_factory=list)
    until: float | None = None

    def good(self, trouble: Trouble) -> list[float]:
        """When it was sent and nothing was amiss."""
        return [at for at in self.sent if not trouble(at)]


@dataclass(slots=True)
class Life:
    """All that one story was."""

    story: Story
    states: list[State] = field(default_factory=list)
    wait: float = 0.0  #: nothing befalls it before
    before: int = 0  #: revisions before the last edit; 0: there is none, or it was reverted

    @property
    def now(self) -> State:
        """What it is."""
        return self.states[-1]

    def becomes(self, number: int) -> None:
        """Another state begins."""
        at = time.monotonic()
        if self.states:
            self.now.until = at
        self.states.append(State(number, at))


class World(Newsroom):
    """Outlets that live, break and come back. `tick` lets what is due happen."""

    def __init__(self, *, clock: Clock, chance: random.Random, trouble: Trouble, span: float) -> None:
        super().__init__()
        self.clock = clock
        self.server = Server(self.respond, now=clock.now)
        self.chance, self.trouble, self.span = chance, trouble, span
        self.lives: dict[tuple[str, str], Life] = {}
        self.faults: dict[str, tuple[str, float]] = {}
        self.faulty: list[tuple[str, str, float, float]] = []  #: host, what, from, to
        self.calm = False  #: nothing is changed and nothing breaks any more
        self._numbers = iter(range(1000, 10_000_000, 7))

    def found(self, host: str, stories: int) -> None:
        """An outlet with some stories."""
        paper = self.outlet(host, title=host.split(".")[0].title())
        for _ in range(stories):
            self.publish(paper)

    def publish(self, paper: Outlet) -> None:
        """One more story."""
        number = next(self._numbers)
        place = self.chance.choice(["Northford", "Oakmere", "Saint-Brin", "Halden", "Kirkby", "Lund"])
        text = [
            f"Officials in {place} counted {number} ballots by the evening, the council said in a statement.",
            f"The mayor of {place} had promised a result before the weekend, and asked for patience until then.",
            "Two observers said that they saw nothing unusual, and that the count went on through the night.",
            "The opposition wants to see the minutes of the count, which are to be published within a week.",
        ]
        with self.lock:
            story = paper.publish(f"Count goes on in {place}, district {number}", text)
            life = self.lives[paper.host, story.path] = Life(story)
            life.becomes(number)
        life.wait = time.monotonic() + 2

    # What visitors get.

    def respond(self, request: Request) -> Response | Script:
        """The answer, and a note of which state it shows."""
        fault = self._fault(request)
        if fault is not None:
            return self._broken(fault, request)
        answer = super().respond(request)
        with self.lock:
            life = self.lives.get((request.host, request.path))
            if life is not None:
                life.now.sent.append(time.monotonic())
        return answer

    def _fault(self, request: Request) -> str | None:
        with self.lock:
            kind, until = self.faults.get(request.host, ("", 0.0))
        if time.monotonic() < until:
            return kind
        if not self.calm and request.path != "/robots.txt" and self.chance.random() < 0.004:
            return self.chance.choice(("cut", "reset", "500"))
        return None

    def _broken(self, fault: str, request: Request) -> Response | Script:
        match fault:
            case "hang":
                return Script((End.HANG,))
            case "offline":
                return Script((End.RESET,))
            case "429":
                return Response(status=429, body=b"slowly\n", headers=(("Retry-After", "1"),))
            case "500" | "503":
                wait = (("Retry-After", "1"),) if fault == "503" else ()
                return Response(status=int(fault), body=b"<h1>Out of order</h1>", headers=wait)
        answer = super().respond(request)
        if isinstance(answer, Script):
            return answer
        _, raw = frame(request, answer, now=self.clock.now())
        return Script((raw[: len(raw) // 2], End.RESET if fault == "reset" else End.CLOSE), status=200)

    # What happens.

    def tick(self) -> None:
        """Let happen what is due."""
        if self.calm:
            return
        for life in list(self.lives.values()):
            if time.monotonic() >= life.wait:
                self._befall(life)
        if self.chance.random() < 0.02:
            paper = self.chance.choice(list(self.outlets.values()))
            if len(paper.stories) < MOST_STORIES:
                self.publish(paper)
        if self.chance.random() < 0.012:
            self.break_down(self.chance.choice(list(self.outlets)))

    def break_down(self, host: str) -> None:
        """Something befalls a host for some seconds."""
        kind, now = self.chance.choice(FAULTS), time.monotonic()
        until = now + self.chance.uniform(0.5, 6)
        with self.lock:
            self.faults[host] = kind, until
            self.faulty.append((host, kind, now, until))

    def end(self) -> None:
        """Everything is well and stays as it is."""
        with self.lock:
            self.calm = True
            self.faults.clear()
            self.faulty = [(host, kind, at, min(until, time.monotonic())) for host, kind, at, until in self.faulty]
            for life in self.lives.values():
                if not life.now.number:
                    self._restore(life)

    def _befall(self, life: Life) -> None:
        chance, state = self.chance, life.now
        with self.lock:
            if not state.number:
                if self.is_known_gone(life, state) or time.monotonic() - state.since > 30 * self.span:
                    self._restore(life)
            elif len(state.good(self.trouble)) >= ENOUGH or chance.random() < 0.002:
                self._edit(life) if chance.random() < 0.75 else self._withdraw(life)
            life.wait = time.monotonic() + chance.uniform(0.2, 2.0)

    def _edit(self, life: Life) -> None:
        story, chance = life.story, self.chance
        if life.before and chance.random() < 0.1:
            story.revert(len(story.history) - life.before)
            life.before = 0
            life.becomes(_number(story))
            return
        life.before = len(story.history)
        before, number = life.now.number, next(self._numbers)
        old, new = f"counted {before} ballots", f"counted {number} ballots"
        match chance.randrange(4):
            case 0:
                story.edit(old, new, note=f"An earlier version gave another number of ballots than {number}.")
            case 1:
                story.edit_silently(old, new)
                story.retitle(f"Count goes on, {number} ballots so far", silently=True)
            case 2:
                story.edit_silently(old, new)
                story.append(f"By then {number} voters had been told to come back on another day.", silently=True)
            case _:
                story.edit_silently(old, new)
        life.becomes(number)

    def _withdraw(self, life: Life) -> None:
        paper = life.story.outlet
        others = [each for (host, _), each in self.lives.items() if host == paper.host and each is not life]
        if all(each.now.number for each in others) and len(others) > 3:
            life.story.withdraw(self.chance.choice(WAYS))
            life.becomes(0)

    def _restore(self, life: Life) -> None:
        life.story.restore()
        life.becomes(_number(life.story))

    # What could be seen.

    def is_known_gone(self, life: Life, state: State) -> bool:
        """Whether a withdrawal lasted so that it must have been confirmed."""
        host, until = life.story.outlet.host, state.until or time.monotonic()
        broke = (end for one, _, at, end in self.faulty if one == host and at < until and end > state.since)
        since = max((end + OVER * self.span for end in broke), default=state.since)
        good = [at for at in state.good(self.trouble) if at >= since]
        return len(good) >= ENOUGH_GONE and good[-1] - good[0] > LONG_ENOUGH * self.span

    def wordings(self, life: Life) -> list[tuple[int, bool]]:
        """The numbers that a story said, one after the other, and whether each must be known."""
        return [(one.number, len(one.good(self.trouble)) >= ENOUGH) for one in life.states if one.number]

    def removals(self, life: Life) -> Iterator[bool]:
        """For each time that a story was gone, whether that must be known."""
        return (self.is_known_gone(life, state) for state in life.states if not state.number)


def _number(story: Story) -> int:
    said = SAID.search(story.text)
    assert said is not None
    return int(said[1])


def fits(shown: Sequence[tuple[int, bool]], known: Sequence[int]) -> bool:
    """Whether `known` is what was `shown`: in order, each that must be known, none twice and none of its own."""
    reached = {0}
    for number, must in shown:
        here = set[int]()
        for count in reached:
            if count and known[count - 1] == number:
                here.add(count)  # it says again what it said: that is no change
            if count < len(known) and known[count] == number:
                here.add(count + 1)
            if not must:
                here.add(count)
        reached = here
    return len(known) in reached and all(a != b for a, b in pairwise(known))
