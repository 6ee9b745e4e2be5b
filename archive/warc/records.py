"""An exchange as WARC/1.1 records; the way back is `rebuild`.

Knows which records keep an exchange and what each says (ISO 28500:2017 section 6). Refuses to know where
they are stored. All of an `Exchange` is in its records, so that everything can be rebuilt from WARC
files alone:

    response or revisit   the final response as on the wire
    request               what was sent
    metadata              what neither says: times, trouble, TLS, interim heads, notes
    resource              the certificate chain, once per file

The first of an exchange's records, its *principal*, is the response or revisit; without an HTTP answer it
is the metadata record. The others name it in WARC-Concurrent-To.
"""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from archive.domain.model import (
    Capture,
    Digest,
    Exchange,
    RecordType,
    Truncated,
    Undone,
    UrlKey,
)
from archive.domain.urls import urlkey
from archive.warc import framing, http1
from archive.warc.codings import Decoded
from archive.warc.framing import Record

SAME_PAYLOAD: Final = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED: Final = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

CONFORMS_TO: Final = "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
CHAIN_URN: Final = "urn:tls-chain:"
JOURNAL_URN: Final = "urn:stet:journal"

UNDONE: Final = "Stet-Undone"
"""An extension field (WARC/1.1 section 5.1); see `archive.domain.model.Undone`."""

HTTP_RESPONSE: Final = "application/http; msgtype=response"
HTTP_REQUEST: Final = "application/http; msgtype=request"
WARC_FIELDS: Final = "application/warc-fields"
JSON_LINES: Final = "application/jsonl"
PEM_CHAIN: Final = "application/pem-certificate-chain"  # RFC 8555 section 9.1

DECODE_LIMIT: Final = 64 * 1024 * 1024
"""Decoded bytes of one body. The largest of 267 real news pages has 1.5 MB; Scrapy's own limit is 1 GiB,
which a small server does not have."""

_VERSION = re.compile(rb"HTTP/[0-9.]+")

NewId = Callable[[], str]
"""Gives a fresh record id, a URI without angle brackets."""


def fresh_id() -> str:
    """A random record id: `urn:uuid:…`, version 4."""
    return uuid.uuid4().urn


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An exchange and what its bytes say; made once, for the writer and for extraction.

    Without an HTTP answer `message`, `body` and `digest` are None and `status` is 0. `digest` is over
    the de-chunked, still content-encoded body. `truncated` is the exchange's own, or `unspecified`
    where the response ends before the end that it announced.
    """

    exchange: Exchange
    url: str  #: the exchange's URL as WARC-Target-URI holds it
    urlkey: UrlKey
    timestamp: datetime  #: WARC-Date, to the millisecond
    message: http1.Message | None = None
    body: Decoded | None = None
    status: int = 0
    mime: str = ""
    digest: Digest | None = None
    truncated: Truncated | None = None


def prepare(exchange: Exchange, *, limit: int = DECODE_LIMIT) -> Prepared:
    """Read the answer of `exchange`; its decoded body is cut at `limit` bytes.

    Raises `archive.domain.urls.InvalidUrl` for a URL that is no http(s) URL.
    """
    url = framing.target_uri(exchange.url)
    key, moment = urlkey(url), framing.read_date(framing.date(exchange.began))
    message = http1.parse(exchange.response, undone=exchange.undone)
    if not message.head.status:
        return Prepared(exchange=exchange, url=url, urlkey=key, timestamp=moment, truncated=exchange.truncated)
    return Prepared(
        exchange=exchange,
        url=url,
        urlkey=key,
        timestamp=moment,
        message=message,
        body=http1.body_of(message, limit=limit),
        status=message.head.status,
        mime=http1.mime(message.head),
        digest=framing.digest(message.entity),
        truncated=exchange.truncated or (None if message.complete else Truncated.UNSPECIFIED),
    )


# Records of an exchange ----------------------------------------------------------------------------


def exchange_records(
    prepared: Prepared,
    *,
    warcinfo_id: str,
    same: Capture | None = None,
    unchanged: Capture | None = None,
    new_id: NewId = fresh_id,
) -> tuple[Record, ...]:
    """The records of one exchange, principal first, without the certificate chain.

    `same` is an earlier capture with the same payload, `unchanged` the one that a 304 stands for. A
    revisit is written only where it says no less than the response would; else it is the response.
    """
    common = _Common(prepared, warcinfo_id, new_id)
    answer, facts = _answer(common, same, unchanged)
    fields = framing.dump_fields(_facts(prepared) + facts)
    if answer is None:
        answer = metadata = common.record("metadata", fields, WARC_FIELDS)
        others = []
    else:
        metadata = common.record("metadata", fields, WARC_FIELDS, _concurrent(answer))
        others = [metadata]
    if prepared.exchange.request:
        others.insert(0, common.record("request", prepared.exchange.request, HTTP_REQUEST, _concurrent(answer)))
    return (answer, *others)


Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Common:
    """What all records of an exchange share."""

    prepared: Prepared
    warcinfo_id: str
    new_id: NewId

    def record(self, kind: str, block: bytes, content_type: str, fields: Iterable[tuple[str, str]] = ()) -> Record:
        """A record of `kind`: the shared fields, then `fields`, then what describes the block."""
        shared = [("WARC-Target-URI", self.prepared.url), *_connection(self.prepared), *fields]
        return make(
            kind,
            block,
            content_type,
            [("WARC-Warcinfo-ID", f"<{self.warcinfo_id}>"), *shared],
            moment=self.prepared.timestamp,
            new_id=self.new_id,
        )


def make(
    kind: str,
    block: bytes,
    content_type: str,
    fields: Iterable[tuple[str, str]],
    *,
    moment: datetime,
    new_id: NewId = fresh_id,
) -> Record:
    """A record of any kind, with the fields that each must have; no Content-Type where it is empty."""
    return Record(
        (
            ("WARC-Type", kind),
            ("WARC-Record-ID", f"<{new_id()}>"),
            ("WARC-Date", framing.date(moment)),
            *fields,
            ("WARC-Block-Digest", framing.digest(block)),
            *([("Content-Type", content_type)] if content_type else []),
            ("Content-Length", str(len(block))),
        ),
        block,
    )


def _concurrent(principal: Record) -> Fields:
    return [("WARC-Concurrent-To", f"<{principal.id}>")]


def _connection(prepared: Prepared) -> Fields:
    """Peer, protocols and cipher. One WARC-Protocol for each protocol (warc-specifications issue 42)."""
    exchange = prepared.exchange
    fields: Fields = [("WARC-IP-Address", exchange.ip)] if exchange.ip else []
    version = _VERSION.search(prepared.message.head_bytes if prepared.message else exchange.request)
    if version:
        fields.append(("WARC-Protocol", version[0].decode("ascii").lower()))
    if exchange.tls:
        fields.append(("WARC-Protocol", exchange.tls.protocol))
        fields.append(("WARC-Cipher-Suite", exchange.tls.cipher))
    return fields


def _answer(common: _Common, same: Capture | None, unchanged: Capture | None) -> tuple[Record | None, Fields]:
    """The response or revisit record, and what the metadata record must say for its sake."""
    prepared = common.prepared
    message = prepared.message
    if message is None:
        response = prepared.exchange.response
        return None, [("response", _base64(response))] if response else []
    if unchanged and prepared.status == 304:
        fields = [*_refers_to(unchanged, NOT_MODIFIED), ("WARC-Payload-Digest", unchanged.digest)]
        # Its block stays empty: replay tools would serve the 304's head as the whole answer.
        facts = [("response", _base64(prepared.exchange.response)), ("payloadMime", unchanged.mime)]
        return common.record("revisit", b"", "", fields), facts
    payload_digest = ("WARC-Payload-Digest", str(prepared.digest))
    if same and _is_same(prepared, message, same):
        fields = [
            *_refers_to(same, SAME_PAYLOAD),
            ("WARC-Truncated", "length"),
            payload_digest,
            *_undone(prepared),
        ]
        record = common.record("revisit", message.head_bytes, HTTP_RESPONSE, fields)
        return record, _wire_framing(message)
    truncated = [("WARC-Truncated", prepared.truncated)] if prepared.truncated else []
    fields = [*truncated, payload_digest, *_undone(prepared)]
    return common.record("response", prepared.exchange.response, HTTP_RESPONSE, fields), []


def _undone(prepared: Prepared) -> Fields:
    """In the record itself, because nobody who reads the payload looks at another; others are to ignore it."""
    undone = prepared.exchange.undone
    return [(UNDONE, ", ".join(undone))] if undone else []


def undone_in(record: Record) -> tuple[Undone, ...]:
    """What the recorder of an imported response or revisit took off its body."""
    return read_undone(record.get(UNDONE))


def read_undone(text: str) -> tuple[Undone, ...]:
    """The same in a field or fact: words with commas between them."""
    said = [each.strip() for each in text.split(",")]
    return tuple(each for each in Undone if each in said)


def message_of(record: Record) -> http1.Message:
    """The answer in a response or revisit record, taken apart."""
    return http1.parse(record.block, undone=undone_in(record))


def _is_same(prepared: Prepared, message: http1.Message, same: Capture) -> bool:
    """Whether a revisit of `same` keeps everything: equal, whole, and cheaper than the body itself."""
    whole = prepared.truncated is None and same.truncated is None
    cheap = sum(len(value) for _, value in _wire_framing(message)) < len(message.entity) // 4
    return whole and cheap and prepared.digest == same.digest


def _refers_to(capture: Capture, profile: str) -> Fields:
    """Point at the capture that holds the payload, also when `capture` is a revisit of it itself."""
    fields = [("WARC-Profile", profile)]
    if capture.record_type is RecordType.REVISIT and capture.refers_to_url and capture.refers_to_timestamp:
        url, moment = capture.refers_to_url, capture.refers_to_timestamp
    else:
        url, moment = capture.url, capture.timestamp
        fields.append(("WARC-Refers-To", f"<{capture.record_id}>"))
    return [
        *fields,
        ("WARC-Refers-To-Target-URI", framing.target_uri(url)),
        ("WARC-Refers-To-Date", framing.date(moment)),
    ]


def _facts(prepared: Prepared) -> Fields:
    """What the metadata record says of every exchange. Times in milliseconds."""
    exchange = prepared.exchange
    said: list[tuple[str, object]] = [
        ("fetchBegan", exchange.began.isoformat()),
        ("fetchTimeMs", exchange.elapsed_ms),
        ("ttfbMs", exchange.ttfb_ms),
        ("url", exchange.url if exchange.url != prepared.url else None),
        ("request", framing.digest(exchange.request) if exchange.request else None),
        ("trouble", exchange.trouble),
        ("troubleDetail", exchange.trouble_detail or None),
        ("truncated", exchange.truncated),
        ("undone", ", ".join(exchange.undone) or None),
        ("reusedConnection", "yes" if exchange.reused else None),
        ("interim", _base64(exchange.interim) if exchange.interim else None),
    ]
    if exchange.tls:
        chain = exchange.tls.chain
        said += [
            ("tlsProtocol", exchange.tls.protocol),
            ("tlsCipher", exchange.tls.cipher),
            ("tlsVerified", "yes" if exchange.tls.verified else "no"),
            ("tlsAlpn", exchange.tls.alpn or None),
            ("tlsCertificate", framing.digest(chain[0]) if chain else None),
            ("tlsChain", chain_digest(chain) if chain else None),
        ]
    if prepared.body and prepared.body.complete:
        said.append(("decodedBody", framing.digest(prepared.body.body)))
    if prepared.body and prepared.body.problem:
        said.append(("decodingProblem", prepared.body.problem))
    facts = [(name, str(value)) for name, value in said if value is not None]
    return facts + [(f"note.{name}", value) for name, value in exchange.notes]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _wire_framing(message: http1.Message) -> Fields:
    """What a revisit's body had on the wire besides the payload, so that the bytes can be put together again.

    `literal:size,literal:size,…,literal`: base64 of what stood before each piece of payload, the size
    of that piece, and what stood after the last.
    """
    if message.body_bytes == message.entity:
        return []
    parts, position = [], 0
    for begin, end in message.spans:
        parts.append(f"{_base64(message.body_bytes[position:begin])}:{end - begin}")
        position = end
    return [("wireFraming", ",".join([*parts, _base64(message.body_bytes[position:])]))]


# Other records -------------------------------------------------------------------------------------


def warcinfo(info: Mapping[str, str], *, filename: str, moment: datetime, new_id: NewId = fresh_id) -> Record:
    """The first record of a file: which software wrote it, for whom, how configured."""
    fields = {"format": "WARC File Format 1.1", "conformsTo": CONFORMS_TO, **info}
    block = framing.dump_fields(fields.items())
    return make("warcinfo", block, WARC_FIELDS, [("WARC-Filename", filename)], moment=moment, new_id=new_id)


def conversion(
    capture: Capture,
    text: str,
    *,
    extractor: str,
    warcinfo_id: str,
    moment: datetime,
    new_id: NewId = fresh_id,
) -> Record:
    """The text that `extractor` found in `capture`, written down at `moment`."""
    fields = [
        ("WARC-Warcinfo-ID", f"<{warcinfo_id}>"),
        ("WARC-Target-URI", capture.url),
        ("WARC-Refers-To", f"<{capture.record_id}>"),
        ("Stet-Extractor", extractor),  # unknown named fields are to be ignored (section 5.1)
    ]
    block = text.encode("utf-8", "surrogatepass")
    return make("conversion", block, "text/plain; charset=utf-8", fields, moment=moment, new_id=new_id)


def journal(
    entries: Sequence[Mapping[str, object]], *, warcinfo_id: str, moment: datetime, new_id: NewId = fresh_id
) -> Record:
    """What no exchange says, such as which outlets are watched: one JSON object a line, oldest first."""
    fields = [("WARC-Warcinfo-ID", f"<{warcinfo_id}>"), ("WARC-Target-URI", JOURNAL_URN)]
    block = "".join(f"{json.dumps(entry)}\n" for entry in entries).encode("ascii")
    return make("resource", block, JSON_LINES, fields, moment=moment, new_id=new_id)


def chain_digest(chain: Sequence[bytes]) -> Digest:
    """What a certificate chain is known by: the digest of its PEM form."""
    return framing.digest(_pem(chain))


def chain_record(prepared: Prepared, *, warcinfo_id: str, new_id: NewId = fresh_id) -> Record:
    """The exchange's certificate chain as a `resource` record, leaf first."""
    chain = prepared.exchange.tls.chain if prepared.exchange.tls else ()
    uri = f"{CHAIN_URN}{chain_digest(chain)}"
    fields = [("WARC-Warcinfo-ID", f"<{warcinfo_id}>"), ("WARC-Target-URI", uri)]
    return make("resource", _pem(chain), PEM_CHAIN, fields, moment=prepared.timestamp, new_id=new_id)


def _pem(chain: Sequence[bytes]) -> bytes:
    """RFC 7468 section 2: 64 characters a line."""
    lines: list[bytes] = []
    for certificate in chain:
        body = base64.b64encode(certificate)
        wrapped = [body[i : i + 64] for i in range(0, len(body), 64)]
        lines += [b"-----BEGIN CERTIFICATE-----", *wrapped, b"-----END CERTIFICATE-----"]
    return b"\n".join([*lines, b""])
