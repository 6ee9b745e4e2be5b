"""Whatever is written, changed over, killed, damaged behind its last durable byte and mended comes back as it was.

A machine that Hypothesis drives plays one folder of WARC files through any number of processes. A crash leaves
the file that is being written as it is up to the last durable byte; behind it there may be a part of what was
under way, garbage or zeros.
"""

from __future__ import annotations

import functools
import itertools
import shutil
import tempfile
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from archive.domain.model import RecordType
from archive.warc.reader import exchange_at, iter_members, read_record
from archive.warc.records import prepare
from archive.warc.recovery import recover
from archive.warc.writer import MAX_IDLE, WarcWriter
from tests.archive.test_warc import EXCHANGES, INFO, NOON, NOT_MODIFIED, PAGE, URL, Clock, chunked, http

AGAIN = st.sampled_from([http(PAGE), chunked(PAGE, 40), chunked(PAGE, 70), NOT_MODIFIED])
GARBAGE = st.binary(min_size=1, max_size=60) | st.just(bytes(4096)) | st.just(b"\x1f\x8b\x08\x00")


class Archive(RuleBasedStateMachine):
    """One folder, one process at a time."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="stet-sequences-"))
        self.clock, self.numbers = Clock(), itertools.count(1)
        self.kept = []  # what was sent, and where its principal lies
        self.texts = []
        self.originals = {}  # (URL, time) → place of a response
        self.latest = {}  # (URL, digest) → its capture
        self.sealed = {}  # name → bytes; they must never change again
        self.start()

    def start(self):
        ids = (f"urn:uuid:{uuid.UUID(int=next(self.numbers))}" for _ in itertools.repeat(None))
        self.writer = WarcWriter(
            self.folder, info=INFO, now=self.clock, max_bytes=6000, new_id=functools.partial(next, ids)
        )

    def teardown(self):
        self.writer.leave()
        shutil.rmtree(self.folder)

    def write(self, sent):
        self.clock.time += timedelta(seconds=1)
        sent = replace(sent, began=NOON + timedelta(seconds=len(self.kept)))
        prepared = prepare(sent)
        same = self.latest.get((prepared.url, prepared.digest))
        unchanged = next((c for (url, _), c in self.latest.items() if url == prepared.url), None)
        written = self.writer.write(prepared, same=same, unchanged=unchanged)
        self.kept.append((sent, written.principal))
        capture = written.capture
        if capture and capture.record_type is RecordType.RESPONSE and prepared.status != 304:
            self.latest[capture.url, capture.digest] = capture
            self.originals[capture.url, capture.timestamp] = written.principal

    @rule(sent=EXCHANGES)
    def anything_is_kept(self, sent):
        self.write(sent)

    @rule(sent=EXCHANGES, response=AGAIN)
    def a_page_comes_again(self, sent, response):
        self.write(replace(sent, url=URL, response=response, truncated=None))

    @precondition(lambda self: self.latest)
    @rule(text=st.text(max_size=40), data=st.data())
    def a_text_is_kept(self, text, data):
        capture = data.draw(st.sampled_from(list(self.latest.values())))
        place = self.writer.write_conversion(capture, text, extractor="x/1")
        self.texts.append((text.encode("utf-8", "surrogatepass"), place))

    @rule(idle=st.booleans())
    def a_file_is_changed_over(self, idle):
        if idle:
            self.clock.time += MAX_IDLE
            self.writer.tend()
            assert not list(self.folder.glob("*.open"))
        else:
            self.writer.seal()

    @rule(torn=st.just(b"") | GARBAGE)
    def crash(self, torn):
        self.writer.leave()  # what the kernel does for a dead process
        for path in self.folder.glob("*.open"):
            with path.open("ab") as file:
                file.write(torn)
        recover(self.folder)
        self.start()

    @rule(sent=EXCHANGES, data=st.data())
    def crash_in_a_write(self, sent, data):
        """An exchange is cut at any byte, down to nothing; it was not durable, so nobody was told of it."""
        before = {path.name: path.stat().st_size for path in self.folder.glob("*.open")}
        self.writer.write(prepare(replace(sent, began=NOON - timedelta(days=1))))
        self.writer.leave()
        ends = {path: path.stat().st_size for path in self.folder.glob("*.open")}
        for path, end in ends.items():
            durable = before.get(path.name, 0)
            with path.open("r+b") as file:
                file.truncate(data.draw(st.integers(durable, max(durable, end - 1))))
        recover(self.folder)
        self.start()

    @invariant()
    def all_comes_back(self):
        for sent, place in self.kept:
            if (self.folder / place.warc).exists() or (self.folder / f"{place.warc}.open").exists():
                found = exchange_at(self.folder, place, lookup=lambda *key: self.originals.get(key))
                assert found == sent
            else:
                raise AssertionError(f"{place} is gone")
        for block, place in self.texts:
            assert read_record(self.folder, place).block == block

    @invariant()
    def what_is_sealed_stays_and_holds_whole_records(self):
        for path in self.folder.glob("*.warc.gz"):
            data = path.read_bytes()
            if self.sealed.setdefault(path.name, data) is data:
                assert sum(1 for _ in iter_members(path))
            assert self.sealed[path.name] == data
        assert self.sealed.keys() <= {path.name for path in self.folder.iterdir()}


Archive.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
test_any_sequence = Archive.TestCase
