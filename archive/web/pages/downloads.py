"""What of an article can be taken away: its records as WARC and as WACZ, and a wording as text.

Whoever asks gets a file whose name is made of the outlet's name and numbers alone. A package is made aside and
then sent; records are sent as they lie in the archive. Both read much, so that few are made at once, as with
evidence; and an article whose records are too many for that is left to `stet export`. It changes nothing.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from archive import wacz
from archive.db import findings, lives, selecting
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.errors import NothingFound
from archive.extractor import EXTRACTOR
from archive.wacz import Selection
from archive.warc.gathering import Share
from archive.warc.wacz import Sign
from archive.warc.wacz_auth import PRIVATE_KEY
from archive.web.answers import Answer, plain
from archive.web.pages import article as articles
from archive.web.replay import Fields

if TYPE_CHECKING:
    from archive.web.app import Views

AT_ONCE: Final = 2
AGAIN: Final = "30"
"""Seconds after which whoever found them busy may come again."""

MOST_FETCHES: Final = 20_000
MOST_BYTES: Final = 1 << 30
"""Of an article's records that are sent by the web; what is more takes minutes, and a browser does not wait."""

PIECE: Final = 1 << 18

FORMS: Final = {
    "warc": ("warc.gz", "application/warc"),
    "wacz": ("wacz", "application/wacz"),
    "text": ("txt", "text/plain; charset=utf-8"),
}
"""What is in an address → the ending of the file's name, and its media type."""


class Downloads:
    """The files of one home."""

    def __init__(self, views: Views) -> None:
        self._views = views
        self._making = threading.BoundedSemaphore(AT_ONCE)

    def of(self, request: Request) -> Response:
        """A file of an article."""
        form, number = request.path_params["form"], request.path_params["id"]
        if form not in FORMS:
            raise NothingFound(f"an article can be taken away as {', '.join(FORMS)}")
        with self._views.database.read() as connection:
            article = articles.find(connection, number)
            if form == "text":
                return self._text(request, connection, article)
            chosen = _chosen(connection, article)
        if request.method == "HEAD":
            return Answer(200, fields(article, form))
        if not self._making.acquire(blocking=False):
            return plain(503, "other files are being made just now; come again", [("Retry-After", AGAIN)])
        try:
            with self._views.database.read() as connection:
                shares = wacz.collect(self._views.home, connection, chosen)
            if sum(share.size for share in shares) > MOST_BYTES:
                raise _too_much(article)
            return self._warc(article, shares) if form == "warc" else self._wacz(article, chosen, shares)
        finally:
            self._making.release()

    def _text(self, request: Request, connection: Connection, article: Article) -> Response:
        number = articles.Asked.read(request.query_params).version
        found = [each for each in lives.readings(connection, article.id) if number in (None, each.number)]
        if not found:
            raise NothingFound(f"article {article.id}: there is no such version of it")
        last = max(found, key=lambda each: (each.number, each.extractor == EXTRACTOR, each.id))
        page = findings.version(connection, last.id).extraction
        text = f"{page.title}\n\n{page.text}\n".encode("utf-8", "replace")
        return Answer(200, fields(article, "text", f"-version-{last.number}"), text)

    def _warc(self, article: Article, shares: Sequence[Share]) -> Response:
        """The records of all files, one behind the other: gzip members may be joined."""
        places, size = self._views.home.warcs, sum(share.size for share in shares)
        return _streamed(
            (piece for share in shares for piece in share.records(places)), fields(article, "warc"), size
        )

    def _wacz(self, article: Article, chosen: Selection, shares: Sequence[Share]) -> Response:
        file = tempfile.TemporaryFile(prefix="stet-")  # noqa: SIM115 - it is sent after this has returned
        try:
            wacz.write(self._views.home, shares, chosen, file, sign=self._signer())
        except BaseException:
            file.close()
            raise
        size = file.tell()
        file.seek(0)
        return _streamed(_pieces(file), fields(article, "wacz"), size, BackgroundTask(file.close))

    def _signer(self) -> Sign | None:
        """Signed where the home has a key; who only looks makes none."""
        return wacz.signer(self._views.home) if (Path(self._views.home.keys) / PRIVATE_KEY).exists() else None


def _chosen(connection: Connection, article: Article) -> Selection:
    held = selecting.held(connection, article_id=article.id)
    if not held:
        raise NothingFound(f"article {article.id}: nothing of it was kept yet")
    if len(held) > MOST_FETCHES:
        raise _too_much(article)
    return wacz.selection(connection, held, title=article.title or article.url)


def _too_much(article: Article) -> NothingFound:
    return NothingFound(
        f"article {article.id}: its records are too many to be sent so; run: stet export {article.url}"
    )


def fields(article: Article, form: str, more: str = "") -> Fields:
    """The fields of an answer that a browser keeps as a file."""
    ending, media_type = FORMS[form]
    name = f"{article.outlet}-article-{article.id}{more}.{ending}"
    return [
        ("Content-Type", media_type),
        ("Content-Disposition", f'attachment; filename="{name}"'),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-cache"),
    ]


def _streamed(
    pieces: Iterator[bytes], head: Fields, size: int, background: BackgroundTask | None = None
) -> Response:
    answer = StreamingResponse(pieces, background=background)
    answer.raw_headers = [(k.encode(), v.encode()) for k, v in [*head, ("Content-Length", str(size))]]
    return answer


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
