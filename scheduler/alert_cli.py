"""`stet alerts …`: what is to be told, what was, and to whom it could not be."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from archive.domain.rights import LOCAL
from archive.domain.times import stamp
from archive.errors import Conflict, Misuse, NothingFound
from archive.layout import Column
from archive.options import OUTLET, Example, ExampleGroup, opened, reading, with_home, with_json, with_limit
from archive.output import clean_lines, emit, json_line, say, tell
from archive.values import duration

if TYPE_CHECKING:
    from archive.db.alerts import Alert
    from archive.db.engine import Database
    from archive.home import Home
    from archive.outbox import Outbox, Tally

STATES = ("waiting", "snoozed", "sent", "dead", "acknowledged")


@click.group("alerts", cls=ExampleGroup, example="stet alerts list --state dead\n    stet alerts test")
def alerts_group() -> None:
    """Alerts: what is to be told, what was told, and what reached nobody."""


@alerts_group.command(
    "list",
    cls=Example,
    example="""
    stet alerts list
    stet alerts list --state waiting --channel desk
    stet alerts list --state dead --json""",
)
@click.option("--state", type=click.Choice(STATES), help="Only alerts of this state.")
@click.option("--rule", metavar="NAME", help="Only those of this rule.")
@click.option("--channel", metavar="NAME", help="Only those to this channel.")
@with_limit
@with_json
@with_home
def list_(home: str | None, as_json: bool, **filters: Any) -> None:
    """List alerts, the latest first: one for each rule and channel that wants to know of a thing."""
    with reading(home) as (_, connection):
        from archive.db.alerts import listed
        from archive.shapes.telling import alert_row

        found = listed(connection, **filters)
    rows = [alert_row(each) if as_json else {**alert_row(each), "then": _then(each)} for each in found]
    columns = [
        Column("id", "Id"),
        Column("at", "Found (UTC)", rank=2),
        Column("state", "State"),
        Column("then", "When or why", wraps=True, rank=1),
        Column("rule", "Rule", rank=3),
        Column("channel", "Channel", rank=3),
        Column("outlet", "Outlet", rank=5),
        Column("title", "Title", wraps=True, rank=6),
        Column("text", "Text", wraps=True),
        Column("url", "URL", below=True),
    ]
    emit(
        rows,
        columns,
        as_json=as_json,
        empty="no alerts" if not any(filters[k] for k in _FILTERS) else "no such alerts",
    )


_FILTERS = ("state", "rule", "channel")


def _then(alert: Alert) -> str:
    """When it was or will be told, or why it was not."""
    if alert.state == "sent":
        return f"{stamp(alert.sent)}"
    if alert.state == "dead":
        return alert.last_error
    if alert.state == "acknowledged":
        return f"known since {stamp(alert.acknowledged)}"
    if alert.last_error:
        return f"{alert.last_error}; again {stamp(alert.next_try)}"
    return f"due {stamp(alert.due)}"


@alerts_group.command(cls=Example, example="stet alerts show 12\n    stet alerts show 12 --json")
@click.argument("alert_id", metavar="ID", type=int)
@with_json
@with_home
def show(home: str | None, as_json: bool, alert_id: int) -> None:
    """Show one alert: what it tells, and what became of it."""
    with reading(home) as (_, connection):
        from archive.db.alerts import by_id
        from archive.shapes.telling import whole_alert_row

        row = whole_alert_row(by_id(connection, alert_id))
    if as_json:
        tell(json_line(row))
        return
    shown = {name: value for name, value in row.items() if value not in (None, "", [], False, 0)}
    width = max(map(len, shown))
    for name, value in shown.items():
        text = (
            stamp(value) if isinstance(value, datetime) else ", ".join(value) if isinstance(value, list) else value
        )
        first, *more = clean_lines(str(text)).split("\n")
        tell(f"{name.replace('_', ' '):<{width}}  {first}")
        for line in more:
            tell(f"{'':<{width}}  {line}")


@alerts_group.command(
    "test",
    cls=Example,
    example="""
    stet alerts test
    stet alerts test --channel desk""",
)
@click.option("--channel", "wanted", metavar="NAME", help="Only this channel. [default: all of stet.toml]")
@with_json
@with_home
def test_(home: str | None, as_json: bool, wanted: str | None) -> None:
    """Send a test message to every channel, by the way that alerts take. Exit code 1 where one does not arrive."""
    with opened(home) as (found, database):
        from archive.acts.alerting import channels_of, test
        from scheduler.telling import sender

        try:
            channels_of(found.settings.alerts, wanted)
        except NothingFound as error:
            raise Misuse(str(error)) from None
        except Conflict:
            file = found.root / "stet.toml"
            raise Misuse(f"{file}: there are no channels; write [alerts.channels.NAME] there") from None
        _hush()
        now = lambda: datetime.now(UTC)  # noqa: E731
        rows = test(database, found.settings, LOCAL, wanted, send=sender(found), now=now)
    for row in rows:
        if as_json:
            tell(json_line({"channel": row.channel, "sent": not row.why, "error": row.why or None}))
        else:
            tell(clean_lines(f"{row.channel}: {row.why or 'the test message is sent'}").replace("\n", " "))
    if failed := [row.channel for row in rows if row.why]:
        raise NothingFound(f"stet alerts test: not sent to {', '.join(failed)}, see above")


def _outbox(home: Home, database: Database) -> Outbox:
    from archive.outbox import Outbox
    from scheduler.telling import sender

    _hush()
    return Outbox(database, home.settings, send=sender(home), now=lambda: datetime.now(UTC))


def _hush() -> None:
    """What goes wrong the command tells itself."""
    logging.getLogger("archive.outbox").setLevel(logging.ERROR)


@alerts_group.command(cls=Example, example="stet alerts send\n    stet alerts send --json")
@with_json
@with_home
def send(home: str | None, as_json: bool) -> None:
    """Deliver now what is due, for whoever runs no daemon. Exit code 1 where something did not arrive.

    What comes within [alerts] gather of what was found is waited for, a minute by default; what did not arrive is
    tried again by the next 'stet alerts send' after its pause. A daemon may deliver at the same time.
    """
    with opened(home) as (found, database):
        from archive.db import alerts

        tally = _outbox(found, database).deliver()
        with database.read() as connection:
            waiting = alerts.waiting(connection)
    if as_json:
        done = {"messages": tally.sent, "alerts": tally.told, "failed": tally.failed, "dead": tally.dead}
        tell(json_line({**done, "waiting": waiting, "troubles": tally.troubles}))
    else:
        say(_sentence(tally, waiting))
    for trouble in tally.troubles:
        say(f"stet: {' '.join(trouble.split())}")
    if tally.troubles:
        raise NothingFound(
            "stet alerts send: not all arrived, see above; 'stet alerts list' has what waits and is dead"
        )


def _sentence(tally: Tally, waiting: int) -> str:
    parts = [
        f"{_count(tally.sent, 'message')} with {_count(tally.told, 'alert')} sent"
        if tally.sent
        else "nothing sent"
    ]
    if tally.failed:
        parts.append(f"{_count(tally.failed, 'message')} will be tried again")
    if tally.dead:
        parts.append(f"{_count(tally.dead, 'message')} dead")
    if waiting:
        parts.append(f"{_count(waiting, 'alert')} {'waits' if waiting == 1 else 'wait'}")
    return ", ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


@alerts_group.command(cls=Example, example="stet alerts retry 12 13\n    stet alerts retry --dead")
@click.argument("ids", nargs=-1, type=int, metavar="[ID]…")
@click.option("--dead", "everything", is_flag=True, help="All that are dead.")
@with_home
def retry(home: str | None, ids: Sequence[int], everything: bool) -> None:
    """Let dead alerts wait again; what is in one message with them comes too. They are tried as the same message.

    Exit code 1 where none of them is dead.
    """
    if bool(ids) == everything:
        raise Misuse(
            "stet alerts retry: which? give their ids ('stet alerts list --state dead' has them), or --dead"
        )
    with opened(home) as (found, database), database.write() as connection:
        from archive.acts import alerting

        wanted = None if everything else ids
        revived = alerting.retry(connection, LOCAL, found.settings.alerts, wanted, now=datetime.now(UTC))
    if not revived:
        raise NothingFound("stet alerts retry: none of them is dead")
    again = f"{_count(revived, 'alert')} {'waits' if revived == 1 else 'wait'} again"
    say(f"{again}; 'stet alerts send' tries them, and so does the daemon")


@alerts_group.command(cls=Example, example="stet alerts ack 12 13")
@click.argument("ids", nargs=-1, required=True, type=int, metavar="ID…")
@with_home
def ack(home: str | None, ids: Sequence[int]) -> None:
    """Acknowledge alerts: somebody knows. What was not sent yet is not sent any more."""
    with opened(home) as (_, database), database.write() as connection:
        from archive.acts import alerting

        known = alerting.acknowledge(connection, LOCAL, ids, now=datetime.now(UTC))
    say(f"{_count(known, 'alert')} acknowledged")


@alerts_group.command(
    cls=Example,
    example="""
    stet alerts snooze --outlet guardian --for 2h
    stet alerts snooze --url https://www.example.org/news/story.html --for 7d
    stet alerts snooze --rule silent --for 0s
    stet alerts snooze""",
)
@click.option("--url", help="What is told of this article.")
@click.option("--outlet", type=OUTLET, metavar="NAME", help="What is told of this outlet and its articles.")
@click.option("--rule", metavar="NAME", help="What is told by this rule.")
@click.option("--for", "span", metavar="SPAN", help="For so long from now: 90m, 2h, 7d; 0s ends it.")
@with_json
@with_home
def snooze(home: str | None, as_json: bool, span: str | None, **wanted: str | None) -> None:
    """Tell nobody of an article, an outlet, or by a rule for a while, and then all at once.

    With none of them, list what is snoozed.
    """
    given = {name: value for name, value in wanted.items() if value is not None}
    if not given and span is None:
        _list_snoozes(home, as_json=as_json)
        return
    if len(given) != 1 or span is None:
        raise Misuse("stet alerts snooze: give one of --url, --outlet and --rule, and how long: --for 2h")
    lasts = duration(span, "stet alerts snooze --for")
    with opened(home) as (found, database), database.write() as connection:
        from archive.acts import alerting

        scope = alerting.scope_of(connection, found.settings.alerts, **given)
        where, now = "stet alerts snooze --for", datetime.now(UTC)
        done = alerting.snooze(connection, LOCAL, scope, lasts, where=where, now=now)
    said = f"snoozed until {stamp(done.until)} UTC" if lasts else "not snoozed any more"
    count = f"; {_count(done.waiting, 'alert')} that waited with it" if done.waiting else ""
    say(f"{scope.partition(':')[2]}: {said}{count}")


def _list_snoozes(home: str | None, *, as_json: bool) -> None:
    with reading(home) as (_, connection):
        from archive.db import alerts
        from archive.shapes.telling import snooze_row

        rows = [snooze_row(one) for one in alerts.snoozed(connection, datetime.now(UTC))]
    columns = [
        Column("until", "Until (UTC)"),
        Column("kind", "Kind"),
        Column("name", "Name", wraps=True),
        Column("made", "Since (UTC)", rank=1),
    ]
    emit(rows, columns, as_json=as_json, empty="nothing is snoozed")
