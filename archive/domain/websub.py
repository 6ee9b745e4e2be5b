"""WebSub (W3C Recommendation of 2018), the subscriber's side: which hub, what to answer it, when to ask. Pure.

A ping only makes one read a seed sooner: what it carries is never looked at, so that a hub, or somebody who knows
our address, can make us ask an outlet what it publishes, at most once a minute, and nothing else.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final


class State(enum.StrEnum):
    """How a subscription stands."""

    OFFERED = "offered"  #: a seed names a hub, and nobody asked it yet
    ASKED = "asked"  #: the hub was asked and has not come back to verify that it was us
    HELD = "held"  #: pings come
    RENEWING = "renewing"  #: the same, and the hub was asked for more time
    REFUSED = "refused"  #: by the hub, or it does not answer


WAITING: Final = (State.ASKED, State.RENEWING)
"""Those in which a hub may verify; at any other time nobody asked it to (section 5.3)."""

PINGED: Final = (State.HELD, State.RENEWING)
"""Those in which a ping counts."""

LEASE: Final = timedelta(days=10)
"""For so long we ask to be told; hubs give what they like, the most used one five days."""

LONGEST_LEASE: Final = timedelta(days=30)
"""What a hub grants beyond that is not believed: a hub that lost its list would be noticed too late."""

RENEWED_BEFORE: Final = timedelta(days=1)
"""A lease is renewed so long before its end, or at three quarters of a shorter one."""

VERIFIED_WITHIN: Final = timedelta(minutes=15)
"""A hub that has not verified by then has failed. Chosen: hubs verify within the second, or from a queue."""

FIRST_PAUSE: Final = timedelta(hours=1)
LONGEST_PAUSE: Final = timedelta(days=7)
"""Between two tries to subscribe, after the first failure and at most: they double meanwhile."""

PING_PAUSE: Final = timedelta(minutes=1)
"""A seed is not read more often than this, however often it is pinged; what comes earlier waits."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Where a feed's changes are told, and what to ask for there."""

    hub: str
    topic: str


_PARAMETER = r"\s*;\s*([\w!#$&+.^`|~-]+)\*?(?:\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s\",;]+)))?"
_LINK = re.compile(r"<([^<>]*)>((?:" + re.sub(r"\((?!\?)", "(?:", _PARAMETER) + ")*)")
_EACH = re.compile(_PARAMETER)


def links(values: Iterable[str], relation: str) -> list[str]:
    """The targets of this relation in the values of `Link` fields (RFC 8288), in their order."""
    found = []
    for value in values:
        for target, parameters in _LINK.findall(value):
            # Section 3.3: of several the first counts.
            rel = next((a or b for name, a, b in _EACH.findall(parameters) if name.lower() == "rel"), "")
            if relation in rel.lower().split():
                found.append(target.strip())
    return found


def offer(hubs: Sequence[str], own: str) -> Offer | None:
    """What a feed offers that names these hubs, the publisher's favourite first, and this address as its own."""
    return Offer(hubs[0], own) if hubs and own else None


def is_signed(signature: str, digest: Digest) -> bool:
    """Whether `signature` (`X-Hub-Signature`) was made by whoever knows the secret.

    SHA-1 is taken as well: section 7.1 lists it, the most used hub knows no other, and HMAC stands without what
    SHA-1 has lost (RFC 6194 section 3.3).
    """
    method, _, given = signature.partition("=")
    return method == digest.method and hmac.compare_digest(digest.hex().encode(), given.strip().lower().encode())


METHODS: Final = ("sha1", "sha256", "sha384", "sha512")


class Digest:
    """The HMAC of a body that comes in pieces, by the method that its signature names. Raises `ValueError`."""

    def __init__(self, secret: str, signature: str) -> None:
        self.method = signature.partition("=")[0]
        if self.method not in METHODS:
            raise ValueError(f"{self.method[:20]!r} is no method of signing")
        self._digest = hmac.new(secret.encode(), digestmod=getattr(hashlib, self.method))

    def update(self, piece: bytes) -> None:
        """One more piece of the body."""
        self._digest.update(piece)

    def hex(self) -> str:
        """In hexadecimal, lower-case."""
        return self._digest.hexdigest()


def lease(seconds: str | None) -> timedelta:
    """How long a hub will tell us; what it does not say, or says amiss, is what we asked for."""
    if seconds is None or not re.fullmatch("[0-9]{1,12}", seconds) or int(seconds) == 0:
        return LEASE
    return min(timedelta(seconds=int(seconds)), LONGEST_LEASE)


def renewal(now: datetime, granted: timedelta) -> datetime:
    """When to ask for more time."""
    return now + granted - min(RENEWED_BEFORE, granted / 4)


def pause(failures: int) -> timedelta:
    """How long to leave a hub alone that failed so many times in a row."""
    doubled: int = 2 ** min(max(failures, 1) - 1, 20)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def due(now: datetime, last_read: datetime | None) -> datetime:
    """When a seed is to be read that was pinged now."""
    return now if last_read is None else max(now, last_read + PING_PAUSE)
