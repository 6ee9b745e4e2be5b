"""Nobody rewrites the log unseen: not by a crash, not by hand, not even with the key."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import resource
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.domain import merkle
from archive.domain.merkle import leaf_hash
from archive.errors import EnvironmentFailed, Misuse
from archive.warc import heads, timestamps
from archive.warc.chain import check_chain
from archive.warc.hashfile import HashFile
from archive.warc.heads import TreeHead
from tests.authorities import OPENSSL, SIGNER, STAMPS, Desk, TimestampAuthority, openssl

NOON = datetime(2026, 3, 22, 12, 0, 0, 123456, tzinfo=UTC)
RECORDS = [b"WARC/1.1\r\nWARC-Record-ID: <urn:uuid:%d>\r\n\r\n" % n for n in range(5000)]
LEAVES = [leaf_hash(record) for record in RECORDS]


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.stat().st_size}


# -- leaf hashes on disk


@settings(max_examples=25, deadline=None)
@given(batches=st.lists(st.integers(0, 400), min_size=1, max_size=8), data=st.data())
def test_a_log_on_disk_says_what_the_plain_tree_says(batches, data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("log")
    total = 0
    for batch in batches:
        with HashFile(folder, write=True) as log:
            assert log.append(LEAVES[total : total + batch]) == total
        total += batch
    size = data.draw(st.integers(0, total))
    old = data.draw(st.integers(0, size))
    with HashFile(folder) as log:
        assert log.size == total
        assert list(log.leaves(old, size)) == LEAVES[old:size]
        assert log.root(size) == merkle.root(LEAVES[:size])
        assert log.consistency_proof(old, size) == merkle.consistency_proof(LEAVES, old, size)
        if old < size:
            assert log.inclusion_proof(old, size) == merkle.inclusion_proof(LEAVES[:size], old)


def test_proofs_hold_over_several_kept_levels(tmp_path):
    with HashFile(tmp_path, write=True) as log:
        log.append(LEAVES)
        root = log.root()
        assert root == merkle.root(LEAVES)
        for index in (0, 1, 4095, 4096, 4999):
            assert merkle.verify_inclusion(LEAVES[index], index, 5000, log.inclusion_proof(index), root)
        proof = log.consistency_proof(4097)
        assert merkle.verify_consistency(4097, 5000, merkle.root(LEAVES[:4097]), root, proof)
    assert {name: len(kept) for name, kept in files_of(tmp_path).items()} == {
        "level-00": 5000 * 32,
        "level-04": 312 * 32,
        "level-08": 19 * 32,
        "level-12": 32,
    }


@pytest.fixture
def kept(tmp_path):
    """A folder with a log of 1,000 leaves."""
    with HashFile(tmp_path / "log", write=True) as log:
        log.append(LEAVES[:1000])
    return tmp_path / "log"


@pytest.mark.parametrize(
    "half",
    [b"x", b"x" * 31, bytes(32), bytes(64), bytes(32) + b"x" * 32, bytes(45)],
    ids=["a byte", "all but one", "zeros", "more zeros", "zeros before", "zeros and half"],
)
def test_what_a_crash_left_half_done_is_cut_off_and_the_log_goes_on(kept, half):
    whole = files_of(kept)
    for path in kept.iterdir():
        with path.open("ab") as file:
            file.write(half)
    with HashFile(kept) as log:
        assert log.root(1000) == merkle.root(LEAVES[:1000])
    with HashFile(kept, write=True) as log:
        assert log.size == 1000
        assert files_of(kept) == whole
        log.append(LEAVES[1000:1100])
        assert log.root() == merkle.root(LEAVES[:1100])


@pytest.mark.parametrize("hole", [slice(40 * 32, None), slice(50 * 32, 51 * 32)])
def test_levels_that_a_power_cut_left_with_holes_mislead_nobody(kept, hole):
    """Levels are flushed now and then only: where the file grew before its bytes came, it holds zeros."""
    whole = files_of(kept)
    holed = bytearray(whole["level-04"])
    holed[hole] = bytes(len(holed[hole]))
    (kept / "level-04").write_bytes(holed)
    with HashFile(kept) as log:
        assert log.inclusion_proof(100) == merkle.inclusion_proof(LEAVES[:1000], 100)
        assert log.inclusion_proof(900) == merkle.inclusion_proof(LEAVES[:1000], 900)
    HashFile(kept, write=True).close()
    assert files_of(kept) == whole


def test_a_level_that_knows_of_more_than_the_log_has_is_cut_to_it(kept):
    os.truncate(kept / "level-00", 500 * 32)
    with HashFile(kept, write=True) as log:
        assert log.append(LEAVES[500:700]) == 500
        assert log.root() == merkle.root(LEAVES[:700])


def test_a_log_that_is_cut_while_it_is_read_is_named(kept):
    with HashFile(kept) as log:
        os.truncate(kept / "level-00", 10)
        with pytest.raises(EnvironmentFailed, match="level-00: was cut short while it was read"):
            list(log.leaves())
    with pytest.raises(EnvironmentFailed, match="level-00 cannot be read: Bad file descriptor"):
        list(log.leaves())


def test_zeros_across_two_hashes_are_no_hole(tmp_path):
    odd = [b"\1" * 8 + bytes(24), bytes(24) + b"\1" * 8]
    with HashFile(tmp_path, write=True) as log:
        log.append(odd)
    with HashFile(tmp_path) as log:
        assert list(log.leaves()) == odd


@pytest.mark.parametrize("missing", [["level-04"], ["level-08"], ["level-04", "level-08"]])
@pytest.mark.parametrize("left", [0, 32, 33])
def test_lost_levels_are_read_around_and_made_anew(kept, missing, left):
    whole = files_of(kept)
    for name in missing:
        if left:
            os.truncate(kept / name, left)
        else:
            (kept / name).unlink()
    with HashFile(kept) as log:
        assert log.root() == merkle.root(LEAVES[:1000])
        assert log.inclusion_proof(700) == merkle.inclusion_proof(LEAVES[:1000], 700)
    HashFile(kept, write=True).close()
    assert files_of(kept) == whole


def test_two_do_not_write_at_once_but_many_read(kept):
    with HashFile(kept, write=True) as log:
        with pytest.raises(EnvironmentFailed, match="another process writes to the log"):
            HashFile(kept, write=True)
        with HashFile(kept) as reader:
            log.append(LEAVES[1000:1001])
            assert reader.size == 1000


@pytest.mark.parametrize("more", [1, 100])
def test_a_full_disk_takes_nothing_and_says_so(kept, more):
    whole = files_of(kept)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with HashFile(kept, write=True) as log:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000 * 32 + 20, limits[1]))
        try:
            with pytest.raises(EnvironmentFailed, match="level-00 does not take leaf hashes"):
                log.append(LEAVES[1000 : 1000 + more])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert log.size == 1000
        assert files_of(kept) == whole
        log.append(LEAVES[1000:1001])
        assert log.root() == merkle.root(LEAVES[:1001])


def test_levels_that_cannot_be_kept_do_not_make_a_kept_leaf_fail(tmp_path):
    (tmp_path / "level-04").symlink_to("/dev/full")  # takes nothing: no space left on device
    with HashFile(tmp_path, write=True) as log:
        assert log.append(LEAVES[:1000]) == 0
        assert log.append(LEAVES[1000:1100]) == 1000
        assert log.root() == merkle.root(LEAVES[:1100])
        assert log.inclusion_proof(300) == merkle.inclusion_proof(LEAVES[:1100], 300)


APPENDING = """
import sys
from pathlib import Path
from archive.domain.merkle import leaf_hash
from archive.warc.hashfile import HashFile
with HashFile(Path(sys.argv[1]), write=True) as log:
    while True:
        log.append([leaf_hash(b"record %d" % n) for n in range(log.size, log.size + 20)])
        print(log.size, flush=True)
"""


def test_what_was_said_to_be_kept_is_kept_after_kill_9(tmp_path):
    root, told = Path(__file__).parents[2], 0
    for moment in (0.03, 0.1):
        script = [sys.executable, "-c", APPENDING, str(tmp_path)]
        with subprocess.Popen(script, stdout=subprocess.PIPE, cwd=root) as process:
            process.stdout.readline()
            time.sleep(moment)
            process.kill()
            told = int([b"0", *process.stdout.read().splitlines()][-1]) or told
        with HashFile(tmp_path, write=True) as log:
            assert log.size >= told
            assert list(log.leaves()) == [leaf_hash(b"record %d" % n) for n in range(log.size)]
            assert log.root() == merkle.root(log.leaves())


def test_a_log_that_is_not_there_is_named(tmp_path):
    with pytest.raises(EnvironmentFailed, match="nowhere cannot be opened as a log: No such file"):
        HashFile(tmp_path / "nowhere")


@pytest.mark.parametrize("leaf", [b"", b"x" * 31, b"x" * 33, bytes(32)])
def test_what_is_no_leaf_hash_is_not_taken(kept, leaf):
    with HashFile(kept, write=True) as log:
        with pytest.raises(ValueError, match="32 bytes"):
            log.append([LEAVES[1000], leaf])
        assert log.size == 1000


def test_questions_beyond_the_log_are_refused(kept):
    with HashFile(kept) as log:
        for ask in (
            lambda: log.subtree(992, 1001),
            lambda: log.root(1001),
            lambda: log.inclusion_proof(1000),
            lambda: log.consistency_proof(1001),
        ):
            with pytest.raises(ValueError, match="1000 leaves"):
                ask()


# -- the key


def test_the_key_is_made_once_and_is_for_us_alone(tmp_path):
    folder = tmp_path / "home" / "keys"
    first, again = heads.signing_key(folder), heads.signing_key(folder)
    assert first.private_bytes_raw() == again.private_bytes_raw()
    assert stat.S_IMODE((folder / heads.PRIVATE_KEY).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / heads.PRIVATE_KEY).read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")
    public = heads.public_key(folder / heads.PUBLIC_KEY)
    assert heads.fingerprint(public) == heads.fingerprint(first.public_key())
    assert sorted(path.name for path in folder.iterdir()) == [heads.PRIVATE_KEY, heads.PUBLIC_KEY]


def test_a_lost_public_key_comes_back_but_a_lost_private_key_is_never_replaced(tmp_path):
    heads.signing_key(tmp_path)
    public = (tmp_path / heads.PUBLIC_KEY).read_bytes()
    (tmp_path / heads.PUBLIC_KEY).unlink()
    heads.signing_key(tmp_path)
    assert (tmp_path / heads.PUBLIC_KEY).read_bytes() == public
    (tmp_path / heads.PRIVATE_KEY).unlink()
    with pytest.raises(Misuse, match="is missing, its public key is there; put it back"):
        heads.signing_key(tmp_path)


def test_keys_that_are_not_right_are_refused_plainly(tmp_path):
    heads.signing_key(tmp_path / "a")
    heads.signing_key(tmp_path / "b")
    shutil.copy(tmp_path / "b" / heads.PUBLIC_KEY, tmp_path / "a" / heads.PUBLIC_KEY)
    with pytest.raises(Misuse, match="does not belong to"):
        heads.signing_key(tmp_path / "a")
    (tmp_path / "b" / heads.PRIVATE_KEY).chmod(0o640)
    with pytest.raises(Misuse, match="others can read it; run 'chmod 600'"):
        heads.signing_key(tmp_path / "b")
    (tmp_path / "b" / heads.PRIVATE_KEY).chmod(0o600)
    (tmp_path / "b" / heads.PRIVATE_KEY).write_bytes(b"no key")
    with pytest.raises(Misuse, match="is no Ed25519 key in PEM"):
        heads.signing_key(tmp_path / "b")
    (tmp_path / "p").write_bytes(b"no key")
    with pytest.raises(Misuse, match="is no Ed25519 public key"):
        heads.public_key(tmp_path / "p")
    with pytest.raises(EnvironmentFailed, match="cannot be read"):
        heads.public_key(tmp_path / "nowhere")


# -- heads and their chain

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
SIZES = (10, 25, 25, 60)  # records at each head of the chain below; nothing was added between two of them


def publish(path, key, leaves, now=NOON):
    """A head over a log of `leaves`, which is kept beside the chain and grows as needed."""
    with HashFile(path.with_suffix(".log"), write=True) as log:
        log.append(leaves[log.size :])
        return heads.publish(path, key, log, now=now)


@pytest.fixture
def chain(tmp_path):
    """Four heads, the first over 10 records, the last over 60."""
    path = tmp_path / "heads.jsonl"
    for hour, size in enumerate(SIZES):
        publish(path, KEY, LEAVES[:size], NOON + timedelta(hours=hour))
    return path


def check(chain, leaves=LEAVES[:60], **more):
    return check_chain(chain, leaves, KEY.public_key(), **more)


def said(report):
    """The faults, each in one plain line that names its file."""
    assert all(str(fault).startswith(f"{fault.file}") for fault in report.faults)
    return " | ".join(map(str, report.faults))


def test_a_head_is_written_as_documented(chain):
    first, second = heads.read_heads(chain)[:2]
    stated = (
        f"Stet tree head v1\nsize 10\nroot sha256:{merkle.root(LEAVES[:10]).hex()}\n"
        "time 2026-03-22T12:00:00.123Z\nprevious none\n"
    )
    assert heads.statement(first.head).decode() == stated
    whole = (
        f"{stated}key {heads.fingerprint(KEY.public_key())}\n"
        f"signature {base64.b64encode(KEY.sign(stated.encode())).decode()}\n"
    )
    assert heads.text(first).decode() == whole
    assert second.head.previous == f"sha256:{hashlib.sha256(whole.encode()).hexdigest()}"


def test_a_whole_chain_is_found_good(chain):
    report = check(chain, LEAVES[:63])
    assert (said(report), report.uncovered, len(report.heads)) == ("", 3, 4)
    assert said(check(chain, known=heads.read_heads(chain))) == ""


def test_a_clock_that_was_set_back_is_no_fault(chain):
    publish(chain, KEY, LEAVES[:60], NOON - timedelta(days=9))
    assert said(check(chain)) == ""


def test_one_bit_more_and_the_signature_does_not_fit():
    signed = heads.sign(TreeHead(size=3, root=LEAVES[0], time=NOON, previous=None), KEY)
    assert heads.verify(signed, KEY.public_key())
    assert not heads.verify(signed, OTHER_KEY.public_key())
    for changed in ({"size": 4}, {"root": LEAVES[1]}, {"time": NOON + timedelta(seconds=1)}):
        assert not heads.verify(replace(signed, head=replace(signed.head, **changed)), KEY.public_key())
    for bit in range(512):
        flipped = (int.from_bytes(signed.signature) ^ (1 << bit)).to_bytes(64)
        assert not heads.verify(replace(signed, signature=flipped), KEY.public_key())


def tamper_line(chain, number, **changes):
    lines = chain.read_text().splitlines()
    lines[number - 1] = json.dumps(json.loads(lines[number - 1]) | changes)
    chain.write_text("\n".join(lines) + "\n")


def keep_lines(chain, *numbers):
    lines = chain.read_text().splitlines(keepends=True)
    chain.write_text("".join(lines[number - 1] for number in numbers))


def sign_anew(chain, key, sizes=SIZES, leaves=LEAVES):
    chain.unlink()
    shutil.rmtree(chain.with_suffix(".log"))
    for size in sizes:
        publish(chain, key, leaves[:size])


CHANGED = [*LEAVES[:30], leaf_hash(b"another"), *LEAVES[31:60]]
REMOVED = [*LEAVES[:12], *LEAVES[13:61]]
REORDERED = [*LEAVES[:3], LEAVES[4], LEAVES[3], *LEAVES[5:60]]
FORGED_ROOT = {"root": "sha256:" + merkle.root(CHANGED).hex()}


@pytest.mark.parametrize(
    ("leaves", "sentence"),
    [
        (CHANGED, "line 4: has another root than records 25 to 59 (from 0); one was changed"),
        (REMOVED, "line 2: has another root than records 10 to 24 (from 0); one was changed, removed"),
        (REORDERED, "line 1: has another root than records 0 to 9 (from 0); one was changed, removed or moved"),
        (LEAVES[:59], "line 4: counts 60 records and the log has 59; some were removed"),
        ([], "line 1: counts 10 records and the log has 0; some were removed"),
    ],
    ids=["changed", "removed", "reordered", "truncated", "emptied"],
)
def test_records_that_are_not_those_that_were_signed_are_refused(chain, leaves, sentence):
    assert sentence in said(check(chain, leaves))


@pytest.mark.parametrize(
    ("deed", "sentence"),
    [
        (lambda c: tamper_line(c, 4, **FORGED_ROOT), "line 4: the signature does not fit; the head was changed"),
        (lambda c: tamper_line(c, 2, size=24), "line 2: the signature does not fit"),
        (lambda c: tamper_line(c, 1, time="2020-03-22T12:00:00.123Z"), "line 1: the signature does not fit"),
        (lambda c: sign_anew(c, OTHER_KEY), "line 1: the head is signed with another key"),
        (lambda c: keep_lines(c, 2, 3, 4), "line 1: does not follow the line before; heads were removed"),
        (lambda c: keep_lines(c, 1, 3, 4), "line 2: does not follow the line before"),
        (lambda c: keep_lines(c, 1, 3, 2, 4), "line 2: does not follow the line before"),
        (lambda c: keep_lines(c, 1, 2, 2, 3, 4), "line 3: does not follow the line before"),
        (lambda c: keep_lines(c), "there is no tree head"),
        (lambda c: c.unlink(), "there is no tree head"),
        (lambda c: tamper_line(c, 2, note="more"), "line 2: is no tree head as Stet writes them"),
        (lambda c: tamper_line(c, 2, size="25"), "line 2: is no tree head"),
        (lambda c: tamper_line(c, 2, previous="x\nkey y"), "line 2: is no tree head"),
        (lambda c: tamper_line(c, 2, root=None), "line 2: is no tree head"),
        (lambda c: c.write_text(c.read_text().replace("\n", "\r\n")), "line 1: is no tree head"),
        (lambda c: c.write_text("[]\n"), "line 1: is no tree head"),
        (lambda c: c.write_text("[" * 100_000 + "\n"), "line 1: is no tree head"),
    ],
)
def test_heads_that_are_not_as_they_were_are_refused(chain, deed, sentence):
    deed(chain)
    assert sentence in said(check(chain))


def test_even_the_owner_of_the_key_cannot_shrink_the_log_or_sign_two_pasts(chain):
    last = heads.read_heads(chain)[-1]
    shrunk = heads.sign(
        TreeHead(size=50, root=merkle.root(LEAVES[:50]), time=NOON, previous=heads.digest(last)), KEY
    )
    before = chain.read_bytes()
    chain.write_bytes(before + heads.line_of(shrunk))
    assert "line 5: counts 50 records after 60; a log never shrinks" in said(check(chain))
    twice = heads.sign(replace(shrunk.head, size=60, root=merkle.root(CHANGED)), KEY)
    chain.write_bytes(before + heads.line_of(twice))
    assert "line 5: has another root than the same records" in said(check(chain))


def test_a_past_rewritten_with_the_key_is_betrayed_by_a_head_kept_elsewhere(chain):
    kept_elsewhere = heads.read_heads(chain)[-1:]
    sign_anew(chain, KEY, leaves=CHANGED)
    assert said(check(chain, CHANGED)) == ""
    fault = said(check(chain, CHANGED, known=kept_elsewhere))
    assert "lacks the head over 60 records of 2026-03-22T15:00:00.123Z that was kept elsewhere" in fault


def test_a_log_cut_short_with_its_heads_is_betrayed_by_a_head_kept_elsewhere(chain):
    kept_elsewhere = heads.read_heads(chain)[-1:]
    keep_lines(chain, 1, 2)
    assert "lacks the head over 60 records" in said(check(chain, LEAVES[:25], known=kept_elsewhere))


@pytest.mark.parametrize(
    "half", [b'{"size": 70, "ro', bytes(100), bytes(50) + b'"}\n'], ids=["half", "zeros", "zeros before"]
)
def test_half_a_line_that_a_crash_left_is_passed_over_and_cut_off(chain, half):
    whole = chain.read_bytes()
    chain.write_bytes(whole + half)
    assert said(check(chain)) == ""
    publish(chain, KEY, LEAVES[:61])
    assert chain.read_bytes().startswith(whole + b'{"size": 61')
    assert said(check(chain, LEAVES[:61])) == ""


def test_no_head_is_published_that_would_look_forged(chain):
    whole, log = chain.read_bytes(), chain.with_suffix(".log")
    with pytest.raises(Misuse, match="signed with another key; put that key back"):
        publish(chain, OTHER_KEY, LEAVES[:61])
    os.truncate(log / "level-00", 59 * 32)
    with pytest.raises(Misuse, match=r"the last head counts 60 records and \S+ has 59; run 'stet verify'"):
        publish(chain, KEY, [])
    shutil.rmtree(log)
    with pytest.raises(Misuse, match="does not go on from the last head, over 60 records; run 'stet verify'"):
        publish(chain, KEY, [*CHANGED, *LEAVES[60:70]])
    assert chain.read_bytes() == whole


def test_a_damaged_level_is_not_signed_for(chain):
    path = chain.with_suffix(".log") / "level-04"
    damaged = bytearray(path.read_bytes())
    damaged[40] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(Misuse, match="does not go on from the last head"):
        publish(chain, KEY, LEAVES[:61])
    path.unlink()
    publish(chain, KEY, LEAVES[:61])
    assert said(check(chain, LEAVES[:61])) == ""


def test_a_full_disk_leaves_the_chain_as_it_was(chain):
    whole, limits = chain.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    with HashFile(chain.with_suffix(".log")) as log:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 100, limits[1]))
        try:
            with pytest.raises(EnvironmentFailed, match="does not take a tree head"):
                heads.publish(chain, KEY, log, now=NOON)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert chain.read_bytes() == whole


def test_files_that_cannot_be_used_are_named(chain, tmp_path):
    with pytest.raises(EnvironmentFailed, match="cannot be read: Is a directory"):
        check(tmp_path)
    with (
        HashFile(chain.with_suffix(".log")) as log,
        pytest.raises(EnvironmentFailed, match="does not take a tree head: Is a directory"),
    ):
        heads.publish(tmp_path, KEY, log, now=NOON)
    with pytest.raises(EnvironmentFailed, match="cannot keep the signing key: Not a directory"):
        heads.signing_key(chain / "keys")


# -- timestamps, by real authorities on this machine

needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    if OPENSSL is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("authorities")
    return {
        "first": TimestampAuthority(folder / "first", "First Timestamps"),
        "second": TimestampAuthority(folder / "second", "Second Timestamps", digests="sha256, sha512"),
        "picky": TimestampAuthority(folder / "picky", "Picky Timestamps", digests="sha512"),
    }


def looked_up(host, port):
    """The address guard of these tests: one name, which is on loopback."""
    if host != "tsa.example":
        raise Misuse(f"{host}: may not be reached")
    return "127.0.0.1", port


POST = timestamps.over_http(looked_up, patience=5)


@pytest.fixture
def desk(authorities):
    def granted(name):
        return lambda query: (200, authorities[name].answer(query))

    ways = {f"/{name}": granted(name) for name in ("first", "second", "picky")}
    ways["/down"] = lambda query: (503, b"")
    ways["/moved"] = lambda query: (302, b"")
    ways["/page"] = lambda query: (200, b"<!doctype html><title>Welcome</title>")
    ways["/nothing"] = lambda query: (200, b"")
    ways["/endless"] = lambda query: (200, bytes(timestamps.LARGEST_ANSWER + 1))
    desk = Desk(ways)
    yield desk
    desk.close()


def known_as(authorities, desk, name, path=None, roots=None):
    pem = authorities[roots or name].root.read_bytes()
    return timestamps.authority(name, f"http://tsa.example:{desk.port}{path or '/' + name}", pem)


def roots_of(authorities, *names):
    return {name: timestamps.authority(name, "", authorities[name].root.read_bytes()).roots for name in names}


def test_two_authorities_witness_a_head_and_openssl_agrees(chain, desk, authorities, tmp_path):
    signed = heads.read_heads(chain)[-1]
    tokens = tmp_path / "tokens"
    asked = [known_as(authorities, desk, name) for name in ("first", "second")]
    began = datetime.now(UTC).replace(microsecond=0)
    found = timestamps.witness(signed, asked, POST, tokens)
    assert found.failures == {}
    stamp = found.stamps["first"]
    assert stamp.signer == "CN=The signer\\, whose name is longlonglonglonglonglong,O=First Timestamps"
    assert began <= stamp.time <= datetime.now(UTC)
    assert (stamp.accuracy, stamp.policy) == (timedelta(seconds=1.5), "1.3.6.1.4.1.99999.1")
    assert desk.asked[0] == ("/first", "application/timestamp-query", f"tsa.example:{desk.port}")

    [lines] = tokens.glob("*.txt")
    assert lines.read_bytes() == heads.text(signed)
    for path in tokens.glob("*.tsr"):
        ca = authorities[path.stem.rpartition("-")[2]].root
        by = ["-CAfile", ca, "-data", lines, "-in", path]
        assert b"Verification: OK" in openssl("ts", "-verify", *by)

    report = check(chain, tokens=tokens, roots=roots_of(authorities, "first", "second"))
    assert said(report) == ""
    assert [(number, name) for number, name, _ in report.stamps] == [(4, "first"), (4, "second")]
    assert report.stamps[0][2] == stamp

    again = timestamps.witness(signed, asked, POST, tokens)
    assert again == found
    assert len(desk.asked) == 2


@needs_openssl
def test_a_stranger_checks_the_signature_with_openssl_alone(chain, tmp_path):
    folder = tmp_path / "keys"
    key = heads.signing_key(folder)
    signed = publish(tmp_path / "own.jsonl", key, LEAVES[:60])
    lines = heads.text(signed).splitlines(keepends=True)
    (tmp_path / "head.txt").write_bytes(b"".join(lines[:5]))
    (tmp_path / "head.sig").write_bytes(base64.b64decode(lines[6].split()[1]))
    key_args = ["-pubin", "-inkey", folder / heads.PUBLIC_KEY]
    what = ["-rawin", "-in", tmp_path / "head.txt", "-sigfile", tmp_path / "head.sig"]
    assert b"Verified Successfully" in openssl("pkeyutl", "-verify", *key_args, *what)
    der = openssl("pkey", "-pubin", "-in", folder / heads.PUBLIC_KEY, "-outform", "DER")
    assert lines[5].split()[1].decode() == f"sha256:{hashlib.sha256(der).hexdigest()}"
    (tmp_path / "head.txt").write_bytes(b"".join(lines[:5]).replace(b"size 60", b"size 61"))
    assert b"Failure" in openssl("pkeyutl", "-verify", *key_args, *what, status=1)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/down", "no timestamp: the authority answered 503"),
        ("/moved", "no timestamp: the authority answered 302"),
        ("/page", "the timestamp cannot be read as RFC 3161"),
        ("/nothing", "the timestamp cannot be read as RFC 3161"),
        ("/endless", "the answer is too long"),
        ("/picky", "the authority did not grant the timestamp: Message digest algorithm is not supported"),
        ("/second", "the timestamp does not hold"),  # signed, but not by the one that is trusted
    ],
)
def test_one_authority_that_fails_is_named_and_keeps_nobody_else_from_it(
    chain, desk, authorities, tmp_path, path, sentence
):
    signed, tokens = heads.read_heads(chain)[-1], tmp_path / "tokens"
    bad = known_as(authorities, desk, "bad", path, roots="first")
    found = timestamps.witness(signed, [bad, known_as(authorities, desk, "first")], POST, tokens)
    assert list(found.stamps) == ["first"]
    assert sentence in found.failures["bad"]
    assert "\n" not in found.failures["bad"]
    assert len(list(tokens.glob("*.tsr"))) == 1
    recovered = known_as(authorities, desk, "bad", "/first", roots="first")
    assert list(timestamps.witness(signed, [recovered], POST, tokens).stamps) == ["bad"]


def test_an_authority_that_is_down_or_not_to_be_reached_is_named(chain, authorities, tmp_path):
    signed = heads.read_heads(chain)[-1]
    pem = authorities["first"].root.read_bytes()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        cases = {
            "hangs": (f"http://tsa.example:{port}/", "timed out"),
            "refuses": ("http://tsa.example:1/", "refused"),
            "guarded": ("http://metadata.internal/", "may not be reached"),
            "odd": ("ftp://tsa.example/", "is no http or https address"),
            "odder": ("http://tsa.example:99999/", "is no http or https address"),
            "nameless": ("http:///", "is no http or https address"),
        }
        asked = [timestamps.authority(name, url, pem) for name, (url, _) in cases.items()]
        found = timestamps.witness(signed, asked, timestamps.over_http(looked_up, patience=0.2), tmp_path)
    assert found.stamps == {}
    for name, (_, sentence) in cases.items():
        assert sentence in found.failures[name]


def test_an_authority_is_reached_over_https_by_the_name_that_its_certificate_has(authorities):
    ca = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("tsa.example").configure_cert(tls)
    trusting, strict = (ssl.create_default_context() for _ in range(2))
    ca.configure_trust(trusting)
    desk = Desk({"/first?plain=1": lambda query: (200, b"answer to " + query)}, tls)
    try:
        url = f"https://tsa.example:{desk.port}/first?plain=1"
        assert timestamps.over_http(looked_up, trust=trusting, patience=5)(url, b"query") == b"answer to query"
        with pytest.raises(EnvironmentFailed, match="certificate verify failed"):
            timestamps.over_http(looked_up, trust=strict, patience=5)(url, b"query")
        post = timestamps.over_http(lambda host, port: ("127.0.0.1", port), trust=trusting, patience=5)
        with pytest.raises(EnvironmentFailed, match=r"not valid for 'other\.example'"):
            post(url.replace("tsa.example", "other.example"), b"query")
    finally:
        desk.close()


def test_an_answer_that_trickles_is_not_waited_for():
    def trickle(server):
        peer, _ = server.accept()
        with peer:
            peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not done.wait(0.02):
                peer.sendall(b"x")

    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=trickle, args=(server,))
        thread.start()
        try:
            url = f"http://tsa.example:{server.getsockname()[1]}/"
            with pytest.raises(EnvironmentFailed, match="too long or too slow"):
                timestamps.over_http(looked_up, patience=0.2)(url, b"query")
        finally:
            done.set()
            thread.join()


def test_an_answer_to_another_query_is_refused_though_it_is_over_the_same_head(chain, authorities, tmp_path):
    signed = heads.read_heads(chain)[-1]
    first = authorities["first"]
    asked = timestamps.authority("first", "http://tsa.example/", first.root.read_bytes())
    replayed = first.answer(timestamps.request(signed))
    found = timestamps.witness(signed, [asked], lambda url, query: replayed, tmp_path)
    assert "answers another query" in found.failures["first"]


def der(tag, *parts):
    body = b"".join(parts)
    return bytes([tag, 0x82]) + len(body).to_bytes(2) + body


def test_a_web_server_is_no_timestamp_authority(chain, authorities):
    """RFC 3161 section 2.3: the key is for timestamps only, and its certificate says so."""
    signed, (roots,) = heads.read_heads(chain)[-1], roots_of(authorities, "first").values()
    first = authorities["first"]
    first.certify("guest", SIGNER + STAMPS, by="middle")
    first.certify("shop", SIGNER + "extendedKeyUsage=critical,serverAuth\n", by="middle")
    # Both sign what a real answer says, as only the first of them may.
    config = ["-config", first.folder / "tsa.cnf", "-section", "service"]
    real = openssl("ts", "-reply", *config, "-token_out", "-queryfile", first.asked(timestamps.request(signed)))
    said = openssl("cms", "-verify", "-noverify", "-inform", "DER", data=real[real.index(b"\x30\x82") :])
    said = said[: said.index(b"CMS Verification")]
    granted = b"\x30\x03\x02\x01\x00"

    def answer(who):
        by = ["-signer", first.folder / f"{who}.pem", "-inkey", first.folder / f"{who}.key"]
        by += ["-certfile", first.folder / "middle.pem", "-econtent_type", "1.2.840.113549.1.9.16.1.4"]
        return der(
            0x30, granted, openssl("cms", "-sign", "-nodetach", "-binary", "-outform", "DER", *by, data=said)
        )

    assert "CN=The guest" in timestamps.check(answer("guest"), signed, roots).signer
    with pytest.raises(Misuse, match="does not hold: certificate verify error: unsuitable certificate purpose"):
        timestamps.check(answer("shop"), signed, roots)


@pytest.fixture
def stamped(chain, authorities, tmp_path):
    """The chain's last head with one token; the folder of tokens."""
    signed = heads.read_heads(chain)[-1]
    first = timestamps.authority("first", "http://tsa.example/", authorities["first"].root.read_bytes())
    answer = authorities["first"].answer
    assert not timestamps.witness(signed, [first], lambda url, query: answer(query), tmp_path / "tokens").failures
    return tmp_path / "tokens"


def test_a_token_that_cannot_be_kept_or_read_is_named(chain, authorities, tmp_path):
    signed, answer = heads.read_heads(chain)[-1], authorities["first"].answer
    first = timestamps.authority("first", "http://tsa.example/", authorities["first"].root.read_bytes())
    found = timestamps.witness(signed, [first], lambda url, query: answer(query), chain)
    assert found.stamps == {}
    assert "cannot be kept: File exists" in found.failures["first"]
    (tmp_path / f"{60:012}-{heads.digest(signed)[7:23]}-first.tsr").mkdir()
    found = timestamps.witness(signed, [first], lambda url, query: answer(query), tmp_path)
    assert "cannot be read: Is a directory" in found.failures["first"]


def test_heads_cut_off_with_their_records_are_betrayed_by_a_token(chain, stamped, authorities):
    keep_lines(chain, 1, 2)
    fault = said(check(chain, LEAVES[:25], tokens=stamped, roots=roots_of(authorities, "first")))
    assert "-first.tsr: the timestamp belongs to no head; a head was removed or changed" in fault


def test_a_past_rewritten_with_the_key_is_betrayed_by_a_token(chain, stamped, authorities):
    sign_anew(chain, KEY, leaves=CHANGED)
    fault = said(check(chain, CHANGED, tokens=stamped, roots=roots_of(authorities, "first")))
    assert "the timestamp belongs to no head" in fault
    (token,) = stamped.glob("*.tsr")
    rewritten = heads.digest(heads.read_heads(chain)[-1]).removeprefix("sha256:")[:16]
    token.rename(stamped / f"{60:012}-{rewritten}-first.tsr")
    fault = said(check(chain, CHANGED, tokens=stamped, roots=roots_of(authorities, "first")))
    assert "the timestamp does not hold: Mismatch between messages" in fault


def test_tokens_are_judged_only_by_the_authority_that_is_trusted_for_them(chain, stamped, authorities):
    (token,) = stamped.glob("*.tsr")
    report = check(chain, tokens=stamped)
    assert (said(report), report.unjudged) == ("", (token.name,))
    wrong = {"first": roots_of(authorities, "second")["second"]}
    assert "the timestamp does not hold" in said(check(chain, tokens=stamped, roots=wrong))
    assert "no root certificate is given" in said(check(chain, tokens=stamped, roots={"first": ()}))


def test_whatever_byte_of_a_token_is_changed_it_is_refused_or_says_the_same(chain, stamped, authorities):
    """Some bytes are under no signature, such as version numbers; what is said does not hang on them."""
    signed, (roots,) = heads.read_heads(chain)[-1], roots_of(authorities, "first").values()
    (path,) = stamped.glob("*.tsr")
    token = path.read_bytes()
    said, refusals = timestamps.check(token, signed, roots), []
    for at in range(len(token)):
        changed = bytearray(token)
        changed[at] ^= 0x81 >> (at % 8)
        try:
            assert timestamps.check(bytes(changed), signed, roots) == said
        except Misuse as error:
            refusals.append(str(error))
    assert len(refusals) > 0.9 * len(token)
    assert not any("\n" in refusal for refusal in refusals)


@settings(max_examples=100, deadline=None)
@given(token=st.binary(max_size=60) | st.binary(max_size=60).map(lambda data: b"\x30\x3c" + data))
def test_no_bytes_whatever_are_taken_for_a_token_or_end_in_a_crash(token):
    signed = heads.sign(TreeHead(size=0, root=merkle.EMPTY, time=NOON, previous=None), KEY)
    with pytest.raises(Misuse):
        timestamps.check(token, signed, [])


@pytest.mark.parametrize("name", ["", "DFN", "a b", "../x", "-x"])
def test_an_authority_needs_a_name_that_a_file_may_have(name):
    with pytest.raises(Misuse, match="give it a short name"):
        timestamps.authority(name, "http://tsa.example/", b"")


def test_an_authority_needs_roots():
    with pytest.raises(Misuse, match="its roots are no certificates in PEM"):
        timestamps.authority("first", "http://tsa.example/", b"")
