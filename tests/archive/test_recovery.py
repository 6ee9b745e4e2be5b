"""A process may end at any byte: what is whole stays, what is half goes aside, nothing is thrown away."""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.domain.model import Exchange, Location, Tls
from archive.errors import EnvironmentFailed
from archive.warc import framing, records
from archive.warc.checking import check_folder
from archive.warc.reader import Member, exchange_at, iter_exchanges, iter_members
from archive.warc.records import prepare
from archive.warc.recovery import Gap, is_being_written, recover, survey, walk
from archive.warc.writer import WarcWriter
from tests.archive.test_warc import everything, histories

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 3, 22, 12, tzinfo=UTC)
TLS = Tls(protocol="tls/1.3", cipher="TLS_AES_256_GCM_SHA384", chain=(b"leaf" * 30, b"root"))


def page(number, size=300, **more):
    """Fetch `number`, with a body that does not compress."""
    body = random.Random(number).randbytes(size)
    response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    url = f"http://example.org/{number}"
    request = b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"
    return Exchange(url=url, began=NOON + timedelta(minutes=number), request=request, response=response, **more)


def write(folder, *exchanges):
    """Keep exchanges in one file, as a process that was then killed; where each begins and ends."""
    writer = WarcWriter(folder, info={"software": "stet/test"}, now=lambda: NOON)
    written = [writer.write(prepare(each)) for each in exchanges]
    writer._file.release()  # what the kernel does for a dead process
    return [(each.locations[0][1].offset, _end(each.locations[-1][1])) for each in written]


def _end(location):
    return location.offset + location.length


def the_file(folder, pattern="*.open"):
    (path,) = folder.glob(pattern)
    return path


def names(folder):
    return sorted(path.name.partition(".")[2] for path in folder.iterdir())


def fetched(folder):
    """The numbers of the exchanges in all closed files, each proven whole."""
    found = []
    for path in sorted(folder.glob("*.warc.gz")):
        for group in iter_exchanges(path):
            number = int(group.records[0].url.rpartition("/")[2])
            assert exchange_at(folder, group.location).url == f"http://example.org/{number}"
            found.append(number)
    return found


# What is kept --------------------------------------------------------------------------------------


def test_a_whole_file_gets_its_name(tmp_path):
    write(tmp_path, page(1), page(2))
    before = the_file(tmp_path).read_bytes()
    (done,) = recover(tmp_path)
    assert the_file(tmp_path, "*").read_bytes() == before
    assert (done.path, done.torn, done.cut) == (the_file(tmp_path, "*.gz"), None, 0)
    assert str(done) == f"{done.name}: 2 exchanges kept"
    assert recover(tmp_path) == []


def test_the_torn_end_goes_aside_byte_for_byte(tmp_path):
    (_, end), _ = write(tmp_path, page(1), page(2))
    whole = the_file(tmp_path).read_bytes()
    the_file(tmp_path).write_bytes(whole[:-3])
    (done,) = recover(tmp_path)
    assert names(tmp_path) == ["warc.gz", "warc.gz.torn"]
    assert the_file(tmp_path, "*.gz").read_bytes() == whole[:end]
    assert done.torn.read_bytes() == whole[end:-3]
    assert str(done) == (
        f"{done.name}: 1 exchange kept; {len(whole) - 3 - end} bytes from byte {end} on"
        f" (the file ends inside a gzip member) are now {done.name}.torn"
    )
    assert fetched(tmp_path) == [1]


def test_a_half_exchange_goes_aside_also_where_its_records_are_whole(tmp_path):
    """Its response would be shown as a page by every tool, though nobody says how its fetch ended."""
    (_, end), _ = write(tmp_path, page(1), page(2, tls=TLS))
    path = the_file(tmp_path)
    last = list(iter_members(path))[-1]
    whole = path.read_bytes()
    path.write_bytes(whole[: last.offset])  # chain, response and request are whole, metadata is missing
    (done,) = recover(tmp_path)
    assert done.survey.why == "the last records of an exchange are missing"
    assert done.torn.read_bytes() == whole[end : last.offset]
    assert [member.record.type for member in iter_members(done.torn)] == ["resource", "response", "request"]
    assert fetched(tmp_path) == [1]


def test_text_records_count_as_whole(tmp_path):
    writer = WarcWriter(tmp_path, info={}, now=lambda: NOON)
    kept = writer.write(prepare(page(1)))
    place = writer.write_conversion(kept.capture, "text", extractor="x/1")
    writer._file.release()
    (done,) = recover(tmp_path)
    assert done.kept == _end(place)


@pytest.mark.parametrize("cut", [10, 400, 900])
def test_a_file_without_a_whole_exchange_goes_aside(tmp_path, cut):
    """Also where its warcinfo record is whole: that says nothing of any fetch."""
    write(tmp_path, page(1, size=2000))
    path = the_file(tmp_path)
    begin = path.read_bytes()[:cut]
    path.write_bytes(begin)
    (done,) = recover(tmp_path)
    assert (done.path, done.torn.read_bytes(), names(tmp_path)) == (None, begin, ["warc.gz.torn"])
    assert "holds no whole exchange" in str(done)
    assert recover(tmp_path) == []


def test_an_empty_file_is_removed(tmp_path):
    write(tmp_path, page(1))
    the_file(tmp_path).write_bytes(b"")
    (done,) = recover(tmp_path)
    assert (names(tmp_path), str(done)) == ([], f"{done.name}: was empty and is removed")


def test_zeros_at_the_end_go_aside(tmp_path):
    """Some file systems leave them behind when the power fails."""
    write(tmp_path, page(1))
    path = the_file(tmp_path)
    path.write_bytes(path.read_bytes() + bytes(4096))
    (done,) = recover(tmp_path)
    assert (done.torn.read_bytes(), fetched(tmp_path)) == (bytes(4096), [1])


@pytest.mark.parametrize("harm", ["bit", "zeros"])
def test_what_is_whole_behind_damage_stays_where_the_index_has_it(tmp_path, harm):
    """No crash damages the middle of a file; to cut there would throw kept pages away."""
    _, (begin, end), _, _ = write(tmp_path, page(1), page(2), page(3), page(4))
    path = the_file(tmp_path)
    data = bytearray(path.read_bytes())
    if harm == "bit":
        data[begin + 200] ^= 4
    else:
        data[begin : begin + 600] = bytes(600)
    path.write_bytes(data[:-5])
    (done,) = recover(tmp_path)
    assert the_file(tmp_path, "*.gz").read_bytes() + done.torn.read_bytes() == data[:-5]
    assert [gap.offset for gap in done.survey.gaps] == [begin]
    assert f"damaged at byte {begin}: run: stet verify" in str(done)
    whole = [piece.record.url for piece in walk(done.path) if isinstance(piece, Member) and piece.offset >= end]
    assert set(whole) == {"http://example.org/3"}


def test_a_page_that_holds_records_cannot_pass_them_off_as_ours(tmp_path):
    """Somebody serves gzip members with WARC records in them, and their outer record is damaged."""
    noise = random.Random(0).randbytes(40_000)
    record = records.make("response", b"HTTP/1.1 200 OK\r\n\r\nForged", "", [], moment=NOON)
    packer = zlib.compressobj(9, wbits=31, strategy=zlib.Z_FIXED)  # no text that our own zlib would shorten
    forged = packer.compress(framing.serialise(record)) + packer.flush()
    body = noise[:20_000] + forged + noise[20_000:]
    evil = Exchange(
        url="http://example.org/2", began=NOON, request=b"GET", response=b"HTTP/1.1 200 OK\r\n\r\n" + body
    )
    write(tmp_path, page(1), evil, page(3))
    path = the_file(tmp_path)
    found = [member.record for member in iter_members(path)]
    members = [zlib.compress(framing.serialise(record), 6, 31) for record in found]
    begin = sum(map(len, members[: [record.url for record in found].index(evil.url)]))
    data = bytearray(b"".join(members))
    assert forged in data  # zlib stores what does not compress as it is; igzip, by which we write today, does not
    data[begin + 20] ^= 1
    path.write_bytes(data)
    gap = next(piece for piece in walk(path) if isinstance(piece, Gap))
    assert gap.offset == begin
    assert gap.offset + gap.length > data.rindex(forged)
    assert survey(path).exchanges == 2
    assert not [p for p in walk(path) if isinstance(p, Member) and p.record.block[-6:] == b"Forged"]


# Who may repair ------------------------------------------------------------------------------------


def test_a_file_that_is_being_written_is_left_alone(tmp_path):
    with WarcWriter(tmp_path, info={}, now=lambda: NOON) as writer:
        writer.write(prepare(page(1)))
        assert is_being_written(the_file(tmp_path))
        assert recover(tmp_path) == []
        writer.write(prepare(page(2)))
    assert fetched(tmp_path) == [1, 2]


def test_a_file_that_the_writer_put_aside_is_taken_up(tmp_path):
    """The writer does so when the disk neither takes a write nor lets it be taken back."""
    (_, end), _ = write(tmp_path, page(1), page(2))
    path = the_file(tmp_path)
    half = path.read_bytes()[:-50]
    path.write_bytes(half)
    path.rename(path.with_name(path.name.removesuffix(".open") + ".torn"))
    (done,) = recover(tmp_path)
    assert names(tmp_path) == ["warc.gz", "warc.gz.torn"]
    assert (done.path.read_bytes(), done.torn.read_bytes()) == (half[:end], half[end:])
    assert recover(tmp_path) == []


def test_no_file_is_written_over(tmp_path):
    write(tmp_path, page(1), page(2))
    path = the_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-5])
    other = path.with_name(path.name.removesuffix(".open") + ".torn")
    other.write_bytes(b"the end of something else")
    (done,) = recover(tmp_path)
    assert done.torn.name == other.name + ".1"
    assert other.read_bytes() == b"the end of something else"


def test_two_files_of_one_name_are_told(tmp_path):
    write(tmp_path, page(1))
    path = the_file(tmp_path)
    shutil.copy(path, path.with_name(path.name.removesuffix(".open")))
    with pytest.raises(EnvironmentFailed, match="move one of the two"):
        recover(tmp_path)


def test_two_that_repair_at_once_do_not_meet(tmp_path):
    for number in range(12):
        write(tmp_path, page(number), page(number + 100))
        path = the_file(tmp_path)
        path.write_bytes(path.read_bytes()[:-5])
        path.rename(path.with_name(path.name.replace("-00000-", f"-{number:05}-") + "!"))
    for path in tmp_path.iterdir():
        path.rename(path.with_name(path.name.removesuffix("!")))
    with ThreadPoolExecutor(3) as pool:
        done = [each for some in pool.map(recover, [tmp_path] * 3) for each in some]
    assert (len(done), names(tmp_path)) == (12, ["warc.gz"] * 12 + ["warc.gz.torn"] * 12)


# When the disk fails -------------------------------------------------------------------------------


def test_a_disk_that_is_full_is_told_and_nothing_is_lost(tmp_path):
    """The kernel refuses the copy of the torn end, by a limit on the size of files."""
    write(tmp_path, page(1), page(2, size=5000))
    path = the_file(tmp_path)
    torn = path.read_bytes()[:-5]
    path.write_bytes(torn)
    script = (
        "import resource, sys; from pathlib import Path; from archive.warc.recovery import recover;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY)); recover(Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert "cannot be repaired: File too large; free or mend the disk" in done.stderr
    assert (names(tmp_path), path.read_bytes()) == (["warc.gz.open"], torn)
    recover(tmp_path)
    assert fetched(tmp_path) == [1]


def test_a_folder_that_may_not_be_changed_is_told(tmp_path):
    folder = tmp_path / "warcs"
    write(folder, page(1))
    for each in (tmp_path, *tmp_path.parents[:3]):  # three with parallel workers, which have folders of their own
        each.chmod(each.stat().st_mode | 0o111)
    folder.chmod(0o555)
    the_file(folder).chmod(0o444)
    user = os.geteuid()
    os.seteuid(user or 65534)  # root may change everything
    try:
        with pytest.raises(EnvironmentFailed, match="cannot be repaired: Permission denied"):
            recover(folder)
    finally:
        os.seteuid(user)
        folder.chmod(0o755)


# Laws ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The bytes of a file of five exchanges, its name, and where each of them begins and ends."""
    folder = tmp_path_factory.mktemp("sample")
    bounds = write(folder, page(0), page(1, tls=TLS), page(2, size=0), page(3, size=3000), page(4))
    return the_file(folder).read_bytes(), the_file(folder).name, bounds


def test_wherever_a_file_is_cut_its_whole_exchanges_are_found(sample, tmp_path):
    data, name, bounds = sample
    path = tmp_path / name
    ends = [end for _, end in bounds]
    edges = [place + step for bound in bounds for place in bound for step in (-1, 0, 1, 9)]
    for cut in [*range(0, len(data), 101), *(edge for edge in edges if edge <= len(data))]:
        path.write_bytes(data[:cut])
        found = survey(path)
        assert found.exchanges == sum(end <= cut for end in ends), cut
        assert found.end == max([0, *(end for end in ends if end <= cut)]), cut
        assert (found.gaps, bool(found.why)) == ((), cut > found.end)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_recovery_keeps_every_byte_and_every_whole_exchange(sample, tmp_path_factory, data):
    """Cut anywhere, and then perhaps followed by what else may stand in the blocks of a disk."""
    whole, name, bounds = sample
    folder = tmp_path_factory.mktemp("warcs")
    junk = st.one_of(st.just(b""), st.binary(max_size=40), st.just(bytes(512)), st.just(whole[:200]))
    left = whole[: data.draw(st.integers(0, len(whole)))] + data.draw(junk)
    (folder / name).write_bytes(left)
    recover(folder)
    assert not list(folder.glob("*.open"))
    assert b"".join(path.read_bytes() for path in sorted(folder.iterdir())) == left
    assert fetched(folder) == [n for n, (_, end) in enumerate(bounds) if left[:end] == whole[:end]]
    assert recover(folder) == []


@settings(max_examples=40, deadline=None)
@given(data=st.data(), sent=histories(), max_bytes=st.sampled_from([1, 3000, 1 << 30]))
def test_any_sequence_written_rotated_crashed_and_recovered_comes_back(data, sent, max_bytes, tmp_path_factory):
    """With every repeated payload as a revisit; all but what the last file had behind the cut."""
    folder, originals, ends = tmp_path_factory.mktemp("warcs"), {}, []
    writer = WarcWriter(folder, info={}, now=lambda: NOON, max_bytes=max_bytes)
    for number, each in enumerate(sent):
        sent[number] = each = replace(each, began=NOON + timedelta(minutes=number))
        written = writer.write(prepare(each), same=originals.get(prepare(each).digest))
        if written.capture and written.capture.record_type == "response":
            originals.setdefault(written.capture.digest, written.capture)
        ends.append((written.principal.warc, _end(written.locations[-1][1])))
    writer._file.release()
    last = the_file(folder)
    cut = last.stat().st_size * data.draw(st.integers(0, 10_000)) // 10_000  # sizes vary with names and ids
    last.write_bytes(last.read_bytes()[:cut])
    for done in recover(folder):
        if done.torn:
            done.torn.unlink()
    kept = [each for each, (name, end) in zip(sent, ends, strict=True) if last.stem != name or end <= cut]
    assert everything(folder) == kept


# Killed while it repairs ---------------------------------------------------------------------------

KILLED_AT_EVERY_LINE = """
import itertools, os, shutil, signal, sys
from pathlib import Path
from archive.warc import recovery

first = recovery.recover.__code__.co_firstlineno  # what stands before it only reads
given, folder, wanted = (Path(name) for name in sys.argv[1:4])

def contents():
    return {path.name: path.read_bytes() for path in folder.iterdir()}

def die_at(line):
    left = itertools.count(line, -1)
    def trace(frame, event, _):
        code = frame.f_code
        if code.co_filename != recovery.__file__ or code.co_firstlineno < first:
            return None
        if event == "line" and next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace
    sys.settrace(trace)

killed = 0
for line in itertools.count():
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(given, folder)
    child = os.fork()
    if not child:
        die_at(line)
        recovery.recover(folder)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    recovery.recover(folder)
    assert contents() == {path.name: path.read_bytes() for path in wanted.iterdir()}, line
    if os.WIFEXITED(status):
        assert os.WEXITSTATUS(status) == 0
        break
    killed += 1
print(killed)
"""


@pytest.fixture
def in_memory(tmp_path):
    """A folder where flushing costs nothing; a kill, unlike a power cut, loses no write that was made."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as folder:
        yield Path(folder)


@pytest.mark.parametrize("left", ["open", "put aside", "nothing whole"])
def test_a_repair_that_is_killed_at_any_line_is_finished_by_the_next(tmp_path, in_memory, left):
    given_, wanted = tmp_path / "given", tmp_path / "wanted"
    write(given_, page(1), page(2, size=2000))
    path = the_file(given_)
    path.write_bytes(path.read_bytes()[: 500 if left == "nothing whole" else -5])
    if left == "put aside":
        path.rename(path.with_name(path.name.removesuffix(".open") + ".torn"))
    shutil.copytree(given_, wanted)
    recover(wanted)
    command = [sys.executable, "-c", KILLED_AT_EVERY_LINE, given_, in_memory / "folder", wanted]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stderr == ""
    assert int(done.stdout) > 25


def test_a_copy_that_was_cut_short_is_made_anew(tmp_path):
    write(tmp_path, page(1), page(2))
    path = the_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-5])
    part = path.with_name(path.name.removesuffix(".open") + ".torn.part")
    part.write_bytes(b"half of")
    (done,) = recover(tmp_path)
    assert (part.exists(), done.torn.stat().st_size) == (False, done.cut)


# Killed while it writes ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Killed:
    """What came of a writer that was killed. `told` is what it said it kept, `whole` what was found."""

    told: int
    whole: int
    torn: int  #: bytes that were cut off
    problems: list[str]


def busy_exchange(number):
    """Now and then one that takes the kernel long enough to be killed at it."""
    sizes = random.Random(number)
    return page(number, size=sizes.choice([0, 300, 3000, 3000, 60_000, 200_000]), tls=sizes.choice([None, TLS]))


def write_for_ever(folder, pipe):
    with WarcWriter(folder, info={}, now=lambda: NOON, max_bytes=400_000) as writer:
        for number in itertools.count():
            place = writer.write(prepare(busy_exchange(number))).principal
            os.write(pipe, f"{place.warc} {place.offset} {place.length}\n".encode())


def kill_a_writer(folder, size):
    """Let a process write into `folder`, kill it once it has written `size` bytes, recover, look at everything.

    The process is watched as closely as can be, for only so it is killed within a write now and then.
    """
    read, write_end = os.pipe()
    child = os.fork()
    if not child:
        write_for_ever(folder, write_end)
    os.close(write_end)
    patience = time.monotonic() + 10
    while _written(folder) < size and time.monotonic() < patience:
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(read) as pipe:
        told = [
            Location(warc=warc, offset=int(offset), length=int(length))
            for warc, offset, length in map(str.split, pipe)
        ]
    folder.mkdir(exist_ok=True)
    done = recover(folder)
    problems = [str(fault) for fault in check_folder(folder)]
    for number, place in enumerate(told):
        if exchange_at(folder, place) != busy_exchange(number):
            problems.append(f"exchange {number} is not as it was")
    found = fetched(folder)
    if found != list(range(len(found))) or not len(told) <= len(found) <= len(told) + 1:
        problems.append(f"{len(told)} exchanges were told of, and found are {found}")
    return Killed(len(told), len(found), sum(each.cut for each in done), problems)


def _written(folder):
    try:
        with os.scandir(folder) as entries:
            return sum(entry.stat().st_size for entry in entries)
    except FileNotFoundError:  # not made yet, or renamed between the two
        return 0


def kill_writers(folder, count, seed, most):
    """`count` writers, one after the other, each killed at a random byte of its first `most`."""
    chance = random.Random(seed)
    for number in range(count):
        yield kill_a_writer(folder / str(number), chance.randint(0, most))
        shutil.rmtree(folder / str(number))


NURSERY = """
import dataclasses, json, sys
from pathlib import Path
from tests.archive.test_recovery import kill_writers
for killed in kill_writers(Path(sys.argv[1]), 25, 1, 800_000):
    print(json.dumps(dataclasses.asdict(killed)))
"""


def test_what_a_killed_writer_said_it_kept_is_whole(in_memory):
    """Twenty-five writers are killed; `benchmarks/damage.py --kills` does it more often, and on a disk."""
    command = [sys.executable, "-c", NURSERY, in_memory]  # it forks, which a process with threads must not
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stderr == ""
    killed = [Killed(**json.loads(line)) for line in done.stdout.splitlines()]
    assert len(killed) == 25
    assert sum(each.told for each in killed) > 25
    assert [problem for each in killed for problem in each.problems] == []
