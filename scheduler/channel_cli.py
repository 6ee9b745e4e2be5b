"""`stet channel …`: list, check. The ways to reach somebody that `stet.toml` has."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import CompletionItem

from archive.errors import Misuse, NothingFound, StetError
from archive.home import find
from archive.layout import Column
from archive.options import Example, ExampleGroup, with_home, with_json
from archive.output import emit


class ChannelName(click.ParamType[str]):
    """The name of a channel."""

    name = "name"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """The channels of the home that the command line so far names."""
        try:
            names = find(ctx.params.get("home")).settings.alerts.channels
        except StetError:  # a shell that completes shows no errors
            return []
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@click.group(cls=ExampleGroup, example="stet channel list\n    stet channel check desk")
def channel() -> None:
    """Channels: the ways to reach somebody.

    They stand in stet.toml, as [alerts.channels.NAME].
    """


@channel.command("list", cls=Example, example="stet channel list\n    stet channel list --json")
@with_json
@with_home
def list_(home: str | None, as_json: bool) -> None:
    """List the channels: of what kind, and to whom. Secrets are named, never shown."""
    from archive.shapes.telling import channel_row

    rows = [channel_row(one) for one in find(home).settings.alerts.channels.values()]
    columns = [Column("name", "Channel"), Column("kind", "Kind"), Column("goal", "Where to")]
    emit(rows, columns, as_json=as_json, empty="no channels; write [alerts.channels.NAME] in stet.toml")


@channel.command(
    cls=Example,
    example="""
    stet channel check desk
    stet channel check --json""",
)
@click.argument("names", nargs=-1, type=ChannelName(), metavar="[NAME]…")
@with_json
@with_home
def check(home: str | None, names: tuple[str, ...], as_json: bool) -> None:
    """Check channels, by default all: secrets, addresses, certificates, passwords. Nothing is sent.

    'stet alerts test' sends a message. Exit code 1 where something is wrong.
    """
    found = find(home)
    channels, crawl = found.settings.alerts.channels, found.settings.crawl
    for name in names:
        if name not in channels:
            there = f"there are {', '.join(channels)}" if channels else "write [alerts.channels.NAME] in stet.toml"
            raise Misuse(f"channel '{name}': there is none of this name; {there}")
    from archive.channels import Secrets
    from archive.channels.checking import steps
    from crawler.lookup import lookup

    secrets, resolve = Secrets(found.root), lookup(crawl)
    rows: list[dict[str, Any]] = [
        {"channel": name, "what": step.what, "good": step.good, "said": step.said}
        for name in names or channels
        for step in steps(channels[name], secrets=secrets, resolve=resolve, ca_bundle=crawl.ca_bundle)
    ]
    columns = [Column("channel", "Channel"), Column("good", "Good"), Column("what", "What")]
    columns.append(Column("said", "Found"))
    emit(rows, columns, as_json=as_json, empty="no channels; write [alerts.channels.NAME] in stet.toml")
    if bad := [row["channel"] for row in rows if not row["good"]]:
        raise NothingFound(f"stet channel check: something is wrong with {', '.join(bad)}, see above")
