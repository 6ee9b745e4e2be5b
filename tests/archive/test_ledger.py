"""Every record that was kept can be proven to a stranger, whatever crashed between keeping and proving."""

from __future__ import annotations

import json
import os
import resource
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.domain import merkle
from archive.domain.merkle import leaf_hash
from archive.errors import EnvironmentFailed, Misuse, NothingFound
from archive.warc.hashfile import HashFile
from archive.warc.heads import fields_of
from archive.warc.ledger import Ledger, raw_records
from archive.warc.places import listed
from archive.warc.proofs import (
    check_extension,
    check_proof,
    extension_json,
    extension_of,
    proof_json,
    proof_of,
)
from archive.warc.records import prepare
from archive.warc.writer import WarcWriter
from tests.archive.test_checking import page

NOON = datetime(2026, 3, 22, 12, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


class Press:
    """Writers who take turns, each with a file of its own, and the log over all that they write."""

    def __init__(self, folder, prefix="w"):
        self.warcs, self.log = folder / "warcs", folder / "log"
        self.moment, self.number = NOON, 0
        self.writers = [
            WarcWriter(self.warcs, info={}, now=lambda: NOON, prefix=f"{prefix}{number}") for number in range(2)
        ]
        self.kept = []

    def write(self, writer=0):
        self.number += 1
        self.kept.append(self.writers[writer].write(prepare(page(self.number, size=200))))
        return self.kept[-1]

    def paths(self):
        return sorted(self.warcs.glob("*.warc.gz*"))

    def cover(self):
        with Ledger(self.log, self.warcs, write=True) as ledger:
            return ledger.cover(self.paths())

    def publish(self):
        self.moment += timedelta(minutes=1)
        with Ledger(self.log, self.warcs, write=True) as ledger:
            ledger.cover(self.paths())
            return ledger.publish(KEY, now=self.moment)

    def close(self):
        for writer in self.writers:
            writer.close()


@pytest.fixture
def press(tmp_path):
    press = Press(tmp_path)
    yield press
    press.close()


def test_a_record_is_proven_to_a_stranger_who_has_its_bytes_and_the_public_key(press):
    written = [press.write() for _ in range(5)]
    head = press.publish()
    with Ledger(press.log, press.warcs) as ledger:
        proof = ledger.prove(written[2].principal.warc, written[2].principal.offset)
        assert proof.head == head
        whole = ledger.prove_exchange(written[2].principal)
        assert whole[0].record == proof.record == written[2].capture.record_id
        assert len(whole) == 3
    said = json.dumps(proof_json(proof))
    record = next(
        m.raw for m in raw_records(press.warcs, written[2].principal.warc) if m.record.id == proof.record
    )
    again = proof_of(json.loads(said), "proof.json")
    assert again == proof
    check_proof(again, record, KEY.public_key())


def test_a_proof_that_was_tampered_with_is_refused(press):
    written = press.write()
    press.write()
    press.publish()
    with Ledger(press.log, press.warcs) as ledger:
        proof = ledger.prove(written.principal.warc, written.principal.offset)
    record = next(m.raw for m in raw_records(press.warcs, proof_file(written)) if m.record.id == proof.record)
    other = next(m.raw for m in raw_records(press.warcs, proof_file(written)) if m.record.id != proof.record)
    forged = replace(proof.head, head=replace(proof.head.head, size=100))
    for changed, bytes_given, sentence in (
        (proof, record.replace(b"200 OK", b"201 OK"), "not those that were put into the log"),
        (replace(proof, leaf=leaf_hash(other)), other, "the proof is that of another record"),
        (replace(proof, index=proof.index + 1), record, f"is not number {proof.index + 1} of the"),
        (replace(proof, path=proof.path[1:]), record, "is not number"),
        (replace(proof, head=forged), record, "does not fit; it is forged"),
        (replace(proof, leaf=leaf_hash(b"x")), b"x", "the bytes are no WARC record"),
    ):
        with pytest.raises(Misuse, match=sentence):
            check_proof(changed, bytes_given, KEY.public_key())
    with pytest.raises(Misuse, match="signed with another key"):
        check_proof(proof, record, Ed25519PrivateKey.generate().public_key())


def proof_file(written):
    return written.principal.warc


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"path": ["sha256:00"]}, "p.json: 'sha256:00' is no hash"),
        ({"leaf": 3}, "p.json: '3' is no hash"),
        ({"index": "3"}, "p.json: is no proof of a record"),
        ({"head": {}}, "p.json: is no tree head as Stet writes them"),
        ({"record": None}, "p.json: is no proof of a record"),
    ],
)
def test_what_is_no_proof_is_refused_plainly(press, change, sentence):
    written = press.write()
    press.publish()
    with Ledger(press.log, press.warcs) as ledger:
        document = proof_json(ledger.prove(written.principal.warc, written.principal.offset))
    with pytest.raises(Misuse, match=sentence):
        proof_of(document | change, "p.json")


def test_one_head_goes_on_from_another(press):
    press.write()
    old = press.publish()
    for _ in range(6):
        press.write(1)
    new = press.publish()
    with Ledger(press.log, press.warcs) as ledger:
        extension = ledger.extend(old, new)
    again = extension_of(json.loads(json.dumps(extension_json(extension))), "e.json")
    assert again == extension
    check_extension(again, KEY.public_key())
    with pytest.raises(Misuse, match="does not go on from"):
        check_extension(replace(extension, path=extension.path[:-1]), KEY.public_key())
    forged = replace(extension.new, head=replace(extension.new.head, size=8))
    with pytest.raises(Misuse, match="is forged"):
        check_extension(replace(extension, new=forged), KEY.public_key())
    with pytest.raises(Misuse, match=r"e\.json: is no proof that a log goes on"):
        extension_of({"old": fields_of(old), "new": None, "path": []}, "e.json")


def test_a_record_is_proven_under_the_first_head_that_stands_for_it(press):
    first = press.write()
    one = press.publish()
    press.write()
    two = press.publish()
    with Ledger(press.log, press.warcs) as ledger:
        place = (first.principal.warc, first.principal.offset)
        assert ledger.prove(*place).head == one
        assert ledger.prove(*place, under=two).head == two
        assert ledger.publish(KEY, now=press.moment) is None


def test_a_record_that_no_head_stands_for_is_said_to_come_later(press):
    with pytest.raises(NothingFound, match="there is no log yet"):
        Ledger(press.log, press.warcs)
    first = press.write()
    press.publish()
    second = press.write()
    with Ledger(press.log, press.warcs) as ledger, pytest.raises(NothingFound, match="is not in the log yet"):
        ledger.prove(second.principal.warc, second.principal.offset)
    press.cover()
    with Ledger(press.log, press.warcs) as ledger:
        with pytest.raises(NothingFound, match="no head stands for the record yet"):
            ledger.prove(second.principal.warc, second.principal.offset)
        with pytest.raises(EnvironmentFailed, match="at byte 7: no gzip member begins"):
            ledger.prove(first.principal.warc, 7)


def test_a_file_that_is_written_is_covered_by_whole_exchanges_and_goes_on_when_it_is_closed(press):
    press.write()
    [path] = press.paths()
    size, last = path.stat().st_size, press.write().locations[-1][1]
    press.close()
    path.with_name(last.warc).rename(path)  # as it is while its last exchange is being written
    path.write_bytes(path.read_bytes()[: last.offset])
    assert press.cover() == 5  # warcinfo, chain, and the first exchange
    with Ledger(press.log, press.warcs) as ledger:
        [span] = ledger.spans(path.name.removesuffix(".open"))
        assert (span.record, span.count, span.leaf, span.end) == (0, 5, 0, size)
    path.rename(path.with_name(last.warc))
    assert press.cover() == 2
    assert press.cover() == 0


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 1)),
        st.tuples(st.just("seal"), st.integers(0, 1)),
        st.tuples(st.sampled_from(["cover", "publish", "leaves", "half line", "hole", "lost"]), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_whatever_crashed_between_every_record_is_one_leaf_and_can_be_proven(steps, tmp_path_factory):
    press = Press(tmp_path_factory.mktemp("press"))
    for step, writer in [*steps, ("publish", 0)]:
        if step == "write":
            press.write(writer)
        elif step == "seal":
            press.writers[writer].seal()
        elif step == "cover":
            press.cover()
        elif step == "publish":
            press.publish()
        elif press.log.exists():
            crash(press, step)
    press.close()
    press.publish()
    if not press.kept:
        return
    with Ledger(press.log, press.warcs) as ledger:
        there = [(p.name, m) for p in press.paths() for m in raw_records(press.warcs, p.name)]
        assert sorted(leaf_hash(member.raw) for _, member in there) == sorted(ledger.all_leaves())
        assert merkle.root(ledger.all_leaves()) == ledger.heads[-1].head.root
        for name, member in there:
            check_proof(ledger.prove(name, member.offset), member.raw, KEY.public_key())
        for old, new in zip(ledger.heads, ledger.heads[1:], strict=False):
            check_extension(ledger.extend(old, new), KEY.public_key())
        for name in ledger.files():
            members = raw_records(press.warcs, name)
            assert [leaf for _, leaf in ledger.leaves(name)] == [leaf_hash(m.raw) for m in members]


def crash(press, how):
    """Leave in the log what a crash or a lost block does."""
    log = press.log
    if how == "leaves":
        Ledger(log, press.warcs, write=True).close()  # what was lost before is made anew at each opening
        with HashFile(log, write=True) as hashes:
            hashes.append([leaf_hash(b"never told of")])
    elif how == "lost":
        os.truncate(log / "level-00", (log / "level-00").stat().st_size // 3)
    elif (log / "spans.jsonl").exists():
        with (log / "spans.jsonl").open("ab") as file:
            file.write(bytes(40) if how == "hole" else b'{"warc": "half')


def test_spans_that_say_less_than_the_last_head_are_refused(press):
    press.write()
    press.publish()
    press.write()
    press.publish()
    spans = press.log / "spans.jsonl"
    lines = spans.read_bytes().splitlines(keepends=True)
    spans.write_bytes(lines[0])
    for write in (False, True):
        with pytest.raises(Misuse, match=r"spans\.jsonl: tells of 5 records and the last head counts 8"):
            Ledger(press.log, press.warcs, write=write)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (lambda lines: lines[1:], "line 1: does not follow"),
        (lambda lines: lines[::-1], "line 1: does not follow"),
        (lambda lines: [lines[0], lines[0]], "line 2: does not follow"),
        (lambda lines: [b"{}\n"], "line 1: is no line as Stet writes them"),
        (lambda lines: [b"[1]\n"], "line 1: is no line as Stet writes them"),
        (lambda lines: [lines[0].replace(b": 5", b": 5.0")], "line 1: is no line as Stet writes them"),
    ],
)
def test_spans_that_are_not_as_they_were_are_refused(press, lines, sentence):
    for _ in range(2):
        press.write()
        press.cover()
    spans = press.log / "spans.jsonl"
    spans.write_bytes(b"".join(lines(spans.read_bytes().splitlines(keepends=True))))
    with pytest.raises(Misuse, match=sentence):
        Ledger(press.log, press.warcs)


def test_leaves_that_are_lost_with_their_records_are_not_made_up(press):
    press.write()
    press.publish()
    (press.log / "level-00").unlink()
    press.close()
    [path] = press.paths()
    path.write_bytes(path.read_bytes()[: press.kept[0].principal.offset])
    with pytest.raises(Misuse, match=r"lacks leaves, and w0-\S+ has not all records"):
        Ledger(press.log, press.warcs, write=True)


def test_a_full_disk_leaves_the_log_as_it_was(tmp_path):
    press = Press(tmp_path, prefix="a-name-so-long-that-a-line-needs-more-bytes-than-the-leaves-of-an-exchange-")
    press.write()
    press.publish()
    press.write()
    before = {path.name: path.read_bytes() for path in press.log.iterdir()}
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Ledger(press.log, press.warcs, write=True) as ledger:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before["spans.jsonl"]) + 100, limits[1]))
        try:
            with pytest.raises(EnvironmentFailed, match="does not take a line"):
                ledger.cover(press.paths())
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert {path.name: path.read_bytes() for path in press.log.iterdir()} == before
        assert ledger.cover(press.paths()) == 3
    press.close()


# While somebody writes.


def test_what_may_be_taken_back_is_not_in_the_log_yet(press):
    """Between the write and the flush, the file holds an exchange that a failing disk would take back."""
    press.write()
    [path] = press.paths()
    durable = press.writers[0].durable()
    assert durable == {path.name.removesuffix(".open"): path.stat().st_size}
    whole = path.read_bytes()
    press.write()
    with Ledger(press.log, press.warcs, write=True) as ledger:
        assert ledger.cover(press.paths(), durable) == 5
        assert ledger.cover(press.paths(), durable) == 0
    os.truncate(path, len(whole))
    assert press.cover() == 0
    with Ledger(press.log, press.warcs) as ledger:
        assert list(ledger.all_leaves()) == [
            leaf_hash(member.raw) for member in raw_records(press.warcs, path.name.removesuffix(".open"))
        ]


def test_the_books_are_kept_while_others_write_and_close_files(tmp_path):
    """Every record is one leaf, although files are closed and new ones begun between any two steps."""
    folder, done = tmp_path / "warcs", threading.Event()
    folder.mkdir()
    writer = WarcWriter(folder, info={}, now=lambda: NOON, max_bytes=20_000)

    def write() -> None:
        for number in range(150):
            writer.write(prepare(page(number, size=200)))
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    rounds = 0
    while True:
        over = done.is_set()
        with Ledger(tmp_path / "log", folder, write=True) as ledger:
            kept = listed(folder)
            ledger.cover((copies.files[0] for copies in kept.values()), writer.durable())
            ledger.publish(KEY, now=NOON + timedelta(seconds=rounds))
        rounds += 1
        if over:
            break
    thread.join()
    writer.close()
    assert len(list(folder.glob("*.warc.gz"))) > 3
    with Ledger(tmp_path / "log", folder, write=True) as ledger:
        ledger.cover(sorted(folder.glob("*.warc.gz")))
        assert rounds > 1
        for path in folder.glob("*.warc.gz"):
            records = [leaf_hash(member.raw) for member in raw_records(folder, path.name)]
            assert [leaf for _, leaf in ledger.leaves(path.name)] == records
