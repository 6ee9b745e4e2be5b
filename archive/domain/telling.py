"""Event × rule → whether it is told by it. Pure.

Apart from the values in `archive.domain.rules`, which the settings are read into: to look for words in any script
takes more than every command should load.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Final

from archive.domain.rules import DOSSIER, OUTAGES, Event, Rule, What
from archive.domain.searchable import caseless
from archive.domain.wording import words


def matches(rule: Rule, event: Event) -> bool:
    """Whether `rule` wants to know of `event`."""
    return _is_there(rule, event) and _is_that(rule, event)


def _is_there(rule: Rule, event: Event) -> bool:
    """The first part: of these outlets, articles, tags and dossiers."""
    if rule.outlets and event.outlet not in rule.outlets:
        return False
    narrow = rule.articles or rule.tags or rule.dossiers
    if narrow and event.what is What.NOTICE and not OUTAGES.keys() & set(event.kinds):
        return False  # it is about the outlet, and says nothing of any article
    return (
        _any(rule.articles, event.addresses | {event.url})
        and _any(rule.tags, event.tags)
        and _any((DOSSIER + name for name in rule.dossiers), event.tags)
    )


def _any(wanted: Iterable[str], given: frozenset[str]) -> bool:
    names = list(wanted)
    return not names or not given.isdisjoint(names)


def _is_that(rule: Rule, event: Event) -> bool:
    """The other two parts."""
    if not rule.picks_changes and not rule.standings:
        return True
    if event.what is What.STANDING:
        return event.standing in rule.standings
    if event.what is What.CHANGE:
        return rule.picks_changes and _is_such_a_change(rule, event)
    tells_of = frozenset[str]().union(*(OUTAGES.get(kind, ()) for kind in event.kinds))
    return not tells_of.isdisjoint(rule.standings) or not set(rule.kinds).isdisjoint(event.kinds)


def _is_such_a_change(rule: Rule, event: Event) -> bool:
    return (
        (not rule.kinds or not set(rule.kinds).isdisjoint(event.kinds))
        and event.weight >= rule.min_weight
        and (event.stealth or not rule.stealth)
        and (not rule.removed or holds(event.removed, rule.removed))
        and (not rule.added or holds(event.added, rule.added))
    )


def holds(text: str, wanted: Iterable[str]) -> bool:
    """Whether one of these words or phrases stands in a line of `text`: whole, whatever its typography and case.

    A word that ends in `*` stands for all that begin so. Where a script has no spaces, any part is a word.
    """
    lines = [_spelt(line) for line in text.split("\n")]
    return any(_stands(phrase, line) for phrase in map(_phrase, wanted) if phrase for line in lines)


def _spelt(text: str) -> list[str]:
    """The words of a text as they are compared: an apostrophe parts them, so that `minister's` is one of his."""
    return [part for word in words(text) for part in caseless(word).split("'") if part]


_Word = tuple[str, bool]


def _phrase(text: str) -> list[_Word]:
    """The words to look for, and of each whether it is only a beginning."""
    found = list[_Word]()
    for each in text.split():
        spelt = _spelt(each.removesuffix("*"))
        found += [(word, each.endswith("*") and n == len(spelt)) for n, word in enumerate(spelt, 1)]
    return found


def _stands(phrase: Sequence[_Word], line: Sequence[str]) -> bool:
    return any(
        all(_is_word(each, line[at + n]) for n, each in enumerate(phrase))
        for at in range(len(line) - len(phrase) + 1)
    )


def _is_word(wanted: _Word, word: str) -> bool:
    letters, begins = wanted
    return word.startswith(letters) if begins else word == letters


# Kept ----------------------------------------------------------------------------------------------

STRETCHES: Final = 4000
"""Characters of what went and what came that are kept with an alert: a message shows no more. Chosen."""


def packed(event: Event) -> dict[str, Any]:
    """An event as JSON-able values. What only rules ask for is left out, and long stretches are cut."""
    plain = {f.name: getattr(event, f.name) for f in fields(event) if f.name != "addresses"}
    for name in _MOMENTS:
        plain[name] = plain[name].isoformat() if plain[name] else None
    for name in ("removed", "added"):
        plain[name] = plain[name][:STRETCHES]
    return {**plain, "what": event.what.value, "tags": sorted(event.tags), "kinds": list(event.kinds)}


def unpacked(plain: Mapping[str, Any]) -> Event:
    """The event that `packed` made `plain` of; what it did not know yet is as if it had not been said."""
    known = {f.name for f in fields(Event)}
    values = {name: value for name, value in plain.items() if name in known}
    for name in _MOMENTS:
        values[name] = datetime.fromisoformat(values[name]) if values.get(name) else None
    values |= {"what": What(plain["what"]), "tags": frozenset(plain["tags"]), "kinds": tuple(plain["kinds"])}
    return Event(**values)


_MOMENTS: Final = ("at", "from_at", "to_at")
