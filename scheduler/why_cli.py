"""`stet why URL`: when and why an article is fetched next."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from archive.options import Example, reading, with_home, with_json
from archive.output import clean, json_line, paint, tell


@click.command(
    "why",
    cls=Example,
    example="""
    stet why https://www.example.org/news/story.html
    stet why https://www.example.org/news/story.html --json""",
)
@click.argument("url", metavar="URL")
@with_json
@with_home
def why_command(home: str | None, as_json: bool, url: str) -> None:
    """Tell when an article is fetched next, and why then.

    Its standing, how often it and others of its outlet are edited and removed, whom it matters to, what pulled it
    forward, its outlet's budget, what its host asked of us, and what the last fetches said.
    """
    with reading(home) as (found, connection):
        from archive.memento import article_at
        from scheduler import why

        told = why.why(connection, found.settings, article_at(connection, url), datetime.now(UTC))
    if as_json:
        tell(json_line(why.row(told)))
        return
    tell(clean(told.article.url))
    for name, value in why.lines(told):
        tell(f"  {paint(f'{name:<10}', bold=True)} {clean(value)}")
