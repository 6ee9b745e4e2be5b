"""What each form of the reading room does: an act of `archive.acts`, in one transaction.

Reads of a form what it needs, says plainly what is wrong with it, and names what was done by a word of
`archive.web.pages.words.DONE`. Knows nothing of requests and pages: that is the business of `archive.web.forms`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from archive.acts import alerting, articles, outlets, rules
from archive.db.engine import Connection
from archive.domain.rules import Pace
from archive.errors import Misuse, NothingFound
from archive.values import duration
from archive.web.forms import MOST, Deed, Given, Scene, Unsent, id_in


def _tag(at: Scene, given: Given) -> str:
    ids, name = given.ids("article"), given.one("tag").strip()
    with at.database.write() as connection:
        articles.tag(connection, at.person, ids, name, now=at.now())
    return "tagged"


def _untag(at: Scene, given: Given) -> str:
    ids, name = given.ids("article"), given.one("tag").strip()
    with at.database.write() as connection:
        articles.untag(connection, at.person, ids, name, now=at.now())
    return "untagged"


def _note(at: Scene, given: Given) -> str:
    [article_id, *_], text = given.ids("article"), given.one("text")
    with at.database.write() as connection:
        articles.write(connection, at.person, article_id, text, now=at.now())
    return "noted"


def _edit_note(at: Scene, given: Given) -> str:
    key, text, was = given.one("key"), given.one("text"), given.one("was")
    with at.database.write() as connection:
        articles.edit(connection, at.person, key, text, was=was, now=at.now())
    return "edited"


def _remove_note(at: Scene, given: Given) -> str:
    with at.database.write() as connection:
        articles.remove(connection, at.person, given.one("key"), was=given.maybe("was"), now=at.now())
    return "removed"


def _acknowledge(at: Scene, given: Given) -> str:
    rule, settings = given.maybe("rule"), at.alerts
    with at.database.write() as connection:
        if rule is not None:
            alerting.acknowledge_rule(connection, at.person, settings, rule, now=at.now())
        else:
            alerting.acknowledge(connection, at.person, given.ids("alert"), now=at.now())
    return "acknowledged"


def _retry(at: Scene, given: Given) -> str:
    ids = None if given.maybe("dead") else given.ids("alert")
    with at.database.write() as connection:
        if not alerting.retry(connection, at.person, at.alerts, ids, now=at.now()):
            raise NothingFound("none of them is dead, so there is nothing to try again")
    return "retried"


def _snooze(at: Scene, given: Given) -> str:
    lasts = duration(given.one("for").strip(), "for")
    if not lasts:
        raise Misuse("for: that is no time at all; give 2h, or end the snooze")
    with at.database.write() as connection:
        scope = _scope(connection, at, given)
        alerting.snooze(connection, at.person, scope, lasts, where="for", now=at.now())
    return "snoozed"


def _wake(at: Scene, given: Given) -> str:
    with at.database.write() as connection:
        scope = given.maybe("scope") or _scope(connection, at, given)
        alerting.snooze(connection, at.person, scope, timedelta(), where="for", now=at.now())
    return "woken"


def _scope(connection: Connection, at: Scene, given: Given) -> str:
    wanted = {name: value for name in ("article", "outlet", "rule") if (value := given.maybe(name))}
    if len(wanted) != 1:
        raise Misuse("snooze one of these: an article, an outlet or a rule")
    if article := wanted.pop("article", None):
        return alerting.scope_of_article(connection, id_in("article", article))
    return alerting.scope_of(connection, at.alerts, **wanted)


_RULE_LISTS: Final = {
    "channel": "channels",
    "outlet": "outlets",
    "article": "articles",
    "tag": "tags",
    "dossier": "dossiers",
    "kind": "kinds",
    "removed": "removed",
    "added": "added",
    "standing": "standings",
}


def _rule(at: Scene, given: Given) -> str:
    table = {key: found for name, key in _RULE_LISTS.items() if (found := given.lines(name))}
    return _save_rule(at, given, {**table, **_plain(given)})


def _rule_of_filter(at: Scene, given: Given) -> str:
    table = rules.table_of_filter(
        channels=given.lines("channel"),
        kinds=given.lines("kind"),
        standings=given.lines("standing"),
        **{name: given.maybe(name) or "" for name in ("outlet", "tag", "language", "removed", "added")},
        **_plain(given),
    )
    return _save_rule(at, given, table)


def _plain(given: Given) -> dict[str, Any]:
    """What of a rule is no list; an empty field is no condition, and a pace that is the usual one is not said."""
    found: dict[str, Any] = {"stealth": True} if given.maybe("stealth") else {}
    if weight := given.maybe("min_weight"):
        if not re.fullmatch(r"0|1|[01]?[.,][0-9]{1,9}|[01][.,]?", weight.strip()):
            raise Misuse(f"min_weight: {weight[:40]!r} is none; write a number from 0 to 1, such as 0.5")
        found["min_weight"] = float(weight.strip().replace(",", "."))
    if (pace := given.maybe("pace")) and pace != Pace.AT_ONCE.value:
        found["pace"] = pace
    if quiet := given.maybe("quiet"):
        found["quiet"] = quiet
    return found


def _save_rule(at: Scene, given: Given, table: Mapping[str, object]) -> str:
    name, replace = given.one("name").strip(), given.maybe("replace") is not None
    settings, was = at.alerts, given.maybe("was")
    with at.database.write() as connection:
        rules.save(connection, at.person, settings, name, table, replace=replace, was=was, now=at.now())
    return "ruled"


def _remove_rule(at: Scene, given: Given) -> str:
    with at.database.write() as connection:
        rules.remove(connection, at.person, at.alerts, given.one("name"), now=at.now())
    return "unruled"


def _pause(at: Scene, given: Given) -> str:
    with at.database.write() as connection:
        outlets.pause(connection, at.person, given.one("outlet"), now=at.now())
    return "paused"


def _resume(at: Scene, given: Given) -> str:
    with at.database.write() as connection:
        outlets.resume(connection, at.person, given.one("outlet"), now=at.now())
    return "resumed"


def _watch(at: Scene, given: Given) -> str:
    """All of them or none: one that is no address is said, and the form can be sent again."""
    given.one("url")
    wanted = [url for url in given.lines("url") if not url.startswith("#")]
    if len(wanted) > MOST:
        raise Misuse(f"url: these are {len(wanted):,}; give at most {MOST:,} at once")
    with at.database.write() as connection:
        for url in wanted:
            articles.watch(connection, at.person, url, way=at.desk.able().watch, now=at.now())
    return "watched"


def _look(at: Scene, given: Given) -> str:
    with at.database.write() as connection:
        articles.look(connection, at.person, given.ids("article")[0], now=at.now())
    return "pulled"


def _test(at: Scene, given: Given) -> str:
    send = at.desk.able().sender(at.desk.home)
    found = alerting.test(
        at.database, at.desk.home.settings, at.person, given.maybe("channel"), send=send, now=at.now
    )
    if failed := [f"{each.channel}: {each.why}" for each in found if each.why]:
        raise Unsent("; ".join(failed))
    return "sent"


DEEDS: Final[Mapping[str, Deed]] = {
    "tag": _tag,
    "untag": _untag,
    "note": _note,
    "note/edit": _edit_note,
    "note/remove": _remove_note,
    "acknowledge": _acknowledge,
    "retry": _retry,
    "snooze": _snooze,
    "unsnooze": _wake,
    "rule": _rule,
    "rule/filter": _rule_of_filter,
    "rule/remove": _remove_rule,
    "pause": _pause,
    "resume": _resume,
    "watch": _watch,
    "look": _look,
    "test": _test,
}
"""What is done at each target."""
