"""A captured answer as an answer of ours: the archived bytes, and no power over whoever looks at them.

**Threats.** Everything in a WARC file was written by strangers, some of whom want the archive gone. An
archived page is served from the same host as the archive's own pages, so it must not be able to

- *run*: script, plug-ins, workers, forms. The `sandbox` of its Content-Security-Policy gives it an origin of
  its own and forbids all of them; `default-src 'none'` would too. A request that registers a service worker is
  refused.
- *call home*: it may load styles, images, fonts and media from this archive's mementos and nothing else, so
  looking at evidence tells nobody, and what is seen is not mixed with what the outlet serves today.
- *speak for us*: of its head only Content-Type (and, where its body is raw, Content-Encoding) is ours to
  repeat. All else, Set-Cookie, Refresh, Clear-Site-Data and whatever will be invented, stands behind
  `X-Archive-Orig-`, where browsers obey nothing of it. Control characters in names and values become blanks or
  drop the field: no stored value can end a header and begin another. Fields beyond a bound are dropped and
  counted, or clients would refuse the whole head.
- *be taken for something else*: `nosniff`; types that carry documents with heads of their own (multipart,
  message, signed exchanges) are served as plain bytes; a page can be framed by this host only.

What it can still do is lie to the eye: it looks as the outlet made it. The archive's own pages (of a later
release) must not take script or style from below `/web/`, and must put no trust into a referrer.

Bodies are not rewritten. A link leads where the outlet pointed it; a relative one leads to the memento beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from archive.domain.model import HttpHead
from archive.memento import Page
from archive.web.asking import RAW

PREFIX: Final = "X-Archive-Orig-"

MOST_FIELDS: Final = 64
"""Original fields that are repeated; Python's `http.client` refuses more than 100 in all."""
MOST_BYTES: Final = 32 * 1024
"""Of them together; proxies and h11 hold 64 KiB for a head."""

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")  # RFC 9110 section 5.6.2: token
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_DOCUMENTS_WITH_HEADS = ("multipart/", "message/", "application/signed-exchange", "application/webbundle")

Fields = list[tuple[str, str]]


def policy(base: str) -> str:
    """The Content-Security-Policy of archived bytes; `base` is this archive's address."""
    mementos = f"{base}/web/"
    return (
        f"sandbox; default-src 'none'; img-src {mementos} data:; style-src {mementos} 'unsafe-inline'; "
        f"font-src {mementos} data:; media-src {mementos}; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors 'self'"
    )


def guards(base: str) -> Fields:
    """The fields that take an archived answer's power away."""
    return [
        ("Content-Security-Policy", policy(base)),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
    ]


def status(head: HttpHead) -> int:
    """The status that an answer is replayed with: its own, or 502 where it had none that can be sent."""
    return head.status if 200 <= head.status <= 599 else 502


def body(page: Page, how: str) -> bytes:
    """The body in the form that is asked for."""
    if page.head.status in (204, 304):
        return b""
    return page.entity if how == RAW else page.body


def fields(page: Page, how: str) -> Fields:
    """What the original head gives: its type, its coding where the body is raw, and all of it behind a prefix."""
    found = [("Content-Type", content_type(page.head.get("content-type")))]
    coding = ", ".join(page.head.get_all("content-encoding"))
    if how == RAW and coding:
        found.append(("Content-Encoding", clean(coding)))
    return [*found, *originals(page.head.headers)]


def content_type(original: str) -> str:
    """The original Content-Type, or plain bytes where it is none or would bring a head of its own."""
    cleaned = clean(original)
    if not cleaned or cleaned.lower().startswith(_DOCUMENTS_WITH_HEADS):
        return "application/octet-stream"
    return cleaned


def originals(headers: Iterable[tuple[str, str]]) -> Fields:
    """The original fields in their order, as names that nobody obeys, within bounds."""
    found: Fields = []
    size = omitted = 0
    for name, value in headers:
        cleaned = clean(value)
        size += len(name) + len(cleaned)
        if not _NAME.fullmatch(name) or len(found) == MOST_FIELDS or size > MOST_BYTES:
            omitted += 1
        else:
            found.append((PREFIX + name, cleaned))
    if omitted:
        found.append(("X-Archive-Omitted", f"{omitted} fields of the original head"))
    return found


def clean(value: str) -> str:
    """`value` as one header field can hold it: no control character, and Latin-1 as on the wire."""
    return _CONTROL.sub(" ", value).encode("latin-1", "replace").decode("latin-1").strip()
