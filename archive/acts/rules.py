"""What a person does with rules of alerts. Those of the settings file are changed there, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from archive.acts import books
from archive.alert_settings import require_channels, rule_as_table, rule_version, rules_in
from archive.alerting import kept_rules
from archive.db import alerts, outlets
from archive.db.engine import Connection
from archive.domain.rights import Person
from archive.domain.rules import Rule
from archive.domain.searchable import asked
from archive.errors import Changed, Conflict, Misuse
from archive.settings import AlertSettings

IN_FILE: Final = "stet.toml"

MOST: Final = 1000
"""Values of one condition. Chosen: the daemon holds each finding against all of them."""

LONGEST: Final = 500
"""Characters of one value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A rule that holds from now on."""

    rule: Rule
    new: bool  #: or it took the place of one with its name


def save(
    connection: Connection,
    person: Person,
    settings: AlertSettings,
    name: str,
    table: Mapping[str, Any],
    *,
    replace: bool = False,
    was: str | None = None,
    hint: str = "choose another name, or replace it",
    file: str = IN_FILE,
    now: datetime,
) -> Saved:
    """Make a rule of a table such as the settings file has. `was` is the version of the one that it replaces."""
    where = "rules"
    made = rules_in({name: dict(table)}, where)[name]
    _measure(made)
    require_channels({name: made}, settings.channels, where)
    for outlet in made.outlets:
        outlets.by_name(connection, outlet)
    if name in settings.rules:
        raise Conflict(f"rule '{name}': stands in {file}; change it there")
    is_new = name not in alerts.rules(connection)
    if not is_new and not replace:
        raise Conflict(f"rule '{name}': there is one already; {hint}")
    _require_same(connection, name, was)
    alerts.save_rule(connection, name, rule_as_table(made), now=now)
    books.note(connection, person, "make rule" if is_new else "replace rule", name, now)
    return Saved(rule=made, new=is_new)


def remove(
    connection: Connection,
    person: Person,
    settings: AlertSettings,
    name: str,
    *,
    was: str | None = None,
    file: str = IN_FILE,
    now: datetime,
) -> None:
    """Forget a rule. What waits by it is told to nobody."""
    if name in settings.rules and name not in alerts.rules(connection):
        raise Conflict(f"rule '{name}': stands in {file}; remove it there")
    _require_same(connection, name, was)
    alerts.remove_rule(connection, name)
    books.note(connection, person, "remove rule", name, now)


def _require_same(connection: Connection, name: str, was: str | None) -> None:
    """Refuse to alter a rule that is not the one any more that somebody read who wants to alter it."""
    if was is None:
        return
    held = kept_rules(connection).get(name)
    if held is None or rule_version(held) != was:
        raise Changed(f"rule '{name}': was changed meanwhile; read it again, and then alter it")


def _measure(rule: Rule) -> None:
    """Refuse what nobody writes by hand."""
    for key in ("channels", "outlets", "articles", "tags", "dossiers", "kinds", "removed", "added", "standings"):
        values = getattr(rule, key)
        if len(values) > MOST or any(len(value) > LONGEST for value in values):
            most = f"at most {MOST:,}, each of at most {LONGEST} characters"
            raise Misuse(f"rule '{rule.name}' {key}: that is too much; write {most}")


# A filter as a rule --------------------------------------------------------------------------------


def table_of_filter(
    *,
    channels: list[str],
    outlet: str = "",
    tag: str = "",
    language: str = "",
    removed: str = "",
    added: str = "",
    **same: Any,
) -> dict[str, Any]:
    """The table of the rule that tells what a filter of changes and takedowns shows. Raises `Misuse`.

    A search finds parts of words, and all that it names; a rule finds words that begin so, and any that it names.
    What would tell more than the filter shows is refused.
    """
    if language:
        raise Misuse("a rule knows no languages; leave the language out of the filter, and then save it")
    table: dict[str, Any] = {"channels": channels, **same}
    table |= {"outlets": [outlet] if outlet else [], "tags": [tag] if tag else []}
    for key, text in (("removed", removed), ("added", added)):
        table[key] = _one_phrase(key, text) if text else []
    return {key: value for key, value in table.items() if value}


def _one_phrase(key: str, text: str) -> list[str]:
    found = asked(text)
    if len(found) != 1:
        raise Misuse(
            f"{key} {text!r}: a rule tells of any of several words, and this filter wants all of them;"
            " leave one word, or one phrase in double quotes"
        )
    return [f"{found[0]}*"]
