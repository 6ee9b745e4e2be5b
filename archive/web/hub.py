"""What hubs call (WebSub, W3C Recommendation 2018): `/websub/TOKEN`, the subscriber's callback.

A GET asks whether it was us who asked (section 5.3), or says that a subscription is denied (5.2); a POST brings
what is new (7). Who has no token of ours is turned away: nobody can have us subscribed to anything. No body is
kept, or read but for its signature: all it does is to make a seed due.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from archive.db import subscriptions
from archive.db.engine import Database
from archive.db.subscriptions import Subscription
from archive.domain import websub
from archive.domain.websub import PINGED, WAITING, Digest

log = logging.getLogger(__name__)

LONGEST_CHALLENGE: Final = 4096
"""Characters of what a hub wants to have said back; hubs send some forty."""


class Hubs:
    """The callback of all subscriptions of a home."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    async def callback(self, request: Request) -> Response:
        """What one hub calls."""
        token = request.path_params["token"]
        if request.method == "POST":
            return await self._told(request, token)
        return await run_in_threadpool(self._asked, request, token)

    # Sections 5.2 and 5.3 ---------------------------------------------------------------------------

    def _asked(self, request: Request, token: str) -> Response:
        """Say back the challenge of what we asked for, take a refusal, and turn away all else."""
        said = request.query_params
        with self._database.read() as connection:
            one = subscriptions.by_token(connection, token)
        if one is None or said.get("hub.topic") != one.topic:
            return _plain(404, "nobody here asked for that")
        if said.get("hub.mode") == "denied":
            return self._denied(one, said.get("hub.reason", ""))
        challenge = said.get("hub.challenge", "")
        sound = said.get("hub.mode") == "subscribe" and 0 < len(challenge) <= LONGEST_CHALLENGE
        if not sound or one.state not in WAITING:
            return _plain(404, "nobody here asked for that now")
        granted = websub.lease(said.get("hub.lease_seconds"))
        with self._database.write() as connection:
            subscriptions.verified(connection, one, granted, now=self._now())
        log.info("%s: tells of %s for %s", one.hub, one.topic, granted)
        return _plain(200, challenge)

    def _denied(self, one: Subscription, reason: str) -> Response:
        """Section 5.2: it may come at any time, also after the hub had verified."""
        said = " ".join(reason.split())[:200]
        why = f"the hub denies it: {said}" if said else "the hub denies it"
        with self._database.write() as connection:
            subscriptions.failed(connection, one, why, now=self._now(), refused=True)
        log.warning("%s: %s: %s", one.hub, one.seed, why)
        return _plain(200, "noted")

    # Section 7 --------------------------------------------------------------------------------------

    async def _told(self, request: Request, token: str) -> Response:
        """Make the seed due, if whoever knows the secret says so.

        What is not signed as it should be is acknowledged and ignored (section 7.1).
        """
        with self._database.read() as connection:
            one = subscriptions.by_token(connection, token)
        if one is None or one.state not in PINGED or one.until is None or one.until < self._now():
            return _plain(410, "this subscription is no more")
        signature = request.headers.get("x-hub-signature", "")
        try:
            digest = Digest(one.secret, signature)
        except ValueError:
            log.warning("%s: a ping for %s is not signed as it should be", one.hub, one.seed)
            return _plain(202, "ignored")
        try:
            async for piece in request.stream():
                digest.update(piece)
        except ClientDisconnect:
            return _plain(400, "the body was cut")
        if not websub.is_signed(signature, digest):
            log.warning("%s: a ping for %s is signed with another secret", one.hub, one.seed)
            return _plain(202, "ignored")
        await run_in_threadpool(self._ping, one)
        return _plain(202, "thanks")

    def _ping(self, one: Subscription) -> None:
        with self._database.write() as connection:
            subscriptions.pinged(connection, one, now=self._now())


def _plain(status: int, text: str) -> Response:
    """A text without mark-up: what is said back to a hub must be no page to a browser."""
    return PlainTextResponse(text, status, {"X-Content-Type-Options": "nosniff"})
