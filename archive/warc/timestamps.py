"""RFC 3161 timestamps: others witness when a tree head existed. The door of rfc3161-client.

Knows how a query is asked, how the answer is judged, and how tokens are kept raw. Refuses to know how an
authority's address is found safe to connect to.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import rfc3161_client as tsp
from cryptography import x509

from archive.errors import EnvironmentFailed, Misuse, StetError
from archive.reaching import Resolve, goal_of, http_connection
from archive.warc.files import bytes_of, failed, write_new
from archive.warc.heads import SignedHead, digest, text

TOKEN: Final = re.compile(r"[0-9]{12}-([0-9a-f]{16})-([a-z0-9-]+)\.tsr")
"""The name of a kept token: the head's size, the beginning of its digest, the authority's name."""

PATIENCE: Final = 30.0
"""Seconds for an authority to answer; one that is slower is asked again with the next round."""

LARGEST_ANSWER: Final = 1 << 20
"""Bytes. Tokens with a whole chain of certificates have some 2 to 10 kB."""

Transport = Callable[[str, bytes], bytes]
"""`(url, query)` → the answer's body. Raises `StetError` where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Who witnesses, and the certificates that one must trust to believe it."""

    name: str  #: short, `[a-z0-9-]+`: it becomes part of file names
    url: str
    roots: tuple[x509.Certificate, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What a token that was found good says: these bytes were there at this time."""

    signer: str  #: the subject of the certificate that signed, as RFC 4514 writes it
    time: datetime  #: by the authority's clock
    accuracy: timedelta | None  #: how far its clock may be off; None: not said
    policy: str  #: the object identifier of the rules that it works by
    serial: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """What came of asking authorities about one head, by their names."""

    stamps: Mapping[str, Stamp]
    failures: Mapping[str, str]  #: why not, in one line; they are asked again when asked for the next time


def authority(name: str, url: str, pem: bytes) -> Authority:
    """An authority with the roots in `pem`, one or more certificates. Raises `Misuse`."""
    if not re.fullmatch("[a-z0-9][a-z0-9-]*", name):
        raise Misuse(f"timestamp authority {name!r}: give it a short name of a-z, 0-9 and '-'")
    try:
        return Authority(name=name, url=url, roots=tuple(x509.load_pem_x509_certificates(pem)))
    except ValueError:
        raise Misuse(f"timestamp authority {name}: its roots are no certificates in PEM; get them anew") from None


def request(signed: SignedHead) -> bytes:
    """A query over `text(signed)` with SHA-256, a fresh nonce, and the wish for the certificate."""
    return _query(signed).as_bytes()


def _query(signed: SignedHead) -> tsp.TimeStampRequest:
    builder = tsp.TimestampRequestBuilder(data=text(signed), hash_algorithm=tsp.HashAlgorithm.SHA256)
    return builder.build()


def check(token: bytes, signed: SignedHead, roots: Sequence[x509.Certificate]) -> Stamp:
    """What a raw RFC 3161 answer says of `signed`, when everything about it is right. Raises `Misuse`.

    The certificates are judged as of the time that the token states, so that it outlives them. Whether one
    was revoked is not asked: that needs the network and the authority's good will years later.
    """
    response = _response(token)
    if not roots:
        raise Misuse("no root certificate is given to judge the timestamp by; name the authority's")
    try:
        builder = tsp.VerifierBuilder(roots=list(roots))
        builder.build().verify_message(response, text(signed))
    except (tsp.VerificationError, ValueError) as error:
        raise Misuse(f"the timestamp does not hold: {_why(error)}") from error
    return _stamp(response)


def _response(token: bytes) -> tsp.TimeStampResponse:
    try:
        response = tsp.decode_timestamp_response(_with_certificates_in_order(token))
        granted = response.status == tsp.PKIStatus.GRANTED
    except ValueError as error:
        raise Misuse(f"the timestamp cannot be read as RFC 3161: {_one_line(error)}") from error
    if not granted:
        words = "; ".join(response.status_string) or "no reason given"
        raise Misuse(f"the authority did not grant the timestamp: {words}")
    return response


def _stamp(response: tsp.TimeStampResponse) -> Stamp:
    info = response.tst_info
    (signer,) = response.signed_data.signer_infos
    subjects = [
        certificate.subject.rfc4514_string()
        for certificate in map(x509.load_der_x509_certificate, response.signed_data.certificates)
        if (certificate.issuer, certificate.serial_number) == (signer.issuer, signer.serial_number)
    ]
    accuracy: tsp.Accuracy | None = info.accuracy
    return Stamp(
        signer=subjects[0],
        time=info.gen_time,
        accuracy=None if accuracy is None else _duration(accuracy),
        policy=info.policy.dotted_string,
        serial=info.serial_number,
    )


def _duration(accuracy: tsp.Accuracy) -> timedelta:
    return timedelta(
        seconds=accuracy.seconds or 0, milliseconds=accuracy.millis or 0, microseconds=accuracy.micros or 0
    )


def _with_certificates_in_order(token: bytes) -> bytes:
    """`token` with its certificates sorted, for reading only; what is kept stays as it came.

    DER wants a SET OF sorted (X.690 section 11.6). OpenSSL's authority, and whoever uses it, does not sort the
    certificates, and the library refuses such an answer. They are not under the signature (RFC 5652
    section 5.4), and sorting changes no length, so nothing else moves.
    """
    try:
        _, content = _parts(token, *_parts(token, 0, len(token))[0][1:])  # PKIStatusInfo, ContentInfo
        _, explicit = _parts(token, *content[1:])  # OID, [0]
        (signed_data,) = _parts(token, *explicit[1:])
        found = [part for part in _parts(token, *signed_data[1:]) if token[part[0]] == 0xA0]  # certificates
        (certificates,) = found
        ordered = sorted(token[start:end] for start, _, end in _parts(token, *certificates[1:]))
    except (ValueError, IndexError):
        return token  # not of that shape; the library will say what is wrong
    return token[: certificates[1]] + b"".join(ordered) + token[certificates[2] :]


def _parts(data: bytes, start: int, end: int) -> list[tuple[int, int, int]]:
    """The DER elements between two offsets: where each begins, its content begins, and it ends."""
    parts = []
    while start < end:
        length, body = data[start + 1], start + 2
        if length & 0x80:
            body += length & 0x7F
            length = int.from_bytes(data[start + 2 : body])
        if body + length > end:
            raise ValueError("an element is longer than what holds it")
        parts.append((start, body, body + length))
        start = body + length
    return parts


def _why(error: Exception) -> str:
    """The reason in words; openssl's stand in the middle of its own stack of errors."""
    words = re.findall(r'(?:reason|data): "(?:Verify error: ?)?([^"]+)"', str(error))
    return ": ".join(words) or _one_line(error)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def witness(signed: SignedHead, authorities: Iterable[Authority], transport: Transport, folder: Path) -> Witnessed:
    """Have every authority that did not yet do so timestamp `signed`; keep the raw answers in `folder`.

    One that is down or answers nonsense keeps nobody else from answering: call it again later.
    """
    stamps: dict[str, Stamp] = {}
    failures: dict[str, str] = {}
    for one in authorities:
        path = folder / _token_name(signed, one.name)
        try:
            if path.exists():
                stamps[one.name] = check(bytes_of(path), signed, one.roots)
            else:
                token, stamps[one.name] = _ask(signed, one, transport)
                _keep(_text_path(signed, folder), text(signed))
                _keep(path, token)
        except StetError as error:
            stamps.pop(one.name, None)
            failures[one.name] = str(error)
    return Witnessed(stamps=stamps, failures=failures)


def _ask(signed: SignedHead, one: Authority, transport: Transport) -> tuple[bytes, Stamp]:
    query = _query(signed)
    token = transport(one.url, query.as_bytes())
    stamp = check(token, signed, one.roots)
    if _response(token).tst_info.nonce != query.nonce:
        raise Misuse("the timestamp answers another query (its nonce differs); ask again")
    return token, stamp


def tokens_on(signed: SignedHead, folder: Path) -> dict[str, Path]:
    """The raw tokens in `folder` on one head, by the authority's name; not judged."""
    found = folder.glob(f"{_token_name(signed, '*')}")
    return {name[2]: path for path in sorted(found) if (name := TOKEN.fullmatch(path.name))}


def witnessed(heads: Iterable[SignedHead], folder: Path, *, by: str = "") -> Iterator[SignedHead]:
    """Those of `heads` on which there is a token in `folder`, of any authority or of the one named."""
    names = filter(None, (TOKEN.fullmatch(path.name) for path in folder.glob("*.tsr")))
    there = {name[1] for name in names if by in ("", name[2])}
    return (signed for signed in heads if _short(signed) in there)


def _token_name(signed: SignedHead, name: str) -> str:
    return f"{signed.head.size:012}-{_short(signed)}-{name}.tsr"


def _short(signed: SignedHead) -> str:
    return digest(signed).removeprefix("sha256:")[:16]


def _text_path(signed: SignedHead, folder: Path) -> Path:
    """Where the lines lie that the tokens are over, so that openssl checks them without us."""
    return folder / f"{signed.head.size:012}-{_short(signed)}.txt"


def _keep(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            write_new(path, data, 0o644)
    except OSError as error:
        raise failed(path, "cannot be kept", error) from error


def over_http(
    resolve: Resolve,
    *,
    trust: ssl.SSLContext | None = None,
    patience: float = PATIENCE,
) -> Transport:
    """A transport for http and https URLs, without proxies and without following redirects.

    `resolve` is the address guard: from host and port it makes the address and port to connect to, or raises
    `StetError` where none may be reached. `trust` says which servers are believed; default: the system's.
    """

    def post(url: str, query: bytes) -> bytes:
        goal = goal_of(url)
        if goal is None:
            raise Misuse(f"{url}: is no http or https address of a timestamp authority; correct it")
        deadline = time.monotonic() + patience
        try:
            with http_connection(goal, resolve, trust=trust, patience=patience) as connection:
                connection.request("POST", goal.target, query, {"Content-Type": "application/timestamp-query"})
                return _answer(connection, url, deadline)
        except (OSError, http.client.HTTPException) as error:
            raise EnvironmentFailed(f"{url}: no timestamp: {_one_line(error) or type(error).__name__}") from error

    return post


def _answer(connection: http.client.HTTPConnection, url: str, deadline: float) -> bytes:
    with connection.getresponse() as response:
        if response.status != 200:
            raise EnvironmentFailed(f"{url}: no timestamp: the authority answered {response.status}")
        body = response.read(LARGEST_ANSWER + 1)
    # What is cut at the deadline may look whole.
    if len(body) > LARGEST_ANSWER or time.monotonic() > deadline:
        raise EnvironmentFailed(f"{url}: no timestamp: the answer is too long or too slow")
    return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What came of looking at the tokens that were kept."""

    stamps: tuple[tuple[int, str, Stamp], ...]  #: the head's line, the authority's name, what it says
    unjudged: tuple[str, ...]  #: tokens of authorities whose roots were not given
    refused: tuple[tuple[str, str], ...]  #: a token's file and why it does not count


def check_tokens(
    heads: Sequence[SignedHead], folder: Path | None, roots: Mapping[str, Sequence[x509.Certificate]]
) -> Judged:
    """Judge the tokens in `folder` on the heads of a chain, as far as there are roots to judge them by."""
    numbers = {_short(signed): number for number, signed in enumerate(heads, 1)}
    stamps: list[tuple[int, str, Stamp]] = []
    unjudged: list[str] = []
    refused: list[tuple[str, str]] = []
    for path in sorted(folder.glob("*.tsr")) if folder is not None else ():
        name = TOKEN.fullmatch(path.name)
        if name is None or name[1] not in numbers:
            refused.append((path.name, "the timestamp belongs to no head; a head was removed or changed"))
            continue
        number = numbers[name[1]]
        if name[2] not in roots:
            unjudged.append(path.name)
            continue
        try:
            stamps.append((number, name[2], check(bytes_of(path), heads[number - 1], roots[name[2]])))
        except StetError as error:
            refused.append((path.name, str(error)))
    return Judged(stamps=tuple(stamps), unjudged=tuple(unjudged), refused=tuple(refused))
