"""A bundle convinces a stranger: it holds what the finding rests on, and no byte of it can be changed unseen."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import bundles
from archive.errors import Misuse
from archive.home import find
from archive.warc import heads, timestamps
from archive.warc.ledger import Ledger
from archive.warc.reader import iter_members
from scheduler.cli import run
from tests.archive.test_heads import OPENSSL, TimestampAuthority, needs_openssl
from tests.homes import START, Place
from tests.newsroom import Newsroom

SHELL = shutil.which("bash")


@dataclass
class Story:
    """A home after a silent edit and a takedown, its log signed after each pass, and a timestamp on each head."""

    place: Place
    url: str
    authority: TimestampAuthority | None
    changes: list
    key: Path


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    with Newsroom(start=START, https=True) as room:
        herald = room.outlet("herald.example", title="The Herald")
        folder = tmp_path_factory.mktemp("evidence")
        place = Place(folder / "home", room, confirmations=2, span="1s")
        authority = TimestampAuthority(folder / "tsa", "First Timestamps") if OPENSSL else None
        place.watch(herald)
        report = herald.publish("Minister denies the report", ["The minister denied it on Tuesday."])
        herald.publish("Ferry runs again", ["The ferry runs again from Monday on."])
        look(place, authority)
        look(place, authority)  # 304
        report.break_with("reset")
        look(place, authority)  # fails
        herald.mend()
        report.edit_silently("denied", "confirmed")
        look(place, authority)
        look(place, authority)  # confirms it
        report.withdraw(410, listed=True)
        look(place, authority)
        look(place, authority)
        shutil.copytree(place.root / "log", folder / "log before the last pass")
        place.look()
        key = place.root / "keys" / heads.PUBLIC_KEY
        yield Story(place, report.url, authority, place.changes(), key)


def look(place, authority) -> None:
    """A pass, which signs a head over what it kept, and a timestamp on that."""
    place.look()
    log = place.root / "log"
    with Ledger(log, place.home.warcs) as ledger:
        signed = ledger.heads[-1]
    if authority:
        known = timestamps.authority("first", "http://tsa.example/", authority.root.read_bytes())
        found = timestamps.witness(signed, [known], lambda _url, query: authority.answer(query), log / "tokens")
        assert not found.failures


def export(story, finding, output) -> Path:
    done = run(["export", "--evidence", str(finding), "-o", str(output), "--home", str(story.place.root)])
    assert done == 0
    return output


@pytest.fixture(scope="module")
def change(story, tmp_path_factory):
    return export(story, story.changes[0].id, tmp_path_factory.mktemp("bundle") / "change.zip")


@pytest.fixture(scope="module")
def takedown(story, tmp_path_factory):
    return export(story, story.url, tmp_path_factory.mktemp("bundle") / "takedown.zip")


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def rewritten(path: Path, output: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(output, "w") as file:
        for name, data in files.items():
            file.writestr(name, data)
    return output


def flaws(path: Path, **keywords) -> list[str]:
    return [str(flaw) for flaw in bundles.check(path, **keywords).flaws]


# What is in it.


def test_a_change_goes_out_with_all_that_it_rests_on(story, change):
    log = json.loads(members(change)["capture-log.json"])
    roles = [(one["role"], one["status"], one["trouble"]) for one in log["fetches"]]
    assert roles == [
        ("the first known capture of the earlier wording", 200, None),
        ("the last capture before the change", 304, None),
        ("between the two captures", None, "connect_failed"),
        ("the first capture after the change", 200, None),
        ("the second look, which confirmed the change", 200, None),
        ("shows the later wording again", 304, None),
    ]
    last = log["fetches"][-1]
    assert last["sighting"]["presence"] == "present"
    assert last["repeats"]["url"] == story.url
    tls = log["fetches"][0]["tls"]
    assert tls["verified"]
    assert tls["protocol"] == "tls/1.3"
    assert len(tls["certificate"]["sha256"]) == 64
    assert log["fetches"][0]["ip"] == "127.0.0.1"
    assert len(log["settings"]["sha256"]) == 64
    assert all("stet/" in fields["software"] for fields in log["warc_files"].values())


def test_the_diff_is_there_for_eyes_and_for_browsers(change):
    files = members(change)
    assert "[-denied-]{+confirmed+}" in files["diff.txt"].decode()
    assert "<del>" in files["diff.html"].decode()
    assert "denied" in files["text-before.txt"].decode()
    assert "confirmed" in files["text-after.txt"].decode()


def test_a_takedown_goes_out_with_the_last_good_capture_and_all_that_found_it_gone(takedown):
    log = json.loads(members(takedown)["capture-log.json"])
    roles = {one["role"]: one["status"] for one in log["fetches"]}
    assert roles["the last capture that shows the article"] == 304
    assert roles["found the article gone"] == 410
    assert roles["with it the article was held to be taken down"] == 410
    repeated = [role for role in roles if role.startswith("holds the page that fetch")]
    assert [roles[role] for role in repeated] == [200, 200], "what the 304s confirm, of this page and of the other"
    control = next(one for one in log["fetches"] if one["role"].startswith("another page of the outlet"))
    assert control["sighting"]["presence"] == "present"
    finding = json.loads(members(takedown)["finding.json"])
    assert finding["kind"] == "takedown"
    assert "taken down (gone)" in finding["summary"]


def test_every_record_is_proven_and_nothing_is_wrong(story, change, takedown):
    for path in (change, takedown):
        report = bundles.check(path, expected=heads.public_key(story.key))
        assert [str(flaw) for flaw in report.flaws] == []
        with zipfile.ZipFile(path) as file, zipfile.ZipFile(io.BytesIO(file.read("captures.wacz"))) as package:
            proofs = json.loads(file.read("proofs.json"))["records"]
            listed = {one["file"] for one in proofs}
            assert listed == {name for name in package.namelist() if name.startswith("archive/")}
        assert report.records == len(proofs) > 10
        assert len(report.heads) > 2


def test_the_same_finding_gives_the_same_bytes(story, change, tmp_path):
    assert export(story, story.changes[0].id, tmp_path / "again.zip").read_bytes() == change.read_bytes()


def test_the_statement_is_filled_in_as_far_as_the_records_tell(story, takedown):
    text = members(takedown)["statement.txt"].decode()
    for words in ("901(b)(9)", "902(13)", "902(14)", "Chain of custody", "Renderability", "stet/", "____"):
        assert words in text
    assert "HTTP 410, from 127.0.0.1, tls/1.3, verified" in text
    assert re.search(r"system found of\s+https://herald\.example/", text)
    assert "{" not in text


def test_the_command_says_what_it_rests_on(story, takedown, capsys):
    assert run(["verify", "--offline", str(takedown)]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "no fault; " in said.err
    assert "whether this is its key" in said.err
    assert run(["verify", "--offline", str(takedown), "--key", str(story.key)]) == 0
    assert "the key that you gave" in capsys.readouterr().err


@needs_openssl
def test_timestamps_are_judged_by_roots_that_the_stranger_brings(story, takedown, tmp_path, capsys):
    root = story.authority.root
    assert run(["verify", "--offline", str(takedown), "--roots", str(root)]) == 0
    assert "says CN=The signer" in capsys.readouterr().err
    other = TimestampAuthority(tmp_path / "other", "Second Timestamps")
    assert run(["verify", "--offline", str(takedown), "--roots", str(other.root), "--json"]) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["kind"] for row in rows} == {"stamp"}
    assert all(row["file"].endswith(".tsr") for row in rows)


@needs_openssl
def test_roots_that_came_with_the_bundle_count_for_less(story, tmp_path, capsys):
    """They are those that the settings name; whoever forges a bundle forges them, too."""
    home = shutil.copytree(story.place.root, tmp_path / "home")
    table = f'[fixity.authorities.first]\nurl = "http://tsa.example/"\nroots = "{story.authority.root}"\n'
    with (home / "stet.toml").open("a") as file:
        file.write(f"\n{table}")
    command = ["export", "--evidence", story.url, "-o", str(tmp_path / "a.zip"), "--home", str(home)]
    assert run(command) == 0
    assert members(tmp_path / "a.zip")["timestamps/first.roots.pem"] == story.authority.root.read_bytes()
    assert run(["verify", "--offline", str(tmp_path / "a.zip")]) == 0
    assert "the bundle's own roots, which are only as good as where it came from" in capsys.readouterr().err


# Without us.


@needs_openssl
@pytest.mark.skipif(SHELL is None, reason="bash is not installed")
@pytest.mark.parametrize("which", ["change", "takedown"])
def test_the_calls_that_the_readme_names_find_it_right(story, which, request, tmp_path):
    """Each line with `$` is run as it stands, by a shell and nothing of ours, and prints what follows it."""
    with zipfile.ZipFile(request.getfixturevalue(which)) as file:
        file.extractall(tmp_path)
    shutil.copy(story.authority.root, tmp_path / "roots.pem")
    ran = documented(tmp_path)
    assert sum(command.startswith("openssl pkeyutl") for command in ran) > 3
    assert sum(command.startswith("openssl ts -verify") for command in ran) > 2
    assert any("gzip -dc" in command for command in ran)
    for command, expected in ran.items():
        done = subprocess.run([SHELL, "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        if expected:
            assert expected in (done.stdout + done.stderr).splitlines(), command


def documented(folder: Path) -> dict[str, str]:
    """Command → what must be printed, as the README has them."""
    text = (folder / "README.txt").read_text().replace("\\\n           ", "")
    found = re.findall(r"^ {7}\$ (.*)\n(?: {9}(\S.*))?", text, re.MULTILINE)
    return dict(found)


@needs_openssl
def test_those_calls_see_it_when_something_was_changed(story, takedown, tmp_path):
    with zipfile.ZipFile(takedown) as file:
        file.extractall(tmp_path)
    log = (tmp_path / "capture-log.txt").read_bytes()
    (tmp_path / "capture-log.txt").write_bytes(log.replace(b"HTTP 410", b"HTTP 200", 1))
    [check, sign, *_] = documented(tmp_path)
    assert subprocess.run([SHELL, "-c", check], cwd=tmp_path, capture_output=True, check=False).returncode == 1
    manifest = tmp_path / "manifest-sha256.txt"
    digest = hashlib.sha256((tmp_path / "capture-log.txt").read_bytes()).hexdigest()
    lines = [
        line if "capture-log.txt" not in line else f"{digest}  capture-log.txt"
        for line in manifest.read_text().splitlines()
    ]
    manifest.write_text("\n".join(lines) + "\n")
    assert subprocess.run([SHELL, "-c", check], cwd=tmp_path, capture_output=True, check=False).returncode == 0
    assert subprocess.run([SHELL, "-c", sign], cwd=tmp_path, capture_output=True, check=False).returncode == 1


# What a forger tries.


@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_any_flipped_bit_of_any_file_is_found(takedown, tmp_path_factory, data):
    files = members(takedown)
    name = data.draw(st.sampled_from(sorted(files)), "file")
    at = data.draw(st.integers(0, len(files[name]) * 8 - 1), "bit")
    changed = bytearray(files[name])
    changed[at // 8] ^= 1 << at % 8
    path = tmp_path_factory.getbasetemp() / "flipped.zip"
    found = flaws(rewritten(takedown, path, files | {name: bytes(changed)}))
    assert any(name in flaw or "manifest" in flaw for flaw in found)


def test_a_key_of_no_known_algorithm_is_none(takedown, tmp_path):
    files = members(takedown)
    changed = bytearray(files[heads.PUBLIC_KEY])
    changed[35] ^= 1  # in the name of the algorithm
    path = rewritten(takedown, tmp_path / "odd.zip", files | {heads.PUBLIC_KEY: bytes(changed)})
    assert any("is no Ed25519 public key" in flaw for flaw in flaws(path))
    (tmp_path / "odd.pem").write_bytes(changed)
    with pytest.raises(Misuse, match="is no Ed25519 public key"):
        heads.public_key(tmp_path / "odd.pem")


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_file_too_few_or_too_many_is_named(takedown, tmp_path_factory, data):
    files = members(takedown)
    path = tmp_path_factory.getbasetemp() / "other.zip"
    name = data.draw(st.sampled_from(sorted(files)))
    fewer = {one: content for one, content in files.items() if one != name}
    assert any(name in flaw for flaw in flaws(rewritten(takedown, path, fewer)))
    assert flaws(rewritten(takedown, path, {**files, "more.txt": b"1"})) == [
        "more.txt: is not listed in the manifest"
    ]


def forged(files: dict[str, bytes], key: Ed25519PrivateKey, **changed: bytes) -> dict[str, bytes]:
    """The files, some changed, with a manifest that fits, signed by `key`."""
    files = {**files, **changed}
    names = sorted(set(files) - {bundles.MANIFEST, bundles.SIGNATURE})
    manifest = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in names).encode()
    return {**files, bundles.MANIFEST: manifest, bundles.SIGNATURE: key.sign(manifest)}


def owner(story) -> Ed25519PrivateKey:
    return heads.signing_key(story.place.root / "keys")


def repacked(package: bytes, change) -> bytes:
    """A WACZ file with its records changed, and lists that fit, as somebody would who has all our code."""
    with zipfile.ZipFile(io.BytesIO(package)) as file:
        files = {name: file.read(name) for name in file.namelist()}
    change(files)
    listed = json.loads(files["datapackage.json"])
    for one in listed["resources"]:
        data = files[one["path"]]
        one |= {"hash": f"sha256:{hashlib.sha256(data).hexdigest()}", "bytes": len(data)}
    files["datapackage.json"] = json.dumps(listed).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, data in files.items():
            file.writestr(name, data)
    return out.getvalue()


def test_the_archive_itself_cannot_slip_in_a_record_that_was_not_in_the_log(story, takedown, tmp_path):
    """The manifest is signed with the right key; what stands there was never in the log."""

    def swap(files):
        name = max(name for name in files if name.startswith("archive/"))
        path = tmp_path / name.rpartition("/")[2]
        path.write_bytes(files[name])
        first = next(iter_members(path))
        raw = first.raw.replace(b"hostname: ", b"hostname: x", 1)
        size = int(first.record.get("Content-Length"))
        raw = raw.replace(b"Content-Length: %d" % size, b"Content-Length: %d" % (size + 1))
        block = raw.split(b"\r\n\r\n", 1)[1][:-4]
        digest = hashlib.sha256(block).hexdigest().encode()
        raw = re.sub(rb"WARC-Block-Digest: \S+", b"WARC-Block-Digest: sha256:" + digest, raw)
        files[name] = gzip.compress(raw, mtime=0) + files[name][first.length :]

    files = members(takedown)
    package = repacked(files["captures.wacz"], swap)
    files = forged(files | {"captures.wacz": package}, owner(story))
    found = flaws(rewritten(takedown, tmp_path / "forged.zip", files))
    assert any("the record's bytes are not those that were put into the log" in flaw for flaw in found)
    assert any("captures.wacz: archive/" in flaw and "at byte 0" in flaw for flaw in found)


def test_a_record_without_its_proof_is_named_with_its_byte(story, takedown, tmp_path):
    files = members(takedown)
    proofs = json.loads(files["proofs.json"])
    gone = proofs["records"].pop(3)
    files = forged(files | {"proofs.json": json.dumps(proofs).encode()}, owner(story))
    found = flaws(rewritten(takedown, tmp_path / "forged.zip", files))
    assert f"captures.wacz: {gone['file']} at byte {gone['offset']}: the record is not proven" in found


def test_heads_of_two_logs_are_not_taken_for_one(story, takedown, tmp_path):
    files = members(takedown)
    proofs = json.loads(files["proofs.json"])
    left = proofs["extensions"].pop()
    files = forged(files | {"proofs.json": json.dumps(proofs).encode()}, owner(story))
    found = flaws(rewritten(takedown, tmp_path / "forged.zip", files))
    assert any(
        "is of no head that a proof names" in flaw or "does not show that the log" in flaw for flaw in found
    )
    assert left["new"]["size"] > left["old"]["size"]


def test_who_makes_all_anew_with_a_key_of_his_own_has_another_key(story, takedown, tmp_path):
    """Nothing in a bundle can show that; the key got elsewhere does."""
    key = Ed25519PrivateKey.generate()
    files = members(takedown)
    public = heads._public_pem(key)
    files = forged(files | {bundles.PUBLIC_KEY: public}, key)
    found = flaws(rewritten(takedown, tmp_path / "forged.zip", files), expected=heads.public_key(story.key))
    assert f"{bundles.PUBLIC_KEY}: is another key than the one that was expected" in found
    assert any("signed with another key" in flaw for flaw in found), "the heads, which he could not sign"


def test_a_capture_log_that_names_other_records_is_refused(story, takedown, tmp_path):
    files = members(takedown)
    log = json.loads(files["capture-log.json"])
    log["fetches"][0]["records"][0]["id"] = "urn:uuid:00000000-0000-4000-8000-000000000000"
    files = forged(files | {"capture-log.json": json.dumps(log).encode()}, owner(story))
    [flaw] = flaws(rewritten(takedown, tmp_path / "forged.zip", files))
    assert "which is not there" in flaw


ODD = st.sampled_from([None, True, 0, -1, 1.5, 2**80, "", "x", "sha256:" + "0" * 64, [], {}, [[]], {"path": []}])


def nodes(document, path=()):
    """The way to every value in a document."""
    yield path
    inside = enumerate(document) if isinstance(document, list) else getattr(document, "items", list)()
    for key, value in inside:
        yield from nodes(value, (*path, key))


def changed_at(document, path, value):
    """The document with another value at the end of that way."""
    if not path:
        return value
    copy = document.copy()
    copy[path[0]] = changed_at(document[path[0]], path[1:], value)
    return copy


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_whatever_a_forger_writes_into_a_document_is_told_and_nothing_fails(
    story, takedown, tmp_path_factory, data
):
    """Even one who has the key: no value is taken on trust, and none ends the check with an error of ours."""
    files = members(takedown)
    name = data.draw(st.sampled_from(["proofs.json", "capture-log.json", "finding.json"]))
    document = json.loads(files[name])
    where = data.draw(st.sampled_from(list(nodes(document))), "where")
    changed = json.dumps(changed_at(document, where, data.draw(ODD, "what"))).encode()
    path = tmp_path_factory.getbasetemp() / "odd.zip"
    found = flaws(rewritten(takedown, path, forged(files | {name: changed}, owner(story))))
    if name == "proofs.json" and json.loads(changed) != document:
        assert found
    assert all(isinstance(flaw, str) for flaw in found)


@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_the_same_of_a_wacz_file(takedown, tmp_path_factory, data):
    with zipfile.ZipFile(io.BytesIO(members(takedown)["captures.wacz"])) as file:
        files = {name: file.read(name) for name in file.namelist()}
    name = data.draw(st.sampled_from(["datapackage.json", "datapackage-digest.json", "pages/pages.jsonl"]))
    lines = files[name].splitlines() if name.endswith("l") else [files[name]]
    number = data.draw(st.integers(0, len(lines) - 1))
    document = json.loads(lines[number])
    where = data.draw(st.sampled_from(list(nodes(document))), "where")
    changed = changed_at(document, where, data.draw(ODD, "what"))
    lines[number] = json.dumps(changed).encode()
    path = tmp_path_factory.getbasetemp() / "odd.wacz"
    found = flaws(rewritten(takedown, path, files | {name: b"\n".join(lines)}))
    if changed != document and where[-1:] not in (("software",), ("version",)):  # which stand under no digest
        assert found


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_part_of_a_bundle_is_never_taken_for_something_whole(takedown, tmp_path_factory, data):
    """Cut within its WACZ file, it ends as that does: half a bundle would be a faultless WACZ file."""
    whole = takedown.read_bytes()
    cuts = [found.end() + 18 for found in re.finditer(rb"PK\x05\x06", whole)][:-1]
    end = data.draw(st.sampled_from(cuts) | st.integers(0, len(whole) - 1))
    begin = data.draw(st.just(0) | st.integers(0, end))
    path = tmp_path_factory.getbasetemp() / "part.zip"
    path.write_bytes(whole[begin:end])
    with pytest.raises(Misuse, match="no whole ZIP file"):
        bundles.check(path)
    path.write_bytes(whole + b"more")
    with pytest.raises(Misuse, match="no whole ZIP file"):
        bundles.check(path)


@pytest.mark.parametrize("damage", ["cut", "text", "empty", "other"])
def test_what_is_no_bundle_is_refused_in_a_line(takedown, tmp_path, capsys, damage):
    path = tmp_path / "odd.zip"
    data = takedown.read_bytes()
    path.write_bytes({"cut": data[: len(data) // 2], "text": b"no zip", "empty": b"", "other": data}[damage])
    if damage == "other":
        rewritten(takedown, path, {"a.txt": b"a"})
    assert run(["verify", "--offline", str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_what_another_archive_captured_is_said_to_be_its(story, tmp_path, capsys):
    """The change is found again from our own WACZ file, and proven; who captured it is not passed over."""
    wacz, other = tmp_path / "theirs.wacz", tmp_path / "other"
    assert run(["export", story.url, "-o", str(wacz), "--home", str(story.place.root)]) == 0
    assert run(["init", str(other)]) == 0
    assert run(["import", str(wacz), "--home", str(other)]) == 0
    capsys.readouterr()
    assert run(["changes", "--json", "--home", str(other)]) == 0
    [change] = map(json.loads, capsys.readouterr().out.splitlines())
    output = tmp_path / "change.zip"
    assert run(["export", "--evidence", str(change["id"]), "-o", str(output), "--home", str(other)]) == 0
    assert flaws(output) == []
    files = members(output)
    log = json.loads(files["capture-log.json"])
    assert all("theirs.wacz" in fetch["imported"]["from"] for fetch in log["fetches"])
    assert "IMPORTED   not fetched by this archive: from theirs.wacz" in files["capture-log.txt"].decode()
    statement = files["statement.txt"].decode()
    assert "NOT fetched by this system, but imported" in statement
    assert "from theirs.wacz" in statement


# What cannot be handed out.


@pytest.mark.parametrize(
    ("finding", "code", "said"),
    [
        ("99999", 1, "change 99999: there is none"),
        ("takedown:99999", 1, "there is none; name the article"),
        ("https://herald.example/never", 1, "not watched here"),
    ],
)
def test_an_unknown_finding_is_said_in_a_line(story, tmp_path, capsys, finding, code, said):
    command = ["export", "--evidence", finding, "-o", str(tmp_path / "a.zip"), "--home", str(story.place.root)]
    assert run(command) == code
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_an_article_that_was_never_gone_has_no_takedown(story, tmp_path, capsys):
    [ferry] = [one.url for one in story.place.articles() if "ferry" in one.url]
    command = ["export", "--evidence", ferry, "-o", str(tmp_path / "a.zip"), "--home", str(story.place.root)]
    assert run(command) == 1
    assert "was never found gone" in capsys.readouterr().err


def test_later_captures_that_are_not_in_the_log_yet_are_left_out(story, takedown, tmp_path):
    """Somebody crawls, and has not signed for the last pass yet: the finding does not rest on that."""
    home = shutil.copytree(story.place.root, tmp_path / "home")
    shutil.rmtree(home / "log")
    shutil.copytree(story.place.root.parent / "log before the last pass", home / "log")
    with find(home).lock("a crawl"):
        command = ["export", "--evidence", story.url, "-o", str(tmp_path / "a.zip"), "--home", str(home)]
        assert run(command) == 0
    assert flaws(tmp_path / "a.zip") == []
    before, after = (json.loads(members(path)["finding.json"]) for path in (tmp_path / "a.zip", takedown))
    left_out = after["fetches"].keys() - before["fetches"].keys()
    assert [after["fetches"][fetch] for fetch in left_out] == ["found it gone again"]


def test_what_is_not_in_the_log_yet_is_put_there_first(story, tmp_path):
    """A crawl that was killed before it kept its books: nobody else is at work, so the export does it."""
    home = shutil.copytree(story.place.root, tmp_path / "home")
    for path in (home / "log").iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    command = ["export", "--evidence", story.url, "-o", str(tmp_path / "a.zip"), "--home", str(home)]
    assert run(command) == 0
    report = bundles.check(tmp_path / "a.zip", expected=heads.public_key(story.key))
    assert report.flaws == []
    assert len(report.heads) == 1


def test_without_a_log_and_while_somebody_crawls_nothing_is_handed_out(story, tmp_path, capsys):
    home = shutil.copytree(story.place.root, tmp_path / "home")
    shutil.rmtree(home / "log")
    command = ["export", "--evidence", story.url, "-o", str(tmp_path / "a.zip"), "--home", str(home)]
    with find(home).lock("a crawl"):
        assert run(command) == 1
    assert "there is no log yet" in capsys.readouterr().err
    assert not list(tmp_path.glob("*a.zip*"))
