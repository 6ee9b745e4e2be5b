"""`stet tag …`: add, remove, list. What people call articles by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import click
from click.shell_completion import CompletionItem

from archive.domain.rights import LOCAL
from archive.domain.tagging import tag_in
from archive.errors import Misuse, NothingFound, StetError
from archive.layout import Column
from archive.options import Example, ExampleGroup, opened, reading, with_home, with_json, with_limit
from archive.output import emit, say
from scheduler.given import urls_of


class Tag(click.ParamType[str]):
    """A tag: one word, of letters, digits and `-_.:`."""

    name = "tag"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what is none; accents are written in one way."""
        try:
            return tag_in(str(value))
        except Misuse as error:
            self.fail(str(error), param, ctx)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """The tags that there are."""
        try:
            with reading(ctx.params.get("home")) as (_, connection):
                from archive.db.tags import counted

                return [CompletionItem(tag) for tag in counted(connection) if tag.startswith(incomplete)]
        except StetError:  # a shell that completes shows no errors
            return []


TAG = Tag()
URLS = "URL…"


@click.group(
    cls=ExampleGroup, example="stet tag add court https://www.example.org/news/story.html\n    stet tag list"
)
def tag() -> None:
    """Tags: what you call articles by.

    A tagged article is looked at more often, and rules of alerts can ask for it. 'dossier:NAME' says that a
    dossier quotes it.
    """


@tag.command(
    cls=Example,
    example="""
    stet tag add court https://www.example.org/news/story.html
    stet articles --words verdict --json | jq -r .url | stet tag add court -""",
)
@click.argument("name", metavar="TAG", type=TAG)
@click.argument("urls", nargs=-1, metavar=URLS)
@with_json
@with_home
def add(home: str | None, as_json: bool, name: str, urls: Sequence[str]) -> None:
    """Tag articles that are watched; '-' reads URLs from standard input, one a line."""
    from archive.acts.articles import tag as act

    _each(home, name, urls, act, command="stet tag add", key="new", as_json=as_json)


@tag.command(
    cls=Example,
    example="""
    stet tag remove court https://www.example.org/news/story.html
    stet articles --tag court --json | jq -r .url | stet tag remove court -""",
)
@click.argument("name", metavar="TAG", type=TAG)
@click.argument("urls", nargs=-1, metavar=URLS)
@with_json
@with_home
def remove(home: str | None, as_json: bool, name: str, urls: Sequence[str]) -> None:
    """Take a tag from articles; '-' reads URLs from standard input, one a line."""
    from archive.acts.articles import untag as act

    _each(home, name, urls, act, command="stet tag remove", key="removed", as_json=as_json)


def _each(
    home: str | None,
    name: str,
    urls: Sequence[str],
    act: Callable[..., int],
    *,
    command: str,
    key: str,
    as_json: bool,
) -> None:
    """Do it to each article, and say of each whether that changed anything; one that is not watched is said."""
    wanted = urls_of(urls, command=f"{command} {name}")
    rows: list[dict[str, object]] = []
    with opened(home) as (_, database), database.write() as connection:
        from archive.memento import article_at

        now = datetime.now(UTC)
        for url in wanted:
            try:
                article = article_at(connection, url)
            except (Misuse, NothingFound) as error:
                say(f"stet: {error}")
                continue
            done = act(connection, LOCAL, [article.id], name, now=now)
            rows.append({"url": article.url, "outlet": article.outlet, "tag": name, key: bool(done)})
    columns = [Column(key, key.title()), Column("outlet", "Outlet"), Column("url", "URL", below=True)]
    emit(rows, columns, as_json=as_json, empty="nothing was done")
    if refused := len(wanted) - len(rows):
        others = "; that was done for the others" if rows else ""
        raise Misuse(f"{command}: {refused} of {len(wanted)} URLs lead to no article here, see above{others}")


@tag.command(
    "list",
    cls=Example,
    example="""
    stet tag list
    stet tag list --tag court --json""",
)
@click.option("--tag", "name", type=TAG, help="The articles with this tag.")
@with_limit
@with_json
@with_home
def list_(home: str | None, as_json: bool, name: str | None, limit: int) -> None:
    """List the tags that there are, each with its articles, the latest tagged first."""
    with reading(home) as (_, connection):
        from archive.db.tags import listed
        from archive.shapes.articles import tagged_row

        rows = [tagged_row(one) for one in listed(connection, tag=name, limit=limit)]
    columns = [
        Column("tag", "Tag"),
        Column("at", "Since (UTC)", rank=1),
        Column("outlet", "Outlet", rank=2),
        Column("title", "Title", wraps=True),
        Column("url", "URL", below=True),
    ]
    empty = f"no article is tagged {name!r}" if name else "no tags; 'stet tag add TAG URL' tags an article"
    emit(rows, columns, as_json=as_json, empty=empty)
