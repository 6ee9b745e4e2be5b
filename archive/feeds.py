"""What was told → Atom feeds: of all, of an outlet, of a rule, of a dossier.

Knows how an entry says what happened, and where both wordings and the evidence are. A feed is what the rows say
now: a change that another one tells of by now is in it no more. An entry's id is a name-based UUID (RFC 9562
section 5.5) of what was fetched and when: it is the same at any address, after any restart, and in a database that
was made anew. (A `tag:` URI would want a domain that is ours; a home has none.)
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from importlib.metadata import version
from typing import Final

from archive import alerting, comparing
from archive.db import articles, events, findings, outlets, told
from archive.db.engine import Connection
from archive.db.told import Shelf, Told
from archive.domain import atom, rendering
from archive.domain.atom import Entry, Feed, Link
from archive.domain.diff import diff
from archive.domain.essence import essence
from archive.domain.excerpts import places
from archive.domain.model import Extraction
from archive.domain.rules import DOSSIER, Event, Rule, What
from archive.domain.sides import Sides
from archive.domain.steps import compared
from archive.domain.telling import matches
from archive.domain.times import stamp
from archive.errors import EnvironmentFailed, Misuse, NothingFound
from archive.home import Home
from archive.output import clean
from archive.timemaps import Addresses, safe
from archive.warc import cdxj, heads

PER_PAGE: Final = 50
"""Entries of one page. Who looks once a day misses none where there are fewer in a day, or by following `next`."""

LOOKED_AT: Final = 300
"""Of so many things that were told one page of a rule's feed is chosen: 0.2 s. More stands on the next page."""

LONGEST: Final = 64 * 1024
"""Characters of one entry's HTML. A story that was written anew may have more; it is one click away."""

NAMES: Final = uuid.UUID("6b0f7a4e-6d0c-5d4e-9a55-8f1f6f1c2a77")
"""The name space of our ids; made once, and never to be changed."""

FORM: Final = "1"
"""How entries are written. Another one makes readers fetch a feed again of which nothing is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which feed is asked for: its path below `/feeds/`, and up to when."""

    kind: str = "all"  #: `all`, `outlet`, `rule`, `dossier`
    name: str = ""
    before: datetime | None = None

    @property
    def path(self) -> str:
        """Where it is."""
        return "/feeds/all.atom" if self.kind == "all" else f"/feeds/{self.kind}/{safe(self.name)}.atom"


KINDS: Final = ("outlet", "rule", "dossier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What stands on a page of a feed, before it is written out."""

    wanted: Wanted
    title: str
    told: tuple[Told, ...]
    older: datetime | None  #: there is more before this time; None: there is none

    def tag(self, base: str) -> str:
        """The same for the same page at the same address: in hex."""
        said = repr((FORM, base, self.wanted, self.title, self.told, self.older))
        return hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def page(home: Home, connection: Connection, wanted: Wanted) -> Page:
    """What stands in a feed. Raises `NothingFound` where there is no such outlet, rule or dossier."""
    if wanted.kind == "rule":
        rule = alerting.rules_of(connection, home.settings.alerts).get(wanted.name)
        if rule is None:
            raise NothingFound(f"rule '{wanted.name}': there is none of this name here")
        chosen, older = _by_rule(connection, rule, wanted.before)
        return Page(wanted=wanted, title=f"Stet: {wanted.name}", told=chosen, older=older)
    shelf, title = told.ALL, "Stet"
    if wanted.kind == "outlet":
        _, outlet = outlets.by_name(connection, wanted.name)
        shelf, title = Shelf(outlet=outlet.name), f"Stet: {outlet.title or outlet.name}"
    elif wanted.kind == "dossier":
        tag = DOSSIER + wanted.name
        if not told.is_tag(connection, tag):
            raise NothingFound(f"dossier '{wanted.name}': there is none of this name here")
        shelf, title = Shelf(tag=tag), f"Stet: {wanted.name}"
    found = told.listed(connection, shelf, before=wanted.before, limit=PER_PAGE)
    older = _if_any(connection, shelf, found[-1].at if found else None)
    return Page(wanted=wanted, title=clean(title), told=tuple(found), older=older)


def _if_any(connection: Connection, shelf: Shelf, before: datetime | None) -> datetime | None:
    return before if before is not None and told.listed(connection, shelf, before=before, limit=1) else None


def _by_rule(
    connection: Connection, rule: Rule, before: datetime | None
) -> tuple[tuple[Told, ...], datetime | None]:
    """What the rule wants of what was told, and from when on there may be more."""
    shelf = Shelf(outlet=rule.outlets[0]) if len(rule.outlets) == 1 else told.ALL
    found: list[Told] = []
    looked_at = 0
    while looked_at < LOOKED_AT:
        some = told.listed(connection, shelf, before=before, limit=PER_PAGE)
        for each in some:
            event = _event(connection, each, rule)
            if event is not None and matches(rule, event):
                found.append(each)
        looked_at += len(some)
        if not some:
            return tuple(found), None
        before = some[-1].at
        if len(found) >= PER_PAGE:
            break
    return tuple(found), _if_any(connection, shelf, before)


def _event(connection: Connection, each: Told, rule: Rule) -> Event | None:
    if each.what is What.CHANGE:
        return events.of_change(connection, each.id, rule.articles)
    if each.what is What.STANDING:
        return events.of_standing(connection, each.id, rule.articles)
    return events.of_outlet(
        connection,
        each.id,
        rule.articles,
        kind=each.kinds[0],
        outlet=each.outlet,
        title=each.title,
        url=each.url,
        at=each.at,
        text=each.text,
    )


# As Atom -------------------------------------------------------------------------------------------


def document(home: Home, connection: Connection, page: Page, base: str) -> bytes:
    """The page as Atom; `base` is the address that its links are below."""
    here = f"{base}{page.wanted.path}"
    links = [Link(rel="self", href=_at(here, page.wanted.before), type=atom.MEDIA_TYPE.partition(";")[0])]
    if page.wanted.before is not None:
        links.append(Link(rel="first", href=here))
    if page.older is not None:
        links.append(Link(rel="next", href=_at(here, page.older)))
    feed = Feed(
        id=_id(f"feed {_key(home)} {page.wanted.path}"),
        title=page.title,
        author="Stet",
        links=tuple(links),
        entries=[_entry(connection, each, Addresses(base)) for each in page.told],
        generator=f"Stet {version('stet')}",
    )
    return atom.document(feed)


def _at(here: str, before: datetime | None) -> str:
    return here if before is None else f"{here}?before={cdxj.stamp(before)}"


def _id(name: str) -> str:
    return uuid.uuid5(NAMES, name.encode("utf-8", "backslashreplace").decode()).urn


def _key(home: Home) -> str:
    """By what a home is known: the key that it signs with. One without a key has not kept anything yet."""
    try:
        return heads.fingerprint(heads.public_key(home.keys / heads.PUBLIC_KEY))
    except (EnvironmentFailed, Misuse):
        return ""


def _entry(connection: Connection, each: Told, addresses: Addresses) -> Entry:
    evidence = "" if each.what is What.NOTICE else f"{addresses.base}/evidence/{each.what.value}/{each.id}"
    mementos = [
        (words, addresses.at(cdxj.stamp(look.at), look.url), look)
        for words, look in zip(_NAMED[each.what], (each.before, each.after), strict=False)
        if look is not None
    ]
    links = [Link(rel="alternate", href=safe(each.url), type="text/html")] if each.url else []
    links += [
        Link(rel="related", href=href, title=f"{words}, {stamp(look.at)} UTC") for words, href, look in mementos
    ]
    if evidence:
        links.append(Link(rel="related", href=evidence, type="application/zip", title="the evidence"))
    pair = _wordings(connection, each) if each.what is What.CHANGE else None
    return Entry(
        id=_id(each.name),
        title=essence(_shown(each), places(*pair) if pair is not None else None),
        updated=each.at,
        summary=clean(each.text),
        content="\n".join(_content(each, _changed(pair), links)),
        language=pair[1].language if pair else "",
        author=clean(each.outlet),
        categories=_categories(each),
        links=tuple(links),
    )


_NAMED: Final = {
    What.CHANGE: ("the earlier wording", "the later wording"),
    What.STANDING: ("when it was last there", "what was answered"),
    What.NOTICE: (),
}


def _shown(each: Told) -> Event:
    """As one line says it."""
    return Event(
        what=each.what,
        id=each.id,
        at=each.at,
        text=each.text,
        url=each.url,
        outlet=each.outlet,
        title=each.title,
        kinds=each.kinds,
        stealth=each.stealth,
        standing=each.standing,
        reason=each.reason,
        before=each.was,
    )


def _categories(each: Told) -> tuple[str, ...]:
    said = (each.what.value, *each.kinds, each.standing, each.reason, "stealth" if each.stealth else "")
    return tuple(dict.fromkeys(filter(None, said)))


def _content(each: Told, shown: str, links: list[Link]) -> Iterator[str]:
    yield f"<p>{escape(rendering.clean(each.text))}</p>"
    if shown:
        yield shown
    named = [f'<a href="{escape(link.href)}">{escape(link.title or "the article")}</a>' for link in links]
    if named:
        yield f"<p>{' · '.join(named)}</p>"


def _wordings(connection: Connection, each: Told) -> tuple[Extraction, Extraction] | None:
    """The two wordings of a change, without what is noise between them."""
    change = findings.change(connection, each.id)
    if change is None:
        return None
    before, after = (findings.version(connection, one) for one in (change.from_version, change.to_version))
    article = articles.by_id(connection, change.article_id)
    furniture = comparing.furniture_between(connection, article, before, after)
    return compared(before.extraction, after.extraction, furniture)


def _changed(pair: tuple[Extraction, Extraction] | None) -> str:
    """What went and what came, as HTML."""
    if pair is None:
        return ""
    was, now = pair
    shown = rendering.as_html(diff(was.text, now.text), Sides(was, now), context=1)
    return shown if len(shown) <= LONGEST else "<p>What changed is too long to stand here.</p>"
