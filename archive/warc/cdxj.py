"""Index lines as pywb, ReplayWeb.page and cdxj-indexer read them: `urlkey timestamp {json}`.

Timestamps have 17 digits. With 14, a replay tool that looks up a revisit's original by its date, which has
milliseconds in the WARC, may find the capture after it: an edited page is then shown for the time before
the edit. Refuses to know about files and about the database.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Final

from archive.domain.model import Capture, Digest, Location, RecordType, UrlKey
from archive.errors import Misuse

REVISIT_MIME: Final = "warc/revisit"
"""What stands for the media type in the line of a revisit; replay tools know revisits by it."""


def stamp(moment: datetime) -> str:
    """17 digits, UTC, cut to the millisecond: `20260322110600123`."""
    if moment.utcoffset() is None:
        raise ValueError("a timestamp needs an aware time")
    utc = moment.astimezone(UTC)
    return f"{utc.year:04}{utc:%m%d%H%M%S}{utc.microsecond // 1000:03}"


def read_stamp(digits: str) -> datetime:
    """The time in 14 or 17 digits. Raises `Misuse`."""
    try:
        if len(digits) not in (14, 17) or not (digits.isascii() and digits.isdigit()):
            raise ValueError
        whole = datetime.strptime(digits[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise Misuse(f"{digits[:40]!r} is no timestamp: give 14 or 17 digits, as in 20260322110600") from None
    return whole.replace(microsecond=int(digits[14:] or 0) * 1000)


def line(capture: Capture, *, record_digest: str = "") -> str:
    """The index line of `capture`, without a line end.

    `record_digest` is over the gzip member; where a WACZ file's index states it, a replay tool that fetches one
    record can prove that one.
    """
    revisit = capture.record_type is RecordType.REVISIT
    fields = {
        "url": capture.url,
        "mime": REVISIT_MIME if revisit else capture.mime,
        "status": str(capture.status),
        "digest": capture.digest,
        "length": str(capture.location.length),
        "offset": str(capture.location.offset),
        "filename": capture.location.warc,
    }
    # As cdxj-indexer has it: no media type where the answer names none, and no status where the record has
    # no head; the page that is served for a 304 has another status.
    if not fields["mime"]:
        del fields["mime"]
    if revisit and capture.status == 304:
        del fields["status"]
    if record_digest:
        fields["recordDigest"] = record_digest
    return f"{capture.urlkey} {stamp(capture.timestamp)} {json.dumps(fields)}"


def parse_line(text: str) -> Capture:
    """The capture of an index line, as far as a line tells.

    A line says nothing of record id, truncation and what a revisit refers to, and not the media type of a
    revisit's page. Raises `Misuse` for what is no CDXJ line.
    """
    urlkey, _, rest = text.rstrip("\r\n").partition(" ")
    digits, _, block = rest.partition(" ")
    try:
        fields = json.loads(block)
        mime = fields.get("mime", "")
        revisit = mime == REVISIT_MIME
        return Capture(
            url=fields["url"],
            urlkey=UrlKey(urlkey),
            timestamp=read_stamp(digits),
            status=int(fields.get("status", 304 if revisit else 0)),
            mime="" if revisit else mime,
            digest=Digest(fields.get("digest", "")),
            record_type=RecordType.REVISIT if revisit else RecordType.RESPONSE,
            record_id="",
            location=Location(warc=fields["filename"], offset=int(fields["offset"]), length=int(fields["length"])),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Misuse(f"not a CDXJ line: {text[:80]!r}; expected: urlkey timestamp {{json}}") from None


def lines(captures: Iterable[Capture]) -> Iterator[str]:
    """The index lines of captures that come by key and time, sorted as their bytes are; none waits for the rest.

    Two captures of one key in one millisecond come in either order; their lines have one order.
    """
    for _, equals in groupby(captures, key=lambda each: (each.urlkey, each.timestamp)):
        yield from sorted(map(line, equals), key=sort_key)


def sort_key(text: str) -> bytes:
    """Index lines sort by their bytes, as `LC_ALL=C sort` does; readers search them by halving."""
    return text.encode("utf-8", "surrogatepass")
