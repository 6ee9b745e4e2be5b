"""What is known of each fetch that a finding rests on, read from its records: as data and as text.

Everything but the sighting (what the fetch was taken to say of the article) stands in the records themselves, so
whoever doubts a line can look it up there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cryptography import x509

from archive import memento
from archive.db import record
from archive.db.articles import Article
from archive.db.engine import Connection
from archive.db.record import FetchRow
from archive.db.selecting import Held
from archive.domain.model import Exchange, Location, RecordType, Tls
from archive.domain.times import iso
from archive.errors import EnvironmentFailed
from archive.home import SETTINGS_FILE, Home
from archive.warc import framing, http1
from archive.warc.files import bytes_of
from archive.warc.reader import exchange_at, exchange_members, members_of


def software(home: Home, warcs: Iterable[str]) -> dict[str, Any]:
    """Who kept the records, with what: the warcinfo record of each file, and the settings as they now are."""
    files = {}
    for warc in warcs:
        first = next(members_of(home.warcs, warc), None)
        if first is not None and first.record.type == "warcinfo":
            files[warc] = dict(framing.parse_fields(first.record.block))
    settings = hashlib.sha256(bytes_of(home.root / SETTINGS_FILE)).hexdigest()
    return {"settings": {"file": SETTINGS_FILE, "sha256": settings, "as_of": "export"}, "warc_files": files}


def entries(
    home: Home,
    connection: Connection,
    article: Article,
    held: Sequence[Held],
    roles: Mapping[int, str],
    *,
    extractor: str | None = None,
) -> list[dict[str, Any]]:
    """The log, oldest first; `roles` say what each fetch is to the finding.

    Versions are numbered as `extractor` tells them apart, by default today's.
    """
    log = {row.id: row for row in record.fetches_by_id(connection, [one.id for one in held])}
    shown = memento.shown(connection, article, extractor=extractor)
    wording = {(c.location.warc, c.location.offset): v.number for c, v in shown}
    lookup = lambda url, at: record.response_at(connection, url, at)  # noqa: E731
    found = []
    for one in held:
        exchange = exchange_at(home.warcs, one.location, lookup=lookup)
        document = {
            "fetch": one.id,
            "role": roles[one.id],
            **_outcome(log.get(one.id), exchange),
            **_connection(exchange),
            **_records(home, one.location),
            "imported": _source(exchange),
            "shows_version": wording.get((one.location.warc, one.location.offset)),
            "redirected_from_fetch": one.hop_of,
        }
        found.append(document)
    return found


def _source(exchange: Exchange) -> dict[str, str] | None:
    """Where an exchange came from that was not ours; nobody may swear to the fetch of another."""
    notes = dict(exchange.notes)
    if "source" not in notes:
        return None
    names = {"source": "from", "sourceDigest": "digest", "sourceRecord": "record", "sourceSoftware": "software"}
    return {key: notes[name] for name, key in names.items() if name in notes}


def _outcome(row: FetchRow | None, exchange: Exchange) -> dict[str, Any]:
    head = http1.parse(exchange.response).head if exchange.response else None
    document: dict[str, Any] = {
        "url": exchange.url,
        "began": iso(exchange.began),
        "elapsed_ms": exchange.elapsed_ms,
        "status": head.status if head and head.status else None,
        "location": head.get("location") or None if head else None,
        "trouble": exchange.trouble.value if exchange.trouble else None,
        "trouble_detail": exchange.trouble_detail or None,
        "truncated": exchange.truncated.value if exchange.truncated else None,
        "vantage": dict(exchange.notes).get("vantage"),
    }
    if row is not None and row.presence:
        document["sighting"] = {"presence": row.presence, "kind": row.sighting, "why": row.why}
    return document


def _connection(exchange: Exchange) -> dict[str, Any]:
    request = exchange.request.partition(b"\r\n")[0].decode("latin-1")
    return {"ip": exchange.ip, "request": request or None, "tls": _tls(exchange.tls) if exchange.tls else None}


def _tls(tls: Tls) -> dict[str, Any]:
    document: dict[str, Any] = {
        "protocol": tls.protocol,
        "cipher": tls.cipher,
        "verified": tls.verified,
        "alpn": tls.alpn or None,
    }
    if tls.chain:
        document["certificate"] = {
            "sha256": hashlib.sha256(tls.chain[0]).hexdigest(),
            **_certificate(tls.chain[0]),
        }
        document["chain_sha256"] = [hashlib.sha256(one).hexdigest() for one in tls.chain]
    return document


def _certificate(der: bytes) -> dict[str, Any]:
    try:
        found = x509.load_der_x509_certificate(der)
        return {
            "subject": found.subject.rfc4514_string(),
            "issuer": found.issuer.rfc4514_string(),
            "serial": str(found.serial_number),
            "not_before": iso(found.not_valid_before_utc),
            "not_after": iso(found.not_valid_after_utc),
        }
    except ValueError:  # a broken one is kept too
        return {"subject": "cannot be read"}


def _records(home: Home, place: Location) -> dict[str, Any]:
    members = exchange_members(home.warcs, place)
    if not members:
        raise EnvironmentFailed(f"{place.warc} at byte {place.offset}: no record is there; run: stet verify")
    principal = members[0].record
    document: dict[str, Any] = {
        "warc": place.warc,
        "records": [
            {
                "id": member.record.id,
                "type": member.record.type,
                "sha256": hashlib.sha256(member.raw).hexdigest(),
                "block_digest": member.record.get("WARC-Block-Digest"),
            }
            for member in members
        ],
        "payload_digest": principal.get("WARC-Payload-Digest") or None,
    }
    if principal.type == RecordType.REVISIT:
        document["repeats"] = {
            "url": principal.get("WARC-Refers-To-Target-URI"),
            "date": principal.get("WARC-Refers-To-Date"),
            "profile": principal.get("WARC-Profile"),
        }
    return document


def text(head: Mapping[str, Any], log: Sequence[Mapping[str, Any]]) -> str:
    """The log for people."""
    lines = ["Capture log", "", "Who kept the records, as each WARC file says in its first record:"]
    for name, fields in head["warc_files"].items():
        lines += ["", f"  {name}", *(f"    {key}: {value}" for key, value in fields.items())]
    settings = head["settings"]
    lines += ["", f"Settings at the time of export: {settings['file']}, SHA-256 {settings['sha256']}", ""]
    for entry in log:
        lines += ["-" * 72, *_lines_of(entry), ""]
    return "\n".join(_printable(line) for line in lines)


def _lines_of(said: Mapping[str, Any]) -> list[str]:
    lines = [
        f"Fetch {said['fetch']}: {said['role']}",
        f"  URL        {said['url']}",
        f"  Began      {said['began']}",
    ]
    answer = f"HTTP {said['status']}" if said["status"] else "no whole answer"
    if said["trouble"]:
        answer += f"; {said['trouble'].replace('_', ' ')}: {said['trouble_detail'] or 'no detail'}"
    lines.append(f"  Answer     {answer}, after {said['elapsed_ms']} ms")
    optional = [
        ("Cut", said["truncated"]),
        ("Leads to", said["location"]),
        ("Vantage", said.get("vantage")),
        ("Peer", said["ip"]),
        ("Request", said["request"]),
        ("Version", said["shows_version"]),
    ]
    lines += [f"  {name:<10} {value}" for name, value in optional if value]
    if source := said.get("imported"):
        told = "; ".join(f"{name} {value}" for name, value in source.items())
        lines.append(f"  IMPORTED   not fetched by this archive: {told}")
    if sighting := said.get("sighting"):
        lines.append(f"  Taken as   {sighting['presence']}: {sighting['why']}")
    if tls := said["tls"]:
        verified = "verified" if tls["verified"] else "NOT verified"
        lines.append(f"  TLS        {tls['protocol']}, {tls['cipher']}, certificate {verified}")
        if certificate := tls.get("certificate"):
            lines.append(f"             {certificate['subject']}, SHA-256 {certificate['sha256']}")
    if repeats := said.get("repeats"):
        lines.append(f"  Repeats    {repeats['url']} of {repeats['date']}")
    lines += [f"  Record     {one['type']:<9} {one['id']}" for one in said["records"]]
    return [*lines, f"  In         {said['warc']}"]


def _printable(line: str) -> str:
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
