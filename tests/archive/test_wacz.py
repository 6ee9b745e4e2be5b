"""What leaves the archive as WACZ stands on its own: whole, in order, signed, and the same each time."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import resource
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import wacz
from archive.db import record, selecting
from archive.domain.model import RecordType
from archive.home import find
from archive.warc import wacz_auth
from archive.warc.cdxj import parse_line
from archive.warc.checking import References, check_file
from archive.warc.gathering import gather
from archive.warc.reader import iter_members
from scheduler.cli import run
from tests.homes import START, Place
from tests.newsroom import Newsroom
from tests.played import kept, stet

OPENSSL = shutil.which("openssl")


def export(home, output, *arguments) -> Path:
    assert run(["export", *map(str, arguments), "-o", str(output), "--home", str(home)]) == 0
    return output


def unpacked(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        file.extractall(folder)
    return folder


def records_of(folder: Path) -> list:
    return [(path, m) for path in sorted((folder / "archive").iterdir()) for m in iter_members(path)]


def faults_in(folder: Path) -> list[str]:
    """What our checker says of the WARC files of a package, and of what they say of each other."""
    references = References()
    found = [f for p in sorted((folder / "archive").iterdir()) for f in check_file(p, references=references)]
    return [str(fault) for fault in [*found, *references.unresolved()]]


@pytest.fixture(scope="module")
def harbour(tmp_path_factory):
    """Two papers on https: an article edited, moved and lost, with repeats, a 304, failures, and another one."""
    with Newsroom(start=START, https=True) as room:
        herald = room.outlet("herald.example", title="The Herald")
        courier = room.outlet("courier.example", title="The Courier")
        place = Place(tmp_path_factory.mktemp("harbour") / "home", room)
        place.watch(herald)
        place.watch(courier)
        report = herald.publish("Minister denies the report", ["The minister denied it on Tuesday."])
        other = courier.publish("Ferry runs again", ["The ferry runs again from Monday on."])
        report.break_with("late", times=2, seconds=0)  # whole answers for a while, so that one repeats the other
        place.look()
        place.look()
        place.look()
        report.edit_silently("denied", "confirmed")
        place.look()
        report.break_with("reset")
        place.look()
        herald.mend()
        report.withdraw(404, listed=True)
        place.look()
        yield place, report.url, other.url


def test_an_article_goes_out_with_all_that_was_fetched_for_it(harbour, tmp_path):
    place, report, _ = harbour
    folder = unpacked(export(place.root, tmp_path / "report.wacz", report), tmp_path / "x")
    assert faults_in(folder) == []
    records = [member.record for _, member in records_of(folder)]
    kinds = [record.type for record in records]
    assert kinds.count("warcinfo") == len(list((folder / "archive").iterdir())) == 6
    assert kinds.count("resource") == 6, "each file has the certificate chain of its exchanges"
    assert kinds.count("conversion") == 2, "the text of either wording"
    assert kinds.count("metadata") == len(place.fetches(report)) == 8, "also of the fetch that failed"
    assert {"response", "revisit", "request"} <= set(kinds)
    assert {record.url for record in records if record.type == "request"} == {report}


def test_records_are_copied_byte_for_byte_in_their_order(harbour, tmp_path):
    place, report, _ = harbour
    folder = unpacked(export(place.root, tmp_path / "report.wacz", report), tmp_path / "x")
    for path in (folder / "archive").iterdir():
        whole, last = (place.root / "warcs" / path.name).read_bytes(), -1
        data = path.read_bytes()
        for member in iter_members(path):
            found = whole.find(data[member.offset : member.offset + member.length])
            assert found > last
            last = found


def test_the_original_of_a_revisit_goes_along_from_another_file(harbour, tmp_path):
    """The 304 alone would show nothing."""
    place, report, _ = harbour
    [capture] = [c for c in place.captures(report) if c.status == 304][:1]
    output = ["--as", "wacz", "-o", str(tmp_path / "one.wacz")]
    at = capture.timestamp.isoformat()
    assert run(["get", report, "--home", str(place.root), "--at", at, *output]) == 0
    folder = unpacked(tmp_path / "one.wacz", tmp_path / "x")
    assert faults_in(folder) == []
    kinds = [member.record.type for _, member in records_of(folder)]
    assert (kinds.count("response"), kinds.count("revisit")) == (1, 1)
    lines = gzip.decompress((folder / "indexes/index.cdx.gz").read_bytes()).decode().splitlines()
    assert len(lines) == 2


def test_index_lines_have_17_digits_and_point_at_their_records(harbour, tmp_path):
    place, report, _ = harbour
    folder = unpacked(export(place.root, tmp_path / "report.wacz", report), tmp_path / "x")
    lines = gzip.decompress((folder / "indexes/index.cdx.gz").read_bytes()).decode().splitlines()
    assert len(lines) == len(place.captures(report))
    assert lines == sorted(lines)
    for line in lines:
        capture, said = parse_line(line), json.loads(line.partition(" {")[2].join("{ ").strip())
        data = (folder / "archive" / capture.location.warc).read_bytes()
        member = data[capture.location.offset : capture.location.offset + capture.location.length]
        assert f"sha256:{hashlib.sha256(member).hexdigest()}" == said["recordDigest"]
        assert b"WARC-Target-URI: " + report.encode() in gzip.decompress(member)
        assert capture.timestamp.microsecond, "to the millisecond"
    sparse = (folder / "indexes/index.idx").read_text().splitlines()
    assert sparse[0] == '!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}'
    key, _, place_ = sparse[1].partition(" {")
    assert lines[0].startswith(key)
    assert json.loads("{" + place_)["offset"] == 0


def test_many_lines_make_many_blocks_each_found_by_its_first_key():
    lines = [f"example,a)/{n:05} 20260302083000000 {{}}\n" for n in range(1000)]
    blocks, sparse = wacz.wacz._index(lines)
    whole = b"".join(blocks)
    entries = sparse.decode().splitlines()[1:]
    assert len(entries) == 4
    for number, entry in enumerate(entries):
        key, _, rest = entry.partition(" {")
        where = json.loads("{" + rest)
        block = whole[where["offset"] : where["offset"] + where["length"]]
        assert gzip.decompress(block).decode().splitlines(keepends=True) == lines[number * 300 :][:300]
        assert lines[number * 300].startswith(key)
        assert where["digest"] == f"sha256:{hashlib.sha256(block).hexdigest()}"


def test_each_wording_is_a_page_with_its_text_and_each_other_answer_is_listed(harbour, tmp_path):
    place, report, _ = harbour
    folder = unpacked(export(place.root, tmp_path / "report.wacz", report), tmp_path / "x")
    head, *pages = map(json.loads, (folder / "pages/pages.jsonl").read_text().splitlines())
    assert head["format"] == "json-pages-1.0"
    assert [("denied" in p["text"], "confirmed" in p["text"]) for p in pages] == [(True, False), (False, True)]
    assert {p["title"] for p in pages} == {"Minister denies the report"}
    _, *others = map(json.loads, (folder / "pages/extraPages.jsonl").read_text().splitlines())
    assert len(pages) + len(others) == len(place.captures(report))
    assert others[-1]["title"] == "404: Minister denies the report"
    stamps = {
        parse_line(line).timestamp.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for line in gzip.decompress((folder / "indexes/index.cdx.gz").read_bytes()).decode().splitlines()
    }
    assert {p["ts"] for p in [*pages, *others]} <= stamps


def test_the_same_selection_gives_the_same_bytes(harbour, tmp_path):
    place, report, other = harbour
    first = export(place.root, tmp_path / "a.wacz", report, other)
    second = export(place.root, tmp_path / "b.wacz", report, other)
    assert first.read_bytes() == second.read_bytes()


def test_what_must_not_be_compressed_again_is_stored(harbour, tmp_path):
    with zipfile.ZipFile(export(harbour[0].root, tmp_path / "a.wacz", "--outlet", "herald")) as file:
        for entry in file.infolist():
            if entry.filename.endswith(".gz"):
                assert entry.compress_type == zipfile.ZIP_STORED
            assert entry.date_time[:3] == (2026, 3, 2), "a date from the data"


def test_an_outlet_goes_out_with_its_feeds_and_robots_txt(harbour, tmp_path):
    place, report, other = harbour
    folder = unpacked(export(place.root, tmp_path / "a.wacz", "--outlet", "herald"), tmp_path / "x")
    urls = {member.record.url for _, member in records_of(folder) if member.record.type == "request"}
    beside = {row["url"] for row in place.log() if row["role"] in ("sibling", "control")}
    assert {report, "https://herald.example/rss.xml", "https://herald.example/robots.txt"} == urls - beside
    assert urls & beside, "also what speaks for the outlet"
    assert other not in urls


def test_a_span_of_time_takes_what_was_fetched_in_it_and_what_that_needs(harbour, tmp_path):
    place, report, _ = harbour
    span = ["--since", "2026-03-02T09:25:00Z", "--until", "2026-03-02T09:35:00Z"]
    folder = unpacked(export(place.root, tmp_path / "a.wacz", report, *span), tmp_path / "x")
    kinds = [member.record.type for _, member in records_of(folder)]
    assert (kinds.count("revisit"), kinds.count("response")) == (1, 1), "the 304 of 9:30, and the page of 8:30"
    assert faults_in(folder) == []


def test_the_datapackage_lists_every_file_and_is_signed(harbour, tmp_path):
    folder = unpacked(export(harbour[0].root, tmp_path / "a.wacz", harbour[1]), tmp_path / "x")
    package = json.loads((folder / "datapackage.json").read_text())
    assert (package["profile"], package["wacz_version"]) == ("data-package", "1.1.1")
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {one["path"] for one in package["resources"]} == there - {"datapackage.json", "datapackage-digest.json"}
    for one in package["resources"]:
        data = (folder / one["path"]).read_bytes()
        assert (one["hash"], one["bytes"]) == (f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))
    said = json.loads((folder / "datapackage-digest.json").read_text())
    digest = f"sha256:{hashlib.sha256((folder / 'datapackage.json').read_bytes()).hexdigest()}"
    assert said["hash"] == digest
    assert said["signedData"]["created"] == package["created"]
    assert wacz_auth.fault_of(said["signedData"], digest) == ""
    assert wacz_auth.fault_of(said["signedData"], "sha256:" + "0" * 64) == "is over another datapackage.json"


@pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")
def test_openssl_finds_the_signature_right(harbour, tmp_path):
    """Its r and s in DER, as openssl wants a signature."""
    folder = unpacked(export(harbour[0].root, tmp_path / "a.wacz", harbour[1]), tmp_path / "x")
    said = json.loads((folder / "datapackage-digest.json").read_text())["signedData"]
    raw = base64.b64decode(said["signature"])
    r, s = int.from_bytes(raw[:48]), int.from_bytes(raw[48:])
    (tmp_path / "sig.der").write_bytes(wacz_auth.encode_dss_signature(r, s))
    (tmp_path / "hash").write_text(said["hash"])
    public = harbour[0].root / "keys" / wacz_auth.PUBLIC_KEY
    done = subprocess.run(
        [OPENSSL, "dgst", "-sha256", "-verify", public, "-signature", tmp_path / "sig.der", tmp_path / "hash"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "Verified OK\n"


@pytest.mark.parametrize("name", ["signature", "publicKey"])
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_no_bit_of_a_signature_can_be_turned(name, data):
    key = wacz_auth.ec.derive_private_key(12345, wacz_auth.ec.SECP384R1())
    digest = "sha256:" + "ab" * 32
    signed = wacz_auth.sign(digest, "2026-03-02T08:00:00.000Z", key=key, software="stet")
    assert signed == wacz_auth.sign(digest, "2026-03-02T08:00:00.000Z", key=key, software="stet")
    assert wacz_auth.fault_of(signed, digest) == ""
    raw = bytearray(base64.b64decode(signed[name]))
    at = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[at // 8] ^= 1 << at % 8
    assert wacz_auth.fault_of({**signed, name: base64.b64encode(raw).decode()}, digest) != ""


def test_a_key_has_one_form():
    """Openssl also reads the hybrid form of a point (X9.62): the same key would have two digests."""
    key = wacz_auth.ec.derive_private_key(12345, wacz_auth.ec.SECP384R1())
    signed = wacz_auth.sign("sha256:" + "ab" * 32, "2026-03-02T08:00:00.000Z", key=key, software="stet")
    raw = bytearray(base64.b64decode(signed["publicKey"]))
    assert raw[23] == 4, "uncompressed"
    raw[23] = 6 | raw[-1] & 1
    odd = signed | {"publicKey": base64.b64encode(raw).decode()}
    assert wacz_auth.fault_of(odd, signed["hash"]) == "has its key in an unusual form"


@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_taken_stands_on_its_own(harbour, tmp_path_factory, data):
    """Any fetches at all: no record lacks what it refers to, and every capture taken is in the index."""
    place, _, _ = harbour
    with place.reading() as connection:
        every = selecting.held(connection)
        some = data.draw(st.lists(st.sampled_from(every), min_size=1, max_size=6, unique_by=lambda one: one.id))
        shares = gather(
            place.home.warcs,
            [one.location for one in some],
            lookup=lambda url, at: record.response_at(connection, url, at),
        )
    folder = tmp_path_factory.mktemp("taken")
    (folder / "archive").mkdir()
    for share in shares:
        path = folder / "archive" / share.warc
        path.write_bytes(b"".join(share.records(place.home.warcs)))
        assert path.stat().st_size == share.size
        at = {m.offset: m.record for m in iter_members(path)}
        for capture in share.captures():
            assert at[capture.location.offset].id == capture.record_id
    assert faults_in(folder) == []
    assert {one.location.warc for one in some} <= {share.warc for share in shares}


def test_the_text_is_found_in_the_file_that_was_begun_next(room, herald, tmp_path):
    """The file was full between the page and its text."""
    place = Place(tmp_path / "home", room)
    (place.root / "stet.toml").write_text(place._text() + "\n[archive]\nrotate_size = 1\n")
    place._text = (place.root / "stet.toml").read_text
    story = herald.publish("Ferry runs again", ["The ferry runs again from Monday on."])
    place.watch(stories=[story])
    place.look()
    folder = unpacked(export(place.root, tmp_path / "a.wacz", story.url), tmp_path / "x")
    [(path, text)] = [(p, m.record) for p, m in records_of(folder) if m.record.type == "conversion"]
    page = next(p for p, m in records_of(folder) if m.record.type == RecordType.RESPONSE)
    assert path != page
    assert b"The ferry runs again" in text.block
    assert faults_in(folder) == []


def test_the_whole_index_goes_out_sorted_by_bytes(harbour, tmp_path):
    """Each capture once, where it lies in the archive: `sort -c` has nothing to say against the order."""
    place, _, _ = harbour
    export(place.root, tmp_path / "index.cdxj", "--cdxj")
    lines = (tmp_path / "index.cdxj").read_text().splitlines()
    assert {parse_line(line).location for line in lines} == {c.location for c in place.every_capture()}
    assert len(lines) == len(place.every_capture())
    environ = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}
    assert subprocess.run(["sort", "-c", tmp_path / "index.cdxj"], env=environ, check=False).returncode == 0


# What cannot be done.


@pytest.fixture
def home(tmp_path):
    return shutil.copytree(kept().home, tmp_path / "home")


def refused(home, code, *arguments) -> str:
    done = stet("export", *arguments, "--home", home)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, "one line"
    return done.stderr


def test_a_file_that_is_there_is_never_replaced(home, tmp_path):
    (tmp_path / "a.wacz").write_text("mine")
    assert "exists already" in refused(home, 2, kept().report, "-o", tmp_path / "a.wacz")
    assert (tmp_path / "a.wacz").read_text() == "mine"


@pytest.mark.parametrize(
    ("code", "arguments", "said"),
    [
        (2, [], "name URLs"),
        (2, ["http://herald.example/a", "--outlet", "herald"], "not both"),
        (1, ["--outlet", "herold"], "herold"),
        (2, ["--since", "2026-03-03", "--until", "2026-03-02"], "exchange them"),
        (1, ["http://herald.example/never"], "not watched here"),
        (1, ["--since", "2030"], "nothing was kept"),
        (2, ["--cdxj", "--outlet", "herald"], "--cdxj names all"),
        (2, ["--cdxj", "--evidence", "1"], "--evidence names all"),
    ],
)
def test_what_cannot_be_exported_is_said_in_a_line(home, tmp_path, code, arguments, said):
    assert said in refused(home, code, *arguments, "-o", tmp_path / "a.wacz")
    assert not list(tmp_path.glob("*a.wacz*"))


def test_a_package_must_be_named_as_one(home, tmp_path):
    assert "write -o a.wacz" in refused(home, 2, kept().report, "-o", tmp_path / "a.zip")


def test_a_missing_warc_file_is_named_and_nothing_is_left(home, tmp_path):
    gone = min((home / "warcs").glob("*.warc.gz"))
    gone.unlink()
    assert gone.name in refused(home, 3, kept().report, "-o", tmp_path / "a.wacz")
    assert not list(tmp_path.glob("*a.wacz*"))


def test_a_full_disk_leaves_nothing_behind(home, tmp_path):
    """As the kernel says it: no file may grow beyond 40 kB (the database's own shared memory has 32)."""
    limited = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))}
    done = stet("export", "--outlet", "herald", "-o", tmp_path / "a.wacz", "--home", home, **limited)
    assert done.returncode == 3
    assert f"{tmp_path / 'a.wacz'}: cannot be written: File too large" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("*a.wacz*"))


def test_it_works_while_somebody_crawls(home, tmp_path):
    with find(home).lock("a crawl"):
        assert stet("export", kept().report, "-o", tmp_path / "a.wacz", "--home", home).returncode == 0


def test_unsigned_on_request(home, tmp_path):
    folder = unpacked(export(home, tmp_path / "a.wacz", kept().report, "--unsigned"), tmp_path / "x")
    assert "signedData" not in json.loads((folder / "datapackage-digest.json").read_text())
    assert not (home / "keys" / wacz_auth.PRIVATE_KEY).exists()


def test_a_feed_is_no_article_and_can_be_taken_too(home, tmp_path):
    folder = unpacked(export(home, tmp_path / "a.wacz", kept().feed), tmp_path / "x")
    urls = {member.record.url for _, member in records_of(folder) if member.record.type == "request"}
    assert urls == {kept().feed}
