"""The commands for accounts, tokens and the audit log. Secrets are read from the terminal or stdin."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from archive.domain.rights import LOCAL, Right
from archive.domain.times import stamp
from archive.layout import Column
from archive.options import Example, ExampleGroup, opened, reading, with_home, with_json
from archive.output import emit, say, tell

ROLE = click.Choice(["reader", "editor", "admin"])
SCOPE = click.Choice([right.name.lower() for right in (Right.READ, Right.EDIT, Right.ADMIN)])
ROLES = {Right.READ: "reader", Right.EDIT: "editor", Right.ADMIN: "admin"}


@click.group(cls=ExampleGroup, example="stet account add anna --role editor")
def account() -> None:
    """Who may come in, where the archive is served beyond this machine."""


@account.command(cls=Example, example="stet account add anna --role editor")
@click.argument("name")
@click.option("--role", type=ROLE, default="reader", show_default=True, help="What they may do.")
@with_home
def add(home: str | None, name: str, role: str) -> None:
    """Make an account; its password is read from the terminal or from stdin."""
    from archive import accounts
    from archive.db import audit, people

    with opened(home) as (_, database):
        accounts.check_name(name)
        hashed = accounts.password_hash(_password())
        with database.write() as connection:
            people.add(connection, name, accounts.right_of(role), hashed, _now())
            audit.note(connection, LOCAL.name, "account added", f"{name}, {role}", _now())
    say(f"{name} may come in as {role}")


@account.command("list", cls=Example, example="stet account list")
@with_home
@with_json
def list_accounts(home: str | None, as_json: bool) -> None:
    """List the accounts."""
    with reading(home) as (_, connection):
        from archive.db import people

        found = people.everybody(connection)
    rows = [{"name": a.name, "role": ROLES[a.role], "made": stamp(a.made)} for a in found]
    emit(rows, [Column("name", "name"), Column("role", "role"), Column("made", "made")], as_json=as_json)


@account.command(cls=Example, example="stet account role anna admin")
@click.argument("name")
@click.argument("role", type=ROLE)
@with_home
def role(home: str | None, name: str, role: str) -> None:
    """Give an account another role; it holds at once."""
    from archive import accounts
    from archive.db import audit, people

    with opened(home) as (_, database), database.write() as connection:
        people.set_role(connection, name, accounts.right_of(role))
        audit.note(connection, LOCAL.name, "role changed", f"{name}, {role}", _now())


@account.command(cls=Example, example="stet account password anna")
@click.argument("name")
@with_home
def password(home: str | None, name: str) -> None:
    """Give an account another password, and end its sessions."""
    from archive import accounts
    from archive.db import audit, people

    with opened(home) as (_, database):
        hashed = accounts.password_hash(_password())
        with database.write() as connection:
            people.set_password(connection, name, hashed)
            audit.note(connection, LOCAL.name, "password changed", name, _now())


@account.command(cls=Example, example="stet account remove anna")
@click.argument("name")
@with_home
def remove(home: str | None, name: str) -> None:
    """Take an account away, with its sessions and tokens."""
    from archive.db import audit, people

    with opened(home) as (_, database), database.write() as connection:
        people.remove(connection, name)
        audit.note(connection, LOCAL.name, "account removed", name, _now())


@click.group(cls=ExampleGroup, example="stet token add feeds --account anna")
def token() -> None:
    """By which programs come in, where the archive is served beyond this machine."""


@token.command("add", cls=Example, example="stet token add feeds --account anna --scope read --days 365")
@click.argument("name")
@click.option("--account", "person", required=True, help="For whom it comes in; it gives no more than they have.")
@click.option("--scope", type=SCOPE, default="read", show_default=True, help="What it may do.")
@click.option("--days", type=click.IntRange(1, 36500), help="How long it holds. [default: until it is revoked]")
@with_home
def add_token(home: str | None, name: str, person: str, scope: str, days: int | None) -> None:
    """Make a token and print it; it is never shown again."""
    from datetime import timedelta

    from archive import accounts
    from archive.db import audit

    now = _now()
    until = now + timedelta(days=days) if days else None
    with opened(home) as (_, database), database.write() as connection:
        secret = accounts.make_token(connection, name, person, Right[scope.upper()], now, until)
        audit.note(connection, LOCAL.name, "token added", f"{name} for {person}, {scope}", now)
    tell(secret)


@token.command("list", cls=Example, example="stet token list")
@with_home
@with_json
def list_tokens(home: str | None, as_json: bool) -> None:
    """List the tokens, but not what they are."""
    with reading(home) as (_, connection):
        from archive.db import people

        rows = [
            {
                "name": t.name,
                "account": t.person,
                "scope": t.scope.name.lower(),
                "until": stamp(t.until) if t.until else "",
            }
            for t in people.all_tokens(connection)
        ]
    emit(
        rows,
        [Column("name", "name"), Column("account", "account"), Column("scope", "scope"), Column("until", "until")],
        as_json=as_json,
    )


@token.command(cls=Example, example="stet token revoke feeds")
@click.argument("name")
@with_home
def revoke(home: str | None, name: str) -> None:
    """Take a token away; it holds no more at once."""
    from archive.db import audit, people

    with opened(home) as (_, database), database.write() as connection:
        people.revoke(connection, name)
        audit.note(connection, LOCAL.name, "token revoked", name, _now())


@click.command("audit", cls=Example, example="stet audit --limit 20")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="So many at most.")
@with_home
@with_json
def audit_command(home: str | None, as_json: bool, limit: int) -> None:
    """List who did what, newest first."""
    with reading(home) as (_, connection):
        from archive.db import audit

        found = audit.latest(connection, limit=limit)
    rows = [{"at": stamp(e.at), "who": e.person, "act": e.act, "subject": e.subject} for e in found]
    emit(
        rows,
        [Column("at", "at"), Column("who", "who"), Column("act", "act"), Column("subject", "subject")],
        as_json=as_json,
    )


def _password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _now() -> datetime:
    return datetime.now(UTC)


COMMANDS = (account, token, audit_command)
