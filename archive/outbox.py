"""Deliver what is to be told, at least once.

An alert was written in the transaction of what it tells of (`archive.alerting`). When it is due it becomes here a
part of one message of its rule to a channel, and that message is tried until the channel has it or days have gone
by. Each step is committed before the next: killed at any moment, nothing is lost, and what was under way is tried
again under the same key, by which a receiver knows it.

Each channel is served by a thread of its own, so that one that hangs holds up nobody. Two processes may deliver at
once: a message is tried by whoever claims it. Knows nothing of how a channel is reached: `send` is handed in.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Final

from archive import comparing
from archive.alert_settings import ChannelSettings
from archive.alerting import rules_of
from archive.channels.message import Message, Undelivered
from archive.channels.rendering import Pair, render
from archive.db import alerts, articles, events, outbox
from archive.db.alerts import Alert
from archive.db.engine import Connection, Database
from archive.db.outbox import Delivery, Ripe
from archive.domain.dues import after_quiet, is_quiet, next_try
from archive.domain.rules import WATCH, Event, Pace, Rule, What
from archive.domain.steps import compared
from archive.errors import EnvironmentFailed
from archive.settings import Settings
from archive.values import zone

logger = logging.getLogger(__name__)

Send = Callable[[ChannelSettings, Message], None]
"""Gives a message to a channel. Raises `Undelivered`."""

BROKEN: Final = 10
"""Messages in a row that a channel did not take: from then on it is tried with one at a time."""

PROBE: Final = timedelta(minutes=1)
"""Between two tries of a channel that takes nothing, whatever else is due."""

DIFFS: Final = 100
"""Changes of a message whose two wordings are read for it. Chosen: nobody reads more of them in one message."""

TEST: Final = "(test)"
"""The rule of a test message: no rule can be called so."""

PERSIST: Final = 1.0
"""Seconds between two attempts to write down what a channel said, where the database fails."""

_TOLD: dict[str, datetime] = {}
"""By their keys, messages that a channel took of this process while that could not be written down yet."""


@dataclass(slots=True)
class Tally:
    """What came of a look at what is due."""

    sent: int = 0  #: messages
    told: int = 0  #: alerts in them
    failed: int = 0  #: messages that are tried again
    dead: int = 0  #: messages that are not
    under_way: int = 0  #: channels that are still being tried
    troubles: list[str] = field(default_factory=list)  #: what went wrong, one line each

    def add(self, other: Tally) -> None:
        """What came of another look, too."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


class Outbox:
    """What is to be told, and the threads that tell it."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        send: Send,
        now: Callable[[], datetime],
        stopping: threading.Event | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._send = send
        self._now = now
        where = zone(settings.alerts.timezone)
        assert where is not None  # or the settings would have been refused
        self._zone = where
        self._threads: dict[str, threading.Thread] = {}
        self._stopping = stopping or threading.Event()  # no more messages are begun

    def deliver(self, patience: float | None = None) -> Tally:
        """Tell what is due. Channels that take longer than `patience` seconds go on by themselves.

        Raises `EnvironmentFailed` where the database fails; what is due stays due.
        """
        tally = self._gather()
        with self._database.read() as connection:
            due = outbox.channels_due(connection, self._now())
        begun = {channel: Tally() for channel in due if not self._is_busy(channel)}
        for channel, its in begun.items():
            self._begin(channel, its)
        until = None if patience is None else time.monotonic() + patience
        for channel, its in begun.items():
            self._threads[channel].join(None if until is None else max(0.0, until - time.monotonic()))
            if self._is_busy(channel):
                tally.under_way += 1
            else:
                tally.add(its)
        return tally

    def close(self, patience: float) -> None:
        """Begin no more messages, and wait so long for those under way; the process may end then."""
        self._stopping.set()
        until = time.monotonic() + patience
        for thread in list(self._threads.values()):
            thread.join(max(0.0, until - time.monotonic()))

    def test(self, channel: str) -> str:
        """Send a test message by the way that every message takes; why it did not arrive, or nothing."""
        now = self._now()
        with self._database.write() as connection:
            made = outbox.add(connection, TEST, channel, _key(), now=now, until=now)
            mine = outbox.claim(connection, made, now)
        assert mine is not None
        self._try(mine, Tally())
        with self._database.read() as connection:
            return outbox.delivery(connection, made).last_error

    def _is_busy(self, channel: str) -> bool:
        thread = self._threads.get(channel)
        return thread is not None and thread.is_alive()

    def _begin(self, channel: str, tally: Tally) -> None:
        thread = threading.Thread(target=self._serve, args=(channel, tally), name=f"to {channel}", daemon=True)
        self._threads[channel] = thread
        thread.start()

    # Gathering ---------------------------------------------------------------------------------

    def _gather(self) -> Tally:
        """Put what is due into messages: one of each rule to each of its channels."""
        now, tally = self._now(), Tally()
        with self._database.read() as connection:
            due = outbox.ripe(connection, now)
        for each in due:
            with self._database.write() as connection:
                self._make(connection, each, now, tally)
        return tally

    def _make(self, connection: Connection, of: Ripe, now: datetime, tally: Tally) -> None:
        rule = rules_of(connection, self._settings.alerts).get(of.rule)
        until = now + self._settings.alerts.give_up_after
        if rule is None or self._nobody(of.rule, of.channel, rule):
            why = self._nobody(of.rule, of.channel, rule)
            while (made := outbox.gather(connection, of, _key(), due=None, now=now, until=until)) is not None:
                outbox.failed(connection, made, why, next_try=None)
                tally.add(Tally(dead=1, troubles=[why]))
        elif is_quiet(now, rule.quiet, self._zone):
            outbox.put_off(connection, of, now, after_quiet(now, rule.quiet, self._zone))
        else:
            # What was found since the first of them, and is due a little later, goes with it.
            due = now + self._settings.alerts.gather if rule.pace is Pace.AT_ONCE else now
            outbox.gather(connection, of, _key(), due=due, now=now, until=until)

    def _nobody(self, name: str, channel: str, rule: Rule | None) -> str:
        """Why nobody is to be told this any more; nothing where somebody is."""
        if channel not in self._settings.alerts.channels:
            return f"there is no channel '{channel}' in stet.toml any more"
        if name == TEST:
            return ""
        if rule is None:
            return f"there is no rule '{name}' any more"
        return "" if channel in rule.channels else f"rule '{name}' does not speak to channel '{channel}' any more"

    # Telling -----------------------------------------------------------------------------------

    def _serve(self, channel: str, tally: Tally) -> None:
        """Try what is due of one channel, one message after the other."""
        tried = set[int]()
        try:
            while not self._stopping.is_set() and (mine := self._next(channel, tried)) is not None:
                tried.add(mine.id)
                self._try(mine, tally)
        except EnvironmentFailed as error:  # what is due stays due
            logger.error("alerts to '%s': %s", channel, error)
            tally.troubles.append(f"{channel}: {error}")
        except Exception:
            logger.exception("alerts to '%s'", channel)
            tally.troubles.append(f"{channel}: an error of ours, see the log")

    def _next(self, channel: str, tried: set[int]) -> Delivery | None:
        """The next message of a channel, claimed. A channel that takes nothing is tried with one, now and then."""
        while True:
            now = self._now()
            with self._database.read() as connection:
                how = outbox.trouble(connection, channel)
                found = outbox.due_of(connection, channel, now, but=tried)
            if found is None or (how.failures >= BROKEN and how.last is not None and now - how.last < PROBE):
                return None
            with self._database.write() as connection:
                if (mine := outbox.claim(connection, found.id, now)) is not None:
                    return mine

    def _try(self, mine: Delivery, tally: Tally) -> None:
        """One try of one message, and what came of it."""
        if mine.key in _TOLD:
            self._done(mine)
            return
        with self._database.read() as connection:
            rule = rules_of(connection, self._settings.alerts).get(mine.rule)
            waiting = [one for one in alerts.of_delivery(connection, mine.id) if one.state in alerts.OPEN]
        nobody = self._nobody(mine.rule, mine.channel, rule)
        if not waiting and mine.rule != TEST:
            nobody = nobody or "somebody knew of all of it before it was sent"
        quiet = rule.quiet if rule is not None else None
        if nobody:
            self._failed(mine, nobody, None, tally)
        elif is_quiet(now := self._now(), quiet, self._zone):
            self._write(lambda connection: outbox.wait(connection, mine, after_quiet(now, quiet, self._zone)))
        else:
            self._tell(mine, rule, waiting, tally)

    def _tell(self, mine: Delivery, rule: Rule | None, waiting: Sequence[Alert], tally: Tally) -> None:
        channel = self._settings.alerts.channels[mine.channel]
        try:
            self._send(channel, self._message(mine, rule, waiting))
        except Undelivered as error:
            again = next_try(mine.tries, self._now(), until=mine.until, after=error.after)
            self._failed(mine, error.why, None if error.permanent else again, tally)
        except EnvironmentFailed:
            raise
        except Exception as error:  # ours; it must not hold up the other messages
            logger.exception("alerts to '%s': message %s", mine.channel, mine.key)
            why = f"an error of ours, {type(error).__name__}; see the log"
            self._failed(mine, why, next_try(mine.tries, self._now(), until=mine.until), tally)
        else:
            _TOLD[mine.key] = self._now()
            self._done(mine)
            tally.add(Tally(sent=1, told=len(waiting)))

    def _done(self, mine: Delivery) -> None:
        """Write down that the channel has it."""
        self._write(lambda connection: outbox.done(connection, mine, _TOLD[mine.key]))
        del _TOLD[mine.key]

    def _failed(self, mine: Delivery, why: str, again: datetime | None, tally: Tally) -> None:
        self._write(lambda connection: outbox.failed(connection, mine.id, why, next_try=again))
        said = f"{mine.channel}: {why}"
        tally.add(Tally(failed=again is not None, dead=again is None, troubles=[said]))
        then = f"tried again at {again:%Y-%m-%d %H:%M} UTC" if again is not None else "given up"
        logger.warning("alerts to '%s': %s; %s", mine.channel, why, then)

    def _write(self, act: Callable[[Connection], None]) -> None:
        """Write down what came of a try. While the claim holds nobody else tries the message, and so shall we."""
        until = time.monotonic() + outbox.LEASE.total_seconds() / 2
        while True:
            try:
                with self._database.write() as connection:
                    act(connection)
            except EnvironmentFailed:
                if time.monotonic() > until:
                    raise
                time.sleep(PERSIST)
            else:
                return

    def _message(self, mine: Delivery, rule: Rule | None, waiting: Sequence[Alert]) -> Message:
        told = [one.event for one in waiting] or [_test(mine)]
        with self._database.read() as connection:
            diffs = dict(_diffs(connection, told))
        web = self._settings.web
        made = render(
            told,
            rule=mine.rule,
            base_url=web.url or f"http://{web.host}:{web.port}",
            timezone=self._zone,
            pace=rule.pace if rule is not None else Pace.AT_ONCE,
            diffs=diffs,
        )
        parts = {each.name: getattr(made, each.name) for each in fields(made)}
        return Message(key=mine.key, rule=mine.rule, channel=mine.channel, at=mine.made, **parts)


def _key() -> str:
    return uuid.uuid4().hex


def _test(mine: Delivery) -> Event:
    text = f"This is a test of the channel '{mine.channel}'. Alerts will arrive as this message did."
    return Event(what=What.WATCH, id=0, at=mine.made, text=text, kinds=(WATCH,), mark=f"test-{mine.key}")


def _diffs(connection: Connection, told: Sequence[Event]) -> Iterator[tuple[str, Pair]]:
    """The two wordings of each of the first changes, without what is noise between them, by its subject."""
    for event in [one for one in told if one.what is What.CHANGE][:DIFFS]:
        if (pair := events.wordings(connection, event)) is not None:
            before, after = pair
            article = articles.by_id(connection, after.article_id)
            furniture = comparing.furniture_between(connection, article, before, after)
            yield event.subject, compared(before.extraction, after.extraction, furniture)
