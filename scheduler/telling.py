"""How alerts leave: the channels of a home as the outbox uses them, and the daemon's part in it."""

from __future__ import annotations

import functools
import logging
import threading
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


def outbox_of(runtime: Runtime, stopping: threading.Event) -> Outbox:
    """The outbox of a home that is open. What rules and channels leave in doubt is said in the log."""
    home, database = runtime.home, runtime.database
    with database.read() as connection:
        for doubt in doubts(connection, home.settings.alerts):
            logger.warning("%s", doubt)
    return Outbox(database, home.settings, send=sender(home), now=runtime.now, stopping=stopping)


async def deliver(context: Context) -> None:
    """Tell what is due. The daemon's log has what went wrong; what is due stays due."""
    await context.in_thread(functools.partial(context.outbox.deliver, PATIENCE))
