"""The command that searches: in all that ever stood, or in what changes removed or added. It only reads.

Knows which columns people get; what scripts get is made by `archive.shapes`. What is found where is the business
of `archive.db.searching`.
"""

from __future__ import annotations

from datetime import datetime

import click

from archive.errors import Misuse, NothingFound
from archive.layout import Column
from archive.options import (
    Example,
    reading,
    require_outlet,
    with_home,
    with_json,
    with_limit,
    with_outlet,
    with_span,
)
from archive.output import emit


@click.command(
    cls=Example,
    example="""
    stet search '"taken hostage"'
    stet search --removed minister --outlet guardian --since 2026-11-20
    stet search --added 北京 --json""",
)
@click.argument("query", nargs=-1, required=True)
@click.option("--removed", is_flag=True, help="Search what changes took out of headlines, standfirsts and texts.")
@click.option("--added", is_flag=True, help="Search what they put in.")
@with_span
@with_outlet
@with_limit
@with_json
@with_home
def search(
    home: str | None,
    as_json: bool,
    query: tuple[str, ...],
    removed: bool,
    added: bool,
    outlet: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
) -> None:
    """Search all that ever stood, or what changes took out or put in.

    Parts of words are found too, in any script, whatever their case and typography. All words must be there; a
    phrase stands in double quotes. The newest come first; without --removed or --added one row an article, with
    its latest version that holds the words. Exit code 1 where nothing is found.
    """
    if removed and added:
        raise Misuse("stet search: --removed or --added? 'stet changes' takes both, each with words of its own")
    with reading(home) as (_, connection):
        from archive.db.searching import Field, Scope, changed, stood
        from archive.domain.searchable import Query
        from archive.shapes.findings import hit_row

        wanted = Query.read(" ".join(query))
        require_outlet(connection, outlet)
        scope = Scope(outlet=outlet, since=since, until=until)
        if removed or added:
            field = Field.REMOVED if removed else Field.ADDED
            hits = changed(connection, wanted, field, scope, limit=limit)
        else:
            hits = stood(connection, wanted, scope, limit=limit)
        rows = [hit_row(hit) for hit in hits]
    columns = [
        Column("timestamp", "First seen (UTC)" if not (removed or added) else "Found (UTC)"),
        Column("outlet", "Outlet", rank=3),
        Column("version", "Version", rank=2),
        Column("still_live", "Live", rank=1),
        Column("title", "Title", wraps=True, rank=4),
        Column("snippet", "Words", wraps=True),
        Column("url", "URL", below=True),
    ]
    if not rows:
        where = "removed by no change" if removed else "added by no change" if added else "stands in no version"
        raise NothingFound(f"{' '.join(query)}: {where} that is kept here")
    emit(rows, columns, as_json=as_json)
