"""Records back into what they keep: exchanges, captures, certificate chains.

Knows what `records` wrote and nothing of files. The archive's database is made again with these
functions, and the writer uses the same ones, so a capture is the same whichever way it was found.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from archive.domain.model import (
    Capture,
    Digest,
    Exchange,
    HttpHead,
    Location,
    RecordType,
    Tls,
    Trouble,
    Truncated,
)
from archive.domain.urls import urlkey
from archive.errors import EnvironmentFailed
from archive.warc import framing, http1
from archive.warc.framing import Record
from archive.warc.records import CHAIN_URN, JOURNAL_URN, NOT_MODIFIED, read_undone

NOTE: Final = "note."

Payload = Callable[[Record], bytes]
"""Finds the payload that a revisit record refers to: the entity, still content-encoded."""

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----")


def capture_of(records: Sequence[Record], location: Location) -> Capture | None:
    """The capture that the records of one exchange keep, if they keep one; `location` is the principal's."""
    principal = records[0]
    if principal.type not in (RecordType.RESPONSE, RecordType.REVISIT):
        return None
    status, mime = _status_and_mime(principal, records)
    truncated = principal.get("WARC-Truncated") if principal.type == RecordType.RESPONSE else ""
    refers_to_date = principal.get("WARC-Refers-To-Date")
    return Capture(
        url=principal.url,
        urlkey=urlkey(principal.url),
        timestamp=principal.date,
        status=status,
        mime=mime,
        digest=Digest(principal.get("WARC-Payload-Digest")),
        record_type=RecordType(principal.type),
        record_id=principal.id,
        location=location,
        truncated=Truncated(truncated) if truncated else None,
        refers_to_url=principal.get("WARC-Refers-To-Target-URI") or None,
        refers_to_timestamp=framing.read_date(refers_to_date) if refers_to_date else None,
    )


def _status_and_mime(principal: Record, records: Sequence[Record]) -> tuple[int, str]:
    """The answer's own status; for a 304 the media type is that of the page that did not change."""
    if principal.get("WARC-Profile") == NOT_MODIFIED:
        return 304, dict(facts(records)).get("payloadMime", "")
    head = http1.parse(principal.block).head
    return head.status, http1.mime(head)


def facts(records: Sequence[Record]) -> tuple[tuple[str, str], ...]:
    """The fields of the metadata record among `records`; empty where there is none."""
    block = next((record.block for record in records if record.type == "metadata"), b"")
    return framing.parse_fields(block)


def not_modified_head(records: Sequence[Record]) -> HttpHead | None:
    """The head of the 304 behind a server-not-modified revisit, which the metadata record holds."""
    raw = dict(facts(records)).get("response")
    return http1.parse(base64.b64decode(raw)).head if raw else None


def rebuild(
    records: Sequence[Record],
    *,
    chains: Mapping[str, tuple[bytes, ...]] | None = None,
    payload: Payload | None = None,
) -> Exchange:
    """The exchange that `records` keep, field by field and byte for byte.

    `chains` holds the file's certificate chains by digest (`chain_of`); a chain that is missing there and
    among `records` becomes empty. `payload` is needed for a revisit of an identical payload. Raises
    `EnvironmentFailed` where it finds none, for a page without its body would look like an emptied one.
    """
    principal, said = records[0], facts(records)
    fact = dict(said)
    known = {**(chains or {}), **dict(found for record in records if (found := chain_of(record)))}
    return Exchange(
        url=fact.get("url", principal.url),
        began=datetime.fromisoformat(fact["fetchBegan"]) if "fetchBegan" in fact else principal.date,
        request=next((record.block for record in records if record.type == "request"), b""),
        response=_response(principal, fact, payload),
        interim=base64.b64decode(fact.get("interim", "")),
        trouble=Trouble(fact["trouble"]) if "trouble" in fact else None,
        trouble_detail=fact.get("troubleDetail", ""),
        truncated=Truncated(fact["truncated"]) if "truncated" in fact else None,
        ip=principal.get("WARC-IP-Address") or None,
        tls=_tls(fact, known),
        elapsed_ms=int(fact.get("fetchTimeMs", 0)),
        ttfb_ms=int(fact["ttfbMs"]) if "ttfbMs" in fact else None,
        reused=fact.get("reusedConnection") == "yes",
        undone=read_undone(fact.get("undone", "")),
        notes=tuple((name.removeprefix(NOTE), value) for name, value in said if name.startswith(NOTE)),
    )


def _response(principal: Record, fact: Mapping[str, str], payload: Payload | None) -> bytes:
    if "response" in fact:
        return base64.b64decode(fact["response"])
    if principal.type == RecordType.RESPONSE:
        return principal.block
    if principal.type != RecordType.REVISIT:
        return b""
    if payload is None:
        raise EnvironmentFailed(f"{principal.url}: the revisit {principal.id} needs its original; give a lookup")
    entity = payload(principal)
    body = _on_the_wire(fact["wireFraming"], entity) if "wireFraming" in fact else entity
    return principal.block + body


def _on_the_wire(wire_framing: str, entity: bytes) -> bytes:
    """A body with its framing put back around the pieces of its payload."""
    pieces, position = [], 0
    *parts, tail = wire_framing.split(",")
    for part in parts:
        literal, _, size = part.partition(":")
        pieces += [base64.b64decode(literal), entity[position : position + int(size)]]
        position += int(size)
    return b"".join([*pieces, base64.b64decode(tail)])


def _tls(fact: Mapping[str, str], chains: Mapping[str, tuple[bytes, ...]]) -> Tls | None:
    if "tlsProtocol" not in fact:
        return None
    return Tls(
        protocol=fact["tlsProtocol"],
        cipher=fact.get("tlsCipher", ""),
        chain=chains.get(fact.get("tlsChain", ""), ()),
        verified=fact.get("tlsVerified") == "yes",
        alpn=fact.get("tlsAlpn", ""),
    )


def chain_of(record: Record) -> tuple[str, tuple[bytes, ...]] | None:
    """The digest and the DER certificates of a chain record; None for any other record."""
    if record.type != "resource" or not record.url.startswith(CHAIN_URN):
        return None
    certificates = tuple(base64.b64decode(body) for body in _CERTIFICATE.findall(record.block))
    return record.url.removeprefix(CHAIN_URN), certificates


def journal_of(record: Record) -> list[dict[str, Any]] | None:
    """The entries of a journal record, oldest first; None for any other record, and for one that is damaged."""
    if record.type != "resource" or record.url != JOURNAL_URN:
        return None
    try:
        return [json.loads(line) for line in record.block.splitlines()]
    except ValueError:
        return None


def is_part_of(record: Record, principal: Record) -> bool:
    """Whether `record` belongs to the exchange of `principal`."""
    return framing.bare(record.get("WARC-Concurrent-To")) == principal.id


def is_whole(records: Sequence[Record]) -> bool:
    """Whether the records of an exchange are all there; one without its metadata record never is."""
    kinds = {record.type for record in records}
    return "metadata" in kinds and ("request" in kinds or "request" not in dict(facts(records)))
