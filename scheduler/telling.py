"""How alerts leave: the channels of a home as the outbox uses them, and the daemon's part in it."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Final

from archive.alerting import doubts
from archive.channels import Secrets, send
from archive.outbox import Outbox, Send
from crawler.lookup import lookup

if TYPE_CHECKING:
    from archive.home import Home
    from crawler.runtime import Runtime
    from scheduler.jobs import Context

logger = logging.getLogger(__name__)

PATIENCE: Final = 5.0
"""Seconds after which a channel that is still being tried is left to its own thread."""


def sender(home: Home) -> Send:
    """Gives messages to the channels of a home, under the guard of addresses that fetches are under."""
    crawl = home.settings.crawl
    return functools.partial(send, secrets=Secrets(home.root), resolve=lookup(crawl), ca_bundle=crawl.ca_bundle)


_OPEN: dict[str, tuple[Runtime, Outbox]] = {}
"""By home, the outbox of the daemon's life that is lived now: its threads may outlast one look at what is due."""


async def deliver(context: Context) -> None:
    """Tell what is due. The daemon's log has what went wrong; what is due stays due."""
    outbox = _outbox(context)
    await context.in_thread(functools.partial(outbox.deliver, PATIENCE))


def _outbox(context: Context) -> Outbox:
    key, runtime = str(context.home.root), context.runtime
    known = _OPEN.get(key)
    if known is not None and known[0] is runtime:
        return known[1]
    with context.database.read() as connection:
        for doubt in doubts(connection, context.settings.alerts):
            logger.warning("%s", doubt)
    made = Outbox(
        context.database,
        context.settings,
        send=sender(context.home),
        now=runtime.now,
        stopping=context.stopping,
    )
    _OPEN[key] = runtime, made
    return made
