"""What is kept comes back byte for byte, whatever it was and whatever the disk did."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import threading
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import brotli
import fastwarc.warc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archive.domain.model import Exchange, RecordType, Tls, Trouble, Truncated, Undone
from archive.errors import EnvironmentFailed, Misuse
from archive.warc import cdxj, framing, http1, rebuild, records
from archive.warc.checking import record_faults
from archive.warc.reader import (
    Torn,
    exchange_at,
    group_bytes,
    iter_exchanges,
    iter_members,
    payload,
    read_record,
)
from archive.warc.records import prepare
from archive.warc.writer import WarcWriter

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"
NOON = datetime(2026, 3, 22, 12, 0, 0, 123456, tzinfo=UTC)
URL = "https://www.example.org/2026/03/22/bruecke?id=7"
PAGE = "<!doctype html><title>Brücke</title><p>Die Brücke bleibt gesperrt.".encode() * 30
INFO = {"software": "stet/test", "operator": "mailto:archive@example.org"}


class Clock:
    """A clock that goes on only when told."""

    def __init__(self):
        self.time = NOON

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def writer(tmp_path, clock):
    with WarcWriter(tmp_path / "warcs", info=INFO, now=clock) as writer:
        yield writer


def exchange(response=None, *, after=0, url=URL, **more):
    """A plain exchange that began `after` minutes after noon."""
    response = http(PAGE) if response is None else response
    request = b"GET /2026/03/22/bruecke?id=7 HTTP/1.1\r\nHost: www.example.org\r\n\r\n"
    return Exchange(
        url=url, began=NOON + timedelta(minutes=after), response=response, **{"request": request, **more}
    )


def http(body, *headers, status=b"200 OK"):
    lines = [b"HTTP/1.1 " + status, b"Content-Type: Text/HTML; charset=utf-8", *headers]
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", b""]) + body


def chunked(body, size, *headers):
    lines = [
        b"HTTP/1.1 200 OK",
        b"Content-Type: text/html",
        *headers,
        b"Transfer-Encoding: chunked",
        b"",
        b"",
    ]
    chunks = [body[i : i + size] for i in range(0, len(body), size)] + [b""]
    return b"\r\n".join(lines) + b"".join(b"%x;odd=%d\r\n%b\r\n" % (len(c), i, c) for i, c in enumerate(chunks))


def keep(writer, *exchanges):
    return [writer.write(prepare(each)) for each in exchanges]


def files(folder):
    return sorted(folder.glob("**/*.warc.gz*"))


def everything(folder):
    """All exchanges in a folder, in order; revisits resolved through the captures in it."""
    groups = [group for path in files(folder) for group in iter_exchanges(path)]
    where = {(g.records[0].url, g.records[0].date): g.location for g in groups if g.records[0].type == "response"}

    def entity(revisit):
        location = where[
            revisit.get("WARC-Refers-To-Target-URI"), framing.read_date(revisit.get("WARC-Refers-To-Date"))
        ]
        return payload(folder, location).entity

    return [rebuild.rebuild(group.records, chains=group.chains, payload=entity) for group in groups]


# What an exchange becomes --------------------------------------------------------------------------

TLS = Tls(protocol="tls/1.3", cipher="TLS_AES_256_GCM_SHA384", chain=(b"leaf" * 30, b"root"), alpn="http/1.1")


def test_an_exchange_becomes_the_records_that_every_tool_expects(writer, tmp_path):
    sent = exchange(chunked(gzip.compress(PAGE), 50, b"Content-Encoding: gzip"), tls=TLS, ip="192.0.2.7")
    written = writer.write(prepare(sent))
    writer.seal()
    info, chain, response, request, metadata = (m.record for m in iter_members(files(tmp_path)[0]))

    assert [r.type for r in (info, chain, response, request, metadata)] == [
        *("warcinfo", "resource", "response", "request", "metadata")
    ]
    assert (response.block, request.block) == (sent.response, sent.request)
    assert response.get("WARC-Date") == "2026-03-22T12:00:00.123Z"
    assert response.get_all("WARC-Protocol") == ["http/1.1", "tls/1.3"]
    assert response.get("WARC-Cipher-Suite") == "TLS_AES_256_GCM_SHA384"
    assert response.get("WARC-IP-Address") == "192.0.2.7"
    assert (
        response.get("WARC-Payload-Digest")
        == f"sha256:{hashlib.sha256(http1.parse(sent.response).entity).hexdigest()}"
    )
    assert response.get("Content-Type") == "application/http; msgtype=response"
    assert {r.get("WARC-Concurrent-To") for r in (request, metadata)} == {f"<{response.id}>"}
    assert {r.get("WARC-Warcinfo-ID") for r in (chain, response, request, metadata)} == {f"<{info.id}>"}
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", response.id)
    assert chain.url.startswith("urn:tls-chain:sha256:")
    assert chain.block.count(b"BEGIN CERTIFICATE") == 2
    said = dict(framing.parse_fields(metadata.block))
    assert said["decodedBody"] == f"sha256:{hashlib.sha256(PAGE).hexdigest()}"
    assert said["tlsCertificate"] == f"sha256:{hashlib.sha256(TLS.chain[0]).hexdigest()}"
    assert written.capture is not None
    assert (written.capture.status, written.capture.mime) == (200, "text/html")


def test_the_chain_is_kept_once_per_file(writer, tmp_path):
    keep(writer, exchange(tls=TLS), exchange(after=1, tls=TLS))
    writer.seal()
    keep(writer, exchange(after=2, tls=TLS))
    kinds = [[m.record.type for m in iter_members(path)].count("resource") for path in files(tmp_path)]
    assert kinds == [1, 1]
    assert [each.tls for each in everything(tmp_path / "warcs")] == [TLS] * 3


def test_a_failed_fetch_is_kept_although_nobody_answered(writer, tmp_path):
    failed = exchange(b"", trouble=Trouble.TLS_FAILED, trouble_detail="certificate has expired\r\nWARC-Type: evil")
    unsent = exchange(b"", request=b"", trouble=Trouble.DNS_UNKNOWN, after=1)
    for written in keep(writer, failed, unsent):
        assert written.capture is None
        assert written.locations[0] == ("metadata", written.principal)
    assert everything(tmp_path) == [failed, unsent]


def test_an_answer_that_is_not_http_is_kept_but_is_no_capture(writer, tmp_path):
    """In a response record it would stop readers that look for a status line."""
    sent = exchange(b"SSH-2.0-OpenSSH_9.2\r\n\x00\xff", trouble=Trouble.NOT_HTTP)
    (written,) = keep(writer, sent)
    assert written.capture is None
    assert everything(tmp_path) == [sent]


def test_what_was_cut_is_marked(writer):
    by_us = exchange(http(PAGE)[:-5], truncated=Truncated.LENGTH, trouble=Trouble.TOO_LARGE)
    unnoticed = exchange(http(PAGE)[:-5], after=1)
    first, second = keep(writer, by_us, unnoticed)
    assert first.capture.truncated is Truncated.LENGTH
    assert second.capture.truncated is Truncated.UNSPECIFIED


# Revisits ------------------------------------------------------------------------------------------


def test_the_same_payload_is_kept_once_and_every_byte_can_still_be_had(writer, tmp_path):
    """Head and chunking differ between the fetches, the payload does not."""
    first = exchange(chunked(PAGE, 700, b"Date: Sun, 22 Mar 2026 12:00:00 GMT"))
    again = exchange(chunked(PAGE, 900, b"Date: Sun, 22 Mar 2026 13:00:00 GMT"), after=60)
    (original,) = keep(writer, first)
    revisit = writer.write(prepare(again), same=original.capture)
    record = read_record(tmp_path / "warcs", revisit.principal)

    assert revisit.capture.record_type is RecordType.REVISIT
    assert record.block == http1.parse(again.response).head_bytes
    assert record.get("Content-Type") == "application/http; msgtype=response"
    assert record.get("WARC-Truncated") == "length"
    assert record.get("WARC-Refers-To") == f"<{original.capture.record_id}>"
    assert record.get("WARC-Refers-To-Date") == "2026-03-22T12:00:00.123Z"
    assert revisit.capture.truncated is None
    assert everything(tmp_path / "warcs") == [first, again]


def test_a_304_stands_for_the_page_and_has_no_block_of_its_own(writer, tmp_path):
    """With its head as a block, replay tools show an empty page."""
    folder = tmp_path / "warcs"
    first = exchange()
    unchanged = exchange(b'HTTP/1.1 304 Not Modified\r\nETag: "b"\r\n\r\n', after=60)
    (original,) = keep(writer, first)
    revisit = writer.write(prepare(unchanged), unchanged=original.capture)
    record = read_record(folder, revisit.principal)

    assert (record.block, record.get("Content-Length")) == (b"", "0")
    assert record.get("WARC-Profile").endswith("server-not-modified")
    assert record.get("WARC-Refers-To-Target-URI") == URL
    assert (revisit.capture.status, revisit.capture.mime) == (304, "text/html")
    assert revisit.capture.digest == original.capture.digest
    assert payload(folder, revisit.principal, lookup=lambda *_: original.principal).entity == PAGE
    assert everything(folder) == [first, unchanged]


def test_a_revisit_of_a_revisit_refers_to_the_original(writer):
    (original,) = keep(writer, exchange())
    second = writer.write(prepare(exchange(after=1)), same=original.capture)
    third = writer.write(prepare(exchange(after=2)), same=second.capture)
    assert third.capture.record_type is RecordType.REVISIT
    assert third.capture.refers_to_timestamp == original.capture.timestamp


@pytest.mark.parametrize(
    ("response", "why"),
    [
        (http(PAGE + b"!"), "another payload"),
        (http(PAGE)[:-1] + b"", "cut"),
        (chunked(PAGE, 3), "framing that would take more than it saves"),
        (http(b""), "nothing to save"),
    ],
)
def test_no_revisit_where_it_would_say_less_than_the_response(writer, tmp_path, response, why):
    (original,) = keep(writer, exchange(http(b"") if why == "nothing to save" else None))
    again = exchange(response, after=1)
    assert writer.write(prepare(again), same=original.capture).capture.record_type is RecordType.RESPONSE
    assert everything(tmp_path)[1] == again


def test_a_304_without_an_original_is_kept_as_it_came(writer):
    (written,) = keep(writer, exchange(b"HTTP/1.1 304 Not Modified\r\n\r\n"))
    assert (written.capture.record_type, written.capture.status) == (RecordType.RESPONSE, 304)


def test_a_payload_is_served_only_if_it_is_the_one_meant(writer, tmp_path):
    folder = tmp_path / "warcs"
    original, other = keep(writer, exchange(), exchange(http(b"other"), after=1))
    revisit = writer.write(prepare(exchange(after=2)), same=original.capture)
    assert payload(folder, revisit.principal, lookup=lambda *_: original.principal).entity == PAGE
    with pytest.raises(EnvironmentFailed, match="not the payload"):
        payload(folder, revisit.principal, lookup=lambda *_: other.principal)
    with pytest.raises(EnvironmentFailed, match="not indexed"):
        payload(folder, revisit.principal)
    with pytest.raises(EnvironmentFailed, match="not indexed"):
        exchange_at(folder, revisit.principal)


def test_a_conversion_names_its_extractor_and_its_capture(writer, tmp_path):
    (written,) = keep(writer, exchange())
    location = writer.write_conversion(
        written.capture, "Die Brücke bleibt gesperrt.", extractor="trafilatura/2.3.1"
    )
    record = read_record(tmp_path / "warcs", location)
    assert record.block.decode() == "Die Brücke bleibt gesperrt."
    assert record.get("WARC-Refers-To") == f"<{written.capture.record_id}>"
    assert record.get("Stet-Extractor") == "trafilatura/2.3.1"
    assert not record.get("WARC-Concurrent-To")


# Laws ----------------------------------------------------------------------------------------------

TEXT = st.text(max_size=12)
BODY = st.sampled_from([PAGE, PAGE, PAGE[:50]]) | st.binary(max_size=60)  # often the same, for revisits
HEADER = st.sampled_from(
    [
        b"x-Odd:  padded ",
        b"Fold: a\r\n\tb",
        b"colonless",
        "L: Bücher".encode("latin-1"),
        "U: الجسر".encode(),
        b"Set-Cookie: a",
    ]
)
RESPONSES = st.one_of(
    st.just(b""),
    st.binary(max_size=40),
    st.builds(lambda b, h: http(b, *h), BODY, st.lists(HEADER, max_size=4)),
    st.builds(lambda b, n, h: chunked(b, n, *h), BODY, st.integers(1, 90), st.lists(HEADER, max_size=3)),
    st.builds(lambda b, n: http(b)[:-n], BODY, st.integers(1, 90)),
    st.builds(lambda b: b"HTTP/1.0 200\n" + b"\n" + b, BODY),
    st.just(b"HTTP/1.1 304 Not Modified\r\nEtag: x\r\n\r\n"),
)
CHAINS = st.sampled_from([(), (b"leaf", b"root"), (b"\x00" * 100,)])
EXCHANGES = st.builds(
    Exchange,
    url=st.sampled_from([URL, "http://example.org/ü b?q=<\u2028>\r\nX: y", "https://example.net/%zz"]),
    began=st.integers(0, 10**15).map(lambda us: datetime(1999, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)),
    request=st.just(b"") | st.binary(max_size=40) | st.just(b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"),
    response=RESPONSES,
    interim=st.just(b"") | st.binary(max_size=20),
    trouble=st.none() | st.sampled_from(Trouble),
    trouble_detail=TEXT,
    truncated=st.none() | st.sampled_from(Truncated),
    ip=st.none() | st.ip_addresses().map(str),
    tls=st.none() | st.builds(Tls, protocol=TEXT, cipher=TEXT, chain=CHAINS, verified=st.booleans(), alpn=TEXT),
    elapsed_ms=st.integers(0, 10**9),
    ttfb_ms=st.none() | st.integers(0, 10**9),
    reused=st.booleans(),
    undone=st.sampled_from([(), (Undone.FRAMING,), (Undone.FRAMING, Undone.CODING)]),
    notes=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
)


NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\nEtag: x\r\n\r\n"


@st.composite
def histories(draw):
    """Fetches in which some pages come again: with the same bytes, in other chunks, or as a 304."""
    sent = draw(st.lists(EXCHANGES, min_size=1, max_size=6))
    page = draw(BODY)
    again = st.sampled_from([http(page), chunked(page, 40), chunked(page, 70), NOT_MODIFIED])
    for response in draw(st.lists(again, max_size=6)):
        place = draw(st.integers(0, len(sent)))
        sent.insert(place, replace(draw(EXCHANGES), url=URL, response=response, truncated=None))
    return sent


@given(EXCHANGES)
def test_an_exchange_can_be_rebuilt_from_its_records(sent):
    prepared = prepare(sent)
    made = records.exchange_records(prepared, warcinfo_id=records.fresh_id())
    if sent.tls and sent.tls.chain:
        made += (records.chain_record(prepared, warcinfo_id=records.fresh_id()),)
    assert rebuild.rebuild([framing.expand(framing.compress(record)) for record in made]) == sent


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=histories(), max_bytes=st.sampled_from([1, 3000, 1 << 30]))
def test_any_sequence_comes_back_byte_for_byte(sent, max_bytes, tmp_path_factory):
    """Also over many files, with every repeated payload as a revisit and every 304 as one too."""
    folder = tmp_path_factory.mktemp("warcs")
    latest, places, wanted = {}, {}, []
    with WarcWriter(folder, info=INFO, now=Clock(), max_bytes=max_bytes) as writer:
        for each in sent:
            prepared = prepare(each)
            same = latest.get((prepared.url, prepared.digest))
            unchanged = next((c for (url, _), c in latest.items() if url == prepared.url), None)
            written = writer.write(prepared, same=same, unchanged=unchanged)
            wanted.append((each, written))
            if written.capture and written.capture.record_type == "response" and prepared.status != 304:
                key = (written.capture.url, written.capture.timestamp)
                if key not in places:  # the caller keeps captures of one URL a second apart
                    latest[written.capture.url, written.capture.digest] = written.capture
                    places[key] = written.principal
    groups = [group for path in files(folder) for group in iter_exchanges(path)]
    for (each, written), group in zip(wanted, groups, strict=True):
        assert exchange_at(folder, written.principal, lookup=lambda url, moment: places.get((url, moment))) == each
        assert rebuild.capture_of(group.records, group.location) == written.capture
        for kind, location in written.locations:
            member = (folder / location.warc).read_bytes()[location.offset : location.offset + location.length]
            stream = zlib.decompressobj(31)
            assert framing.parse(stream.decompress(member)).type == kind
            assert (stream.eof, stream.unused_data) == (True, b"")
    assert not [fault for path in files(folder) for m in iter_members(path) for fault in record_faults(m.record)]


@given(st.lists(st.tuples(st.text(max_size=9), st.text(st.characters(), max_size=20)), max_size=5))
def test_fields_come_back_as_they_went_in(fields):
    block = framing.dump_fields(fields)
    assert framing.parse_fields(block) == tuple(fields)
    assert len(block.splitlines()) == len(fields)


@given(st.text(st.characters(), max_size=30), st.text(st.characters(), max_size=30))
def test_no_value_can_add_a_field_to_a_record(url, value):
    record = records.make(
        "metadata", b"", "", [("WARC-Target-URI", framing.target_uri(url)), ("X", value)], moment=NOON
    )
    assert [name for name, _ in framing.parse(framing.serialise(record)).headers] == [
        name for name, _ in record.headers
    ]


# The file ------------------------------------------------------------------------------------------


def test_a_file_is_open_while_it_is_written_and_has_a_plain_name_afterwards(writer, tmp_path):
    (written,) = keep(writer, exchange())
    (path,) = files(tmp_path)
    assert path.name == f"{written.principal.warc}.open"
    assert re.fullmatch(r"stet-20260322120000123-00000-[\w.-]+-\d+\.warc\.gz", written.principal.warc)
    assert read_record(path.parent, written.principal).block == http(PAGE)
    writer.seal()
    assert [path.name for path in files(tmp_path)] == [written.principal.warc]
    assert read_record(path.parent, written.principal).block == http(PAGE)


def test_by_their_names_files_are_in_the_order_in_which_they_were_written_whatever_the_clock_says(tmp_path, clock):
    names = []
    for hours in (0, -1, 0, 2):
        clock.time += timedelta(hours=hours)
        with WarcWriter(tmp_path, info=INFO, now=clock, after=names[-1] if names else "") as writer:
            for n in range(2):
                names.append(keep(writer, exchange(after=n))[0].principal.warc)
                writer.seal()
    assert len(set(names)) == 8
    assert names == sorted(names)
    assert names[-2].startswith("stet-20260322130000123-")  # the clock is right again


def test_files_are_changed_by_size_and_by_age(tmp_path, clock):
    with WarcWriter(tmp_path, info=INFO, now=clock, max_bytes=5000, max_age=timedelta(hours=1)) as writer:
        first, second = keep(writer, exchange(), exchange(after=1))
        assert first.principal.warc == second.principal.warc
        clock.time += timedelta(hours=1)
        (third,) = keep(writer, exchange(http(bytes(range(256)) * 40), after=2))
        assert third.principal.warc != second.principal.warc
        (fourth,) = keep(writer, exchange(after=3))
        while fourth.principal.warc == third.principal.warc:
            (fourth,) = keep(writer, exchange(after=4))
    assert len(files(tmp_path)) == 3
    with pytest.raises(ValueError, match="closed"):
        keep(writer, exchange())


def test_an_idle_writer_makes_no_file(tmp_path, clock):
    WarcWriter(tmp_path, info=INFO, now=clock).close()
    assert files(tmp_path) == []


def test_two_writers_never_share_a_file(tmp_path, clock):
    with WarcWriter(tmp_path, info=INFO, now=clock) as one, WarcWriter(tmp_path, info=INFO, now=clock) as two:
        (a,), (b,) = keep(one, exchange()), keep(two, exchange())
    assert a.principal.warc != b.principal.warc
    assert len(everything(tmp_path)) == 2


@pytest.mark.parametrize(
    "harm", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes() + b"x")]
)
def test_a_file_that_somebody_touched_is_left_alone(writer, tmp_path, harm):
    """Bytes appended behind a torn record are lost to most readers, those in a deleted file to all."""
    keep(writer, exchange())
    harm(files(tmp_path)[0])
    later = exchange(after=1)
    (written,) = keep(writer, later)
    writer.seal()
    assert exchange_at(tmp_path / "warcs", written.principal) == later


def test_threads_share_a_writer(writer, tmp_path):
    sent = [exchange(http(b"%d" % n * 50), after=n, tls=TLS) for n in range(80)]
    threads = [threading.Thread(target=keep, args=(writer, *sent[n::8])) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(everything(tmp_path), key=lambda each: each.began) == sent


FULL_DISK = """
import resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from archive.domain.model import Exchange
from archive.errors import EnvironmentFailed
from archive.warc.records import prepare
from archive.warc.writer import WarcWriter

noon, noise = datetime(2026, 3, 22, 12, tzinfo=UTC), __import__("random").Random(1).randbytes
def limit(size): resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
outcome = []
with WarcWriter(Path(sys.argv[1]), info={}, now=lambda: noon) as writer:
    for limited in map(int, sys.argv[2:]):
        limit(limited)
        response = b"HTTP/1.1 200 OK\\r\\n\\r\\n" + noise(3000)
        sent = Exchange(url="http://example.org/", began=noon, response=response)
        try:
            writer.write(prepare(sent))
            outcome.append("kept")
        except EnvironmentFailed as error:
            outcome.append("refused")
            assert "\\n" not in str(error) and "warc.gz" in str(error), error
print(*outcome)
"""


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        ([9000, 9000, 9000, 90_000], "kept kept refused kept"),  # the third write is cut short by the kernel
        ([500, 500, 90_000], "refused refused kept"),  # not even the first fits: no empty file stays
        ([90_000, 100, 90_000], "kept refused kept"),  # nothing at all can be written
    ],
)
def test_a_full_disk_leaves_whole_records_only(tmp_path, limits, outcome):
    """The kernel itself cuts the writes, by a limit on the file's size."""
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path), *map(str, limits)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.stdout.strip(), done.stderr) == (outcome, "")
    found = [member.record.type for path in files(tmp_path) for member in iter_members(path)]
    assert found.count("response") == outcome.count("kept")
    assert all(path.name.endswith(".warc.gz") for path in files(tmp_path))
    assert found.count("warcinfo") == len(files(tmp_path))


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path, clock):
    (tmp_path / "warcs").write_text("a file, not a folder")
    writer = WarcWriter(tmp_path / "warcs", info=INFO, now=clock)
    with pytest.raises(EnvironmentFailed, match="cannot take a new WARC file"):
        keep(writer, exchange())


# The reader ----------------------------------------------------------------------------------------


def test_the_scanner_stops_where_the_good_records_end(writer, tmp_path):
    keep(writer, exchange(), exchange(after=1))
    writer.seal()
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    last = list(iter_members(path))[-1]
    for cut in (1, 5, 12, last.length - 1):
        path.write_bytes(whole[: last.offset + cut])
        with pytest.raises(Torn) as torn:
            list(iter_members(path))
        assert torn.value.offset == last.offset
    path.write_bytes(whole + bytes(4096))
    with pytest.raises(Torn, match="00 00 00 00"):
        list(iter_members(path))


@pytest.mark.parametrize(
    "sent",
    [exchange(tls=TLS), exchange(b"", trouble=Trouble.TIMED_OUT), exchange(b"", request=b"")],
    ids=["answered", "sent in vain", "not sent"],
)
def test_what_is_whole_is_read_although_the_next_exchange_is_half_written(writer, tmp_path, sent):
    """A reader may come while the writer writes, and a crash may come as well."""
    folder = tmp_path / "warcs"
    (written,) = keep(writer, sent)
    path = files(tmp_path)[0]
    path.write_bytes(path.read_bytes() + framing.compress(records.make("x", PAGE, "", [], moment=NOON))[:200])
    assert exchange_at(folder, written.principal) == sent
    alone = tmp_path / "alone.warc.gz"
    alone.write_bytes(group_bytes(folder, written.principal))
    assert [m.record.type for m in iter_members(alone)] == [k for k, _ in written.locations if k != "resource"]
    groups = iter_exchanges(path)
    assert next(groups).location == written.principal
    with pytest.raises(Torn):
        next(groups)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda raw: raw[:-1], "two line ends"),
        (lambda raw: raw + b"x", "two line ends"),
        (lambda raw: raw.replace(b"Content-Length: 3", b"Content-Length: 2"), "Content-Length is 2"),
        (lambda raw: raw.replace(b"Content-Length: 3\r\n", b""), "missing"),
        (lambda raw: raw.replace(b"WARC/1.1", b"HTTP/1.1"), "instead of a WARC version"),
        (lambda raw: b"", "no end"),
    ],
)
def test_a_member_that_is_not_one_whole_record_is_refused(spoil, why):
    raw = framing.serialise(records.make("metadata", b"a:b", "", [], moment=NOON))
    with pytest.raises(framing.Malformed, match=why):
        framing.parse(spoil(raw))


def test_a_record_that_is_not_where_it_should_be_is_told(writer, tmp_path):
    (written,) = keep(writer, exchange())
    place = written.principal
    for wrong in (
        type(place)(warc="no.warc.gz", offset=0, length=9),
        type(place)(warc=place.warc, offset=place.offset + 1, length=place.length),
        type(place)(warc=place.warc, offset=place.offset, length=place.length - 1),
        type(place)(warc=place.warc, offset=10**9, length=10),
    ):
        with pytest.raises(EnvironmentFailed, match="run: stet verify"):
            read_record([tmp_path, tmp_path / "warcs"], wrong)


def test_digests_are_proven_on_request():
    sent = prepare(exchange())
    record = records.exchange_records(sent, warcinfo_id="urn:x")[0]
    assert list(record_faults(record)) == []
    assert len(list(record_faults(framing.Record(record.headers, record.block + b"!")))) == 1
    assert len(list(record_faults(framing.Record(record.headers, b"HTTP/1.1 200 OK\r\n\r\nforged")))) == 2


# Other people's tools ------------------------------------------------------------------------------

ODD = {
    "plain": http(PAGE),
    "folded": http(PAGE, b"X-Fold: a\r\n  b", b"Padded :  x  "),
    "colonless": http(PAGE, b"no colon here"),
    "latin-1": http(PAGE, "X: Bücher".encode("latin-1")),
    "utf-8": http(PAGE, "X: الجسر".encode()),
    "no reason": http(PAGE, status=b"200"),
    "gzip": http(gzip.compress(PAGE), b"Content-Encoding: gzip"),
    "br": http(brotli.compress(PAGE), b"Content-Encoding: br"),
    "bogus gzip": http(PAGE, b"Content-Encoding: gzip"),
    "chunked": chunked(PAGE, 100),
    "chunked gzip": chunked(gzip.compress(PAGE), 30, b"Content-Encoding: gzip"),
    "cut": http(PAGE)[:-100],
    "cut head": b"HTTP/1.1 200 OK\r\nContent-T",
    "LF only": b"HTTP/1.1 200 OK\nA: b\n\n" + PAGE,
    "1.0": b"HTTP/1.0 200 OK\r\n\r\n" + PAGE,
    "410": http(b"gone", status=b"410 Gone"),
    "300 kB": http(bytes(range(256)) * 1200),
}


@pytest.fixture
def odd_archive(writer, tmp_path):
    """Every odd answer, then a revisit, a 304, a failure and text; sealed."""
    sent = [exchange(raw, after=n, tls=TLS, ip="192.0.2.1") for n, raw in enumerate(ODD.values())]
    first, *_ = keep(writer, *sent)
    writer.write(prepare(exchange(after=50)), same=first.capture)
    writer.write(prepare(exchange(b"HTTP/1.1 304 Not Modified\r\n\r\n", after=51)), unchanged=first.capture)
    keep(writer, exchange(b"", after=52, trouble=Trouble.TIMED_OUT))
    writer.write_conversion(first.capture, "Die Brücke", extractor="x/1")
    writer.seal()
    return files(tmp_path)[0]


def test_warcio_reads_every_record_as_we_wrote_it(odd_archive):
    """Not by its `content_stream`: with the `brotli` package that fails on every br answer (warcio 73)."""
    ours = [member.record for member in iter_members(odd_archive)]
    with odd_archive.open("rb") as file:
        theirs = ArchiveIterator(file, no_record_parse=True)
        for record in ours:
            other = next(theirs)
            assert other.rec_headers.headers == list(record.headers)
            assert other.raw_stream.read() == record.block
        assert next(theirs, None) is None
    with odd_archive.open("rb") as file:
        statuses = [r.http_headers.get_statuscode() for r in ArchiveIterator(file) if r.rec_type == "response"]
    assert statuses == ["200"] * (len(ODD) - 2) + ["410", "200"]


def test_warcio_accepts_our_block_digests(odd_archive):
    """`block_digest` of all records; a wrong one is shown to be noticed by the same call."""

    def check(data):
        it = ArchiveIterator(io.BytesIO(data), no_record_parse=True, check_digests=True)
        passed = []
        for record in it:
            record.raw_stream.read()
            passed.append(not any("block" in problem for problem in record.digest_checker.problems))
        return passed

    whole = odd_archive.read_bytes()
    assert all(check(whole))
    forged = records.make("metadata", b"forged", "", [], moment=NOON)
    assert check(framing.compress(framing.Record(forged.headers, b"FORGED"))) == [False]


def test_fastwarc_reads_every_record_as_we_wrote_it(odd_archive):
    """Block digests are asked for before HTTP is parsed; afterwards its answer is always no."""
    ours = list(iter_members(odd_archive))
    kinds = fastwarc.warc.WarcRecordType.any_type
    data = io.BytesIO(odd_archive.read_bytes())
    theirs = fastwarc.warc.ArchiveIterator(data, record_types=kinds, parse_http=False)
    for member, other in zip(ours, theirs, strict=True):
        assert other.stream_pos == member.offset
        assert other.record_id == f"<{member.record.id}>"
        other.freeze()
        assert other.verify_block_digest()
        assert other.reader.read() == member.record.block


def test_both_find_fault_with_right_payload_digests_of_chunked_answers(odd_archive):
    """A known false complaint of both tools, explained.

    WARC-Payload-Digest is over the entity without its transfer coding (warc-specifications 22), as ours
    is. warcio hashes what follows the head, chunk sizes and all (warcio 74 and 75, open), and so finds fault
    with every right record of a chunked answer; fastwarc does the same. It also refuses the answer whose
    lines end with LF only (and revisits, whose payload is elsewhere). Our own `record_faults` finds none.
    """
    ours = {m.offset: m.record for m in iter_members(odd_archive)}
    chunked_ones = {at for at, r in ours.items() if r.type == "response" and b"chunked" in r.block}
    with odd_archive.open("rb") as file:
        theirs = ArchiveIterator(file, check_digests=True)
        complaints = set()
        for record in theirs:
            record.raw_stream.read()
            if record.digest_checker.problems:
                complaints.add(theirs.get_record_offset())
    assert complaints == chunked_ones
    assert len(chunked_ones) == 2

    responses = fastwarc.warc.WarcRecordType.response
    data = io.BytesIO(odd_archive.read_bytes())
    refused = set()
    for record in fastwarc.warc.ArchiveIterator(data, record_types=responses, parse_http=True):
        record.freeze()
        if not record.verify_payload_digest():
            refused.add(record.stream_pos)
    lf_only = {at for at, r in ours.items() if r.type == "response" and r.block == ODD["LF only"]}
    assert refused == chunked_ones | lf_only
    assert not [fault for record in ours.values() for fault in record_faults(record)]


# Index lines ---------------------------------------------------------------------------------------


def test_index_lines_say_what_replay_tools_read(writer):
    (original,) = keep(writer, exchange())
    same = writer.write(prepare(exchange(after=1)), same=original.capture)
    not_modified = exchange(b"HTTP/1.1 304 Not Modified\r\n\r\n", after=2)
    unchanged = writer.write(prepare(not_modified), unchanged=original.capture)
    place = original.principal
    head, fields = cdxj.line(original.capture).split(" {", 1)
    assert head == "org,example)/2026/03/22/bruecke?id=7 20260322120000123"
    assert json.loads("{" + fields) == {
        "url": URL,
        "mime": "text/html",
        "status": "200",
        "digest": original.capture.digest,
        "length": str(place.length),
        "offset": str(place.offset),
        "filename": place.warc,
    }
    for written in (same, unchanged):
        assert '"mime": "warc/revisit"' in cdxj.line(written.capture)
    lines = [cdxj.line(each.capture) for each in (unchanged, original, same)]
    assert [cdxj.parse_line(text).timestamp.minute for text in sorted(lines, key=cdxj.sort_key)] == [0, 1, 2]


@given(EXCHANGES)
def test_a_line_tells_all_but_the_record_itself(sent):
    prepared = prepare(sent)
    made = records.exchange_records(prepared, warcinfo_id="urn:x")
    location = cdxj.Location(warc="a.warc.gz", offset=7, length=9)
    capture = rebuild.capture_of(made, location)
    if capture is None:
        return
    read = cdxj.parse_line(cdxj.line(capture) + "\n")
    for name in ("url", "urlkey", "timestamp", "status", "mime", "digest", "record_type", "location"):
        assert getattr(read, name) == getattr(capture, name)


@pytest.mark.parametrize(
    "text", ["", "a b c", 'a 20260322120000 {"url": 1}', "a 2026 {}", "a 20261322120000 {}", "x x []"]
)
def test_what_is_no_index_line_is_told(text):
    with pytest.raises(Misuse, match=r"CDXJ|timestamp"):
        cdxj.parse_line(text)


def test_timestamps_of_14_and_17_digits():
    assert cdxj.stamp(NOON) == "20260322120000123"
    assert cdxj.read_stamp("20260322120000123") == NOON.replace(microsecond=123000)
    assert cdxj.read_stamp("20260322120000") == NOON.replace(microsecond=0)


# Real pages ----------------------------------------------------------------------------------------


def test_real_pages_come_back_byte_for_byte(writer, tmp_path):
    archive = CORPUS / "articles" / "pages.tar.xz"
    if not archive.exists():
        pytest.skip("the labelled pages are not here: ../shared/corpus/articles")
    sent = []
    with tarfile.open(archive) as pages:
        for number, entry in zip(range(40), filter(tarfile.TarInfo.isfile, pages), strict=False):
            sent.append(exchange(http(pages.extractfile(entry).read()), after=number))
    keep(writer, *sent)
    assert everything(tmp_path) == sent
