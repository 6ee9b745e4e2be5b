"""How answers are written: texts of ours, and fields as we spell them."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from archive.web.replay import Fields

PLAIN: Final = "text/plain; charset=utf-8"


class Answer(Response):
    """An answer whose fields go out as they are written here: some clients know `Link` and not `link`."""

    def __init__(self, status: int, fields: Fields, body: bytes = b"") -> None:
        super().__init__(body, status)
        bodiless = status == 204 or status == 304
        length = [] if bodiless else [("Content-Length", str(len(body)))]
        self.raw_headers = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in [*fields, *length]]


def plain(status: int, text: str, fields: Fields | None = None) -> Answer:
    """A text of ours; an error is one line."""
    ours = [("Content-Type", PLAIN), ("X-Content-Type-Options", "nosniff")]
    return Answer(status, [*(fields or []), *ours], f"{text}\n".encode("utf-8", "replace"))


def said(error: Exception) -> str:
    """The line of an error, without what it tells those who sit at a command line."""
    return str(error).partition("; 'stet")[0]
