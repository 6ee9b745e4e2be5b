"""Ten thousand articles over months, with everything that makes one look removed: whose rule cries wolf.

    python benchmarks/takedowns.py [--articles 10000] [--days 120] [--seed 1] [--processes 2] [--list]
    python benchmarks/takedowns.py --without outages --without mass

A simulator, no network. Outlets of one to four hundred articles are watched at the real pace (`scheduler.recrawl`)
and judged by the real rules (`archive.domain.standing`, `archive.domain.outages`); only the fetches are made up.

One fetch in twenty fails for no reason: time-outs, 5xx, challenges, rate limits, and a quarter of them as if the
article were gone (404, soft 404, home redirect, emptied page); single articles are gone by mistake for up to
twelve hours. Outlets have outages of an hour to six days of every kind, some of them flapping, some of a shelf
only; bot walls for a week; paywalls that stay; a few die, at once or slowly. Articles are removed (some during an
outage), restored, moved, cleared by the shelf, blocked for our country.

A takedown is false when the article was not removed at the moment at which it was confirmed. A removal is missed
when it lasted for 30 days of which its outlet could be seen, and was never confirmed. Beside ours the rules of
peers, written down from what their sources do, are fed with the same fetches at the same times. What dead outlets
make them say does not count against them.
"""

from __future__ import annotations

import argparse
import heapq
import random
import statistics
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from multiprocessing import Pool
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive.domain.model import Presence, Reason, Sighting, Standing
from archive.domain.outages import ENOUGH, Look, Outage, assess
from archive.domain.standing import ALERTS, Around, Held, Rules, Step, is_flap, judge, step
from scheduler.recrawl import History, plan

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TICK = timedelta(minutes=10)  #: the scheduler looks for what is due so often
DELAY = timedelta(seconds=10)  #: between fetches of one outlet
FAILURES = 0.05
LASTING = 30 * DAY  #: a removal that lasts so long must have been confirmed

GONE = ("not_found", "gone", "legal", "soft_404", "redirected", "emptied", "retracted", "merged")
BARRIERS = ("forbidden", "bot_challenge", "rate_limit", "consent", "interstitial", "geo_block")
UNREACHABLE = ("timed_out", "server_error", "connect_failed", "dns_failed", "tls_failed", "cut")
PRESENCE = {
    **dict.fromkeys(("present", "moved"), Presence.PRESENT),
    **dict.fromkeys(GONE, Presence.GONE),
    **dict.fromkeys((*BARRIERS, "paywall", "parked_domain"), Presence.BARRIER),
    **dict.fromkeys((*UNREACHABLE, "dns_unknown"), Presence.UNREACHABLE),
}
SIGHTINGS = {kind: Sighting(presence=presence, kind=kind, why="") for kind, presence in PRESENCE.items()}
OUTAGES = ("timed_out", "server_error", "dns_unknown", "bot_challenge", "not_found", "redirected", "soft_404")


# What is true --------------------------------------------------------------------------------------


LIVE = Held(standing=Standing.LIVE)


@dataclass(slots=True)
class Trouble:
    """An outlet, or a shelf of it, shows something else for a while."""

    begin: datetime
    end: datetime
    kind: str
    shelf: range | None = None  #: the articles that it hits; None: all, and the front page
    flap: timedelta | None = None  #: up and down in turn, so long each

    def hits(self, number: int, now: datetime) -> bool:
        """Whether this article shows it; 0 is the front page."""
        if not self.begin <= now < self.end or (self.shelf is not None and number not in self.shelf):
            return False
        return self.flap is None or (now - self.begin) // self.flap % 2 == 0


@dataclass(slots=True, eq=False)
class Life:
    """What is true of one article, and what is held of it."""

    number: int
    published: datetime
    removed: list[tuple[datetime, datetime, str]] = field(default_factory=list)  #: from, until, how it looks
    mistakes: list[tuple[datetime, datetime, str]] = field(default_factory=list)  #: gone for hours, by mistake
    moved: datetime | None = None
    blocked: datetime | None = None  #: for our country
    held: Held = LIVE
    since: datetime = START
    first: datetime | None = None  #: when it was first there
    seen: datetime | None = None
    checked: datetime = START
    kind: str = "present"
    elsewhere: datetime | None = None
    told: list[tuple[datetime, Step, datetime | None]] = field(default_factory=list)

    def removal(self, now: datetime) -> tuple[datetime, datetime, str] | None:
        """The removal that it is in."""
        return next((span for span in self.removed if span[0] <= now < span[1]), None)


class World:
    """One outlet: what befalls it and its articles."""

    def __init__(self, chance: random.Random, size: int, days: int) -> None:
        self.chance, self.size, self.end = chance, size, START + days * DAY
        self.vantage = chance.random() < 0.3
        self.dies = self.end
        self.troubles: list[Trouble] = []
        self.lives = [Life(n, self._published(days)) for n in range(1, size + 1)]
        self.lives.sort(key=lambda life: life.published)
        for number, life in enumerate(self.lives, 1):
            life.number = number
        self._outages(days)
        self._fates()
        if chance.random() < 0.08:
            self._clear_a_shelf()
        if chance.random() < 0.05:
            self._die()

    def _published(self, days: int) -> datetime:
        """Two thirds are old when the watch begins."""
        if self.chance.random() < 0.67:
            return START - self.chance.random() * 1500 * DAY
        return START + self.chance.random() * 0.7 * days * DAY

    def moment(self, least: float = 0.02, most: float = 0.95) -> datetime:
        """Some time in the watch."""
        return START + (self.end - START) * self.chance.uniform(least, most)

    def spell(self, least: timedelta, most: timedelta) -> timedelta:
        """Log-uniform: as many of hours as of days."""
        return least * (most / least) ** self.chance.random()

    def _outages(self, days: int) -> None:
        for _ in range(sum(self.chance.random() < 0.02 for _ in range(days))):
            begin = self.moment()
            trouble = Trouble(begin, begin + self.spell(HOUR, 6 * DAY), self.chance.choice(OUTAGES))
            if self.chance.random() < 0.25:
                trouble.flap = self.spell(HOUR / 2, 8 * HOUR)
            self.troubles.append(trouble)
        if self.chance.random() < 0.1:
            begin = self.moment()
            self.troubles.append(Trouble(begin, begin + 7 * DAY, "bot_challenge"))
        if self.chance.random() < 0.05:
            self.troubles.append(Trouble(self.moment(0.5), self.end + 1000 * DAY, "paywall"))
        if self.size >= 40 and self.chance.random() < 0.2:
            begin = self.moment()
            kind = self.chance.choice(("not_found", "redirected", "server_error"))
            self.troubles.append(Trouble(begin, begin + self.spell(HOUR, 2 * DAY), kind, self._shelf()))

    def _shelf(self) -> range:
        many = max(10, int(self.size * self.chance.uniform(0.15, 0.9)))
        first = self.chance.randint(1, self.size - many + 1)
        return range(first, first + many)

    def _fates(self) -> None:
        for life in self.lives:
            fate = self.chance.random()
            if fate < 0.06:
                self._remove(life, self._moment_of(life))
            elif fate < 0.08:
                life.moved = self._moment_of(life)
                if self.chance.random() < 0.3:
                    self._remove(life, life.moved + self.spell(DAY, 60 * DAY))
            elif fate < 0.09 and self.vantage:
                life.blocked = self._moment_of(life)
            for _ in range(sum(self.chance.random() < 0.1 for _ in range(5))):
                begin = self.moment()
                kind = self.chance.choice(("not_found", "soft_404", "redirected", "server_error"))
                life.mistakes.append((begin, begin + self.spell(HOUR / 4, 12 * HOUR), kind))

    def _moment_of(self, life: Life) -> datetime:
        if self.troubles and self.chance.random() < 0.1:  # when nobody can see it
            trouble = self.chance.choice(self.troubles)
            return max(life.published + HOUR, trouble.begin + (trouble.end - trouble.begin) * self.chance.random())
        return max(life.published + HOUR, self.moment())

    def _remove(self, life: Life, begin: datetime) -> None:
        kind = self.chance.choice(GONE)
        end = self.end + 1000 * DAY
        if self.chance.random() < 0.25:
            end = begin + self.spell(HOUR, 60 * DAY)
            if self.chance.random() < 0.3:
                again = end + self.spell(DAY, 30 * DAY)
                life.removed.append((again, self.end + 1000 * DAY, kind))
        life.removed.insert(0, (begin, end, kind))

    def _clear_a_shelf(self) -> None:
        if self.size < 20:
            return
        begin, kind = self.moment(0.1, 0.6), self.chance.choice(("redirected", "not_found", "gone"))
        for number in self._shelf():
            life = self.lives[number - 1]
            if life.published < begin and not life.removed and life.blocked is None:
                life.removed = [(begin, self.end + 1000 * DAY, kind)]

    def _die(self) -> None:
        self.dies = self.moment(0.3, 0.7)
        kind = self.chance.choice(("dns_unknown", "parked_domain", "not_found", "redirected"))
        if self.chance.random() < 0.3:  # one shelf after the other
            for life in self.lives:
                self.troubles.append(
                    Trouble(
                        self.dies - self.chance.random() * 20 * DAY,
                        self.end + DAY,
                        "server_error",
                        range(life.number, life.number + 1),
                    )
                )
        self.troubles.append(Trouble(self.dies, self.end + 1000 * DAY, kind))

    # What a fetch brings

    def fetch(self, life: Life | None, now: datetime) -> str:
        """The kind of sighting that a fetch from here gives; `life` None: the front page."""
        number = life.number if life else 0
        trouble = next((each for each in self.troubles if each.hits(number, now)), None)
        if trouble is not None:
            return trouble.kind
        if self.chance.random() < FAILURES:
            lot = self.chance.random()
            if lot < 0.5:
                return self.chance.choice(UNREACHABLE)
            return self.chance.choice(
                BARRIERS if lot < 0.75 else ("not_found", "soft_404", "redirected", "emptied")
            )
        if life is None:
            return "present"
        mistake = next((kind for begin, end, kind in life.mistakes if begin <= now < end), None)
        if mistake is not None:
            return mistake
        removal = life.removal(now)
        if removal is not None:
            return removal[2]
        if life.blocked is not None and life.blocked <= now:
            return "not_found"
        return "moved" if life.moved is not None and life.moved <= now else "present"

    def fetch_elsewhere(self, life: Life, now: datetime) -> bool:
        """Whether another vantage point sees it."""
        if any(each.hits(life.number, now) for each in self.troubles) or self.chance.random() < FAILURES:
            return False
        return life.removal(now) is None

    def is_lasting(self, removal: tuple[datetime, datetime, str], number: int) -> bool:
        """Whether a removal lasted so long, and could be seen so long, that it must have been confirmed."""
        begin, end, _ = removal
        visible = min(end, self.end, self.dies) - begin
        for each in (each for each in self.troubles if each.shelf is None or number in each.shelf):
            overlap = min(end, self.end, each.end) - max(begin, each.begin)
            visible -= max(overlap, timedelta()) * (4 if each.flap else 1)
        return visible >= LASTING


# The watch -----------------------------------------------------------------------------------------


class Watch:
    """The real rules on a made-up outlet."""

    def __init__(self, world: World, rules: Rules, without: Mapping[str, Any]) -> None:
        self.without = without
        self.world, self.rules, self.chance = world, rules, world.chance
        self.outage: Outage | None = None
        self.ended: datetime | None = None
        self.notices: Counter[str] = Counter()
        self.alerts = 0
        self.flaps: deque[tuple[datetime, int]] = deque(maxlen=3)
        self.front: Look | None = None
        self.fetches = 0
        self.open: set[str] = set()
        self.peers = {life.number: {name: make() for name, make in PEERS.items()} for life in world.lives}
        self.verdicts: dict[tuple[int, str], list[tuple[datetime, bool]]] = {}

    def run(self) -> None:
        """Watch until the end."""
        queue = [(max(START, life.published) + self.chance.random() * 2 * DAY, life.number) for life in self.lives]
        heapq.heapify(queue)
        while queue and queue[0][0] < self.world.end:
            now = queue[0][0] + TICK * self.chance.random()
            due = []
            while queue and queue[0][0] <= now:
                due.append(self.lives[heapq.heappop(queue)[1] - 1])
            extra = self._controls(due, now)
            visited = [*extra, *(life for life in due if life not in extra)]
            for life in visited:
                self._visit(life, now)
                now += DELAY
            waiting = {life.number for life in visited}
            if extra:
                queue = [entry for entry in queue if entry[1] not in waiting]
                heapq.heapify(queue)
            for life in visited:
                heapq.heappush(queue, (self._next(life), life.number))

    def _hear(self, life: Life, name: str, now: datetime, *, dead: bool) -> None:
        said = self.verdicts.setdefault((life.number, name), [(START, False)])
        if said[-1][1] is not dead:
            said.append((now, dead))

    def spans(self, life: Life, name: str) -> list[tuple[datetime, datetime]]:
        """From when to when an article was held to be taken down."""
        said = [*self.verdicts.get((life.number, name), []), (self.world.end, False)]
        return [(since, until) for (since, dead), (until, _) in pairwise(said) if dead]

    @property
    def lives(self) -> list[Life]:
        """Its articles."""
        return self.world.lives

    def _controls(self, due: list[Life], now: datetime) -> list[Life]:
        """As many as there are suspects, 2 to 10, those that were just seen first: `archive.db.controls`."""
        suspects = [life for life in due if life.held.standing is Standing.MISSING]
        if not suspects:
            return []
        grown = [life for life in self.lives if life.first is not None and now - life.first >= DAY]
        living = [life for life in grown if life.held.standing is Standing.LIVE]
        living.sort(key=lambda life: life.seen or START, reverse=True)
        if all(life.held.standing in (Standing.MISSING, Standing.TAKEN_DOWN) for life in grown):
            self._look_at_front(now)
        return living[: min(max(2, len(suspects)), 10)]

    def _look_at_front(self, now: datetime) -> None:
        kind = self.world.fetch(None, now)
        there = PRESENCE[kind] is Presence.PRESENT
        if not there and self.front is None:
            return
        seen = now if there or self.front is None else self.front.seen
        away = None if there else (self.front and self.front.away) or now
        self.front = Look(article_id=0, at=now, presence=PRESENCE[kind], kind=kind, seen=seen, away=away)

    def _visit(self, life: Life, now: datetime) -> None:
        self.fetches += 1
        kind = self.world.fetch(life, now)
        sighting = SIGHTINGS[kind]
        for name, peer in self.peers[life.number].items():
            self._hear(life, name, now, dead=peer.see(now, kind))
        life.checked, life.kind = now, kind
        there = sighting.presence is Presence.PRESENT
        if life.seen is None and not there:
            return  # what was never seen cannot have been taken away
        if there:
            life.first, life.seen = life.first or now, now
        self._assess(life, now)
        before = life.held
        life.held = judge(before, sighting, now, rules=self.rules, around=self._around(life))
        self._note(life, before, now)
        self._hear(life, OURS, now, dead=life.held.standing is Standing.TAKEN_DOWN)
        if self.world.vantage and (
            life.held.standing is Standing.MISSING or life.held.reason is Reason.GEO_BLOCKED
        ):
            self.fetches += 1
            if self.world.fetch_elsewhere(life, now):
                life.elsewhere = now

    def _note(self, life: Life, before: Held, now: datetime) -> None:
        if life.held.standing is not before.standing:
            life.since = now
        if is_flap(before, life.held):
            self.flaps.append((now, life.number))
        happened = step(before, life.held)
        if happened is not None:
            life.told.append((now, happened, life.held.first_miss or before.first_miss))
        told = self.outage is not None and self.outage.mass and self.outage.holds(life.seen, life.held.away)
        self.alerts += happened in ALERTS and not (told and happened is Step.TAKEN_DOWN)

    def _assess(self, judged: Life, now: datetime) -> None:
        if self.outage is None and PRESENCE[judged.kind] is Presence.PRESENT:
            return
        looks = [
            _look(life, now if life is judged else None)
            for life in self.lives
            if life.seen is not None and life.held.standing is not Standing.TAKEN_DOWN
        ]
        before = self.outage
        if self.front is not None and len(looks) < ENOUGH:
            looks.append(self.front)
        self.outage = assess(before, looks, now, ended=self.ended, rules=self.rules)
        if before is not None and self.outage is None:
            self.ended = now
        if self.outage is None:
            self.open.clear()
        elif self.outage.is_worth_telling(now, self.rules):
            name = "mass removal" if self.outage.mass else "offline" if self.outage.offline else "outage"
            self.notices[name] += name not in self.open
            self.open.add(name)

    def _around(self, life: Life) -> Around:
        outage = self.outage
        others = [each for each in self.lives if each is not life and each.first is not None]
        seen = [each.seen for each in others if each.seen and each.first and each.seen - each.first >= DAY]
        seen += [self.front.seen] if self.front is not None else []
        flapped = max((at for at, number in self.flaps if number != life.number), default=None)
        around = Around(
            control=max(seen, default=None),
            outage=outage is not None and not outage.mass,
            mass=outage is not None and outage.mass and outage.covers(life.held.away),
            offline=outage is not None and outage.offline is not None,
            flapped=flapped,
            elsewhere=life.elsewhere,
            asked=1 if self.world.vantage and life.held.first_miss else 0,
        )
        return replace(around, **self.without)

    def _next(self, life: Life) -> datetime:
        held = life.held
        history = History(
            standing=held.standing,
            discovered=life.published,
            published=life.published,
            last_checked=life.checked,
            last_changed=None,
            misses=held.misses,
            unanswered=life.kind not in ("present", "moved"),
            since=life.since,
            offline=held.reason is Reason.OUTLET_OFFLINE,
            outage=self.outage is not None and not self.outage.mass,
        )
        return plan(history, confirmations=self.rules.confirmations, span=self.rules.span).at


def _look(life: Life, now: datetime | None) -> Look:
    assert life.seen is not None
    away = None if PRESENCE[life.kind] is Presence.PRESENT else life.held.away or now
    return Look(
        article_id=life.number,
        at=life.checked,
        presence=PRESENCE[life.kind],
        kind=life.kind,
        seen=life.seen,
        away=away,
    )


# The peers -----------------------------------------------------------------------------------------

WALLED = ("forbidden", "bot_challenge", "rate_limit", "geo_block")  #: with status 401, 403, 429
FAILED = tuple(kind for kind in (*UNREACHABLE, "dns_unknown") if kind != "cut")


class Peer:
    """What another tool holds of one page."""

    dead = False

    def see(self, now: datetime, kind: str) -> bool:
        """Take in one fetch; whether the page is held to be dead after it."""
        raise NotImplementedError


class InARow(Peer):
    """urlwatch's `max_tries`: so many errors in a row, of whatever kind."""

    bad: tuple[str, ...] = (*FAILED, *WALLED, "not_found", "gone", "legal")
    tries = 3

    def __init__(self) -> None:
        self.row = 0

    def see(self, now: datetime, kind: str) -> bool:  # noqa: ARG002 - it knows no time
        """Take in one fetch."""
        self.row = self.row + 1 if kind in self.bad else 0
        return self.row >= self.tries


class First404(InARow):
    """The first 404 or 410 is the truth; the next other answer ends it."""

    bad = ("not_found", "gone")
    tries = 1


class AnotherPage(InARow):
    """Klaxon, made patient: status never looked at, redirects not followed; another page three times in a row."""

    bad = (*GONE, *BARRIERS, "paywall", "parked_domain", "moved")


class Edgi(Peer):
    """EDGI `Page#calculate_status`: dead where less than 75 % of the last 14 days, weighted by time, were good."""

    bad = (*FAILED, *WALLED, "not_found", "gone", "legal", "soft_404", "redirected")

    def __init__(self) -> None:
        self.seen: deque[tuple[datetime, bool]] = deque()

    def see(self, now: datetime, kind: str) -> bool:
        """Take in one fetch."""
        self.seen.append((now, kind not in self.bad))
        begin = now - 14 * DAY
        while len(self.seen) > 1 and self.seen[1][0] <= begin:
            self.seen.popleft()
        good = whole = timedelta()
        for (since, fine), (until, _) in pairwise(self.seen):
            lasted = until - max(since, begin)
            whole += lasted
            good += lasted if fine else timedelta()
        return good < 0.75 * whole if whole else not self.seen[-1][1]


class IaBot(Peer):
    """IABot: three failing checks at least three days apart; 401, 403 and 429 are paywalls and say nothing."""

    bad = (*FAILED, "not_found", "gone", "legal", "redirected")

    def __init__(self) -> None:
        self.state, self.failed = 3, START - DAY * 99

    def see(self, now: datetime, kind: str) -> bool:
        """Take in one fetch."""
        if kind not in self.bad:
            if kind not in WALLED:
                self.state = 3
        elif now - self.failed >= 3 * DAY:
            self.state, self.failed = max(0, self.state - 1), now
        return self.state == 0


PEERS: dict[str, type[Peer]] = {
    "first 404 or 410": First404,
    "3 errors in a row (urlwatch)": InARow,
    "another page 3 times (Klaxon)": AnotherPage,
    "14 days < 75 % good (EDGI)": Edgi,
    "3 errors 3 days apart (IABot)": IaBot,
}
OURS = "Stet"


# The count -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Count:
    """What came of some outlets."""

    articles: int = 0
    outlets: int = 0
    fetches: int = 0
    alerts: int = 0
    dead: int = 0
    lasting: int = 0
    short: int = 0
    short_seen: int = 0
    false: dict[str, Counter[str]] = field(default_factory=dict)
    missed: Counter[str] = field(default_factory=Counter)
    delays: list[float] = field(default_factory=list)  #: hours from a lasting removal to its confirmation
    waits: list[float] = field(default_factory=list)  #: hours from the first bad fetch to it
    steps: Counter[str] = field(default_factory=Counter)
    notices: Counter[str] = field(default_factory=Counter)
    list: list[str] = field(default_factory=list)

    def add(self, other: Count) -> None:
        """Take in another count."""
        for name in ("articles", "outlets", "fetches", "alerts", "dead", "lasting", "short", "short_seen"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name, causes in other.false.items():
            self.false.setdefault(name, Counter()).update(causes)
        for name in ("missed", "steps", "notices"):
            getattr(self, name).update(getattr(other, name))
        for name in ("delays", "waits", "list"):
            getattr(self, name).extend(getattr(other, name))


def cause(world: World, life: Life, now: datetime) -> str | None:
    """Why an article was not seen that was not removed; None: it was removed."""
    if life.removal(now):
        return None
    if now >= world.dies:
        return "dead outlet"
    trouble = next((each for each in world.troubles if each.hits(life.number, now)), None)
    if trouble is not None:
        return "wall" if PRESENCE[trouble.kind] is Presence.BARRIER else "outage"
    if life.blocked is not None and life.blocked <= now:
        return "geo-block"
    if life.moved is not None and life.moved <= now:
        return "moved"
    return "single failure"


WITHOUT: dict[str, dict[str, Any]] = {
    "control": {"control": START + 9999 * DAY},
    "outages": {"outage": False, "offline": False},
    "mass": {"mass": False},
    "flapping": {"flapped": None},
    "vantages": {"elsewhere": None, "asked": 1},
}
"""What else was seen, as if nobody had looked: what each rule is worth."""


def play(task: tuple[int, int, int, tuple[str, ...]]) -> Count:
    """Watch one outlet and count."""
    seed, size, days, names = task
    without = {key: value for name in names for key, value in WITHOUT[name].items()}
    chance = random.Random(seed)
    world = World(chance, size, days)
    watch = Watch(world, Rules(vantages=1 if world.vantage else 0), without)
    watch.run()
    count = Count(articles=size, outlets=1, fetches=watch.fetches, dead=world.dies < world.end)
    count.notices, count.alerts = watch.notices, watch.alerts
    for life in world.lives:
        spans = {name: watch.spans(life, name) for name in (OURS, *PEERS)}
        for name, found in spans.items():
            causes = {why for since, _ in found if (why := cause(world, life, since)) and why != "dead outlet"}
            for why in causes:
                count.false.setdefault(name, Counter())[why] += 1
                if name == OURS:
                    count.list.append(f"FALSE ({why}): seed {seed}, article {life.number}: {life.told}")
        count.steps.update(happened.value for _, happened, _ in life.told)
        for removal in life.removed:
            _count_removal(count, world, life, removal, spans, seed)
    return count


def _count_removal(
    count: Count,
    world: World,
    life: Life,
    removal: tuple[datetime, datetime, str],
    spans: dict[str, list[tuple[datetime, datetime]]],
    seed: int,
) -> None:
    begin, end, _ = removal
    if life.first is None or life.first >= begin or begin >= world.end:
        return
    hit = {name: [s for s, u in found if s < end and u > begin] for name, found in spans.items()}
    if not world.is_lasting(removal, life.number):
        count.short += 1
        count.short_seen += bool(hit[OURS])
        return
    count.lasting += 1
    count.missed.update(name for name, found in hit.items() if not found)
    if not hit[OURS]:
        count.list.append(f"MISSED: seed {seed}, article {life.number}, {removal}: {life.held} {life.told}")
        return
    confirmed = max(hit[OURS][0], begin)
    first = next((first for at, _, first in life.told if at == hit[OURS][0]), None) or confirmed
    count.delays.append((confirmed - begin) / HOUR)
    count.waits.append((confirmed - first) / HOUR)


def sizes(chance: random.Random, articles: int) -> Iterator[int]:
    """Outlets of one to four hundred articles: a quarter are tiny."""
    while articles > 0:
        lot = chance.random()
        size = (
            chance.randint(1, 4) if lot < 0.25 else chance.randint(5, 60) if lot < 0.6 else chance.randint(61, 400)
        )
        yield min(size, articles)
        articles -= size


def simulate(articles: int, days: int, seed: int, processes: int = 1, without: tuple[str, ...] = ()) -> Count:
    """Watch so many articles for so many days, `without` some of our rules."""
    chance = random.Random(seed)
    tasks = [(chance.getrandbits(48), size, days, without) for size in sizes(chance, articles)]
    whole = Count(false={name: Counter() for name in (OURS, *PEERS)})
    tasks.sort(key=lambda task: -task[1])
    if processes == 1:
        for task in tasks:
            whole.add(play(task))
        return whole
    with Pool(processes) as pool:
        for count in pool.imap_unordered(play, tasks):
            whole.add(count)
    return whole


def _spread(hours: list[float]) -> str:
    if not hours:
        return "none"
    ordered = sorted(hours)
    high = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"median {statistics.median(ordered):.0f} h, p95 {high:.0f} h, most {ordered[-1]:.0f} h"


def report(count: Count, days: int) -> None:
    """Print what came of it."""
    print(
        f"{count.articles:,} articles of {count.outlets} outlets over {days} days, {count.fetches:,} fetches;"
        f" {count.dead} outlets died"
    )
    print(f"removals that lasted: {count.lasting}; shorter ones: {count.short}, of them seen {count.short_seen}")
    print(f"{'':32}{'false':>7}{'missed':>8}   false by what there was instead (articles)")
    for name in (OURS, *PEERS):
        causes = count.false.get(name, Counter())
        said = ", ".join(f"{why} {many}" for why, many in causes.most_common())
        print(f"{name:32}{causes.total():>7}{count.missed[name]:>8}   {said}")
    print(f"from removal to confirmation:       {_spread(count.delays)}")
    print(f"from first bad fetch to that:       {_spread(count.waits)}")
    print("steps: " + ", ".join(f"{name} {many}" for name, many in count.steps.most_common()))
    print(
        "notices of outlets: "
        + (", ".join(f"{name} {many}" for name, many in count.notices.most_common()) or "none")
        + f"; alerts about articles: {count.alerts}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--without", action="append", default=[], choices=list(WITHOUT), help="leave one of our rules out"
    )
    parser.add_argument("--list", action="store_true", help="every false and every missed takedown of ours")
    args = parser.parse_args()
    began = time.perf_counter()
    count = simulate(args.articles, args.days, args.seed, args.processes, tuple(args.without))
    report(count, args.days)
    print(f"{time.perf_counter() - began:.0f} s")
    if args.list:
        print("\n".join(count.list))


if __name__ == "__main__":
    main()
