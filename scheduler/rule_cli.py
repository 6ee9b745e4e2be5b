"""`stet rule …`: who is told of what."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from archive.domain.model import Standing
from archive.domain.rights import LOCAL
from archive.domain.rules import KINDS, Pace, Rule, sentence
from archive.domain.times import stamp
from archive.errors import Misuse, NothingFound
from archive.layout import Column
from archive.options import OUTLET, Example, ExampleGroup, Since, opened, reading, with_home, with_json, with_limit
from archive.output import clean_lines, emit, json_line, say, tell
from archive.values import duration

if TYPE_CHECKING:
    from archive.db.engine import Connection
    from archive.domain.rules import Event
    from archive.settings import AlertSettings


@click.group(
    cls=ExampleGroup, example="stet rule add takedowns --channel desk --standing taken_down\n    stet rule list"
)
def rule() -> None:
    """Rules of alerts: who is told of what.

    Those that stand in stet.toml are listed too, and are changed there.
    """


class Ago(Since):
    """A time to begin with, or a span that ends now: `7d`."""

    name = "time|span"

    def read(self, text: str) -> datetime:
        """The moment that `text` names."""
        try:
            return datetime.now(UTC) - duration(text, "")
        except Misuse:
            return super().read(text)
        except OverflowError:
            raise Misuse(f"{text!r}: so long ago there were no clocks; write 7d or 2026-11-22") from None


@rule.command(
    "list",
    cls=Example,
    example="""
    stet rule list
    stet rule list --json""",
)
@with_json
@with_home
def list_(home: str | None, as_json: bool) -> None:
    """List all rules, and say on stderr what of them names something that there is not."""
    with reading(home) as (found, connection):
        from archive.alerting import doubts, kept_rules
        from archive.shapes.telling import rule_row

        settings = found.settings.alerts
        rows = [rule_row(each, "stet.toml") for each in settings.rules.values()]
        rows += [
            rule_row(each, "made") for each in kept_rules(connection).values() if each.name not in settings.rules
        ]
        troubles = doubts(connection, settings)
    columns = [
        Column("name", "Name"),
        Column("about", "About", wraps=True),
        Column("channels", "Channels", rank=1),
        Column("pace", "Pace", rank=2),
        Column("quiet", "Quiet", rank=4),
        Column("from", "From", rank=3),
    ]
    empty = "no rules, so nobody is told anything; 'stet rule add' makes one"
    emit(sorted(rows, key=lambda row: row["name"]), columns, as_json=as_json, empty=empty)
    for trouble in troubles:
        say(f"stet: {trouble}")


@rule.command(cls=Example, example="stet rule show takedowns\n    stet rule show takedowns --json")
@click.argument("name")
@with_json
@with_home
def show(home: str | None, as_json: bool, name: str) -> None:
    """Print a rule as the table of stet.toml that would make it."""
    with reading(home) as (found, connection):
        one = _rule(connection, found.settings.alerts, name)
        source = "stet.toml" if name in found.settings.alerts.rules else "made"
    if as_json:
        from archive.shapes.telling import rule_row

        tell(json_line(rule_row(one, source)))
        return
    from archive.alert_settings import rule_as_toml

    tell(f"# {sentence(one)}\n{clean_lines(rule_as_toml(one))}")


def _rule(connection: Connection, settings: AlertSettings, name: str) -> Rule:
    from archive.alerting import rules_of

    rules = rules_of(connection, settings)
    if name not in rules:
        raise NothingFound(
            f"rule '{name}': there is none of this name; 'stet rule list' shows those that there are"
        )
    return rules[name]


@rule.command(
    cls=Example,
    example="""
    stet rule add takedowns --channel desk --standing taken_down
    stet rule add silent --channel desk --outlet guardian --stealth --min-weight 0.5 --quiet 22:00-07:00
    stet rule add hostages --channel desk --channel chat --removed 'hostage*' --pace daily""",
)
@click.argument("name")
@click.option("--channel", "channels", multiple=True, help="Speak to this channel; may be repeated.")
@click.option("--outlet", "outlets", type=OUTLET, multiple=True, help="Only of this outlet; may be repeated.")
@click.option("--article", "articles", multiple=True, metavar="URL", help="Only of this article; may be repeated.")
@click.option("--tag", "tags", multiple=True, help="Only of articles with this tag; may be repeated.")
@click.option("--dossier", "dossiers", multiple=True, help="Only of what this dossier quotes; may be repeated.")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(KINDS),
    metavar="KIND",
    multiple=True,
    help="Changes of this kind, or notices; may be repeated.",
)
@click.option(
    "--min-weight", type=click.FloatRange(0, 1), default=0.0, help="Changes of at least this weight, 0 to 1."
)
@click.option("--stealth", is_flag=True, help="Changes that the page does not declare.")
@click.option(
    "--removed", multiple=True, metavar="WORDS", help="Changes that took these words out; may be repeated."
)
@click.option("--added", multiple=True, metavar="WORDS", help="Changes that put these words in; may be repeated.")
@click.option(
    "--standing",
    "standings",
    type=click.Choice([each.value for each in Standing]),
    multiple=True,
    help="Steps to this standing; may be repeated.",
)
@click.option(
    "--pace",
    type=click.Choice([each.value for each in Pace]),
    default="at_once",
    show_default=True,
    help="How often.",
)
@click.option("--quiet", metavar="HOURS", help="Nothing is told in these hours: 22:00-07:00.")
@click.option("--replace", is_flag=True, help="Put it in the place of the rule that has its name.")
@with_home
def add(home: str | None, name: str, replace: bool, **wanted: Any) -> None:
    """Make a rule. What is not given is no condition; of several of one kind any will do.

    With conditions of changes and none of standings it is about changes alone, with standings alone about those,
    and with neither about everything. A word that ends in '*' stands for all that begin so.
    """
    table = {key: list(value) if isinstance(value, tuple) else value for key, value in wanted.items() if value}
    if table["pace"] == Pace.AT_ONCE.value:
        del table["pace"]
    with opened(home) as (found, database), database.write() as connection:
        from archive.acts import rules

        made = rules.save(
            connection,
            LOCAL,
            found.settings.alerts,
            name,
            table,
            replace=replace,
            hint="choose another name, or say --replace",
            file=str(found.root / "stet.toml"),
            now=datetime.now(UTC),
        )
    say(f"rule '{name}' holds from now on: {sentence(made.rule)}")
    say(f"next: 'stet rule try {name} --since 7d' shows what it would have told")


@rule.command(cls=Example, example="stet rule remove hostages")
@click.argument("name")
@with_home
def remove(home: str | None, name: str) -> None:
    """Forget a rule. What waits by it is told to nobody, and listed as dead."""
    with opened(home) as (found, database), database.write() as connection:
        from archive.acts import rules

        file = str(found.root / "stet.toml")
        rules.remove(connection, LOCAL, found.settings.alerts, name, file=file, now=datetime.now(UTC))
    say(f"rule '{name}' is no more")


@rule.command(
    "try",
    cls=Example,
    example="""
    stet rule try takedowns --since 30d
    stet rule try silent --since 2026-11-20 --json""",
)
@click.argument("name")
@click.option("--since", type=Ago(), default="7d", show_default=True, help="Look so far back: 7d, or a time.")
@with_limit
@with_json
@with_home
def try_(home: str | None, as_json: bool, name: str, since: datetime, limit: int) -> None:
    """List what a rule would have told, from the history; nothing is sent. Exit code 1 where it is nothing.

    Articles are taken with the tags that they have now.
    """
    with reading(home) as (found, connection):
        from archive.alerting import taken

        settings = found.settings.alerts
        one = _rule(connection, settings, name)
        would = taken(connection, settings, one, since)
        rows = [_told(event, when) for event, when in islice(would, limit)]
    if not rows:
        raise NothingFound(f"rule '{name}': would have told nothing since {stamp(since)} UTC: {sentence(one)}")
    columns = [
        Column("at", "Found (UTC)"),
        Column("due", "Told (UTC)", rank=2),
        Column("what", "What", rank=1),
        Column("outlet", "Outlet", rank=3),
        Column("title", "Title", wraps=True, rank=4),
        Column("text", "Text", wraps=True),
        Column("url", "URL", below=True),
    ]
    emit(rows, columns, as_json=as_json)


def _told(event: Event, due: datetime) -> dict[str, Any]:
    return {
        "at": event.at,
        "due": due,
        "what": event.what.value,
        "outlet": event.outlet,
        "url": event.url,
        "title": event.title,
        "text": event.text,
        "kinds": list(event.kinds),
        "weight": event.weight,
        "stealth": event.stealth,
        "standing": event.standing or None,
    }
