"""Pages and lists → hints: asks the rules of `archive.domain.hints` and writes what they say.

What a page hints at follows from its captures, so that replaying the WARC files gives the same hints; what a list
hints at depends on how it was read then, and goes into the journal. A hint never touches a standing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.db import articles, datings, editions, hints
from archive.db.articles import Article, Found
from archive.db.datings import Dating
from archive.db.engine import Connection
from archive.domain.editions import JUST_NOW
from archive.domain.editions import editions as editions_in
from archive.domain.hints import LEFT, Entry, HintKind, forbids_indexing, left
from archive.domain.lastmod import Dated, changed, noise
from archive.domain.model import SeedKind, Standing
from archive.domain.times import stamp
from archive.extraction.decoding import decode
from archive.visits import Finding, Visit

#: So much of a page is searched for what its head asks of search engines.
HEAD = 200_000


def note_page(connection: Connection, article: Article, visit: Visit) -> None:
    """Note whether a page that shows the article asks not to be listed, and did not before; and its editions.

    A 304 sends no page, and need not repeat the fields of the answer that it confirms (RFC 9110 section 15.4.5).
    """
    last = visit.last
    if visit.vantage or last.status != 200 or last.head is None:
        return
    at = last.exchange.began
    markup = decode(last.body[:HEAD], content_type=last.content_type).text
    editions.note(connection, article.id, editions_in(markup, last.head.get_all("link"), last.exchange.url))
    noindex = forbids_indexing(markup, last.head.headers)
    if noindex and article.noindex is False:
        why = "the page asks search engines not to list it (noindex), which it did not before"
        hints.begin(connection, article.id, HintKind.NOINDEX, why, at=at)
    elif not noindex:
        hints.end(connection, article.id, HintKind.NOINDEX, at=at)
    if noindex is not article.noindex:
        articles.update(connection, article.id, noindex=noindex)


def pull_editions(connection: Connection, article_id: int, found: Sequence[Finding], *, at: datetime) -> None:
    """Look at the other editions of a story of which one was changed, was taken down, or came back."""
    told = {finding.what for finding in found if finding.alert} & {"change", "standing"}
    if not told:
        return
    article = articles.by_id(connection, article_id)
    what = "was changed" if "change" in told else f"is {article.held.standing.value.replace('_', ' ')}"
    why = f"another edition of it {what}, as seen at {stamp(at)}: {article.url}"
    for other in articles.of_ids(connection, editions.of(connection, article_id)):
        if other.last_changed is None or other.last_changed < at - JUST_NOW:
            hints.pull(connection, other.id, why, at=at)


def note_list(
    connection: Connection, seed_id: int, url: str, kind: SeedKind, named: Sequence[Found], *, at: datetime
) -> list[Article]:
    """Note which articles a whole answer of a seed names no more; those that are to be looked at now.

    What is known to be taken down gives no hint, and neither does what another list of the outlet still names.
    """
    if kind not in LEFT or not named:
        return []
    hint = LEFT[kind]
    ids = hints.watched(connection, [found.url for found in named])
    known = {ids[found.url]: Entry(ids[found.url], found.published) for found in named if found.url in ids}
    before = hints.named_last(connection, seed_id)
    hints.note_named(connection, seed_id, list(known.values()), at=at)
    if not known:
        return []
    outlet_id = articles.by_id(connection, next(iter(known))).outlet_id
    for article_id in sorted(hints.holding(connection, outlet_id, hint) & known.keys()):
        hints.tell(connection, article_id, hint, "", at=at)
    gone = left(before, list(known))
    elsewhere = hints.named_by_others(connection, seed_id) if gone else set()
    found = []
    for article in articles.of_ids(connection, [one for one in gone if one not in elsewhere]):
        why = f"{url} no longer names it, but older ones"
        if article.held.standing is not Standing.TAKEN_DOWN and hints.tell(
            connection, article.id, hint, why, at=at
        ):
            found.append(article)
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """What the dates of a list led to."""

    pulled: tuple[int, ...] = ()  #: articles that are to be looked at now
    ignored: str = ""  #: why its dates were not believed, in words


def note_dates(
    connection: Connection, seed_id: int, url: str, kind: SeedKind, named: Sequence[Found], *, at: datetime
) -> Told:
    """Pull the articles forward of which a list says that they were changed since they were last seen.

    `url` is the seed's own address, or that of a part of it. Nothing is told twice for one date.
    """
    ids = hints.watched(connection, [found.url for found in named if found.modified is not None])
    modified = {ids[found.url]: found.modified for found in named if found.url in ids and found.modified}
    before = datings.of(connection, seed_id, url)
    looks = datings.looks(connection, [*modified, *before.pulled])
    verdicts = {
        article: looks[article].shows_change(since) for article, since in before.pulled.items() if article in looks
    }
    trust = before.trust.and_looks(
        sum(1 for verdict in verdicts.values() if verdict is not None), sum(map(bool, verdicts.values())), at
    )
    after = [
        Dated(article, when, look.last_seen)
        for article, when in modified.items()
        if (look := looks.get(article)) is not None and look.last_seen is not None
    ]
    ignored = noise(before.dates, after, at)
    if trust.doubted is not None and not ignored:
        ignored = "its dates hardly ever came before a change"
    pulled = [
        one.article
        for one in ([] if ignored else changed(before.dates, after, at))
        if hints.tell_pull(connection, one.article, _as_listed(kind, one.modified), at=at)
    ]
    waiting = {article: since for article, since in before.pulled.items() if verdicts.get(article, 0) is None}
    held = Dating(dates=modified, pulled=waiting | dict.fromkeys(pulled, at), trust=trust)
    datings.note(connection, seed_id, url, held, at=at)
    return Told(tuple(pulled), ignored)


def _as_listed(kind: SeedKind, when: datetime) -> str:
    return f"its {kind.value} says it was changed at {stamp(when)}"
