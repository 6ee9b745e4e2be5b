"""Whatever befalls the kept files or their index is named with its file and byte; what is well is not."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import threading
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.domain.model import Capture, Digest, Exchange, Tls
from archive.errors import EnvironmentFailed
from archive.warc import framing, records
from archive.warc.checking import Told, check_file, check_folder, check_index, record_faults
from archive.warc.faults import Kind
from archive.warc.framing import Record
from archive.warc.reader import iter_members
from archive.warc.records import prepare
from archive.warc.recovery import recover
from archive.warc.seals import check_seal, seal
from archive.warc.writer import WarcWriter, Written
from tests.archive.test_warc import histories

NOON = datetime(2026, 3, 22, 12, tzinfo=UTC)
TLS = Tls(protocol="tls/1.3", cipher="TLS_AES_256_GCM_SHA384", chain=(b"leaf" * 30, b"root"))


def page(number, size=6000, seed=None):
    """Fetch `number`, with a body that does not compress."""
    body = random.Random(number if seed is None else seed).randbytes(size)
    response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    return Exchange(
        url=f"http://example.org/{number}",
        began=NOON + timedelta(minutes=number),
        request=b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
        response=response,
        tls=TLS,
    )


@dataclass
class World:
    """Three files of three exchanges each, and the index of them. The fourth is a revisit of the first."""

    folder: Path
    kept: list[Written]
    rows: list[Capture]

    def file(self, number):
        """The first, second or third file."""
        return self.folder / self.kept[3 * number].principal.warc

    def at(self, number):
        """Where the response or revisit of an exchange lies."""
        return self.kept[number].principal

    def named(self, number, kind):
        """The fault that must be told of an exchange's first record."""
        return (self.at(number).warc, self.at(number).offset, kind)


def build(folder):
    kept = []
    with WarcWriter(folder, info={"software": "stet/test"}, now=lambda: NOON) as writer:
        for number in range(9):
            if number % 3 == 0:
                writer.seal()
            same = kept[0].capture if number == 3 else None
            kept.append(writer.write(prepare(page(number, seed=0 if same else None)), same=same))
    return World(folder, kept, [each.capture for each in kept])


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("built"))


@pytest.fixture
def world(built, tmp_path):
    shutil.copytree(built.folder, tmp_path / "warcs")
    return World(tmp_path / "warcs", built.kept, list(built.rows))


def found(faults):
    """Faults as (file, offset, kind), each said in one plain line."""
    faults = list(faults)
    for fault in faults:
        assert fault.file in str(fault)
        assert "\n" not in str(fault)
    return {(fault.file, fault.offset, fault.kind) for fault in faults}


def change(path, offset, data):
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def flip(path, offset):
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
    change(path, offset, bytes([byte ^ 8]))


def cut(path, size):
    with path.open("r+b") as file:
        file.truncate(size)


# The damage table ----------------------------------------------------------------------------------


def torn_mid_record(world):
    cut(world.file(2), world.at(8).offset + 3000)
    return {world.named(8, Kind.TORN), world.named(8, Kind.INDEX)}


def torn_gzip_header(world):
    cut(world.file(2), world.at(8).offset + 5)
    return {world.named(8, Kind.TORN), world.named(8, Kind.INDEX)}


def torn_trailer(world):
    last = world.kept[8].locations[-1][1]
    cut(world.file(2), last.offset + last.length - 4)
    return {(last.warc, last.offset, Kind.TORN)}


def zeros_at_the_end(world):
    size = world.file(2).stat().st_size
    change(world.file(2), size, bytes(4096))
    return {(world.file(2).name, size, Kind.DAMAGED)}


def zeros_in_the_middle(world):
    change(world.file(1), world.at(4).offset + 1000, bytes(4096))
    return {world.named(4, Kind.DAMAGED), world.named(4, Kind.INDEX)}


def bit_in_a_payload(world):
    flip(world.file(2), world.at(7).offset + 4000)
    return {world.named(7, Kind.DAMAGED), world.named(7, Kind.INDEX)}


def bit_in_a_header(world):
    flip(world.file(2), world.at(7).offset + 40)
    return {world.named(7, Kind.DAMAGED), world.named(7, Kind.INDEX)}


def bit_in_a_gzip_header(world):
    flip(world.file(2), world.at(7).offset + 1)
    return {world.named(7, Kind.DAMAGED), world.named(7, Kind.INDEX)}


def bit_in_the_middle_file(world):
    flip(world.file(1), world.at(5).offset + 2000)
    return {world.named(5, Kind.DAMAGED), world.named(5, Kind.INDEX)}


def bit_in_the_certificates(world):
    """They are kept once a file, and told of once."""
    _, chain = world.kept[6].locations[0]
    flip(world.file(2), chain.offset + 200)
    return {(chain.warc, chain.offset, Kind.DAMAGED), world.named(6, Kind.REFERENCE)}


def bit_in_the_first_record(world):
    flip(world.file(1), 100)
    return {(world.file(1).name, 0, Kind.DAMAGED)}


def torn_then_appended(world):
    cut(world.file(2), world.at(8).offset + 3000)
    change(world.file(2), world.at(8).offset + 3000, world.file(1).read_bytes())
    return {world.named(8, Kind.DAMAGED), world.named(8, Kind.INDEX)}


def records_twice(world):
    """As a copy of a file behind itself leaves them."""
    begin, size = world.at(8).offset, world.file(2).stat().st_size
    change(world.file(2), size, world.file(2).read_bytes()[begin:])
    again = [(location.warc, location.offset - begin + size) for _, location in world.kept[8].locations]
    return {(*place, Kind.FIELDS) for place in again} | {(*again[0], Kind.UNINDEXED)}


def missing_file(world):
    world.file(0).unlink()
    return {(world.file(0).name, None, Kind.MISSING), world.named(3, Kind.REFERENCE)}


def missing_exchange(world):
    """Cut out cleanly, so that no byte of the file is damaged."""
    path, begin, end = world.file(2), world.at(7).offset, world.at(8).offset
    path.write_bytes(path.read_bytes()[:begin] + path.read_bytes()[end:])
    return {(path.name, begin, Kind.INDEX), world.named(8, Kind.INDEX)}


def missing_request(world):
    path, (_, request) = world.file(2), world.kept[8].locations[-2]
    data = path.read_bytes()
    path.write_bytes(data[: request.offset] + data[request.offset + request.length :])
    return {world.named(8, Kind.EXCHANGE)}


def swapped_files(world):
    one, other = world.file(0), world.file(2)
    aside = one.rename(one.with_name("aside"))
    other.rename(one)
    aside.rename(other)
    return {(one.name, 0, Kind.NAME), (other.name, 0, Kind.NAME)} | {
        world.named(number, Kind.INDEX) for number in (0, 1, 2, 6, 7, 8)
    }


def truncated_index(world):
    del world.rows[-4:]
    return {world.named(number, Kind.UNINDEXED) for number in (5, 6, 7, 8)}


def edited(number, **fields):
    def edit(world):
        world.rows[number] = replace(world.rows[number], **fields)
        return {world.named(number, Kind.INDEX)}

    return edit


def moved_index_row(world):
    place = world.rows[4].location
    world.rows[4] = replace(world.rows[4], location=replace(place, offset=place.offset + 1))
    return {(place.warc, place.offset + 1, Kind.INDEX), world.named(4, Kind.UNINDEXED)}


def index_row_of_nothing(world):
    place = replace(world.rows[8].location, warc="stet-never-was.warc.gz")
    world.rows.append(replace(world.rows[8], location=place))
    return {("stet-never-was.warc.gz", None, Kind.MISSING)}


def repeated_index_row(world):
    world.rows.append(world.rows[8])
    return {world.named(8, Kind.INDEX)}


IN_FILES = {
    "torn mid-record": torn_mid_record,
    "torn gzip header": torn_gzip_header,
    "torn trailer": torn_trailer,
    "4 kB of zeros at the end": zeros_at_the_end,
    "4 kB of zeros in the middle": zeros_in_the_middle,
    "flipped bit in a payload": bit_in_a_payload,
    "flipped bit in a WARC header": bit_in_a_header,
    "flipped bit in a gzip header": bit_in_a_gzip_header,
    "flipped bit in the middle file": bit_in_the_middle_file,
    "flipped bit in the certificates": bit_in_the_certificates,
    "flipped bit in the first record": bit_in_the_first_record,
    "torn, then appended to": torn_then_appended,
    "records twice": records_twice,
    "missing file": missing_file,
    "missing exchange": missing_exchange,
    "missing request record": missing_request,
    "swapped files": swapped_files,
}
IN_THE_INDEX = {
    "truncated index": truncated_index,
    "edited row: url": edited(4, url="http://example.org/other"),
    "edited row: time": edited(4, timestamp=NOON),
    "edited row: digest": edited(4, digest=Digest("sha256:" + 64 * "0")),
    "edited row: record id": edited(4, record_id="urn:uuid:00000000-0000-4000-8000-000000000000"),
    "edited row: type": edited(4, record_type=records.RecordType.REVISIT),
    "edited row: status": edited(4, status=404),
    "edited row: original": edited(3, refers_to_timestamp=NOON - timedelta(days=1)),
    "moved row": moved_index_row,
    "row without a file": index_row_of_nothing,
    "row twice": repeated_index_row,
}
DAMAGES = IN_FILES | IN_THE_INDEX


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_each_damage_is_named_with_its_file_and_byte(world, damage):
    expected = damage(world)
    named = found(check_folder(world.folder, world.rows))
    # Where whole records stand at other places than the index has, it lacks them there as well.
    if damage in (missing_exchange, swapped_files):
        assert {kind for *_, kind in named - expected} <= {Kind.UNINDEXED, Kind.INDEX}
        assert named >= expected
    else:
        assert named == expected


@pytest.mark.parametrize("damage", IN_THE_INDEX.values(), ids=IN_THE_INDEX)
def test_the_index_can_be_proven_alone(world, damage):
    assert damage(world) == found(check_index(world.rows, world.folder))


def test_what_is_well_is_not_told(world):
    assert found(check_folder(world.folder, world.rows)) == set()
    assert found(check_folder(world.folder)) == set()
    assert found(check_index(world.rows, world.folder)) == set()


def test_a_fault_says_what_where(world):
    flip(world.file(1), world.at(5).offset + 2000)
    (fault,) = check_folder(world.folder)
    begin = f"{world.file(1).name} at byte {world.at(5).offset}: "
    assert str(fault).startswith(begin)
    assert "bytes are no whole record: the gzip member is damaged" in str(fault)


def test_one_bad_record_hides_no_other(world):
    for number in (1, 2, 4, 8):
        flip(world.file(number // 3), world.at(number).offset + 2000)
    assert found(check_folder(world.folder)) == {world.named(number, Kind.DAMAGED) for number in (1, 2, 4, 8)}


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(EnvironmentFailed, match="check the folder of WARC files"):
        list(check_folder(tmp_path / "none"))


def test_a_file_that_cannot_be_read_is_one_fault_and_not_the_end(world):
    world.file(1).unlink()
    world.file(1).mkdir()
    named = found(check_folder(world.folder))
    assert named == {(world.file(1).name, 0, Kind.UNREADABLE)}


# Forgeries: every gzip member is sound ---------------------------------------------------------------


def forged(world, number, forge):
    """Replace the first record of an exchange by what `forge` makes of it."""
    place, path = world.at(number), world.file(number // 3)
    data = path.read_bytes()
    record = framing.expand(data[place.offset : place.offset + place.length])
    member = framing.compress(forge(record))
    path.write_bytes(data[: place.offset] + member + data[place.offset + place.length :])


def with_field(name, value):
    """A forge that sets one field."""

    def forge(record):
        return Record(tuple((n, value if n == name else v) for n, v in record.headers), record.block)

    return forge


def without_field(name):
    return lambda record: Record(tuple(pair for pair in record.headers if pair[0] != name), record.block)


def other_block(record):
    block = record.block[:-4] + b"lies"
    return Record(record.headers, block)


def other_block_and_its_digest(record):
    block = record.block[:-4] + b"lies"
    return with_field("WARC-Block-Digest", framing.digest(block))(Record(record.headers, block))


@pytest.mark.parametrize(
    ("number", "forge", "kinds"),
    [
        (7, other_block, {Kind.BLOCK, Kind.PAYLOAD}),
        (7, other_block_and_its_digest, {Kind.PAYLOAD}),
        (7, without_field("WARC-Block-Digest"), {Kind.FIELDS, Kind.BLOCK}),
        (7, without_field("WARC-Warcinfo-ID"), {Kind.FIELDS}),
        (7, with_field("WARC-Warcinfo-ID", "<urn:uuid:other>"), {Kind.REFERENCE}),
        (7, with_field("WARC-Date", "yesterday"), {Kind.FIELDS}),
        (7, with_field("WARC-Type", "responce"), {Kind.FIELDS}),
        (7, with_field("WARC-Record-ID", "7"), {Kind.FIELDS, Kind.EXCHANGE}),
        (7, lambda r: Record((*r.headers, ("warc-date", r.get("WARC-Date"))), r.block), {Kind.FIELDS}),
        (3, with_field("WARC-Refers-To", "<urn:uuid:gone>"), {Kind.REFERENCE}),
        (3, with_field("WARC-Refers-To-Date", "2026-03-22T11:00:00.000Z"), {Kind.REFERENCE}),
        (3, with_field("WARC-Payload-Digest", "sha256:" + 64 * "0"), {Kind.REFERENCE}),
        (3, with_field("WARC-Profile", "mine"), {Kind.FIELDS}),
        (3, with_field("WARC-Truncated", "because"), {Kind.FIELDS}),
    ],
)
def test_a_forged_record_is_named(world, number, forge, kinds):
    forged(world, number, forge)
    named = found(check_folder(world.folder))
    at_it = {kind for file, offset, kind in named if (file, offset) == world.named(number, None)[:2]}
    assert at_it == kinds
    others = {kind for file, offset, kind in named if (file, offset) != world.named(number, None)[:2]}
    assert others <= {Kind.EXCHANGE}  # a record of another type or id leaves the others of its exchange alone


def test_a_cut_answer_must_say_so():
    made = records.exchange_records(prepare(page(1)), warcinfo_id="urn:uuid:x")[0]
    block = made.block[:-10]
    digest = framing.digest(block.partition(b"\r\n\r\n")[2])
    cut_one = with_field("WARC-Payload-Digest", digest)(
        with_field("WARC-Block-Digest", framing.digest(block))(Record(made.headers, block))
    )
    assert [kind for kind, _ in record_faults(cut_one)] == [Kind.UNMARKED]
    marked = Record((*cut_one.headers, ("WARC-Truncated", "disconnect")), block)
    assert list(record_faults(marked)) == []


def test_other_certificates_are_named(world):
    chain = world.file(0)
    (member,) = (each for each in iter_members(chain) if each.record.type == "resource")
    block = member.record.block.replace(b"A", b"B", 1)
    other = with_field("WARC-Block-Digest", framing.digest(block))(Record(member.record.headers, block))
    data = chain.read_bytes()
    end = member.offset + member.length
    chain.write_bytes(data[: member.offset] + framing.compress(other) + data[end:])
    assert (chain.name, member.offset, Kind.BLOCK) in found(check_file(chain))


# Files that are being written, or were ---------------------------------------------------------------


def test_a_file_that_is_being_written_may_end_within_an_exchange(tmp_path):
    writer = WarcWriter(tmp_path, info={}, now=lambda: NOON)
    rows = [writer.write(prepare(page(number))).capture for number in (1, 2)]
    (path,) = tmp_path.iterdir()
    assert found(check_folder(tmp_path, rows[:1])) == set()  # the second row is on its way
    whole = path.read_bytes()
    change(path, len(whole), whole[rows[0].location.offset :][:3000])
    assert found(check_folder(tmp_path, rows)) == set()
    writer._file.release()  # what the kernel does for a dead process
    assert found(check_folder(tmp_path, rows)) == {
        (rows[0].location.warc, len(whole), Kind.TORN),
        (rows[0].location.warc, None, Kind.LEFT),
    }


def test_no_fault_is_seen_while_somebody_writes(tmp_path):
    rows, done = [], threading.Event()

    def write():
        with WarcWriter(tmp_path, info={}, now=lambda: NOON, max_bytes=60_000) as writer:
            sent = (prepare(page(number, size=9000)) for number in range(60))
            rows.extend(writer.write(each).capture for each in sent)
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not done.is_set():
        if tmp_path.exists():
            assert found(check_folder(tmp_path, list(rows), Told(busy=True))) == set()
    thread.join()
    assert found(check_folder(tmp_path, rows)) == set()


def test_rows_may_be_late_only_while_somebody_crawls(world):
    assert found(check_index(world.rows[:-1], world.folder, busy=True)) == set()
    assert found(check_index(world.rows[:-1], world.folder)) == {world.named(8, Kind.UNINDEXED)}


def test_a_file_put_aside_is_told(world):
    world.file(2).rename(world.file(2).with_name(world.file(2).name + ".torn"))
    assert found(check_folder(world.folder)) == {(world.file(2).name, None, Kind.LEFT)}


# Seals -----------------------------------------------------------------------------------------------


def test_a_seal_tells_of_any_bit(world):
    """Also of those that carry nothing, such as a gzip member's time stamp."""
    path = world.file(1)
    assert len(seal(path)) == 64
    assert seal(path) == seal(path)
    assert found(check_seal(path)) == found(check_folder(world.folder)) == set()
    flip(path, world.at(5).offset + 4)
    assert found(check_folder(world.folder)) == {(path.name, None, Kind.SEAL)}
    with pytest.raises(EnvironmentFailed, match="keeps its seal"):
        seal(path)


def test_a_seal_is_proven_without_us(world):
    path = world.file(1)
    seal(path)
    command = ["sha256sum", "--check", "--strict", f"{path.name}.sha256"]
    assert subprocess.run(command, cwd=path.parent, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("harm", ["no seal", "no file", "another's seal", "no seal at all in it"])
def test_seals_that_prove_nothing_are_told(world, harm):
    path, other = world.file(1), world.file(2)
    sealed = path.with_name(path.name + ".sha256")
    if harm != "no seal":
        seal(path)
    if harm == "no file":
        path.unlink()
        assert (path.name, None, Kind.MISSING) in found(check_folder(world.folder))
    if harm == "another's seal":
        seal(other)
        sealed.write_bytes(other.with_name(other.name + ".sha256").read_bytes())
    if harm == "no seal at all in it":
        sealed.write_bytes(b"\xff")
    assert found(check_seal(path)) == {(path.name, None, Kind.SEAL)}


def test_a_seal_that_cannot_be_written_is_told(world):
    with pytest.raises(EnvironmentFailed, match="cannot be sealed"):
        seal(world.folder / "none.warc.gz")


# Laws ------------------------------------------------------------------------------------------------


def contents(data):
    """The records in `data`, uncompressed, as far as gzip can read them."""
    got, stream = [], zlib.decompressobj(31)
    while data:
        got.append(stream.decompress(data))
        data, stream = stream.unused_data, zlib.decompressobj(31)
    return got


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_flipped_bit_is_named_or_changes_nothing_that_is_kept(built, tmp_path_factory, data):
    whole = built.file(1).read_bytes()
    places = [location for each in built.kept[3:6] for _, location in each.locations]
    offset = data.draw(st.one_of(st.integers(0, len(whole) - 1), *map(_within, places)))
    path = tmp_path_factory.mktemp("flipped") / built.file(1).name
    path.write_bytes(whole)
    change(path, offset, bytes([whole[offset] ^ (1 << data.draw(st.integers(0, 7)))]))
    named = found(check_file(path))
    starts = [0, *(place.offset for place in places)]
    if named:
        assert max(start for start in starts if start <= offset) in {place for _, place, _ in named}
    else:
        assert contents(path.read_bytes()) == contents(whole)


def _within(place):
    edges = [*range(12), *range(place.length - 12, place.length)]
    return st.sampled_from([place.offset + edge for edge in edges])


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_record_however_odd_stops_the_check(built, tmp_path_factory, data):
    """A sound gzip member can hold anything."""
    path = tmp_path_factory.mktemp("odd") / built.file(1).name
    shutil.copy(built.file(1), path)
    places = [location for each in built.kept[3:6] for _, location in each.locations]
    place = data.draw(st.sampled_from([replace(places[0], offset=0, length=places[0].offset), *places]))
    whole = path.read_bytes()
    (raw,) = contents(whole[place.offset : place.offset + place.length])
    begin = data.draw(st.integers(0, min(len(raw), 900)))
    odd = data.draw(st.binary(max_size=12) | st.sampled_from([b"\r\n", b"\xff", b"\x1b[0m", b"=", b": ", b""]))
    raw = raw[:begin] + odd + raw[begin + data.draw(st.integers(0, 30)) :]
    # A length that fits, so that most of the oddities get as far as the rules.
    raw = re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(raw[raw.find(b"\r\n\r\n") + 4 : -4]), raw)
    member = zlib.compress(raw, 6, 31)
    path.write_bytes(whole[: place.offset] + member + whole[place.offset + place.length :])
    for fault in check_folder(path.parent, built.rows[3:6]):
        assert len(str(fault).encode().splitlines()) == 1
    path.rename(path.with_name(path.name + ".open"))
    recover(path.parent)


@settings(max_examples=40, deadline=None)
@given(sent=histories(), max_bytes=st.sampled_from([1, 3000, 1 << 30]))
def test_nothing_that_the_writer_wrote_is_a_fault(sent, max_bytes, tmp_path_factory):
    """Any exchanges, over many files, with revisits of all kinds, and the index of them."""
    folder, latest, rows = tmp_path_factory.mktemp("warcs"), {}, {}
    with WarcWriter(folder, info={}, now=lambda: NOON, max_bytes=max_bytes) as writer:
        for each in sent:
            prepared = prepare(each)
            same = latest.get((prepared.url, prepared.digest))
            unchanged = next((c for (url, _), c in latest.items() if url == prepared.url), None)
            capture = writer.write(prepared, same=same, unchanged=unchanged).capture
            if capture:
                rows[capture.record_id] = capture
            if capture and capture.record_type == "response" and prepared.status != 304:
                latest[capture.url, capture.digest] = capture
                writer.write_conversion(capture, "text", extractor="x/1")
    assert [str(fault) for fault in check_folder(folder, rows.values())] == []
