"""What every command shares: the home, JSON, times, and an example in its help."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from archive.domain.model import Standing
from archive.domain.times import parse_since, parse_time
from archive.errors import StetError
from archive.home import Home, find

if TYPE_CHECKING:
    from archive.db.engine import Connection, Database

Function = Callable[..., Any]


def _write_example(example: str, formatter: click.HelpFormatter) -> None:
    with formatter.section("Example"):
        for line in example.strip().splitlines():
            formatter.write(f"{' ' * formatter.current_indent}{line.strip()}\n")


class Example(click.Command):
    """A command whose help ends with an example; `tests/test_cli.py` insists on one."""

    def __init__(self, *args: Any, example: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.example = example

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The description, then the example."""
        super().format_help_text(ctx, formatter)
        _write_example(self.example, formatter)


class ExampleGroup(click.Group):
    """A group of commands whose help has an example too."""

    def __init__(self, *args: Any, example: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.example = example

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The description, then the example."""
        super().format_help_text(ctx, formatter)
        _write_example(self.example, formatter)


class Time(click.ParamType[datetime]):
    """A time as `archive.domain.times.parse_time` reads it: a shortened one means its last moment."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it; what is no time is said with the option's name."""
        if isinstance(value, datetime):
            return value
        try:
            return self.read(value)
        except StetError as error:
            self.fail(str(error), param, ctx)

    def read(self, text: str) -> datetime:
        """The moment that `text` names."""
        return parse_time(text)


class Since(Time):
    """A time to begin with: a shortened one means its first moment."""

    def read(self, text: str) -> datetime:
        """The moment that `text` begins with."""
        return parse_since(text)


class Kind(click.ParamType[str]):
    """A kind of change, or of a notice about many articles."""

    name = "kind"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what is no kind, and say which there are."""
        if value not in _kinds():
            self.fail(f"{value!r} is no kind of change; kinds are {', '.join(_kinds())}", param, ctx)
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """The kinds there are."""
        return _items(_kinds(), incomplete)


def _kinds() -> list[str]:
    from archive.domain.classify import Kind as ChangeKind
    from archive.domain.redesigns import KIND as REDESIGN

    return [*ChangeKind, REDESIGN]


class OutletName(click.ParamType[str]):
    """The name of an outlet that is watched."""

    name = "name"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """The outlets of the home that the command line so far names."""
        try:
            with reading(ctx.params.get("home")) as (_, connection):
                from archive.db.outlets import all_outlets

                return _items([outlet.name for outlet in all_outlets(connection).values()], incomplete)
        except StetError:  # a shell that completes shows no errors
            return []


def _items(values: Sequence[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(value) for value in values if value.startswith(incomplete)]


TIME = Time()
SINCE = Since()
KIND = Kind()
OUTLET = OutletName()
STANDING = click.Choice([standing.value for standing in Standing])


def with_home(function: Function) -> Function:
    """Add `--home DIR`; the command gets `home`, the folder or None."""
    return click.option(
        "--home",
        "home",
        metavar="DIR",
        is_eager=True,  # completion of names looks into it
        type=click.Path(file_okay=True),  # a file is refused as "not a Stet home"
        help="The Stet home. [default: $STET_HOME, else the nearest parent folder with a stet.toml]",
    )(function)


def with_json(function: Function) -> Function:
    """Add `--json`; the command gets `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON Lines for scripts.")(function)


def with_limit(function: Function) -> Function:
    """Add `--limit`."""
    return click.option(
        "--limit", type=click.IntRange(min=1), default=100, show_default=True, help="Print at most so many."
    )(function)


def with_span(function: Function) -> Function:
    """Add `--since` and `--until`."""
    function = click.option("--until", type=TIME, help="Only those at or before this time.")(function)
    return click.option("--since", type=SINCE, help="Only those at or after this time.")(function)


def with_outlet(function: Function) -> Function:
    """Add `--outlet`."""
    return click.option("--outlet", type=OUTLET, metavar="NAME", help="Only this outlet.")(function)


@contextmanager
def opened(home: str | None) -> Iterator[tuple[Home, Database]]:
    """The home and its database."""
    from archive.db.engine import open_database

    found = find(home)
    found.require_database()
    database = open_database(found.database_url)
    try:
        yield found, database
    finally:
        database.close()


@contextmanager
def reading(home: str | None) -> Iterator[tuple[Home, Connection]]:
    """The home and a database connection to read from."""
    with opened(home) as (found, database), database.read() as connection:
        yield found, connection


def require_outlet(connection: Connection, name: str | None) -> None:
    """Refuse a filter by an outlet that is not watched: a misspelt name must not look like "nothing found"."""
    from archive.db.outlets import by_name

    if name is not None:
        by_name(connection, name)
