"""`stet outlet health`: how visits of outlets go, what failed, when nobody could see them. It only reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from archive.domain.times import ago, stamp
from archive.options import OUTLET, SINCE, Example, reading, with_home, with_json
from archive.output import clean, json_line, say, tell

if TYPE_CHECKING:
    from archive.db.engine import Connection
    from archive.db.takedowns import Controls
    from archive.domain.gaps import Gap
    from archive.domain.health import Health, Looks
    from archive.shapes.outlets import HealthRow

LATELY = timedelta(days=30)
"""For so long back health is told, unless another time is asked for: what an outlet does once a month is in it."""


@click.command(
    cls=Example,
    example="""
    stet outlet health
    stet outlet health guardian --since 2026-11-01
    stet outlet health guardian --json""",
)
@click.argument("name", required=False, type=OUTLET, metavar="[NAME]")
@click.option("--since", type=SINCE, help="Only what was at or after this time. [default: 30 days ago]")
@with_json
@with_home
def health(home: str | None, as_json: bool, name: str | None, since: datetime | None) -> None:
    """Tell how the visits of outlets go: rates, failures, outages, gaps in which nobody could see them.

    Also how an outlet says that a page is not there, what can speak for it when an article is missing, how late
    checks are, and what robots.txt and seeds say. Without NAME all outlets are told of.
    """
    now = datetime.now(UTC)
    begin = since or now - LATELY
    with reading(home) as (_, connection):
        from archive.db import health as healths
        from archive.db import outlets

        ids = {outlet.name: outlet_id for outlet_id, outlet in outlets.all_outlets(connection).items()}
        if name is not None:
            outlets.by_name(connection, name)
        told = [
            _Told(connection, one, ids[one.outlet], begin, now)
            for one in healths.of_outlets(connection, begin, now, name)
        ]
    if not told:
        say("no outlets yet; 'stet outlet add https://…' adds one")
    for number, one in enumerate(told):
        if as_json:
            tell(json_line(one.row()))
            continue
        if number:
            tell("")
        for line in one.lines():
            tell(clean(line))


class _Told:
    """What is told of one outlet."""

    def __init__(
        self, connection: Connection, one: Health, outlet_id: int, since: datetime, now: datetime
    ) -> None:
        from archive.db import gaps, takedowns

        self._health = one
        self._since, self._now = since, now
        self._gaps = gaps.of_outlet(connection, outlet_id, since, now)
        found = takedowns.outages_listed(connection, outlet=one.outlet)
        self._outages = [each for each in found if each.row.ended is None or each.row.ended >= since]
        self._controls = takedowns.controls_of(connection, outlet_id)

    def row(self) -> HealthRow:
        """For scripts."""
        from archive.shapes.outlets import health_row

        return health_row(
            self._health,
            since=self._since,
            outages=self._outages,
            gaps=self._gaps,
            controls=self._controls,
        )

    def lines(self) -> Iterator[str]:
        """For people."""
        from archive.domain.health import sentence

        yield f"{self._health.outlet}: {sentence(self._health)}"
        for name, value in self._said():
            yield f"  {name:<10} {value}"

    def _said(self) -> Iterator[tuple[str, str]]:
        from archive.domain.health import honesty

        one, now = self._health, self._now
        yield "articles", ", ".join(f"{n:,} {standing}" for standing, n in one.articles.items()) or "none"
        yield "looks", _looks_in_words(one.straight)
        for label, seen in one.vantages.items():
            yield f"from {label}", _looks_in_words(seen)
        yield "last good", ago(one.last_good, now) or "never"
        yield "late", _late(one)
        for outage in self._outages:
            until = stamp(outage.row.ended) or "this day"
            yield "outage", f"{stamp(outage.row.outage.began)} to {until}: {outage.row.why}"
        for gap in self._gaps:
            yield "not seen", _gap(gap)
        asked = f" (asked {ago(one.sibling.at, now)})" if one.sibling else ""
        yield "not found", f"{honesty(one.sibling)}{asked}"
        yield "controls", _controls(self._controls, now)
        for each in one.robots:
            yield "robots", f"{each.origin}: {each.words} ({ago(each.at, now)})"
        if one.forbidden:
            yield "robots", f"forbade {one.forbidden:,} fetches"
        for seed in one.failing:
            yield "seed", f"{seed.url}: {seed.outcome} ({ago(seed.at, now)})"


def _gap(gap: Gap) -> str:
    """A gap for people: `2026-03-02 09:00:00 to 2026-03-03 10:00:00: …`."""
    since = stamp(gap.since) or "from the first"
    return f"{since} to {stamp(gap.until) or 'this day'}: {gap.why}"


def _looks_in_words(seen: Looks) -> str:
    if not seen.count:
        return "none"
    kinds = ", ".join(f"{kind.replace('_', ' ')} {n:,}" for kind, n in seen.kinds.items())
    return (
        f"{seen.count:,}: {seen.success:.0%} told whether the article is there, {seen.blocked:.0%} were blocked, "
        f"{seen.failed:.0%} reached nobody ({kinds})"
    )


def _late(one: Health) -> str:
    if not one.overdue or one.lag_median is None or one.lag_max is None:
        return "nothing is due"
    half, most = (_span(lag) for lag in (one.lag_median, one.lag_max))
    return f"{one.overdue:,} checks are due, half of them for more than {half}, one for {most}"


def _span(lag: timedelta) -> str:
    begin = datetime(1970, 1, 1, tzinfo=UTC)
    return ago(begin, begin + lag).removesuffix(" ago")


def _controls(found: Controls, now: datetime) -> str:
    said = f"{found.articles:,} articles can speak for it, the last seen {ago(found.last_seen, now) or 'never'}"
    return said + (f"; its front page {ago(found.front_page, now)}" if found.front_page else "")
