"""warcio, fastwarc and cdxj-indexer read what a crawl kept; each complaint of theirs is known and explained.

What they say of single odd answers stands in tests/archive/test_warc.py. Here they judge whole files as
people would have them judge: by their command lines.
"""

from __future__ import annotations

import io
import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastArchiveIterator
from fastwarc.warc import WarcRecordType
from warcio.archiveiterator import ArchiveIterator

from archive import home as homes
from archive.domain.model import RecordType
from archive.warc import http1
from archive.warc.reader import iter_members
from archive.warc.records import DECODE_LIMIT, JOURNAL_URN
from tests.oracles.kept import index_of, oracle, run
from tests.played import played

TOOLS = Path(sys.executable).parent
WARCIO_TRAILER = b"0\r\nChecksum: 1234\r\n\r\n"  #: of `X-Checksum: 1234` after the last chunk


def has_head(record, header: bytes) -> bool:
    """Whether it is an answer, kept whole or as a revisit, with this header line."""
    return record.type in ("response", "revisit") and header in record.block.partition(b"\r\n\r\n")[0]


def chunked(archive) -> set[str]:
    found = [m.record for _, m in archive.members() if has_head(m.record, b"Transfer-Encoding: chunked")]
    return {record.id for record in found if record.type == "response"}


def revisits(archive) -> set[str]:
    return {m.record.id for _, m in archive.members() if m.record.type == "revisit"}


@pytest.fixture(scope="module")
def without_brotli(archive, tmp_path_factory):
    """The records of all passes in one file, but for the answers in brotli."""
    path = tmp_path_factory.mktemp("warcio") / "without-brotli.warc.gz"
    with path.open("wb") as out:
        for warc, member in archive.members():
            if not has_head(member.record, b"Content-Encoding: br"):
                out.write(warc.read_bytes()[member.offset : member.offset + member.length])
    return path


def test_the_story_has_what_the_judges_are_to_judge(archive):
    """The fixture plays what it says: else the judges would agree about nothing."""
    edited = archive.captures("edited")
    kinds = [(c.status, c.record_type, c.truncated) for c in edited]
    page, revisit = RecordType.RESPONSE, RecordType.REVISIT
    assert kinds == [
        (200, page, None),
        (200, revisit, None),
        (304, revisit, None),
        (200, page, None),
        (200, revisit, None),  # the second look, which asks without conditions
        (304, revisit, None),
        (200, page, None),
        (200, revisit, None),
        (304, revisit, None),
    ]
    assert [c.status for c in archive.captures("moved")][-4:] == [301] * 4
    assert [c.status for c in archive.captures("withdrawn")][-4:] == [404] * 4
    assert [c.status for c in archive.captures("gone")][-4:] == [410] * 4
    assert [c.status for c in archive.captures("legal")][-4:] == [451] * 4
    assert [c.truncated for c in archive.captures("cut")][-4:] == ["disconnect"] * 4
    assert len(archive.captures("reset")) == 3, "a connection that was reset is no capture"
    counted = Counter(member.record.type for _, member in archive.members())
    assert set(counted) == {"warcinfo", "response", "request", "metadata", "revisit", "conversion", "resource"}
    assert counted["warcinfo"] == len(archive.warcs) == 7, "a file for each pass"
    assert chunked(archive)


def test_warcio_and_fastwarc_see_the_records_that_we_wrote(archive):
    ours = [(m.offset, m.record.type, m.record.url, len(m.record.block)) for _, m in archive.members()]
    warcio, fastwarc = [], []
    for path in archive.warcs:
        with path.open("rb") as file:
            records = ArchiveIterator(file, no_record_parse=True)
            for record in records:
                url = record.rec_headers.get_header("WARC-Target-URI") or ""
                size = len(record.raw_stream.read())
                warcio.append((records.get_record_offset(), record.rec_type, url, size))
        data = io.BytesIO(path.read_bytes())
        for record in FastArchiveIterator(data, record_types=WarcRecordType.any_type, parse_http=False):
            url = record.headers.get("WARC-Target-URI") or ""
            fastwarc.append((record.stream_pos, str(record.record_type), url, len(record.reader.read())))
    assert warcio == ours
    assert fastwarc == ours


def test_warcio_reads_the_pages_as_we_do(archive):
    """Head and decoded body of each answer; brotli apart, see the next test.

    Seen in 1.8.1: where trailer fields follow the last chunk, it takes the end mark and the trailer, less
    two bytes, for body. So does whatever replays by it.
    """
    ours = {m.record.id: m.record for _, m in archive.members() if m.record.type == "response"}
    with_trailer = {identity for identity, record in ours.items() if has_head(record, b"Trailer: X-Checksum")}
    compared = 0
    for path in archive.warcs:
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                identity = record.rec_headers.get_header("WARC-Record-ID").strip("<>")
                if record.rec_type != "response" or has_head(ours[identity], b"Content-Encoding: br"):
                    continue
                message = http1.parse(ours[identity].block)
                assert int(record.http_headers.get_statuscode()) == message.head.status
                assert record.http_headers.headers == list(message.head.headers)
                surplus = WARCIO_TRAILER if identity in with_trailer else b""
                assert record.content_stream().read() == http1.body_of(message, limit=DECODE_LIMIT).body + surplus
                compared += 1
    assert compared > 20


def test_warcio_check_stops_at_brotli(archive):
    """Known (warcio 73): it wants `brotlipy`, which is dead, and fails where `brotli` itself is installed."""
    checked = run([str(TOOLS / "warcio"), "check", str(archive.warcs[0])])
    assert checked.returncode == 1
    assert "'brotli.Decompressor' object has no attribute 'unused_data'" in checked.stderr


def test_warcio_check_finds_fault_with_chunked_answers_only(archive, without_brotli):
    """Known (warcio 74, 75): it hashes chunk sizes and all.

    WARC-Payload-Digest is over the payload without its transfer coding (warc-specifications 22).
    """
    assert complaints_of_warcio(run([str(TOOLS / "warcio"), "check", str(without_brotli)])) == chunked(archive)


def test_warcio_check_beside_brotlipy_says_the_same_of_all_files(archive):
    """As pywb's environment has it, brotli answers are read, too, and found right."""
    checked = run([oracle("warcio"), "check", *map(str, archive.warcs)])
    assert checked.stderr == ""
    assert complaints_of_warcio(checked) == chunked(archive)


def complaints_of_warcio(checked) -> set[str]:
    """The records it finds fault with; every fault must be one of payload digests."""
    assert checked.returncode == 1
    records = re.findall(r"^ {2}offset \d+ WARC-Record-ID <(\S+)> response$", checked.stdout, re.MULTILINE)
    faults = re.findall(r"^ {4}(.*)$", checked.stdout, re.MULTILINE)
    assert all(fault.startswith("payload digest failed") for fault in faults)
    assert len(faults) == len(records)
    return set(records)


def test_fastwarc_check_finds_every_block_digest_right(whole):
    assert run([str(TOOLS / "fastwarc"), "check", "-q", str(whole)]).returncode == 0


def test_fastwarc_check_finds_fault_with_payloads_that_are_chunked_or_elsewhere(archive, whole, tmp_path):
    """Known: it hashes what lies in the record. A revisit's payload lies in the record that it refers to."""
    run([str(TOOLS / "fastwarc"), "check", "-q", "-p", "-o", str(tmp_path / "said"), str(whole)])
    lines = re.findall(r"^<(\S+)>: (\w+)(?:, (\w+))?$", (tmp_path / "said").read_text(), re.MULTILINE)
    assert len(lines) == len(archive.members())
    assert {block for _, block, _ in lines} == {"OK"}
    refused = {record for record, _, payload in lines if payload == "PAYLOAD_FAIL"}
    assert refused == chunked(archive) | revisits(archive)


@pytest.mark.parametrize("which", ["story", "demo"])
def test_cdxj_indexer_makes_the_lines_that_we_make(archive, which):
    """Letter for letter, but for two things.

    Its times have 14 digits, ours 17, so that revisits are resolved right. And it makes a line for every
    `resource` record; nobody looks the journal up as a page.
    """
    home = archive.home if which == "story" else homes.find(played().home, {})
    files = sorted(home.spool.glob("*.warc.gz"))
    theirs = run([oracle("cdxj-indexer"), *map(str, files)], check=True).stdout.splitlines()
    journal = [line for line in theirs if line.startswith(f"{JOURNAL_URN} ")]
    kept = [m.record for path in files for m in iter_members(path) if m.record.type == "resource"]
    assert len(journal) == len(kept) > 0
    ours = [re.sub(r"^(\S+ \d{14})\d{3} ", r"\1 ", line) for line in index_of(home)]
    assert len(ours) > 60
    assert sorted(theirs) == sorted([*ours, *journal])
