"""Asks hubs to tell us when a seed has news, before what they promised runs out (WebSub). A job of the daemon.

What is to be done stands in the table `subscriptions`: a request that was broken off is a hub that never verified,
and is made again.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from functools import partial
from typing import Final

from archive.db import subscriptions
from archive.db.subscriptions import Subscription
from archive.domain.websub import LEASE, WAITING
from archive.errors import StetError
from archive.reaching import trusting
from crawler.gate import NotNow
from crawler.handler import host_of
from crawler.lookup import lookup
from crawler.politeness import hold
from crawler.posting import Reply, post_form
from crawler.runtime import Runtime, require_contact

logger = logging.getLogger(__name__)

AT_ONCE: Final = 20
"""Subscriptions that are seen to in one run of the job."""

PATIENCE: Final = 20.0
"""Seconds for one answer of a hub. It has nothing to do but to note what it was asked."""


async def subscribe(runtime: Runtime, *, patience: float = PATIENCE) -> int:
    """Ask the hubs that are due to be asked; how many were. Without `[websub] callback` there is nothing to do."""
    if not runtime.settings.websub.callback:
        return 0
    with runtime.database.read() as connection:
        due = subscriptions.due(connection, runtime.now(), limit=AT_ONCE)
    for one in due:
        if one.state in WAITING:
            _failed(runtime, one, "it never came back to verify that it was us who asked")
        else:
            await _ask(runtime, one, patience)
    return len(due)


async def _ask(runtime: Runtime, one: Subscription, patience: float) -> None:
    """Ask one hub, in its host's turn."""
    crawl = runtime.settings.crawl
    try:
        async with runtime.gate.turn(host_of(one.hub), one.hub, delay=lambda: crawl.delay):
            with runtime.database.write() as connection:
                subscriptions.asking(connection, one, now=runtime.now())
            require_contact(runtime.settings, one.hub)
            reply = await asyncio.to_thread(_request(runtime, one, patience))
    except NotNow as error:
        with runtime.database.write() as connection:
            until = runtime.now() + timedelta(seconds=max(error.seconds, 60))
            subscriptions.hold_off(connection, one, until)
    except StetError as error:
        _failed(runtime, one, str(error))
    else:
        _heed(runtime, one, reply)


def _request(runtime: Runtime, one: Subscription, patience: float) -> partial[Reply]:
    """Section 5.1 of the Recommendation."""
    form = {
        "hub.mode": "subscribe",
        "hub.topic": one.topic,
        "hub.callback": f"{runtime.settings.websub.callback.rstrip('/')}/websub/{one.token}",
        "hub.lease_seconds": str(int(LEASE.total_seconds())),
        "hub.secret": one.secret,
    }
    bundle = runtime.settings.crawl.ca_bundle
    trust = trusting(str(runtime.home.root / bundle) if bundle else "")
    return partial(
        post_form,
        one.hub,
        form,
        resolve=lookup(runtime.settings.crawl),
        trust=trust,
        patience=patience,
        headers={"User-Agent": runtime.user_agent},
    )


def _heed(runtime: Runtime, one: Subscription, reply: Reply) -> None:
    """What the hub said. Where it took the request, all else comes by its own call."""
    host = host_of(one.hub)
    if 200 <= reply.head.status < 300:
        runtime.gate.accepted(host)
        logger.info("%s: asked to tell of %s", one.hub, one.topic)
        return
    seconds = hold(reply.head, runtime.now())
    if seconds is not None:
        runtime.gate.refused(host, seconds, f"answered {reply.head.status}")
    said = " ".join(reply.text.split())[:200]
    _failed(runtime, one, f"it answered {reply.head.status}" + (f": {said}" if said else ""), rest=seconds or 0.0)


def _failed(runtime: Runtime, one: Subscription, why: str, *, rest: float = 0.0) -> None:
    with runtime.database.write() as connection:
        subscriptions.failed(connection, one, why, now=runtime.now(), rest=timedelta(seconds=rest))
    logger.warning("%s: cannot be subscribed to for %s: %s", one.hub, one.seed, why)
