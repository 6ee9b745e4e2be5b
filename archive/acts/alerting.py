"""What a person does about alerts: acknowledge, try again, snooze, test a channel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive import memento
from archive.acts import books
from archive.alerting import rules_of
from archive.db import alerts, articles, outlets
from archive.db.engine import Connection, Database
from archive.domain.rights import Person
from archive.errors import Conflict, Misuse, NothingFound
from archive.outbox import Outbox, Send
from archive.settings import AlertSettings, Settings


def acknowledge(connection: Connection, person: Person, ids: Sequence[int], *, now: datetime) -> int:
    """Somebody knows of these: what was not sent yet is not sent any more. How many they are."""
    wanted = _known(connection, ids)
    alerts.acknowledge(connection, wanted, now)
    if wanted:
        books.note(connection, person, "acknowledge", _numbered(wanted), now)
    return len(wanted)


def acknowledge_rule(
    connection: Connection, person: Person, settings: AlertSettings, rule: str, *, now: datetime
) -> int:
    """Somebody knows of all that a rule has told or is to tell; how many of them were not acknowledged before."""
    wanted = alerts.unknown_of(connection, rule)
    if not wanted:
        _require_rule(connection, settings, rule)
        return 0
    alerts.acknowledge(connection, wanted, now)
    books.note(connection, person, "acknowledge", f"rule {rule} ({len(wanted)})", now)
    return len(wanted)


def retry(
    connection: Connection, person: Person, settings: AlertSettings, ids: Sequence[int] | None, *, now: datetime
) -> int:
    """Let dead alerts wait again, these or all; how many do, with those that are in one message with them."""
    wanted = None if ids is None else _known(connection, ids)
    revived = alerts.revive(connection, wanted, now=now, until=now + settings.give_up_after)
    if revived:
        subject = "all that are dead" if wanted is None else _numbered(wanted)
        books.note(connection, person, "retry", f"{subject} ({revived})", now)
    return revived


def _known(connection: Connection, ids: Sequence[int]) -> list[int]:
    """The ids without doubles; raises `NothingFound` where one is of no alert."""
    wanted = list(dict.fromkeys(ids))
    for each in alerts.missing(connection, wanted):
        raise NothingFound(f"alert {each}: there is none; 'stet alerts list' shows those that there are")
    return wanted


def _numbered(ids: Sequence[int]) -> str:
    return ", ".join(map(str, ids[:20])) + (f" and {len(ids) - 20} more" if len(ids) > 20 else "")


# Snoozes -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoozed:
    """What came of a snooze."""

    scope: str  #: `article:URL`, `outlet:NAME`, `rule:NAME`
    until: datetime
    waiting: int  #: alerts that wait for its end; of one that was ended, those that wait no more


def scope_of(
    connection: Connection,
    settings: AlertSettings,
    *,
    url: str | None = None,
    outlet: str | None = None,
    rule: str | None = None,
) -> str:
    """What is to be snoozed, by the name that alerts have it by: of one of these. Raises `NothingFound`."""
    if url is not None:
        return f"article:{memento.article_at(connection, url).url}"
    if outlet is not None:
        outlets.by_name(connection, outlet)
        return f"outlet:{outlet}"
    assert rule is not None  # or the caller asks for nothing
    _require_rule(connection, settings, rule)
    return f"rule:{rule}"


def scope_of_article(connection: Connection, article_id: int) -> str:
    """The same of the article with this id."""
    for article in articles.of_ids(connection, [article_id]):
        return f"article:{article.url}"
    raise NothingFound(f"article {article_id}: there is none, or it is one with another now; search for it")


def snooze(
    connection: Connection, person: Person, scope: str, lasts: timedelta, *, where: str, now: datetime
) -> Snoozed:
    """Tell nobody of what is in `scope` for so long, and then all at once; no time at all ends a snooze."""
    kind, _, name = scope.partition(":")
    if kind not in ("article", "outlet", "rule") or not name:
        raise Misuse(f"{scope!r} cannot be snoozed; write article:URL, outlet:NAME or rule:NAME")
    try:
        until = now + lasts
    except OverflowError:
        raise Misuse(f"{where}: so long nobody sleeps; give 7d, say") from None
    waiting = alerts.snooze(connection, scope, until=until, now=now)
    books.note(connection, person, "snooze" if lasts else "end snooze", scope, now)
    return Snoozed(scope=scope, until=until, waiting=waiting)


def _require_rule(connection: Connection, settings: AlertSettings, name: str) -> None:
    if name not in rules_of(connection, settings):
        raise NothingFound(
            f"rule '{name}': there is none of this name; 'stet rule list' shows those that there are"
        )


# Channels ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What came of a test message."""

    channel: str
    why: str  #: it did not arrive; empty: it did


def channels_of(settings: AlertSettings, wanted: str | None) -> list[str]:
    """The channels to be tested: this one, or all. Raises `NothingFound` and `Conflict`."""
    channels = settings.channels
    if wanted is not None and wanted not in channels:
        there = f"there are {', '.join(channels)}" if channels else "write [alerts.channels.NAME] in stet.toml"
        raise NothingFound(f"channel '{wanted}': there is none of this name; {there}")
    if not channels:
        raise Conflict("there are no channels; write [alerts.channels.NAME] in stet.toml")
    return [wanted] if wanted is not None else list(channels)


def test(
    database: Database,
    settings: Settings,
    person: Person,
    wanted: str | None,
    *,
    send: Send,
    now: Callable[[], datetime],
) -> list[Tested]:
    """Send a test message to a channel, or to all, by the way that alerts take."""
    chosen = channels_of(settings.alerts, wanted)
    with database.write() as connection:
        books.note(connection, person, "test channel", ", ".join(chosen), now())
    outbox = Outbox(database, settings, send=send, now=now)
    return [Tested(channel=name, why=outbox.test(name)) for name in chosen]
