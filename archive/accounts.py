"""Who comes in: passwords, sessions, tokens. argon2's door.

Secrets are random, told once, and kept as hashes. A session ends when it is not used for a while, after some days
whatever happens, and when the password is changed.

Failed sign-ins are counted in memory: who guesses gains nothing by a restart that they cannot cause. A name and an
address are counted together, and either alone with more patience; all is forgiven after a while, so that nobody is
locked out for good by somebody who guesses at their name.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import argon2

from archive.db import audit, people
from archive.db.engine import Connection, Database
from archive.domain.rights import Person, Right
from archive.errors import Misuse

IDLE: Final = timedelta(hours=12)
LASTS: Final = timedelta(days=7)
SHORTEST: Final = 12  # characters of a password; NIST SP 800-63B-4 wants 15 where it is all there is, 8 at least
LONGEST: Final = 1000  # argon2 reads all of it
_USED: Final = timedelta(minutes=1)  # a session's use is written down so often

WITHIN: Final = timedelta(minutes=15)
"""Failures that are older than this are forgiven."""
MOST_OF_BOTH: Final = 5  # of a name from one address
MOST_OF_ADDRESS: Final = 20
MOST_OF_NAME: Final = 100  # from anywhere: a victim may be kept out for minutes, not for good
_REMEMBERED: Final = 10_000

_HASHER: Final = argon2.PasswordHasher()
_NOBODY: Final = _HASHER.hash(secrets.token_urlsafe())  # takes as long to check as somebody's
_AT_ONCE: Final = threading.Semaphore(2)  # 64 MiB each


def hashed(secret: str) -> str:
    """What is kept of a random secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def password_hash(password: str) -> str:
    """What is kept of a password. Raises `Misuse` where it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Misuse(f"password: it has {len(password)} characters; choose one of {SHORTEST} to {LONGEST}")
    return _HASHER.hash(password)


def check_name(name: str) -> str:
    """The name, where it can be one. Raises `Misuse`."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}", name) or name in ("local", "visitor"):
        raise Misuse(f"{name[:64]!r} is no name; use up to 64 letters, digits and . _ @ + -")
    return name


def right_of(name: str) -> Right:
    """The right that a role gives."""
    return {"reader": Right.READ, "editor": Right.EDIT, "admin": Right.ADMIN}[name]


def make_token(
    connection: Connection, name: str, person: str, scope: Right, now: datetime, until: datetime | None
) -> str:
    """Make a token and return it; nobody can read it again."""
    secret = f"stet_{secrets.token_urlsafe(32)}"
    made = people.Token(name=check_name(name), person=person, scope=scope, made=now, until=until)
    people.add_token(connection, made, hashed(secret))
    return secret


@dataclass(slots=True)
class Throttle:
    """How often signing in failed lately."""

    _failures: OrderedDict[tuple[str, str], list[datetime]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, name: str, address: str, now: datetime) -> bool:
        """Whether they may try; the attempt counts as failed until `succeeded`, so that none slip by at once."""
        limits = {(name, address): MOST_OF_BOTH, ("", address): MOST_OF_ADDRESS, (name, ""): MOST_OF_NAME}
        with self._lock:
            recent = {key: self._recent(key, now) for key in limits}
            if any(len(recent[key]) >= most for key, most in limits.items()):
                return False
            for key in limits:
                self._failures[key] = [*recent[key], now]
                self._failures.move_to_end(key)
            while len(self._failures) > _REMEMBERED:
                self._failures.popitem(last=False)
            return True

    def succeeded(self, name: str, address: str) -> None:
        """They are who they say: what failed of that name from there is forgiven, and this did not fail."""
        with self._lock:
            self._failures.pop((name, address), None)
            for key in (("", address), (name, "")):
                if key in self._failures:
                    self._failures[key] = self._failures[key][:-1]

    def _recent(self, key: tuple[str, str], now: datetime) -> list[datetime]:
        return [at for at in self._failures.get(key, ()) if now - at < WITHIN]


class TooOften(Misuse):
    """Signing in failed too often."""


def sign_in(
    database: Database, throttle: Throttle, name: str, password: str, address: str, now: datetime
) -> str | None:
    """Begin a session and return its secret; None where name and password do not belong together."""
    name = name[:64]
    if not throttle.begin(name, address, now):
        raise TooOften("signing in failed too often; wait for a quarter of an hour")
    with database.read() as connection:
        account = people.find(connection, name)
    right = _matches(account.password if account else _NOBODY, password)
    with database.write() as connection:
        # Its password may have been changed, or it removed, while this one was checked.
        if account is None or not right or people.find(connection, name) != account:
            audit.note(connection, name, "sign-in failed", address, now)
            return None
        throttle.succeeded(name, address)
        secret = secrets.token_urlsafe(32)
        people.sweep(connection, now - LASTS)
        people.begin(connection, hashed(secret), name, now)
        audit.note(connection, name, "signed in", address, now)
    return secret


def sign_out(database: Database, secret: str, person: Person, now: datetime) -> None:
    """End a session."""
    with database.write() as connection:
        people.end(connection, hashed(secret))
        audit.note(connection, person.name, "signed out", "", now)


def by_session(database: Database, secret: str, now: datetime) -> Person | None:
    """Who is signed in by this secret."""
    key = hashed(secret)
    with database.read() as connection:
        found = people.session(connection, key)
        if found is None or now - found.seen > IDLE or now - found.made > LASTS:
            return None
        account = people.find(connection, found.person)
    if account is not None and now - found.seen > _USED:
        with database.write() as connection:
            people.touch(connection, key, now)
    return Person(name=account.name, right=account.role) if account else None


def by_token(database: Database, secret: str, now: datetime) -> Person | None:
    """For whom this token is; it gives no more than they have."""
    with database.read() as connection:
        found = people.token(connection, hashed(secret))
        if found is None or (found.until is not None and found.until <= now):
            return None
        account = people.find(connection, found.person)
    if account is None:
        return None
    return Person(name=account.name, right=min(account.role, found.scope), token=found.name)


def _matches(kept: str, password: str) -> bool:
    with _AT_ONCE:
        try:
            return len(password) <= LONGEST and _HASHER.verify(kept, password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False
