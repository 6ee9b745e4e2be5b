"""What a recorder took off an answer's body although the head still announces it, told from the bytes.

Many recorders write the head as it came, with `Transfer-Encoding: chunked` or `Content-Encoding: gzip`, and
behind it the body as their HTTP client gave it to them. Knows how to tell that from an answer that is cut
or damaged; where both could be, it is held to be cut, for the text of a cut answer is never compared.
"""

from __future__ import annotations

from archive.domain.model import Undone
from archive.warc import codings, http1
from archive.warc.records import DECODE_LIMIT


def undone_in(response: bytes) -> tuple[Undone, ...]:
    """What is missing around the body of `response`; any bytes go in, nothing is raised."""
    message = http1.parse(response)
    if not message.head.status or not message.body_bytes or message.head.status in http1.BODILESS:
        return ()
    body, chunked = message.body_bytes, http1.is_chunked(message.head)
    found: tuple[Undone, ...] = ()
    if chunked and not message.complete:
        if message.spans != ((0, len(body)),):
            return ()
        found = (Undone.FRAMING,)
    elif chunked:
        body = message.entity
    coding = ", ".join(message.head.get_all("content-encoding"))
    decoded = codings.decode(body, coding, limit=DECODE_LIMIT)
    if coding and decoded.problem and decoded.complete and decoded.body == body:
        # Content-Length is then that of the coded body, and tells nothing.
        return (Undone.CODING,) if chunked and not found else (Undone.FRAMING, Undone.CODING)
    return found
