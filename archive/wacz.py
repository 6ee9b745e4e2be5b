"""What was asked for → a WACZ file: the fetches, what they need, and the pages that a reader may open.

An article goes out with everything that was ever fetched for it, failures included, for those are evidence
too. Refuses to know the layout of the file (`archive.warc.wacz`).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from archive import memento
from archive.db import articles, record, selecting
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.db.selecting import Held
from archive.domain.model import Capture, Location
from archive.domain.times import stamp
from archive.domain.urls import fetchable, urlkey
from archive.errors import Misuse, NothingFound
from archive.home import Home
from archive.warc import wacz, wacz_auth
from archive.warc.files import new_file
from archive.warc.gathering import Share, gather
from archive.warc.wacz import About, Page

SOFTWARE = f"stet/{version('stet')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What goes into one file. `pages` and `extra` are what a reader finds listed."""

    title: str
    held: Sequence[Held]
    pages: Sequence[Page]
    extra: Sequence[Page]
    texts: frozenset[Location]  #: of the captures in which a wording stood first: the extracted text goes along

    @property
    def span(self) -> tuple[datetime, datetime]:
        """When the first and the last of the fetches began."""
        return min(one.began for one in self.held), max(one.began for one in self.held)


def select(
    connection: Connection,
    urls: Sequence[str],
    *,
    outlet: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Selection:
    """The fetches of the articles (or feeds …) behind `urls`, of an outlet, or of a span of time.

    Raises `NothingFound` where a URL was never captured, or nothing at all was.
    """
    found: dict[int, Held] = {}
    for url in urls:
        of_url = _of_url(connection, url)
        found |= {one.id: one for one in of_url if _within(one, since, until)}
    if not urls:
        found = {one.id: one for one in selecting.held(connection, outlet=outlet, since=since, until=until)}
    if not found:
        raise NothingFound(f"{_said(urls, outlet)}: nothing was kept {_when(since, until)}; ask for another time")
    return selection(connection, list(found.values()), title=_title(connection, urls, outlet))


def _of_url(connection: Connection, url: str) -> list[Held]:
    """Everything that was fetched for the article behind `url`; else the captures of that very URL."""
    try:
        of_article = selecting.held(connection, article_id=memento.article_at(connection, url).id)
    except NothingFound:
        kept = record.captures_of_url(connection, urlkey(fetchable(url)))
        if not kept:
            raise
        return selecting.held_of_captures(connection, [capture.id for capture in kept])
    if not of_article:
        raise NothingFound(f"{url}: was not fetched yet; 'stet crawl --url {url}' fetches it")
    return of_article


def _within(one: Held, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or one.began >= since) and (until is None or one.began <= until)


def _said(urls: Sequence[str], outlet: str | None) -> str:
    return ", ".join(urls) or (f"outlet {outlet}" if outlet else "the archive")


def _when(since: datetime | None, until: datetime | None) -> str:
    parts = [f"from {stamp(since)} on" if since else "", f"up to {stamp(until)}" if until else ""]
    return " ".join(filter(None, parts)) or "of it"


def _title(connection: Connection, urls: Sequence[str], outlet: str | None) -> str:
    if len(urls) == 1:
        try:
            return memento.article_at(connection, urls[0]).title or urls[0]
        except NothingFound:
            return urls[0]
    return f"{len(urls)} articles" if urls else f"Outlet {outlet}" if outlet else "Captures of a span of time"


def selection(connection: Connection, held: Sequence[Held], *, title: str) -> Selection:
    """These fetches, with the pages that they show."""
    pages: list[Page] = []
    extra: list[Page] = []
    texts: set[Location] = set()
    chosen = {(one.location.warc, one.location.offset) for one in held}
    for article_id in sorted({one.article_id for one in held if one.article_id is not None}):
        article = articles.by_id(connection, article_id)
        first, others, of_texts = _pages_of(connection, article, chosen)
        pages += first
        extra += others
        texts |= of_texts
    return Selection(title=title, held=held, pages=pages, extra=extra, texts=frozenset(texts))


def _pages_of(
    connection: Connection, article: Article, chosen: set[tuple[str, int]]
) -> tuple[list[Page], list[Page], set[Location]]:
    """A page for each wording where it stood first among the chosen captures, and a line for each other answer."""
    first: dict[int, Page] = {}
    others: list[Page] = []
    texts: set[Location] = set()
    shown = {capture.id: version for capture, version in memento.shown(connection, article)}
    for capture in record.captures_of(connection, article.id):
        if (capture.location.warc, capture.location.offset) not in chosen:
            continue
        wording = shown.get(capture.id)
        if wording is not None and wording.capture_id == capture.id:
            texts.add(capture.location)
        if wording is not None and wording.id not in first:
            title, text = wording.extraction.title, wording.extraction.text
            first[wording.id] = _page(capture, title or article.title, text)
        elif wording is not None:
            others.append(_page(capture, wording.extraction.title or article.title))
        elif capture.status not in range(300, 400):  # a redirect is on the way to a page, and is none
            others.append(_page(capture, f"{capture.status}: {article.title or article.url}"))
    return list(first.values()), others, texts


def _page(capture: Capture, title: str, text: str = "") -> Page:
    identity = capture.record_id.rpartition(":")[2]
    return Page(id=identity, url=capture.url, at=capture.timestamp, title=title, text=text)


def collect(home: Home, connection: Connection, chosen: Selection) -> list[Share]:
    """The records of a selection, with originals, chains and texts."""
    return gather(
        home.warcs,
        [one.location for one in chosen.held],
        lookup=lambda url, at: record.response_at(connection, url, at),
        texts=chosen.texts,
    )


def signer(home: Home) -> wacz.Sign:
    """Stand for packages with the home's key, which is made where there is none."""
    key = wacz_auth.signing_key(home.keys)
    return lambda digest, created: wacz_auth.sign(digest, created, key=key, software=SOFTWARE)


def about(chosen: Selection, shares: Iterable[Share]) -> About:
    """What the file says of itself."""
    begin, end = chosen.span
    files = [share.warc for share in shares]
    return About(
        title=chosen.title,
        description=(
            f"{len(chosen.held)} fetches from {stamp(begin)} to {stamp(end)} UTC, as Stet kept them:"
            f" the records of {len(files)} WARC files, byte for byte, with the originals of repeated answers."
        ),
        software=SOFTWARE,
        created=end,
        main=chosen.pages[-1] if chosen.pages else None,
    )


def export(
    home: Home,
    connection: Connection,
    chosen: Selection,
    output: Path,
    *,
    sign: wacz.Sign | None,
    step: Callable[[int, int], None] = lambda _done, _of: None,
) -> list[Share]:
    """Write a selection to `output`; what was taken. `step` is told how many bytes were copied, of how many.

    Raises `Misuse` where `output` is there already, and `EnvironmentFailed`; then nothing is left of it.
    """
    if output.suffix != ".wacz":
        raise Misuse(f"{output}: a WACZ file must be named so; write -o {output.with_suffix('.wacz').name}")
    with new_file(output) as file:
        shares = collect(home, connection, chosen)
        size = sum(share.size for share in shares)
        write(home, shares, chosen, file, sign=sign, step=lambda done: step(done, size))
    return shares


def write(
    home: Home,
    shares: Sequence[Share],
    chosen: Selection,
    out: BinaryIO,
    *,
    sign: wacz.Sign | None,
    step: Callable[[int], None] = lambda _done: None,
) -> None:
    """Write what was collected for a selection; `step` is told of bytes as they are copied."""
    said = about(chosen, shares)
    wacz.write(out, home.warcs, shares, about=said, pages=chosen.pages, extra=chosen.extra, sign=sign, step=step)


def of_capture(home: Home, connection: Connection, capture: Capture) -> bytes:
    """A WACZ file of one capture alone, with the original that a revisit repeats."""
    held = selecting.held_of_captures(connection, [capture.id])
    chosen = selection(connection, held, title=capture.url)
    out = io.BytesIO()
    write(home, collect(home, connection, chosen), chosen, out, sign=signer(home))
    return out.getvalue()
