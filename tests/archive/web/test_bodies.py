"""What is sent to us is bounded, in bytes and in time, before anybody is asked who they are."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from archive.web import bodies
from archive.web.bodies import CALL, FORM, MOST_THROWN, Bodies
from tests.serving import Reply, Shop

FORM_TYPE = "Content-Type: application/x-www-form-urlencoded"
JSON_TYPE = "Content-Type: application/json"

PATIENCE = 10.0  #: seconds that an answer may take


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    with Shop(tmp_path_factory.mktemp("bodies")) as shop:
        yield shop


def send(shop, path: str, *lines: str, body: bytes = b"") -> Reply:
    """Write a request by hand, and read the answer to it."""
    head = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{shop.site.port}", *lines, "", ""]
    with socket.create_connection(("127.0.0.1", shop.site.port), timeout=PATIENCE) as line:
        with contextlib.suppress(OSError):  # it was answered, and the line cut, before all was written
            line.sendall("\r\n".join(head).encode() + body)
        answer = http.client.HTTPResponse(line)
        answer.begin()
        return Reply(answer.status, answer.getheaders(), answer.read())


def chunked(size: int) -> bytes:
    return b"".join(b"8000\r\n" + b"x" * 0x8000 + b"\r\n" for _ in range(size // 0x8000)) + b"0\r\n\r\n"


@pytest.mark.parametrize("path", ["/acts/note", "/sign-in", "/nowhere"])
def test_what_says_that_it_is_too_long_is_not_even_waited_for(shop, path, monkeypatch):
    monkeypatch.setattr(bodies, "LINGER", 3 * PATIENCE)  # who waited for what is never sent would fail here
    reply = send(shop, path, FORM_TYPE, f"Content-Length: {FORM + 1}", "Connection: close")
    assert (reply.status, reply["content-type"]) == (413, "text/plain; charset=utf-8")
    assert reply.text == "this is too large; send at most 256 KiB at once\n"


def test_a_reader_of_pages_is_told_so_by_a_page(shop):
    reply = send(
        shop,
        "/acts/note",
        FORM_TYPE,
        "Accept: text/html",
        "Accept-Language: de",
        f"Content-Length: {FORM * 8}",
        body=b"x" * FORM * 8,
    )
    assert (reply.status, reply["content-type"]) == (413, "text/html; charset=utf-8")
    assert "Das ist zu viel auf einmal." in reply.text
    assert 'href="/articles"' not in reply.text  # nobody asked yet who they are


def test_a_call_of_the_api_is_told_so_by_a_problem(shop):
    reply = send(shop, "/api/v1/rules", JSON_TYPE, f"Content-Length: {CALL + 1}", body=b"x" * (CALL + 1))
    assert (reply.status, reply["content-type"]) == (413, "application/problem+json")
    assert reply.json["detail"] == "this is too large; send at most 1,024 KiB at once"
    huge = send(shop, "/api/v1/rules", JSON_TYPE, "Content-Length: 99999999999999999999")
    assert huge.status == 413


@pytest.mark.parametrize(
    ("path", "kind", "size"), [("/acts/note", FORM_TYPE, FORM), ("/api/v1/rules", JSON_TYPE, CALL)]
)
def test_chunks_are_counted(shop, path, kind, size):
    reply = send(shop, path, kind, "Transfer-Encoding: chunked", body=chunked(size + 0x8000))
    assert reply.status == 413
    assert "too large" in reply.text
    whole = send(shop, path, kind, "Transfer-Encoding: chunked", "Connection: close", body=chunked(size - 0x8000))
    assert whole.status == 400  # it is read, and is nothing that is understood


def test_what_is_left_unread_is_no_other_request(shop):
    """Request smuggling: the rest of a refused body must not be taken for what is asked next."""
    hidden = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", shop.site.port), timeout=PATIENCE) as line:
        head = ["POST /acts/tag HTTP/1.1", "Host: 127.0.0.1", "Content-Type: text/plain"]
        head += [f"Content-Length: {len(hidden)}", "", ""]
        line.sendall("\r\n".join(head).encode() + hidden)
        said = b""
        while piece := line.recv(65536):
            said += piece
    assert said.startswith(b"HTTP/1.1 415")
    assert said.count(b"HTTP/1.1 ") == 1


# The layer by itself, with a clock that does not wait -------------------------------------------------


def run(pieces, *, path="/acts/x", within=60.0, declared=None, pause=0.0):
    """What is answered to a body that comes in these pieces; the messages, and how much the application had."""
    had, sent = bytearray(), []
    left = list(pieces)

    async def receive():
        await asyncio.sleep(pause)
        body = left.pop(0) if left else b""
        return {"type": "http.request", "body": body, "more_body": bool(left)}

    async def application(scope, receive, send):
        try:
            async for piece in Request(scope, receive).stream():
                had.extend(piece)
            answer = PlainTextResponse("taken")
        except HTTPException as error:
            answer = PlainTextResponse(error.detail, error.status_code)
        await answer(scope, receive, send)

    async def send(message):
        sent.append(message)

    layer = Bodies(application, lambda _, status, line: PlainTextResponse(line, status), lambda: within)
    length = (b"transfer-encoding", b"chunked")
    if declared is not None:
        length = (b"content-length", str(declared).encode())
    scope = {"type": "http", "method": "POST", "path": path, "headers": [length], "query_string": b""}
    asyncio.run(layer(scope, receive, send))
    return sent, bytes(had)


def status_of(sent):
    starts = [message for message in sent if message["type"] == "http.response.start"]
    assert len(starts) == 1
    assert sent[-1].get("more_body", False) is False
    assert [message.get("more_body", False) for message in sent[1:]].count(False) == 1
    return starts[0]["status"]


@given(
    sizes=st.lists(st.integers(0, FORM // 2), min_size=1, max_size=8),
    declares=st.booleans(),
)
def test_a_body_is_taken_whole_or_not_at_all(sizes, declares):
    total = sum(sizes)
    sent, had = run([b"x" * size for size in sizes], declared=total if declares else None)
    if total > FORM:
        assert status_of(sent) == 413
        assert not declares or had == b""
    else:
        assert status_of(sent) == 200
        assert len(had) == total


def test_who_sends_a_byte_now_and_then_is_not_waited_for():
    sent, _ = run([b"x"] * 1000, within=0.02, pause=0.005)
    assert status_of(sent) == 408
    assert (b"connection", b"close") in sent[0]["headers"]


def test_who_goes_on_sending_is_listened_to_for_a_while_only():
    piece = b"x" * 1024**2
    endless = [piece] * (MOST_THROWN // len(piece) + 100)
    sent, had = run(endless, declared=len(piece) * len(endless))
    assert status_of(sent) == 413
    assert had == b""
