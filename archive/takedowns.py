"""The command that lists takedowns: what is gone, what came back, which outlets failed, each with its evidence.

It only reads. Knows in which words people are told; what scripts get is made by `archive.shapes`. What is held of
an article, and on which fetches that rests, is the business of `archive.db.takedowns`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from archive.domain.model import Reason
from archive.domain.times import iso, stamp
from archive.errors import Misuse, NothingFound
from archive.layout import Column
from archive.options import (
    STANDING,
    Example,
    reading,
    require_outlet,
    with_home,
    with_json,
    with_limit,
    with_outlet,
    with_span,
)
from archive.output import clean, emit, json_line, paint, tell

if TYPE_CHECKING:
    from archive.db.engine import Connection
    from archive.db.takedowns import Outage, Proof, Verdict, Wanted

REASON = click.Choice([reason.value for reason in Reason])


@click.command(
    cls=Example,
    example="""
    stet takedowns
    stet takedowns --outlet guardian --since 2026-11-20 --restored
    stet takedowns --reason legal --reason geo_blocked --json
    stet takedowns https://www.example.org/news/story.html""",
)
@click.argument("url", required=False)
@click.option("--standing", "standings", type=STANDING, multiple=True, help="Only of this one; may be repeated.")
@click.option("--reason", "reasons", type=REASON, multiple=True, help="Only for this reason; may be repeated.")
@click.option("--all", "everything", is_flag=True, help="Whatever is not live, also what only cannot be seen.")
@click.option("--restored", is_flag=True, help="Also what is there again after it had been taken down.")
@click.option("--hints", is_flag=True, help="Also what is there, and of which a hint says that it may go.")
@with_span
@with_outlet
@with_limit
@with_json
@with_home
def takedowns(
    home: str | None,
    as_json: bool,
    url: str | None,
    standings: tuple[str, ...],
    reasons: tuple[str, ...],
    limit: int,
    **filters: Any,
) -> None:
    """List what was taken down, or is suspected to be, with the fetches that this rests on; the latest first.

    Also listed are articles that are gone here and live elsewhere, outlets that are offline, and, as rows of their
    own, outages: times when many articles of an outlet failed together. What only cannot be seen is left out
    without --all. For one URL the whole story of its standings is told; exit code 1 where there is none.
    """
    from archive.db.takedowns import Wanted

    wanted = Wanted(standings=standings, reasons=reasons, **filters)
    if url is not None:
        if wanted != Wanted():
            raise Misuse("stet takedowns: of one URL the whole story is told; leave the filters out")
        _tell_story(home, url, as_json=as_json)
        return
    with reading(home) as (_, connection):
        from archive.db.takedowns import listed
        from archive.shapes.takedowns import outlet_outage_row, verdict_in_words, verdict_row

        require_outlet(connection, wanted.outlet)
        told = [(verdict_row(one), verdict_in_words(one)) for one in listed(connection, wanted, limit=limit)]
        told += [(outlet_outage_row(one), _outage_in_words(one)) for one in _outages(connection, wanted, limit)]
    told = sorted(told, key=lambda each: each[0]["since"], reverse=True)[:limit]
    rows = [row if as_json else {**row, "shown": shown} for row, shown in told]
    columns = [
        Column("since", "Since (UTC)", rank=1),
        Column("outlet", "Outlet", rank=3),
        Column("shown", "Standing"),
        Column("title", "Title", wraps=True, rank=4),
        Column("why", "Why", wraps=True),
        Column("url", "URL", below=True),
    ]
    emit(rows, columns, as_json=as_json, empty="no takedowns")


def _outages(connection: Connection, wanted: Wanted, limit: int) -> list[Outage]:
    """The outages beside the articles, unless the filters ask for something that they have not."""
    from archive.db.takedowns import outages_listed

    if wanted.standings:
        return []
    found = outages_listed(connection, outlet=wanted.outlet, since=wanted.since, until=wanted.until, limit=limit)
    offline = Reason.OUTLET_OFFLINE.value in wanted.reasons
    return [one for one in found if not wanted.reasons or (offline and one.row.outage.offline)]


def _outage_in_words(one: Outage) -> str:
    return one.kind.replace("_", " ") + (", over" if one.row.ended else "")


# One article's story.


def _tell_story(home: str | None, url: str, *, as_json: bool) -> None:
    with reading(home) as (_, connection):
        from archive.db.takedowns import verdicts
        from archive.memento import article_at

        [one] = verdicts(connection, [article_at(connection, url).id])
    if not one.steps and not one.hints:
        raise NothingFound(f"{url}: was never found gone or out of reach; 'stet fetches {url}' lists all looks")
    if as_json:
        from archive.shapes.takedowns import step_row, verdict_row

        tell(json_line({**verdict_row(one), "steps": [step_row(step) for step in one.steps]}))
        return
    for line in _story(one):
        tell(line)


def _story(one: Verdict) -> Iterator[str]:
    """The story for people."""
    from archive.domain.verdicts import STANDINGS, in_words, standing_in_words, step_in_words

    yield one.url
    yield paint(clean(one.title), bold=True)
    yield f"{one.outlet}, {standing_in_words(one.standing, one.reason)}: {STANDINGS[one.standing]}"
    yield f"last seen there {stamp(one.last_seen)} UTC" if one.last_seen else "never seen there"
    for each in one.steps:
        yield ""
        yield f"{stamp(each.step.at)}  {paint(clean(step_in_words(each.step)), bold=True)}"
        yield from map(_proof_line, each.evidence)
    if one.outage:
        yield ""
        yield f"{stamp(one.outage.row.outage.began)}  not it alone: {clean(one.outage.row.why)}"
    for seen in one.vantages:
        yield f"{stamp(seen.at)}  as seen from {seen.vantage}: {seen.presence}: {clean(seen.why)}"
    if one.opinion:
        yield f"{stamp(one.opinion.at)}  {one.opinion.archive} was asked: {clean(one.opinion.said)}"
    for hint in one.hints:
        yield f"{stamp(hint.at)}  a hint, which says nothing by itself: {in_words(hint.kind)}: {clean(hint.why)}"
    yield ""
    if one.changed is not None:
        yield f"What it says now is not what it said before: stet diff {one.url} --change {one.changed}"
    if one.steps:
        last = one.steps[-1].step.id
        yield f"A look, as it was answered:  stet get {one.url} --any-status --at {_last_capture(one)}"
        yield f"All of it, to prove it:      stet export --evidence takedown:{last} -o takedown-{last}.zip"


def _last_capture(one: Verdict) -> str:
    captured = [proof.captured for proof in one.evidence if proof.captured]
    return iso(max(captured)) or "" if captured else "TIME"


def _proof_line(proof: Proof) -> str:
    from archive.domain.verdicts import PARTS

    answer = str(proof.status) if proof.status else "no answer"
    where = f", from {proof.vantage}" if proof.vantage else ""
    said = f"  {stamp(proof.at)}  {PARTS[proof.part]}: {answer}{where}"
    return clean(f"{said}; {proof.why}" if proof.why else f"{said}; {proof.url}")


COMMANDS = (takedowns,)
