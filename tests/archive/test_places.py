"""WARC files in a bucket: read as those in a folder are, with few requests, whatever the server does."""

from __future__ import annotations

import http.server
import os
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.domain.model import Exchange
from archive.errors import EnvironmentFailed
from archive.warc.bucket import PART, Bucket
from archive.warc.places import Stored, listed, opened, reading, sha256
from archive.warc.reader import exchange_at, group_bytes, iter_exchanges, iter_members, payload, read_record
from archive.warc.records import prepare
from archive.warc.recovery import survey
from archive.warc.writer import WarcWriter
from tests.buckets import KEYS, needs_s3
from tests.homes import START

pytestmark = pytest.mark.usefixtures("bucket_keys")

NAME = "stet-1.warc.gz"


def bucket(server, prefix: str = "a", **more) -> Bucket:
    return Bucket(**{"url": f"s3://watch/{prefix}", "endpoint": server.endpoint, "allow_http": True, **more})


def exchange(number: int, size: int = 4000) -> Exchange:
    body = os.urandom(size)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {size}\r\n\r\n".encode()
    request = f"GET /{number} HTTP/1.1\r\nHost: herald.example\r\n\r\n".encode()
    return Exchange(url=f"http://herald.example/{number}", began=START, request=request, response=head + body)


class Written:
    """A WARC file of `count` exchanges, in a folder and in a bucket."""

    def __init__(self, folder: Path, bucket: Bucket, *, count: int = 20, size: int = 4000) -> None:
        self.folder, self.bucket = folder, bucket
        self.sent = [exchange(number, size) for number in range(count)]
        with WarcWriter(folder, info={"software": "test"}, now=lambda: START) as writer:
            self.written = [writer.write(prepare(each)) for each in self.sent]
        [self.path] = folder.glob("*.warc.gz")
        bucket.put(self.path.name, self.path)

    @property
    def stored(self) -> Stored:
        return Stored(self.bucket, self.path.name)


@pytest.fixture
def written(tmp_path, between, request):
    made = Written(tmp_path / "warcs", bucket(between, request.node.name.replace("[", "-").strip("]")))
    between.seen.clear()
    return made


# Few requests ----------------------------------------------------------------------------------------


@needs_s3
def test_one_record_is_one_ranged_request_and_no_byte_more(written, between):
    place = written.written[7].principal
    record = read_record([Path("/nowhere"), written.bucket], place)
    assert record == read_record(written.folder, place)
    assert [(r.method, r.range) for r in between.seen] == [
        ("GET", f"bytes={place.offset}-{place.offset + place.length - 1}")
    ]


@needs_s3
def test_a_page_is_one_request_and_its_exchange_at_most_three(written, between):
    place = written.written[3].principal
    assert payload(written.bucket, place).entity == written.sent[3].response.partition(b"\r\n\r\n")[2]
    assert len(between.seen) == 1
    between.seen.clear()
    assert group_bytes(written.bucket, place) == group_bytes(written.folder, place)
    assert len(between.seen) <= 3
    between.seen.clear()
    assert exchange_at(written.bucket, place) == written.sent[3]
    assert len(between.seen) <= 3


@needs_s3
def test_what_a_folder_has_is_not_asked_for(written, between):
    place = written.written[0].principal
    assert read_record([written.folder, written.bucket], place).url == "http://herald.example/0"
    assert between.seen == []


@needs_s3
def test_a_whole_file_comes_in_pieces_that_grow_and_no_byte_twice(tmp_path, between):
    made = Written(tmp_path / "warcs", bucket(between, "grow"), count=6, size=4 << 20)
    between.seen.clear()
    assert [m.record for m in iter_members(made.stored)] == [m.record for m in iter_members(made.path)]
    spans = [tuple(map(int, r.range.removeprefix("bytes=").split("-"))) for r in between.seen]
    assert [start for start, _ in spans] == [0, *(end + 1 for _, end in spans[:-1])]
    assert all(end - start < PART for start, end in spans)
    assert len(spans) < 14
    assert sha256(made.stored) == sha256(made.path)


@needs_s3
def test_a_file_in_a_bucket_is_surveyed_like_one_in_a_folder(written):
    assert survey(written.stored) == survey(written.path)
    assert list(iter_exchanges(written.stored)) == list(iter_exchanges(written.path))
    whole = written.path.read_bytes()
    torn = written.path.with_name("stet-torn.warc.gz")
    torn.write_bytes(whole[:30_000] + bytes(2000) + whole[32_000:-100])
    written.bucket.put(torn.name, torn)
    assert survey(Stored(written.bucket, torn.name)) == survey(torn)


@needs_s3
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reads=st.lists(st.tuples(st.integers(0, 70_000), st.integers(0, 130_000)), max_size=8))
def test_any_reads_give_what_pread_gives(s3, law, reads):
    with opened(law.path) as here, opened(Stored(bucket(s3, "law"), law.path.name)) as there:
        for length, offset in reads:
            assert there(length, offset) == here(length, offset)


@pytest.fixture(scope="module")
def law(s3, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in KEYS.items():
            patch.setenv(name, value)
        return Written(tmp_path_factory.mktemp("law") / "warcs", bucket(s3, "law"))


@needs_s3
def test_files_and_seals_are_listed_wherever_they_are(written):
    (written.folder / f"{written.path.name}.sha256").write_text("…")
    (written.folder / "stet-2.warc.gz.open").write_bytes(b"x")
    (written.folder / "notes.txt").write_bytes(b"x")
    there = listed([written.folder, written.bucket])
    assert there[written.path.name].files == [written.path, written.stored]
    assert [seal.name for seal in there[written.path.name].seals] == [f"{written.path.name}.sha256"]
    assert there["stet-2.warc.gz"].files == [written.folder / "stet-2.warc.gz.open"]
    assert len(there) == 2


# Servers that fail, lie and refuse -------------------------------------------------------------------

SPOILT = {
    "no right": (403, "cannot be read: the store answers 403"),
    "broken": (500, "cannot be read: the store answers 500"),
    "gone": (404, "this WARC file is missing"),
    "short": (lambda data: data[:50], "50 bytes came for"),
    "long": (lambda data: data + b"x", "bytes came for"),
    "other bytes": (lambda data: bytes(len(data)), "no gzip member begins"),
    "a bit": (lambda data: data[:500] + bytes([data[500] ^ 1]) + data[501:], "run: stet verify"),
    "no answer of this protocol": (
        (200, b"<html>Welcome to the hotel</html>"),
        "no answer that can be understood",
    ),
}


@needs_s3
@pytest.mark.parametrize("spoilt", SPOILT)
def test_what_a_server_spoils_is_told_and_never_taken_for_the_record(written, between, spoilt):
    do, said = SPOILT[spoilt]
    between.spoil = lambda _: do
    with pytest.raises(EnvironmentFailed) as told:
        read_record(written.bucket, written.written[2].principal)
    assert said in str(told.value)
    assert written.path.name in str(told.value)
    assert "\n" not in str(told.value)


@needs_s3
def test_a_server_that_stumbles_is_asked_again(written, between):
    answers = iter([500, 503])
    between.spoil = lambda _: next(answers, None)
    assert read_record(written.bucket, written.written[2].principal).url == "http://herald.example/2"
    assert len(between.seen) == 3


@needs_s3
def test_a_server_that_is_not_there_is_told(written):
    away = Bucket(url="s3://watch/a", endpoint="http://127.0.0.1:9", allow_http=True)
    with pytest.raises(EnvironmentFailed, match=r"s3://watch/a/.*: cannot be read: the store does not answer"):
        read_record(away, written.written[0].principal)
    with pytest.raises(EnvironmentFailed, match="allow_http"):
        read_record(Bucket(url="s3://watch/a", endpoint="http://127.0.0.1:9"), written.written[0].principal)


@needs_s3
def test_a_bucket_that_is_not_there_is_no_missing_file(written, between):
    none = bucket(between, url="s3://none")
    with pytest.raises(EnvironmentFailed, match="NoSuchBucket"):
        read_record(none, written.written[0].principal)
    with pytest.raises(OSError, match="NoSuchBucket"):
        none.put(written.path.name, written.path)


@needs_s3
def test_no_message_tells_a_key(written, between):
    """S3 puts the access key id, and what was signed, into its refusals."""
    key, secret = KEYS.values()
    said = f"<Error><Code>SignatureDoesNotMatch</Code><Message>It does not match.</Message><AWSAccessKeyId>{key}"
    said += f"</AWSAccessKeyId><StringToSign>{secret}</StringToSign></Error>"
    between.spoil = lambda _: (403, said.encode())
    with pytest.raises(EnvironmentFailed) as told:
        read_record(written.bucket, written.written[0].principal)
    assert "the store answers 403 (SignatureDoesNotMatch: It does not match.)" in str(told.value)
    chain = f"{told.value} {told.value.__cause__!r} {told.value.__context__!r} {written.bucket!r}"
    assert key not in chain
    assert secret not in chain


@needs_s3
def test_a_file_is_never_written_over(tmp_path, between):
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(b"first")
    large.write_bytes(os.urandom(PART + 1))
    there = bucket(between, "over")
    for path in (small, large):
        there.put(path.name, path)
        first = there.size(path.name)
        path.write_bytes(path.read_bytes() + b"more")
        with pytest.raises(FileExistsError):
            there.put(path.name, path)
        assert there.size(path.name) == first
    # Also where it came after we had looked.
    between.spoil = lambda request: 404 if request.method == "HEAD" else None
    with pytest.raises(FileExistsError):
        there.put("small", small)
    assert there.contents("small") == b"first"


@needs_s3
def test_an_endpoint_in_the_environment_sends_nothing_elsewhere(written, between, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    with pytest.raises(OSError, match="AWS_ENDPOINT_URL_S3"):
        bucket(between).sizes()


def test_without_keys_it_says_what_to_set(monkeypatch):
    """Where there are none, the library asks the instance that it may run on, here one that knows nothing."""

    class Refusing(http.server.BaseHTTPRequestHandler):
        def do_PUT(self):
            self.send_error(403)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as instance:
        threading.Thread(target=instance.serve_forever, kwargs={"poll_interval": 0.02}).start()
        for name in KEYS:
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_METADATA_ENDPOINT", f"http://127.0.0.1:{instance.server_address[1]}")
        with pytest.raises(OSError, match="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
            Bucket(url="s3://watch", endpoint="http://127.0.0.1:9", allow_http=True).sizes()
        instance.shutdown()


def test_a_file_that_is_nowhere_is_missing(tmp_path):
    with pytest.raises(EnvironmentFailed, match=f"{NAME}: this WARC file is missing"), reading(tmp_path, NAME):
        pass
