"""What is held of an article's wording, and what one more sighting of it means.

Pure. Knows readings by their numbers only, and when each was seen; refuses to know what they say, whether two of
them are the same but for noise (`steps` says that), and who is told.

One fetch proves little: outlets test headlines, serve regions and devices differently, and show a half-rendered
page now and then. So another wording is a *candidate* until a second fetch agrees:

    stands A   sees A        nothing; a candidate is dropped
               sees B        B is a candidate
    candidate B  sees B      in time: the change A → B
                 sees C      built on B: A → B, and C is the candidate; else C is the candidate
                 sees A      B is dropped: it was shown once
    A, B, A, B   in quick turns, or B but once: a variant set, told once; both of them stand from then on

A set ends when only one of its wordings was seen for a long while, or when a third one is confirmed. An edit while
headlines are tried out makes of A and B A' and B': one change, and the set goes on.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

#: Two wordings alternate where neither stood for longer than this between two looks at the other. Chosen: headline
#: tests are switched from one reader to the next, and what stood for half a day was meant to stand.
TURN: Final = timedelta(hours=12)

#: A set has come to rest when for so long, and for so many looks, only one of its wordings was shown. Longer than
#: the tests that are known: most end within a day (Freedom to Tinker 2021 on the New York Times).
REST: Final = timedelta(days=3)
REST_LOOKS: Final = 5

#: Runs that are remembered. A test of three headlines is seen through with eight.
RUNS: Final = 8


@dataclass(frozen=True, slots=True)
class Run:
    """Looks in a row that found the same reading."""

    reading: int
    first: datetime
    last: datetime
    looks: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is held of an article's wording. Readings are ids; all those of one version go by one of them."""

    stands: int | None = None
    candidate: int | None = None  #: seen, and to be confirmed
    since: datetime | None = None  #: first sight of the candidate
    variants: frozenset[int] = frozenset()  #: the wordings that alternate, the one that stands among them; or none
    tested: frozenset[int] = frozenset()  #: the last set; after an edit its wordings come again, edited
    runs: tuple[Run, ...] = ()  #: the last ones, the latest last

    def replaced(self, old: int, new: int) -> Held:
        """The same with another id for a reading."""
        swap = {old: new}
        return replace(
            self,
            stands=swap.get(self.stands, self.stands) if self.stands is not None else None,
            candidate=swap.get(self.candidate, self.candidate) if self.candidate is not None else None,
            variants=frozenset(swap.get(one, one) for one in self.variants),
            tested=frozenset(swap.get(one, one) for one in self.tested),
            runs=tuple(replace(run, reading=swap.get(run.reading, run.reading)) for run in self.runs),
        )

    def renamed(self, names: Mapping[int, int]) -> Held:
        """The same by the readings of another extractor: `names` has the new ids by the old ones.

        What has no name there is held no more. What reads as another one does is the same as that from now on.
        """
        stands = names.get(self.stands) if self.stands is not None else None
        variants = frozenset(names[one] for one in self.variants if one in names)
        variants = variants if len(variants) > 1 else frozenset()
        tested = frozenset(names[one] for one in self.tested if one in names)
        candidate = names.get(self.candidate) if self.candidate is not None else None
        if candidate == stands or candidate in variants:
            candidate = None
        runs: list[Run] = []
        for run in self.runs:
            new = names.get(run.reading)
            if runs and runs[-1].reading == new:
                runs[-1] = replace(runs[-1], last=run.last, looks=runs[-1].looks + run.looks)
            elif new is not None:
                runs.append(replace(run, reading=new))
        since = self.since if candidate is not None else None
        return Held(
            stands=stands, candidate=candidate, since=since, variants=variants, tested=tested, runs=tuple(runs)
        )

    @property
    def readings(self) -> frozenset[int]:
        """All that are held, in whatever way."""
        return frozenset(self.known) | self.tested | ({self.stands} if self.stands is not None else set())

    @property
    def known(self) -> tuple[int, ...]:
        """The readings besides the one that stands that may be seen again, the likeliest first."""
        found = [self.candidate, *sorted(self.variants), *(run.reading for run in reversed(self.runs))]
        return tuple(dict.fromkeys(one for one in found if one is not None and one != self.stands))


class Act(enum.StrEnum):
    """What is to be done about a sighting."""

    CHANGE = "change"  # the wording went from one to the other
    VARIANTS = "variants"  # the two alternate


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something to tell."""

    act: Act
    before: int
    after: int
    first: datetime  #: first sight of `after`, in the run that counts
    since: datetime | None = None  #: of variants: when the alternating began


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is held now, and what is to be told of it, in order."""

    held: Held
    steps: tuple[Step, ...] = ()


def see(
    held: Held,
    reading: int,
    at: datetime,
    *,
    confirm_after: timedelta,
    sure: bool = False,
    built_on: bool = False,
) -> Outcome:
    """The wording `reading` was seen at `at`.

    `sure`: no second look is possible, as with a capture that others made. `built_on`: it is nearer to the
    candidate than to what stands, so that the candidate was an edit that another one followed.
    """
    held = replace(held, runs=_run_on(held.runs, reading, at))
    if held.stands is None:
        return Outcome(replace(held, stands=reading))
    if reading == held.stands or reading in held.variants:
        return _known(replace(held, candidate=None, since=None), reading, at)
    if (began := _alternating(held.runs, held.stands)) is not None:
        members = held.variants | {held.stands, reading}
        told = Step(act=Act.VARIANTS, before=held.stands, after=reading, first=held.runs[-1].first, since=began)
        return Outcome(replace(held, variants=members, tested=members, candidate=None, since=None), (told,))
    return _another(held, reading, at, confirm_after=confirm_after, sure=sure, built_on=built_on)


def joined(held: Held, reading: int) -> Held:
    """The wording `reading` is what stands, only that it differs as the wordings of a set did that was told."""
    assert held.stands is not None
    pair = frozenset((held.stands, reading))
    return replace(held, variants=held.variants | pair, tested=pair, candidate=None, since=None)


def _another(
    held: Held, reading: int, at: datetime, *, confirm_after: timedelta, sure: bool, built_on: bool
) -> Outcome:
    """A wording that is not held yet."""
    steps: tuple[Step, ...] = ()
    if held.candidate is not None and held.candidate != reading and built_on:
        held, steps = _confirmed(held)
    if held.candidate != reading:
        held = replace(held, candidate=reading, since=at)
        if not sure:
            return Outcome(held, steps)
    assert held.since is not None
    if not sure and at - held.since < confirm_after:
        return Outcome(held, steps)
    held, more = _confirmed(held)
    return Outcome(held, steps + more)


def _confirmed(held: Held) -> tuple[Held, tuple[Step, ...]]:
    assert held.stands is not None
    assert held.candidate is not None
    assert held.since is not None
    told = Step(act=Act.CHANGE, before=held.stands, after=held.candidate, first=held.since)
    return replace(held, stands=held.candidate, candidate=None, since=None, variants=frozenset()), (told,)


def _known(held: Held, reading: int, at: datetime) -> Outcome:
    """What stands, or one of a set; a set that has come to rest is none any more."""
    run = held.runs[-1]
    if not held.variants or at - run.first < REST or run.looks < REST_LOOKS:
        return Outcome(held)
    rested = replace(held, variants=frozenset(), tested=frozenset(), stands=reading)
    if reading == held.stands:
        return Outcome(rested)
    assert held.stands is not None
    return Outcome(rested, (Step(act=Act.CHANGE, before=held.stands, after=reading, first=run.first),))


def _run_on(runs: tuple[Run, ...], reading: int, at: datetime) -> tuple[Run, ...]:
    if runs and runs[-1].reading == reading:
        last = runs[-1]
        return (*runs[:-1], replace(last, last=max(last.last, at), looks=last.looks + 1))
    return (*runs, Run(reading, at, at))[-RUNS:]


def _alternating(runs: tuple[Run, ...], stands: int) -> datetime | None:
    """Since when the wording of the last run alternates with what stands: A, B, A, B, others perhaps between.

    The turns were quick, or B was shown but once and A again at the second look. None where it does not.
    """
    now = runs[-1].reading
    for start in range(len(runs) - 2, -1, -1):
        before = any(run.reading == stands for run in runs[:start])
        after = any(run.reading == stands for run in runs[start + 1 :])
        if runs[start].reading != now or not before or not after:
            continue
        quick = [then.first - run.first <= TURN for run, then in pairwise(runs[start:])]
        once = runs[start].looks == 1 and quick[0]
        return runs[start].first if once or all(quick) else None
    return None


def to_json(held: Held) -> dict[str, Any]:
    """For keeping; times in milliseconds since 1970. What stands is kept elsewhere."""
    plain: dict[str, Any] = {"runs": [[r.reading, _ms(r.first), _ms(r.last), r.looks] for r in held.runs]}
    if held.stands is not None:
        plain["stands"] = held.stands
    if held.candidate is not None and held.since is not None:
        plain |= {"candidate": held.candidate, "since": _ms(held.since)}
    if held.variants:
        plain["variants"] = sorted(held.variants)
    if held.tested:
        plain["tested"] = sorted(held.tested)
    return plain


def from_json(plain: Mapping[str, Any]) -> Held:
    """What `to_json` made it of; of nothing: nothing."""
    since = plain.get("since")
    return Held(
        stands=plain.get("stands"),
        candidate=plain.get("candidate"),
        since=_time(since) if since is not None else None,
        variants=frozenset(plain.get("variants", ())),
        tested=frozenset(plain.get("tested", ())),
        runs=tuple(Run(reading, _time(first), _time(last), looks) for reading, first, last, looks in plain["runs"])
        if "runs" in plain
        else (),
    )


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def _ms(moment: datetime) -> int:
    return (moment - _EPOCH) // _MS


def _time(ms: int) -> datetime:
    return _EPOCH + ms * _MS
