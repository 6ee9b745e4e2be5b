"""A memento as another archive served it → the exchange that it is a capture of.

Pure. Knows in which headers archives hide those of the outlet, and which are their own. The body is as it was
given; where the archive undid what the old head still announces, that is said.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from archive.domain import timemap
from archive.domain.model import Exchange, HttpHead, Undone
from archive.domain.timemap import Memento
from archive.domain.urls import word_set
from archive.keeping import Kept
from archive.warc import framing, http1
from archive.warc.undone import undone_in

ORIGINAL: Final = "x-archive-orig-"
"""What the Wayback Machine puts before the names of the outlet's own headers."""

_ARCHIVES_OWN: Final = word_set(
    """
    memento-datetime link content-location vary date server connection keep-alive transfer-encoding trailer
    upgrade via age preference-applied server-timing x-ts x-tr x-app-server x-location x-rl x-na x-page-cache
    x-cache-key x-nid set-cookie strict-transport-security content-security-policy permissions-policy
    referrer-policy x-link-json alt-svc
    """
)
"""Headers of an archive's own answer, where it does not keep the outlet's apart."""


def memento_of(kept: Kept, asked: Memento) -> Exchange | None:
    """The exchange that an archive's answer is a memento of; None where it is none.

    An answer without Memento-Datetime is the archive's own: an error, or the way to another memento.
    """
    head = kept.head
    if head is None or kept.status is None:
        return None
    at = timemap.http_date(head.get("memento-datetime"))
    if at is None:
        return None
    message = http1.parse(kept.exchange.response)
    fields = _original_fields(head)
    body, coded = message.entity, [coding.lower() for coding in head.get_all("content-encoding")]
    told = [value.lower() for name, value in fields if name.lower() == "content-encoding"]
    if coded and coded != told:  # the archive's own coding
        body = kept.body
    response = _head_bytes(kept.status, head.reason, fields) + body
    undone = undone_in(response)
    again = http1.parse(response, undone=undone)
    if Undone.FRAMING not in undone and (again.entity != body or not again.complete):
        undone = (Undone.FRAMING, *undone)
    moment = asked.at if abs((asked.at - at).total_seconds()) < 1 else at
    return Exchange(
        url=asked.original, began=framing.read_date(framing.date(moment)), response=response, undone=undone
    )


def _original_fields(head: HttpHead) -> list[tuple[str, str]]:
    """The outlet's own headers, as far as the archive gives them out."""
    own = [
        (name[len(ORIGINAL) :], _unwrapped(name, value))
        for name, value in head.headers
        if name.lower().startswith(ORIGINAL)
    ]
    if own:
        names = {name.lower() for name, _ in own}
        given = [(n, _unwrapped(n, v)) for n, v in head.headers if n.lower() in ("content-type", "location")]
        return own + [(name, value) for name, value in given if name.lower() not in names]
    return [
        (name, _unwrapped(name, value))
        for name, value in head.headers
        if name.lower() not in _ARCHIVES_OWN and not name.lower().startswith("x-archive-")
    ]


def _unwrapped(name: str, value: str) -> str:
    """A redirect's target as the outlet had it, and not as the archive leads there."""
    memento = timemap.raw(value) if name.lower() == "location" else None
    return memento.original if memento else value


def _head_bytes(status: int, reason: str, fields: list[tuple[str, str]]) -> bytes:
    if not reason and status in tuple(HTTPStatus):
        reason = HTTPStatus(status).phrase
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in fields)]
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
