"""`stet outlet …`: add, list, show, check, health, pause, resume, remove, noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from archive import home as homes
from archive.domain.model import Outlet, Seed
from archive.domain.rights import LOCAL
from archive.domain.times import ago, stamp
from archive.errors import Misuse, NothingFound
from archive.layout import Column
from archive.options import OUTLET, Example, ExampleGroup, opened, reading, with_home, with_json, with_limit
from archive.output import clean_lines, emit, json_line, say, tell
from scheduler.health_cli import health as health_command

if TYPE_CHECKING:
    from archive.db.learnt import Learnt
    from crawler.spiders.survey import Report


@click.group(cls=ExampleGroup, example="stet outlet add https://www.example.org/\n    stet outlet list")
def outlet() -> None:
    """Outlets: publishers that are watched."""


class Declared(click.ParamType[str]):
    """A URL, the name of an outlet that comes with Stet, or a TOML file."""

    name = "what"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """The outlets that come with Stet, and files."""
        from crawler.outlets import known

        names = [one.name for one in known() if one.name.startswith(incomplete)]
        return [*map(CompletionItem, names), CompletionItem(incomplete, type="file")]


@outlet.command(
    cls=Example,
    example="""
    stet outlet add https://www.example.org/
    stet outlet add guardian
    stet outlet add my-outlet.toml""",
)
@click.argument("what", metavar="URL|NAME|FILE", type=Declared())
@click.option("--name", help="Call it so. [default: after its domain]")
@click.option("--all", "keep_all", is_flag=True, help="Keep also the seeds that did not work just now.")
@with_json
@with_home
def add(home: str | None, as_json: bool, what: str, name: str | None, keep_all: bool) -> None:
    """Watch an outlet: find its feeds and sitemaps, try them, and keep those that work.

    NAME is one of the outlets that come with Stet ('stet outlet list --known'); FILE is a TOML file.
    """
    found = homes.find(home)
    found.require_database()
    # Imported when the home is known to be one: these take half a second.
    from scheduler.crawling import survey, survey_url

    with found.lock("stet outlet add"):
        if what.startswith(("http://", "https://")):
            report = survey_url(found, what)
            if not report.reached:
                raise NothingFound(f"{what}: {report.home}; nothing was added")
        else:
            report = survey(found, _declared(what))
        made = replace(report.outlet, seeds=_seeds(report, keep_all=keep_all))
        made = _named(made, name) if name else made
        _save(home, made)
    _show(report, as_json=as_json)
    say(f"outlet '{made.name}' is watched with {len(made.seeds)} seeds; next: stet crawl --outlet {made.name}")
    if not made.seeds:
        raise NothingFound(f"outlet '{made.name}': no seed works now; add articles with 'stet add URL'")


def _declared(what: str) -> Outlet:
    """An outlet by the name of a shipped one, or by a TOML file."""
    from crawler.outlets import known, load

    if Path(what).suffix == ".toml" or Path(what).exists():
        return load(Path(what))
    by_name = {o.name: o for o in known()}
    if what not in by_name:
        raise Misuse(f"{what!r}: neither a URL, nor a file, nor a known outlet; known are {', '.join(by_name)}")
    return by_name[what]


def _named(made: Outlet, name: str) -> Outlet:
    from crawler.outlets import slug

    if name != slug(name):
        raise Misuse(f"stet outlet add: --name {name!r}: use a-z, 0-9 and hyphens, such as {slug(name)!r}")
    return replace(made, name=name)


def _seeds(report: Report, *, keep_all: bool) -> tuple[Seed, ...]:
    tried = report.tried or []
    return tuple(t.seed for t in tried if t.works or keep_all)


def _save(home: str | None, made: Outlet) -> None:
    with opened(home) as (_, database), database.write() as connection:
        from archive.db import outlets

        outlets.save(connection, made, datetime.now(UTC))


def _show(report: Report, *, as_json: bool) -> None:
    rows = [
        {
            "outlet": report.outlet.name,
            "works": t.works,
            "kind": t.seed.kind.value,
            "found_by": t.how,
            "said": t.said,
            "stories": t.stories,
            "newest": t.newest,
            "url": t.seed.url,
        }
        for t in report.tried or []
    ]
    columns = [
        Column("works", "Works"),
        Column("kind", "Kind"),
        Column("found_by", "Found by", rank=2),
        Column("said", "Says", wraps=True),
        Column("newest", "Newest (UTC)", rank=1),
        Column("url", "URL", below=True),
    ]
    emit(rows, columns, as_json=as_json, empty="no seeds were found")


@outlet.command("list", cls=Example, example="stet outlet list\n    stet outlet list --known")
@click.option("--known", is_flag=True, help="The outlets that come with Stet instead.")
@with_json
@with_home
def list_(home: str | None, as_json: bool, known: bool) -> None:
    """List the outlets that are watched."""
    from archive.shapes.outlets import outlet_row

    if known:
        from crawler.outlets import known as shipped

        rows = [outlet_row(o, None) for o in shipped()]
    else:
        with reading(home) as (_, connection):
            from archive import overview
            from archive.db import outlets

            now = datetime.now(UTC)
            health = {row["outlet"]: row for row in overview.outlets(connection, overview.long_ago(), now)}
            rows = [outlet_row(o, health[o.name]) for o in outlets.all_outlets(connection).values()]
    columns = [
        Column("name", "Name"),
        Column("title", "Title", wraps=True, rank=1),
        Column("domains", "Domains", wraps=True),
        Column("seeds", "Seeds", rank=2),
        Column("state", "State"),
    ]
    emit(rows, columns, as_json=as_json, empty="no outlets yet; 'stet outlet add https://…' adds one")


@outlet.command(cls=Example, example="stet outlet show guardian > guardian.toml")
@click.argument("name", type=OUTLET)
@with_json
@with_home
def show(home: str | None, as_json: bool, name: str) -> None:
    """Print an outlet as the TOML file that would declare it, with how its seeds went."""
    now = datetime.now(UTC)
    with reading(home) as (_, connection):
        from archive import overview
        from archive.db import outlets, subscriptions
        from crawler.outlets import dumps

        outlet_id, found = outlets.by_name(connection, name)
        states = outlets.seeds_of(connection, outlet_id)
        hubs = [one for one in subscriptions.listed(connection) if one.outlet == name]
        health = {row["outlet"]: row for row in overview.outlets(connection, overview.long_ago(), now)}
    if as_json:
        from archive.shapes.outlets import outlet_row

        tell(json_line(outlet_row(found, health[name])))
        return
    lines = [
        f"# {seed.kind.value} {seed.url}: {' '.join(seed.last_outcome.split()) or 'not read yet'}"
        f" ({ago(seed.last_fetched, now) or 'never fetched'})"
        for seed in states
    ]
    lines += [
        f"# hub {one.hub} of {one.seed}: {one.state.value}"
        + (f" until {stamp(one.until)}" if one.until else "")
        + (f": {one.why}" if one.why else "")
        for one in hubs
    ]
    tell(clean_lines("\n".join([dumps(found).rstrip("\n"), *lines])))


@outlet.command(cls=Example, example="stet outlet check\n    stet outlet check guardian --json")
@click.argument("names", nargs=-1, metavar="[NAME]…", type=OUTLET)
@click.option("--known", is_flag=True, help="Check the outlets that come with Stet, not those that are watched.")
@with_json
@with_home
def check(home: str | None, as_json: bool, names: Sequence[str], known: bool) -> None:
    """Try every seed against the live site and say what works."""
    found = homes.find(home)
    found.require_database()
    from scheduler.crawling import survey

    if known:
        from crawler.outlets import known as shipped

        wanted = {o.name: o for o in shipped()}
    else:
        with reading(home) as (_, connection):
            from archive.db import outlets

            wanted = {o.name: o for o in outlets.all_outlets(connection).values()}
    for name in names:
        if name not in wanted:
            listing = "stet outlet list --known" if known else "stet outlet list"
            raise NothingFound(f"outlet '{name}': not known; '{listing}' shows those that are")
    bad = 0
    with found.lock("stet outlet check"):
        for name in names or wanted:
            if not wanted[name].seeds:
                say(f"{name}: declares no seeds")
                continue
            report = survey(found, wanted[name])
            say(f"{name}: {sum(t.works for t in report.tried or [])} of {len(report.tried or [])} seeds work")
            _show(report, as_json=as_json)
            bad += not report.worth_keeping().seeds
    if bad:
        raise NothingFound(f"{bad} outlets have no seed that works")


@outlet.command(cls=Example, example="stet outlet pause guardian")
@click.argument("name", type=OUTLET)
@with_home
def pause(home: str | None, name: str) -> None:
    """Stop visiting an outlet; all that is kept stays."""
    _set_paused(home, name, paused=True)


@outlet.command(cls=Example, example="stet outlet resume guardian")
@click.argument("name", type=OUTLET)
@with_home
def resume(home: str | None, name: str) -> None:
    """Visit a paused outlet again."""
    _set_paused(home, name, paused=False)


def _set_paused(home: str | None, name: str, *, paused: bool) -> None:
    with opened(home) as (_, database), database.write() as connection:
        from archive.acts import outlets

        act = outlets.pause if paused else outlets.resume
        act(connection, LOCAL, name, now=datetime.now(UTC))
    say(f"outlet '{name}' is {'paused' if paused else 'visited again'}")


@outlet.command(cls=Example, example="stet outlet remove my-outlet")
@click.argument("name", type=OUTLET)
@with_home
def remove(home: str | None, name: str) -> None:
    """Forget an outlet that has no articles; one with articles can only be paused."""
    with opened(home) as (_, database), database.write() as connection:
        from archive.db import outlets

        outlets.remove(connection, name, datetime.now(UTC))
    say(f"outlet '{name}' is no longer watched")


@outlet.command(
    cls=Example,
    example="""
    stet outlet noise guardian
    stet outlet noise guardian --reset 9f86d081884c7d65
    stet outlet noise guardian --reset""",
)
@click.argument("name", type=OUTLET)
@click.option(
    "--reset",
    metavar="[MASK]",
    is_flag=False,
    flag_value="",
    help="Forget the paragraph of this mask; without one, all that was learnt of the outlet.",
)
@with_limit
@with_json
@with_home
def noise(home: str | None, as_json: bool, name: str, reset: str | None, limit: int) -> None:
    """List the paragraphs that an outlet repeats across its articles, or have them forgotten.

    That they come, go or count on, as listed, is no change of an article. What was forgotten is learnt again from
    articles that are first seen later.
    """
    if reset is not None:
        _forget_noise(home, name, reset)
        return
    with reading(home) as (_, connection):
        from archive.db.learnt import learnt_of

        found = learnt_of(connection, name, datetime.now(UTC), limit=limit)
        rows = [_noise_row(one, as_json=as_json) for one in found]
    columns = [
        Column("articles", "Articles"),
        Column("no_edit", "No edit when it", rank=1),
        Column("since", "Since (UTC)", rank=2),
        Column("text", "Paragraph", wraps=True),
        Column("mask", "Mask", rank=3),
    ]
    emit(rows, columns, as_json=as_json, empty=f"nothing was learnt of outlet '{name}' yet")


def _noise_row(one: Learnt, *, as_json: bool) -> dict[str, Any]:
    from archive.domain.furniture import spelt

    return {
        "mask": spelt(one.mask),
        "text": one.text,
        "articles": one.elsewhere.stood,
        "no_edit": list(one.ways) if as_json else ", ".join(one.ways),
        "varied": one.elsewhere.varied,
        "counted": one.elsewhere.counted,
        "since": one.since,
        "url": one.url,
    }


def _forget_noise(home: str | None, name: str, which: str) -> None:
    from archive.domain.furniture import read

    try:
        one = read(which) if which else None
    except ValueError as error:
        raise Misuse(
            f"stet outlet noise: --reset {which!r}: {error}; 'stet outlet noise {name}' lists them"
        ) from None
    with opened(home) as (_, database), database.write() as connection:
        from archive.db import blocks

        blocks.reset(connection, name, one=one, at=datetime.now(UTC))
    say(f"outlet '{name}': {'that paragraph' if which else 'all that was learnt'} is forgotten")


outlet.add_command(health_command)
