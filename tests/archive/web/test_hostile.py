"""What archived bytes may not do to whoever looks at them, and what odd requests get."""

from __future__ import annotations

import contextlib
import re
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.model import Truncated
from archive.errors import Misuse
from archive.web import asking, replay
from tests.serving import Shop, page

EVIL = b"""<!doctype html><script>document.cookie = "a=b"; fetch("/api/v1/articles", {method: "DELETE"})</script>
<form action="/api/v1/articles" method=post><button>Read on</button></form><iframe src="/"></iframe>
<meta http-equiv=refresh content="0;//evil.example"><img src="https://evil.example/seen.gif">
<base href="https://evil.example/">"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    with Shop(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


def directives(value: str) -> dict[str, list[str]]:
    return {name: rest.split() for name, _, rest in (part.strip().partition(" ") for part in value.split(";"))}


def test_a_page_that_would_run_script_is_given_no_power(shop):
    """The bytes are evidence and go out as they are; the browser is told to do nothing that they say."""
    capture = shop.keep("http://evil.example/page", page(EVIL))
    for how in ("", "id_"):
        reply = shop.get(shop.memento(capture, how))
        assert reply.body == EVIL
        told = directives(reply["content-security-policy"])
        assert told["sandbox"] == []  # no allow-scripts, allow-same-origin, allow-forms, allow-top-navigation
        assert told["default-src"] == ["'none'"]
        assert told["form-action"] == told["base-uri"] == ["'none'"]
        assert not {"script-src", "connect-src", "frame-src", "object-src", "worker-src"} & set(told)
        sources = {source for name in ("img-src", "style-src", "font-src", "media-src") for source in told[name]}
        assert sources == {f"{shop.base}/web/", "data:", "'unsafe-inline'"}
        assert reply["x-content-type-options"] == "nosniff"
        assert reply["referrer-policy"] == "no-referrer"


OBEYED = [
    "Set-Cookie: session=stolen",
    "Refresh: 0; url=https://evil.example/",
    "Clear-Site-Data: *",
    "Access-Control-Allow-Origin: *",
    "Service-Worker-Allowed: /",
    "Strict-Transport-Security: max-age=63072000",
    "Alt-Svc: h3=evil.example:443",
    "Link: <https://evil.example/x.css>; rel=preload",
    "Content-Disposition: attachment; filename=run.exe",
    "Memento-Datetime: Mon, 02 Mar 1998 09:30:00 GMT",
    "Content-Security-Policy: default-src *",
    "Location: https://evil.example/",
]


@pytest.mark.parametrize("field", OBEYED)
def test_no_field_of_the_original_head_is_obeyed(shop, field):
    name, _, value = field.partition(": ")
    capture = shop.keep(f"http://evil.example/{name}", page(b"<p>x", field))
    reply = shop.get(shop.memento(capture))
    assert value not in reply.all(name)
    assert reply[f"x-archive-orig-{name}"] == value


def test_no_stored_value_ends_a_header_and_begins_another(shop):
    """A bare CR, a NUL or a folded line within a stored value: some clients take each of them for a line end."""
    answer = (
        b"HTTP/1.1 200 OK\r\nX-One: a\rSet-Cookie: one=1\r\n"
        b"X-Two: b\x00\x0bSet-Cookie: two=2\r\n"
        b"X-Three: c\r\n"
        b" Set-Cookie: three=3\r\nBad Name: d\r\nContent-Type: text/html\rSet-Cookie: four=4\r\n"
        b"Content-Encoding: \rSet-Cookie: five=5\r\nX-\xc3\xa9: e\r\n"
        b"X-Latin: \xe9\r\nContent-Length: 4\r\n\r\n<p>x"
    )
    capture = shop.keep("http://evil.example/split", answer)
    for how in ("", "id_"):
        head = raw_head(shop.site.port, shop.memento(capture, how))
        assert not re.search(rb"(?im)^set-cookie", head.replace(b"\r", b"\n"))
        assert not re.search(rb"[\x00-\x09\x0b\x0c\x0e-\x1f]", head)
    reply = shop.get(shop.memento(capture))
    assert reply["x-archive-orig-x-latin"] == "é"
    assert reply["x-archive-omitted"] == "2 fields of the original head"


def raw_head(port: int, target: str) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(
            f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode()
        )
        data = b""
        while part := connection.recv(65536):
            data += part
    return data.partition(b"\r\n\r\n")[0]


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=60)), max_size=80))
def test_whatever_is_stored_fields_are_fields(headers):
    """RFC 9110 section 5.5: no CR, LF or NUL in a value; a name is a token."""
    for name, value in replay.originals(headers):
        assert re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name)
        assert re.fullmatch(rb"[\t\x20-\x7e\x80-\xff]*", value.encode("latin-1"))


def test_a_head_beyond_all_bounds_is_cut_and_still_read(shop):
    fields = [f"X-{number}: {'v' * 1000}" for number in range(500)]
    reply = shop.get(shop.memento(shop.keep("http://evil.example/many", page(b"<p>x", *fields))))
    assert reply.status == 200
    assert len([name for name, _ in reply.fields if name.lower().startswith("x-archive-orig-")]) < 65
    assert reply.all("x-archive-omitted")


@pytest.mark.parametrize(
    "kind", ["multipart/x-mixed-replace; boundary=x", "message/rfc822", "application/signed-exchange;v=b3", ""]
)
def test_types_that_bring_heads_of_their_own_are_plain_bytes(shop, kind):
    answer = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: 1\r\n\r\nx".encode()
    reply = shop.get(shop.memento(shop.keep(f"http://evil.example/type?{kind.partition(';')[0]}", answer)))
    assert reply["content-type"] == "application/octet-stream"
    assert reply["x-archive-orig-content-type"] == kind


@pytest.mark.parametrize("answer", [b"HTTP/1.1 999 Odd\r\n\r\n", b"HTTP/1.1 101 Up\r\n\r\n"])
def test_an_answer_without_a_status_that_can_be_sent_is_a_bad_gateways(shop, answer):
    capture = shop.keep(f"http://evil.example/odd?{answer[:12].hex()}", answer)
    reply = shop.get(shop.memento(capture))
    assert reply.status == 502
    assert reply.all("memento-datetime")


@pytest.mark.parametrize("status", ["204 No Content", "205 Reset", "304 Not Modified", "300 Choices", "500 Oops"])
def test_odd_statuses_are_replayed(shop, status):
    capture = shop.keep(f"http://evil.example/status?{status[:3]}", page(b"<p>x", status=status))
    assert shop.get(shop.memento(capture)).status == int(status[:3])


def test_a_body_that_is_not_in_its_coding_is_shown_and_said(shop):
    capture = shop.keep("http://evil.example/bogus", page(b"<p>plain, and called gzip", "Content-Encoding: gzip"))
    reply = shop.get(shop.memento(capture))
    assert reply.body == b"<p>plain, and called gzip"
    assert reply["x-archive-problem"]


def test_a_cut_answer_is_said_to_be_one(shop):
    capture = shop.keep("http://evil.example/cut", page(b"<p>half")[:-3], truncated=Truncated.DISCONNECT)
    reply = shop.get(shop.memento(capture))
    assert (reply.body, reply["x-archive-truncated"]) == (b"<p>h", "disconnect")


def test_no_service_worker_comes_from_an_archive(shop):
    capture = shop.keep("http://evil.example/sw.js", page(b"onfetch = () => 1"))
    assert shop.get(shop.memento(capture), Service_Worker="script").status == 403


@pytest.mark.parametrize("host", ["evil.example/x?", "a b", "a>b", "", "a;b", "[::1"])
def test_a_host_that_cannot_stand_in_a_link_is_refused(shop, host):
    assert shop.get("/timegate/http://evil.example/page", Host=host).status == 400


# Requests.


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_changed_here(shop, method):
    reply = shop.ask(method, "/timegate/http://evil.example/page")
    assert (reply.status, reply.text) == (405, "only GET and HEAD are answered here\n")
    assert set(reply["allow"].split(", ")) == {"GET", "HEAD"}


SPELT = "http://herald.example/a%2Fb/c?q=1%26x&u=http://z.example/"


@pytest.mark.parametrize(
    "asked",
    [
        SPELT,
        SPELT.removeprefix("http://"),
        SPELT.replace("http://h", "http:/h"),
        SPELT.replace("http://h", "https:///h"),
        SPELT.replace("http://h", "HTTP://www.h"),
        SPELT.replace("herald.example", "Herald.Example:80"),
        "http%3A%2F%2Fherald.example%2Fa%252Fb%2Fc%3Fq%3D1%2526x%26u%3Dhttp%3A%2F%2Fz.example%2F",
    ],
)
def test_a_url_is_found_however_it_is_spelt(shop, asked):
    if shop.get(f"/timegate/{SPELT}").status != 302:
        shop.keep(SPELT, page(b"<p>found"))
    where = shop.get(f"/timegate/{asked}")["location"]
    assert where.endswith(SPELT)
    assert shop.get(where).body == b"<p>found"


@pytest.mark.parametrize(
    ("kept", "asked"),
    [
        ("http://xn--bcher-kva.example/ü", "http://b%C3%BCcher.example/%C3%BC"),
        ("http://127.0.0.1:8080/port", "127.0.0.1:8080/port"),
        ("http://[::1]:8080/six", "http://[::1]:8080/six"),
        ("http://odd.example/a|b'c\"<d>", "http://odd.example/a%7Cb'c%22%3Cd%3E"),
        ("http://odd.example/?", "http://odd.example"),
    ],
)
def test_addresses_of_every_kind(shop, kept, asked):
    capture = shop.keep(kept, page(b"<p>kept"))
    where = shop.get(f"/timegate/{asked}")["location"]
    assert re.fullmatch(r"[!-~]+", where)
    assert shop.get(where).body == b"<p>kept"
    assert shop.get(f"/timemap/cdxj/{asked}").text.startswith(capture.urlkey)


@pytest.mark.parametrize(
    "asked", ["", "ftp://a.example/", "http://", "http://a b", "http://a.example:99999/", "/"]
)
def test_what_is_no_url_is_refused_in_one_line(shop, asked):
    reply = shop.get(f"/timegate/{asked.replace(' ', '%20')}")
    assert reply.status == 400
    assert reply.text.count("\n") == 1


@given(st.binary(max_size=60), st.binary(max_size=20))
def test_any_bytes_in_a_path_are_a_url_or_are_refused(path, query):
    with contextlib.suppress(Misuse):
        assert asking.url_in(b"/timegate/" + path, query, "/timegate/").startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("asked", "part", "where"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=8-500", b"89", "bytes 8-9/10"),
    ],
)
def test_a_part_of_a_memento(shop, asked, part, where):
    """RFC 9110 section 14: one range is answered with 206."""
    capture = shop.keep("http://herald.example/digits", page(b"0123456789"))
    reply = shop.get(shop.memento(capture), Range=asked)
    assert (reply.status, reply.body, reply["content-range"]) == (206, part, where)


@pytest.mark.parametrize("asked", ["bytes=3-1", "bytes=0-1,3-4", "lines=1-2", "bytes=-", "bytes=x-"])
def test_a_range_that_is_not_understood_is_passed_over(shop, asked):
    capture = shop.keep("http://herald.example/digits", page(b"0123456789"))
    reply = shop.get(shop.memento(capture), Range=asked)
    assert (reply.status, reply.body, reply["accept-ranges"]) == (200, b"0123456789", "bytes")


def test_a_range_outside_of_the_body_is_refused(shop):
    capture = shop.keep("http://herald.example/digits", page(b"0123456789"))
    reply = shop.get(shop.memento(capture), Range="bytes=10-")
    assert (reply.status, reply["content-range"]) == (416, "bytes */10")


def test_there_is_a_front_page_and_a_sign_of_health(shop):
    assert "/timegate/URL" in shop.get("/").text
    assert shop.get("/healthz").text == "ok\n"
    assert (shop.get("/nothing").status, shop.get("/nothing").text.count("\n")) == (404, 1)
