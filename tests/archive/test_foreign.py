"""Reading what others wrote: every form of file, every kind of damage, and never more than is there."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from fastwarc import GzipWriter, WarcRecord, WarcRecordType
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archive.errors import Misuse
from archive.warc.foreign import Fault, ForeignRecord, fitting, read_file, read_time
from tests.foreign import DAY, Warc, answer, arc, by_warcio, many, page, sha1, wacz


def read(path: Path, data: bytes | None = None, **keywords) -> tuple[list[ForeignRecord], list[Fault]]:
    if data is not None:
        path.write_bytes(data)
    pieces = list(read_file(path, **keywords))
    return [p for p in pieces if isinstance(p, ForeignRecord)], [p for p in pieces if isinstance(p, Fault)]


def urls(records: list[ForeignRecord]) -> list[str]:
    return [r.url.rpartition("/")[2] for r in records if r.type == "response"]


FORMS = {"one member a record": Warc.packed, "one member for all": Warc.one_member, "plain": Warc.plain}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("version", ["WARC/0.17", "WARC/0.18", "WARC/1.0", "WARC/1.1"])
def test_every_form_of_a_whole_file_gives_the_same_records(tmp_path, form, version):
    made = many(version=version)
    records, faults = read(tmp_path / "a.warc.gz", FORMS[form](made))
    assert faults == []
    assert [r.type for r in records] == ["warcinfo", *["response", "request"] * 5]
    assert [b"\r\n\r\n" + r.block + b"\r\n\r\n" for r in records] == [
        whole[whole.index(b"\r\n\r\n") :] for whole in made.records
    ]
    assert not any(r.behind_damage for r in records)


@pytest.mark.parametrize("compressed", [True, False])
def test_it_reads_what_warcio_writes_as_warcio_reads_it(tmp_path, compressed):
    pages = [(f"http://herald.example/{n}", page(f"Story {n}", "Words. " * n)) for n in range(20)]
    data = by_warcio(pages, compressed=compressed)
    records, faults = read(tmp_path / "a.warc.gz", data)
    theirs = []
    reader = ArchiveIterator(io.BytesIO(data), no_record_parse=True)
    for record in reader:
        block = record.raw_stream.read()
        theirs.append((record.rec_type, record.rec_headers["WARC-Record-ID"], block, reader.get_record_offset()))
    assert faults == []
    assert [(r.type, r.get("WARC-Record-ID"), r.block, r.place.offset) for r in records] == theirs


def test_it_reads_what_fastwarc_writes(tmp_path):
    """It makes one gzip member of all records, unless it is told to end each."""
    raw = io.BytesIO()
    stream = GzipWriter(raw)
    for number in range(3):
        record = WarcRecord()
        record.init_headers(record_type=WarcRecordType.response)
        record.headers["WARC-Target-URI"] = f"http://herald.example/{number}"
        record.set_bytes_content(answer(b"words" * number))
        record.write(stream, checksum_data=True)
    stream.close()
    (tmp_path / "a.warc.gz").write_bytes(raw.getvalue())
    records, faults = read(tmp_path / "a.warc.gz")
    assert (urls(records), faults) == (["0", "1", "2"], [])


@pytest.mark.parametrize("compressed", [True, False])
def test_arc_files_are_read_as_warcio_reads_them(tmp_path, compressed):
    made = arc((f"http://herald.example/a story/{n}", DAY, answer(b"words" * n)) for n in range(4))
    data = b"".join(map(gzip.compress, made)) if compressed else b"".join(made)
    records, faults = read(tmp_path / "old.arc", data)
    assert faults == []
    assert urls(records) == ["0", "1", "2", "3"]
    assert {(r.date, r.get("WARC-IP-Address"), r.format) for r in records[1:]} == {(DAY, "192.0.2.7", "ARC")}
    plain = arc((f"http://herald.example/{n}", DAY, answer(b"words" * n)) for n in range(4))
    blocks = [r.raw_stream.read() for r in ArchiveIterator(io.BytesIO(b"".join(plain)), no_record_parse=True)]
    assert [r.block for r in records[1:]] == blocks[1:]


@pytest.mark.parametrize("stored", [True, False])
def test_a_wacz_gives_the_records_of_its_archive_files(tmp_path, stored):
    one, other = many(2), many(3)
    path = wacz(tmp_path / "a.wacz", {"a.warc.gz": one.packed(), "b.warc.gz": other.packed()}, stored=stored)
    records, faults = read(path)
    assert (urls(records), faults) == (["0", "1", "0", "1", "2"], [])
    assert {r.file for r in records} == {"a.wacz!archive/a.warc.gz", "a.wacz!archive/b.warc.gz"}
    outer = wacz(tmp_path / "all.wacz", {"a.wacz": path.read_bytes()})
    assert urls(read(outer)[0]) == urls(records)


def test_a_wacz_that_lost_its_end_still_gives_its_records(tmp_path):
    path = wacz(tmp_path / "a.wacz", {"a.warc.gz": many(3).packed(), "b.warc.gz": many(2).packed()})
    records, faults = read(path, path.read_bytes()[:-300])
    assert urls(records) == ["0", "1", "2", "0", "1"]
    assert "directory" in faults[0].what


# Damage --------------------------------------------------------------------------------------------


def packed(made: Warc) -> tuple[bytearray, list[int]]:
    """A gzipped file and where its members begin."""
    members = made.members()
    return bytearray(b"".join(members)), [sum(map(len, members[:n])) for n in range(len(members) + 1)]


def test_a_torn_end_is_one_fault_and_no_record(tmp_path):
    data, begins = packed(many())
    cuts = [("mid-record", begins[9] + 100), ("gzip header", begins[9] + 4), ("head", begins[9] + 20)]
    for _, cut in cuts:
        records, faults = read(tmp_path / "a.warc.gz", bytes(data[:cut]))
        assert urls(records) == ["0", "1", "2", "3"]
        [fault] = faults
        assert (fault.place.offset, fault.lost) == (begins[9], True)


def test_a_torn_trailer_loses_nothing_where_a_digest_proves_the_block(tmp_path):
    for digests, there, lost in ((True, "4", False), (False, "3", True)):
        data, begins = packed(many(digests=digests))
        records, faults = read(tmp_path / "a.warc.gz", bytes(data[: begins[10] - 3]))
        assert urls(records)[-1] == there
        [fault] = faults
        assert (fault.place.offset, fault.lost) == (begins[9], lost)


@pytest.mark.parametrize("digests", [True, False])
def test_zeros_in_the_middle_cost_only_what_they_lie_on(tmp_path, digests):
    data, begins = packed(many(digests=digests))
    data[begins[3] + 5 : begins[3] + 90] = bytes(85)
    records, faults = read(tmp_path / "a.warc.gz", bytes(data))
    assert urls(records) == ["0", "2", "3", "4"]
    assert [f.place.offset for f in faults] == [begins[3]]
    assert [r.behind_damage for r in records if r.type == "response"] == [False, True, True, True]


def test_zeros_in_a_plain_file_without_digests_are_met_where_a_length_is_off(tmp_path):
    made = many(digests=False)
    data = bytearray(made.plain())
    begin = sum(map(len, made.records[:3]))
    data[begin : begin + 4096] = b""
    records, faults = read(tmp_path / "a.warc", bytes(data))
    assert set(urls(records)) < {"0", "1", "2", "3", "4"}
    assert faults


@pytest.mark.parametrize("place", ["payload", "head", "checksum"])
def test_a_flipped_bit_is_met(tmp_path, place):
    data, begins = packed(many())
    at = {"payload": begins[4] - 60, "head": begins[3] + 40, "checksum": begins[4] - 6}[place]
    data[at] ^= 0x10
    records, faults = read(tmp_path / "a.warc.gz", bytes(data))
    [fault] = faults
    assert fault.place.offset == begins[3]
    # Where the checksum alone is off, the digest proves the block.
    assert (urls(records) == ["0", "1", "2", "3", "4"]) == (place == "checksum") == (not fault.lost)


def test_a_flipped_bit_in_a_plain_file_is_met_by_its_digest(tmp_path):
    data = many().plain().replace(b"number 2", b"number 7")
    records, faults = read(tmp_path / "a.warc", data)
    assert urls(records) == ["0", "1", "3", "4"]
    assert "digest" in faults[0].what


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("off", [-40, 40])
def test_a_wrong_length_loses_nothing_where_the_digest_tells_the_right_one(tmp_path, form, off):
    made = many()
    for number in (3, 4):  # a response and its request
        length = int(made.records[number].partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
        old, new = b"Content-Length: %d\r\n" % length, b"Content-Length: %d\r\n" % (length + off)
        made.records[number] = made.records[number].replace(old, new, 1)
    records, faults = read(tmp_path / "a.warc.gz", FORMS[form](made))
    assert urls(records) == ["0", "1", "2", "3", "4"]
    assert [f.lost for f in faults] == [False, False]
    assert records[3].block == many().records[3].partition(b"\r\n\r\n")[2][:-4]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("digests", [True, False])
def test_what_was_appended_to_a_torn_file_is_found(tmp_path, form, digests):
    """warcio and FastWARC lose everything behind the tear."""
    first, second = FORMS[form](many(digests=digests)), many(2, digests=digests)
    cut = len(first) - 700
    records, faults = read(tmp_path / "a.warc.gz", first[:cut] + FORMS[form](second))
    assert urls(records)[-2:] == ["0", "1"]
    assert faults
    assert all(r.block in many().plain() for r in records if r.type == "response")


def test_a_record_without_end_of_its_own_at_the_end_of_a_file(tmp_path):
    made = many()
    records, faults = read(tmp_path / "a.warc", made.plain()[:-4])
    assert (len(records), [f.lost for f in faults]) == (11, [False])


def test_a_record_that_is_too_large_is_passed_over_and_told(tmp_path):
    made = Warc()
    made.info()
    made.add("response", "http://herald.example/film", answer(b"f" * 300_000))
    made.add("response", "http://herald.example/story", answer(b"words"))
    for form in FORMS.values():
        records, faults = read(tmp_path / "a.warc.gz", form(made), limit=100_000)
        assert urls(records) == ["story"]
        assert "too large" in faults[0].what


def test_a_page_that_is_a_warc_file_is_one_record(tmp_path):
    inner = many(2)
    made = Warc()
    made.info()
    made.add("response", "http://herald.example/dump.warc.gz", answer(inner.packed()))
    made.add("response", "http://herald.example/dump.warc", answer(inner.plain()))
    for form in FORMS.values():
        records, faults = read(tmp_path / "a.warc.gz", form(made))
        assert (urls(records), faults) == (["dump.warc.gz", "dump.warc"], [])


@pytest.mark.parametrize(
    "data", [b"", b"Hello", b"%PDF-1.7\n" * 500, gzip.compress(b"a diary\n" * 99, mtime=0), b"\0" * 9000]
)
def test_what_is_no_archive_file_is_refused(tmp_path, data):
    with pytest.raises(Misuse, match="no archive file"):
        read(tmp_path / "a.warc.gz", data)


def test_a_zip_without_archive_files_is_refused(tmp_path):
    with pytest.raises(Misuse, match=r"no archive/\*\.warc\.gz"):
        read(wacz(tmp_path / "a.zip", {"readme.txt": b"Hello"}))
    with pytest.raises(Misuse, match="give a WARC"):
        read(tmp_path / "nothing.warc.gz")


BASES = [
    many(3).packed(),
    many(3, digests=False).plain(),
    many(3).one_member(),
    b"".join(arc([("http://a.example/", DAY, answer(b"w"))])),
]


@settings(max_examples=300, deadline=None)
@given(base=st.sampled_from(BASES), data=st.data())
def test_no_bytes_crash_it_and_nothing_is_made_up(tmp_path_factory, base, data):
    """Any damage: each record that is given out is one that was there, byte for byte."""
    raw = bytearray(base)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw)))
        end = min(len(raw), at + data.draw(st.integers(0, 200)))
        raw[at:end] = data.draw(
            st.one_of(st.just(b""), st.binary(max_size=200), st.just(raw[:300]), st.just(b"WARC/1.0\r\n"))
        )
    path = tmp_path_factory.getbasetemp() / "fuzzed.warc.gz"
    try:
        records, _ = read(path, bytes(raw))
    except Misuse:
        return
    whole = many(3).plain()
    if base is BASES[0]:
        assert all(r.block in whole for r in records)


@settings(max_examples=100, deadline=None)
@given(
    data=st.binary(max_size=3000),
    begin=st.sampled_from([b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"WARC/1.0\r\n", b"filedesc://"]),
)
def test_noise_is_no_archive(tmp_path_factory, data, begin):
    path = tmp_path_factory.getbasetemp() / "noise"
    path.write_bytes(begin + data)
    try:
        pieces = list(read_file(path))
    except Misuse:
        return
    assert all(isinstance(piece, Fault | ForeignRecord) for piece in pieces)


def test_digests_in_every_spelling():
    assert fitting(sha1(b"a"), b"a") is True
    assert fitting(sha1(b"a").lower(), b"a") is True
    assert fitting("sha1:86f7e437faa5a7fce15d1ddcb9eaeaea377667b8", b"a") is True
    assert fitting("sha-256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb", b"a") is True
    assert fitting(sha1(b"b"), b"a") is False
    assert fitting("sha1:nonsense", b"a") is False
    assert fitting("blake3:00", b"a") is None
    assert fitting("", b"a") is None


@pytest.mark.parametrize(
    "text", ["2019-05-04T10:00:00Z", "20190504100000", "2019-05-04T10:00:00.000000000Z", "2019-05-04T10:00Z"]
)
def test_times_as_archives_write_them(text):
    assert read_time(text) == DAY


def test_what_is_no_time():
    assert (read_time(""), read_time("yesterday"), read_time("2019-13-40")) == (None, None, None)
    assert read_time("2019-05").month == 5
