"""Accounts, sessions and tokens as they are kept. Knows those tables, and holds no secret: only hashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from archive.db.tables import people, sessions, tokens
from archive.domain.rights import Right
from archive.errors import Conflict, NothingFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may come in."""

    name: str
    role: Right
    password: str  #: its hash
    made: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """By which a program comes in, for somebody."""

    name: str
    person: str
    scope: Right
    made: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who is signed in."""

    person: str
    made: datetime
    seen: datetime


def add(connection: Connection, name: str, role: Right, password: str, now: datetime) -> None:
    """Keep an account. Raises `Conflict` where there is one of this name."""
    if find(connection, name) is not None:
        raise Conflict(f"account {name!r}: there is one already; change it with 'stet account role' or 'password'")
    connection.execute(people.insert().values(name=name, role=role.name.lower(), password=password, made=now))


def find(connection: Connection, name: str) -> Account | None:
    """The account of this name."""
    row = connection.execute(select(people).where(people.c.name == name)).mappings().one_or_none()
    return None if row is None else Account(**{**row, "role": Right[row["role"].upper()]})


def everybody(connection: Connection) -> list[Account]:
    """All accounts, by name."""
    rows = connection.execute(select(people).order_by(people.c.name)).mappings()
    return [Account(**{**row, "role": Right[row["role"].upper()]}) for row in rows]


def is_there_any(connection: Connection) -> bool:
    """Whether anybody could sign in."""
    return connection.execute(select(func.count()).select_from(people)).scalar_one() > 0


def set_role(connection: Connection, name: str, role: Right) -> None:
    """Give an account another role."""
    _named(connection, name)
    connection.execute(update(people).where(people.c.name == name).values(role=role.name.lower()))


def set_password(connection: Connection, name: str, password: str) -> None:
    """Give an account another password, and end its sessions."""
    _named(connection, name)
    connection.execute(update(people).where(people.c.name == name).values(password=password))
    connection.execute(delete(sessions).where(sessions.c.person == name))


def remove(connection: Connection, name: str) -> None:
    """Take an account away, with its sessions and tokens."""
    _named(connection, name)
    for table in (sessions, tokens):
        connection.execute(delete(table).where(table.c.person == name))
    connection.execute(delete(people).where(people.c.name == name))


def begin(connection: Connection, hashed: str, name: str, now: datetime) -> None:
    """Keep a session."""
    connection.execute(sessions.insert().values(hash=hashed, person=name, made=now, seen=now))


def session(connection: Connection, hashed: str) -> Session | None:
    """The session of this hash, also one that is over."""
    columns = sessions.c.person, sessions.c.made, sessions.c.seen
    row = connection.execute(select(*columns).where(sessions.c.hash == hashed)).mappings().one_or_none()
    return None if row is None else Session(**row)


def touch(connection: Connection, hashed: str, now: datetime) -> None:
    """The session was used."""
    connection.execute(update(sessions).where(sessions.c.hash == hashed).values(seen=now))


def end(connection: Connection, hashed: str) -> None:
    """End a session."""
    connection.execute(delete(sessions).where(sessions.c.hash == hashed))


def sweep(connection: Connection, made_before: datetime) -> None:
    """Take away the sessions that were begun so long ago."""
    connection.execute(delete(sessions).where(sessions.c.made < made_before))


def add_token(connection: Connection, token: Token, hashed: str) -> None:
    """Keep a token. Raises `Conflict` where there is one of this name, `NothingFound` where no account is so."""
    _named(connection, token.person)
    if connection.execute(select(tokens.c.id).where(tokens.c.name == token.name)).first():
        raise Conflict(f"token {token.name!r}: there is one already; choose another name")
    row = {"name": token.name, "person": token.person, "made": token.made, "until": token.until}
    connection.execute(tokens.insert().values(**row, scope=token.scope.name.lower(), hash=hashed))


def token(connection: Connection, hashed: str) -> Token | None:
    """The token of this hash, also one that is over."""
    return next(iter(_tokens(connection, hashed)), None)


def all_tokens(connection: Connection) -> list[Token]:
    """All tokens, by name."""
    return _tokens(connection)


def revoke(connection: Connection, name: str) -> None:
    """Take a token away."""
    if not connection.execute(delete(tokens).where(tokens.c.name == name)).rowcount:
        raise NothingFound(f"token {name!r}: there is none; 'stet token list' says which there are")


def _tokens(connection: Connection, hashed: str | None = None) -> list[Token]:
    columns = tokens.c.name, tokens.c.person, tokens.c.scope, tokens.c.made, tokens.c.until
    query = select(*columns).order_by(tokens.c.name)
    if hashed is not None:
        query = query.where(tokens.c.hash == hashed)
    rows = connection.execute(query).mappings()
    return [Token(**{**row, "scope": Right[row["scope"].upper()]}) for row in rows]


def _named(connection: Connection, name: str) -> None:
    if find(connection, name) is None:
        raise NothingFound(f"account {name!r}: there is none; 'stet account list' says which there are")
