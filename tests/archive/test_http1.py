"""Odd answers, taken apart without losing or inventing a byte."""

from __future__ import annotations

import gzip
import time
import zlib

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.warc.codings import MOST_CODINGS
from archive.warc.http1 import body_of, decode, mime, parse, split_interim

LIMIT = 1 << 20

PAGE = "<!doctype html><p>Die Brücke bleibt gesperrt. الجسر مغلق</p>".encode() * 40


def answer(*lines: bytes, body: bytes = b"", end: bytes = b"\r\n") -> bytes:
    return end.join([b"HTTP/1.1 200 OK", *lines, b"", b""]) + body


# Heads ---------------------------------------------------------------------------------------------

HEADS = [
    # any case; the wire's spelling is kept
    (answer(b"CONTENT-type: text/html"), [("CONTENT-type", "text/html")]),
    # interleaved duplicates stay in order
    (answer(b"Via: 1", b"Vary: x", b"Via: 2"), [("Via", "1"), ("Vary", "x"), ("Via", "2")]),
    # "A user agent that receives an obs-fold … MUST replace each received obs-fold with one or more SP"
    (answer(b"X-Fold: one", b"\t two", b"  three"), [("X-Fold", "one two three")]),
    # a folded line behind a colon-less line belongs to that line
    (answer(b"colonless", b" folded: after it", b"A: b"), [("A", "b")]),
    (answer(b" begins folded", b"A: b"), [("A", "b")]),
    (answer(b"Padded  :   value  \t"), [("Padded", "value")]),
    (answer(b": no name", b"A:"), [("A", "")]),
    (answer("X-Latin: Bücher".encode("latin-1")), [("X-Latin", "Bücher")]),
    # values are Latin-1, also where a server sent UTF-8: nothing is lost, the reader may encode again
    (answer("X-Utf8: Bücher".encode()), [("X-Utf8", "BÃ¼cher")]),
    (answer(b"A: b", b"C: d", end=b"\n"), [("A", "b"), ("C", "d")]),
    (b"HTTP/1.1 200 OK\n\r\nbody", []),
    (b"HTTP/1.1 200 OK\r\n\r\n", []),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "headers"), HEADS)
def test_headers_as_a_tolerant_reader_sees_them(raw, headers):
    message = parse(raw)
    assert list(message.head.headers) == headers
    assert message.head.status == 200
    assert message.head_bytes + message.body_bytes == raw


@pytest.mark.parametrize(
    ("line", "version", "status", "reason"),
    [
        (b"HTTP/1.1 200 OK", "HTTP/1.1", 200, "OK"),
        (b"HTTP/1.1 200", "HTTP/1.1", 200, ""),
        (b"HTTP/1.1 200 ", "HTTP/1.1", 200, ""),
        (b"HTTP/1.0 404 Not Found", "HTTP/1.0", 404, "Not Found"),
        (b"http/1.1  451  Unavailable For Legal Reasons", "HTTP/1.1", 451, "Unavailable For Legal Reasons"),
        (b"HTTP/2 200", "HTTP/2", 200, ""),
        (b"HTTP/1.1 999 No", "HTTP/1.1", 999, "No"),
        ("HTTP/1.1 404 Sayfa bulunamadı".encode("iso-8859-9"), "HTTP/1.1", 404, "Sayfa bulunamadý"),
    ],
)
def test_status_lines(line, version, status, reason):
    head = parse(line + b"\r\nA: b\r\n\r\n").head
    assert (head.version, head.status, head.reason) == (version, status, reason)


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x00\x16\x03", b"<html>no head at all</html>", b"HTTP/1.1 2000 OK\r\n\r\n", b"HTTP/1.1\r\n\r\n"],
)
def test_garbage_has_no_status_and_is_never_complete(raw):
    message = parse(raw)
    assert (message.head.status, message.complete) == (0, False)
    assert message.body_bytes == message.entity == raw


def test_a_cut_head_is_not_complete():
    message = parse(b"HTTP/1.1 200 OK\r\nContent-Ty")
    assert (message.head.status, message.complete, message.entity) == (200, False, b"")


def test_media_types_lose_parameters_and_case():
    assert mime(parse(answer(b"content-type: Text/HTML ; charset=utf-8")).head) == "text/html"
    assert mime(parse(answer()).head) == ""


# Bodies --------------------------------------------------------------------------------------------

CHUNKED = b"Transfer-Encoding: chunked"
BODIES = [
    # how it is framed, entity, complete
    (answer(b"Content-Length: 5", body=b"hello"), b"hello", True),
    (answer(b"Content-Length: 9", body=b"hello"), b"hello", False),
    (answer(b"Content-Length: 2", body=b"hello"), b"he", True),  # the rest is no part of this answer
    (answer(b"Content-Length: 5", b"content-length: 5", body=b"hello"), b"hello", True),
    (answer(b"Content-Length: 5, 5", body=b"hello"), b"hello", True),
    (
        answer(b"Content-Length: 3", b"Content-Length: 5", body=b"hello"),
        b"hello",
        True,
    ),  # one of them is right
    (answer(b"Content-Length: 3", b"Content-Length: 4", body=b"hello"), b"hello", False),
    (answer(b"Content-Length: many", body=b"hello"), b"hello", True),  # says nothing
    (answer(b"Content-Length: " + b"9" * 5000, body=b"hello"), b"hello", True),  # says nothing either
    (answer(body=b"to the end"), b"to the end", True),  # HTTP/1.0: ends with the connection
    (answer(CHUNKED, body=b"5\r\nhello\r\n0\r\n\r\n"), b"hello", True),
    (answer(b"Transfer-Encoding: gzip, Chunked ", body=b"1\r\nx\r\n0\r\n\r\n"), b"x", True),
    # "If a message is received with both … the Transfer-Encoding overrides the Content-Length."
    (answer(CHUNKED, b"Content-Length: 3", body=b"5\r\nhello\r\n0\r\n\r\n"), b"hello", True),
    (answer(CHUNKED, body=b'005;ext="a;b"\r\nhello\r\n 1 ; x\r\n!\r\n000\r\n\r\n'), b"hello!", True),
    (answer(CHUNKED, body=b"5\nhello\n0\n\n"), b"hello", True),
    (answer(CHUNKED, body=b"5\r\nhello\r\n0\r\n"), b"hello", True),  # the zero chunk came; nothing is missing
    (answer(CHUNKED, body=b"5\r\nhello\r\n"), b"hello", False),
    (answer(CHUNKED, body=b"5\r\nhel"), b"hel", False),
    (answer(CHUNKED, body=b"5\r\nhello world\r\n0\r\n\r\n"), b"hello", False),
    (answer(CHUNKED, body=b"5"), b"", False),
    (answer(CHUNKED, body=b""), b"", False),
    (answer(CHUNKED, body=b"5\r\nhello\r\nxyz\r\n"), b"hello", False),
    (answer(CHUNKED, body=b"<p>never was chunked"), b"<p>never was chunked", False),
    (answer(CHUNKED, body=b"ffffffffffffffff\r\nhello"), b"hello", False),
    (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
    (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4711\r\n\r\n", b"", True),
]


@pytest.mark.parametrize(("raw", "entity", "complete"), BODIES)
def test_bodies_are_framed_as_browsers_frame_them(raw, entity, complete):
    message = parse(raw)
    assert (message.entity, message.complete) == (entity, complete)
    assert message.head_bytes + message.body_bytes == raw


def test_trailers_are_read_and_what_follows_them_is_not():
    raw = answer(CHUNKED, body=b"1\r\nx\r\n0\r\nX-Sum: abc\r\nfolly\r\n\r\nHTTP/1.1 200 OK\r\nNext: one\r\n\r\n")
    assert parse(raw).trailers == (("X-Sum", "abc"),)
    assert parse(answer(CHUNKED, body=b"1\r\nx\r\n0\r\n\r\nA: b\r\n\r\n")).trailers == ()


@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=12),
    st.binary(max_size=9).filter(lambda e: b"\n" not in e),
)
def test_any_chunking_gives_the_same_entity(pieces, extension):
    body = b"".join(b"%x;%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces) + b"0\r\n\r\n"
    message = parse(answer(CHUNKED, body=body))
    assert message.entity == b"".join(pieces)
    assert message.complete
    cut = parse(answer(CHUNKED, body=body[: -len(b"0\r\n\r\n")]))
    assert (cut.entity, cut.complete) == (b"".join(pieces), False)


# Interim answers -----------------------------------------------------------------------------------

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"


@pytest.mark.parametrize(
    ("raw", "interim"),
    [
        (HINTS + answer(), HINTS),
        (b"HTTP/1.1 100\n\n" + HINTS + answer(), b"HTTP/1.1 100\n\n" + HINTS),
        (answer(body=HINTS), b""),
        (HINTS, HINTS),
        (HINTS[:-2], b""),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", b""),
        (b"", b""),
    ],
)
def test_interim_answers_are_kept_apart(raw, interim):
    """Replay tools take the first status line of a record for the answer."""
    assert split_interim(raw) == (interim, raw.removeprefix(interim))


# Codings -------------------------------------------------------------------------------------------


def deflate(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-15)


CODED = [
    ("", PAGE),
    ("identity", PAGE),
    ("gzip", gzip.compress(PAGE)),
    (" X-GZIP ", gzip.compress(PAGE)),
    ("gzip", gzip.compress(PAGE[:100]) + gzip.compress(b"") + gzip.compress(PAGE[100:])),
    ("deflate", zlib.compress(PAGE)),
    ("deflate", deflate(PAGE)),
    ("br", brotli.compress(PAGE)),
    ("br", brotli.compress(PAGE, quality=0)),
    ("gzip, br", brotli.compress(gzip.compress(PAGE))),
    ("deflate, gzip, identity", gzip.compress(zlib.compress(PAGE))),
]


@pytest.mark.parametrize(("coding", "entity"), CODED)
def test_codings_are_undone(coding, entity):
    decoded = decode(entity, coding, limit=LIMIT)
    assert (decoded.body, decoded.complete, decoded.problem) == (PAGE, True, "")


@pytest.mark.parametrize(("coding", "entity"), [row for row in CODED if row[0] in ("gzip", "deflate", "br")])
def test_of_a_cut_stream_all_that_can_be_decoded_is(coding, entity):
    for end in range(1, len(entity), 7):
        decoded = decode(entity[:end], coding, limit=LIMIT)
        assert PAGE.startswith(decoded.body) or decoded.problem.startswith("called")
        if decoded.complete:  # cut between two members of gzip: nobody can tell
            assert (coding, decoded.body) == ("gzip", PAGE[:100])
    assert len(decode(entity[:-9], coding, limit=LIMIT).body) > 0


@pytest.mark.parametrize(
    ("coding", "entity"),
    [("gzip", gzip.compress(PAGE)), ("deflate", zlib.compress(PAGE)), ("br", brotli.compress(PAGE))],
)
def test_bytes_behind_the_end_are_passed_over(coding, entity):
    decoded = decode(entity + b"\0\0\0", coding, limit=LIMIT)
    assert (decoded.body, decoded.complete) == (PAGE, True)
    assert decoded.problem == f"3 bytes after the end of {coding}"


def test_a_wrong_check_value_costs_no_byte_but_is_told():
    entity = bytearray(gzip.compress(PAGE))
    entity[-6] ^= 1
    decoded = decode(bytes(entity), "gzip", limit=LIMIT)
    assert (decoded.body, decoded.complete) == (PAGE, False)
    assert "damaged" in decoded.problem


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "utf-8", "text/html"])
def test_plain_text_under_a_wrong_label_is_taken_as_it_is(coding):
    decoded = decode(PAGE, coding, limit=LIMIT)
    assert (decoded.body, decoded.complete) == (PAGE, True)
    assert decoded.problem


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_binary_under_a_label_that_cannot_be_undone_is_not_held_to_be_whole(coding):
    decoded = decode(b"\x28\xb5\x2f\xfd\x04\x00" * 20, coding, limit=LIMIT)
    assert not decoded.complete
    assert coding in decoded.problem


def test_an_empty_body_has_no_coding():
    assert decode(b"", "gzip", limit=LIMIT).problem == ""


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_a_bomb_is_cut_at_the_limit(coding):
    bomb = {"gzip": gzip.compress, "deflate": deflate, "br": lambda data: brotli.compress(data, quality=5)}
    decoded = decode(bomb[coding](bytes(30 << 20)), coding, limit=1000)
    assert (decoded.body, decoded.complete) == (bytes(1000), False)
    assert "cut at 1000" in decoded.problem
    exact = decode(bomb[coding](bytes(1000)), coding, limit=1000)
    assert (exact.body, exact.complete) == (bytes(1000), True)


def test_stacked_codings_have_an_end():
    assert not decode(PAGE, ",".join(["gzip"] * (MOST_CODINGS + 1)), limit=LIMIT).complete


def test_a_cut_answer_is_never_a_complete_body():
    cut = answer(b"Content-Length: 99", body=b"hello")
    assert not body_of(parse(cut), limit=LIMIT).complete
    two_lines = answer(
        b"Content-Encoding: deflate", b"content-encoding: gzip", body=gzip.compress(zlib.compress(PAGE))
    )
    assert body_of(parse(two_lines), limit=LIMIT).body == PAGE


# Laws ----------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        *(b"HTTP/1.1 200 OK", b"HTTP/1.1 103 x", b"\r\n", b"\n", b"\r\n\r\n", b": ", b" ", b";", b"5", b"0"),
        *(b"Content-Length", b"Transfer-Encoding: chunked", b"Content-Encoding: gzip"),
        *(b"\x1f\x8b\x08", gzip.compress(b"hi"), b"\x0b\x02\x80"),
    ]
)
SOUP = st.lists(WORDS | st.binary(max_size=6), max_size=30).map(b"".join)


@given(SOUP)
def test_nothing_is_lost_and_nothing_is_raised(raw):
    interim, rest = split_interim(raw)
    message = parse(rest)
    assert interim + message.head_bytes + message.body_bytes == raw
    assert b"".join(message.body_bytes[begin:end] for begin, end in message.spans) == message.entity


@given(
    SOUP | st.binary(max_size=300),
    st.sampled_from(["gzip", "deflate", "br", "br, gzip", "zstd", ""]),
    st.integers(0, 400),
)
def test_decoding_never_raises_and_never_exceeds_its_limit(entity, coding, limit):
    decoded = decode(entity, coding, limit=limit)
    assert len(decoded.body) <= max(limit, len(entity))


HOSTILE = {
    "tiny chunks": lambda n: answer(CHUNKED, body=b"1\r\nx\r\n" * (n // 6)),
    "header lines": lambda n: answer(*[b"a:b"] * (n // 5)),
    "folded lines": lambda n: answer(b"a: b", *[b" c"] * (n // 4)),
    "no head end": lambda n: b"HTTP/1.1 200 OK\r\n" + b"\r" * n,
    "size line": lambda n: answer(CHUNKED, body=b" " * n),
    "zeros": lambda n: answer(CHUNKED, body=b"0" * n),
    "interim": lambda n: b"HTTP/1.1 100 C\r\n\r\n" * (n // 18),
    "tiny members": lambda n: answer(b"Content-Encoding: gzip", body=gzip.compress(b"") * (n // 20)),
    "damage": lambda n: answer(b"Content-Encoding: gzip", body=gzip.compress(b"x" * 50)[:-4] + b"\0" * n),
    "commas": lambda n: answer(b"Content-Encoding: " + b"," * n, b"Content-Length: " + b"," * n),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_answers_take_time_in_proportion(kind):
    """A megabyte of each takes less than a second here; a quadratic reader takes minutes."""
    raw = HOSTILE[kind](1 << 20)
    began = time.process_time()
    body_of(parse(split_interim(raw)[1]), limit=LIMIT)
    assert time.process_time() - began < 5


@settings(max_examples=30)
@given(st.binary(min_size=200, max_size=4000), st.integers(0, 10_000), st.integers(1, 255))
def test_a_flipped_bit_never_passes_for_a_whole_gzip_body(data, place, flip):
    """Promise 2: what is damaged must not look like an edit."""
    entity = bytearray(gzip.compress(data, mtime=0))
    entity[10 + place % (len(entity) - 10)] ^= flip
    decoded = decode(bytes(entity), "gzip", limit=LIMIT)
    assert not decoded.complete or decoded.body == data
