"""Other ways out: what went through a proxy is kept byte for byte, and a proxy's failure is never the server's."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.model import Trouble
from archive.errors import Misuse
from archive.warc.reader import exchange_at, group_bytes
from archive.warc.records import prepare
from archive.warc.writer import WarcWriter
from crawler.wire import Wire, WireSettings, utc_now
from crawler.wire_proxy import NoWay, Proxy, tunnel
from crawler.wire_target import Target
from tests.oddserver import CLOSE, HOST, STAY, Odd, OddServer, self_signed_context
from tests.proxies import GARBAGE, HANG, SILENT, HttpProxy, SocksProxy

HEADERS = (("User-Agent", "stet (mailto:archive@example.org)"),)
LOGIN = ("desk", "s3:cr@t/é")
KINDS = {"http": HttpProxy, "socks5": SocksProxy}
OWN = Trouble.PROXY_FAILED


@pytest.fixture(scope="module")
def server():
    with OddServer() as running:
        yield running


@pytest.fixture(scope="module")
def bundle(server, tmp_path_factory):
    path = tmp_path_factory.mktemp("trust") / "ca.pem"
    server.ca.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(params=["http", "socks5"])
def proxy(request, server):
    """A proxy that alone knows where `odd.test` is."""
    ports = {80: server.port("http"), 443: server.port("https")}
    with KINDS[request.param]({f"{HOST}:{p}": f"127.0.0.1:{to}" for p, to in ports.items()}) as running:
        yield running


@pytest.fixture
def limits(proxy, bundle):
    return reaching(proxy, ca_bundle=bundle)


def reaching(*proxies, **changes):
    """Settings with vantage points `p0`, `p1` …, and a resolver that must not be asked."""

    async def resolve(host, port):
        raise AssertionError(f"{host} was looked up here")

    labels = {f"p{number}": proxy.url for number, proxy in enumerate(proxies)}
    how = {"stall_timeout": 0.5, "total_timeout": 2.0, "connect_timeout": 0.2, "resolve": resolve}
    return WireSettings(vantages=labels, **{**how, **changes})


def asked(settings, *urls, vantage="p0", **how):
    """Ask for the URLs one after the other through one Wire."""

    async def run():
        async with Wire(settings) as wire:
            return [await wire.exchange(url, HEADERS, vantage=vantage, **how) for url in urls]

    return asyncio.run(run())


# What is kept.


@pytest.mark.parametrize("name", ["plain", "chunked", "gone", "until-close", "short-length", "early-hints", "big"])
@pytest.mark.parametrize("slow", [False, True], ids=["at once", "byte by byte"])
def test_every_byte_through_a_tunnel_is_kept(server, proxy, limits, name, slow):
    """RFC 9110 9.3.6: "the recipient proxy … to blindly forward packets in both directions"."""
    proxy.slow = slow
    scheme = "https" if proxy.scheme == "http" else "http"  # by an HTTP proxy http needs no tunnel
    for url in (f"https://{HOST}/{name}?q", f"{scheme}://{HOST}/{name}?q"):
        (exchange,) = asked(limits, url)
        seen = server.last()
        assert exchange.request == seen.received
        assert exchange.request.startswith(f"GET /{name}?q HTTP/1.1\r\nHost: {HOST}\r\n".encode())
        assert exchange.interim + exchange.response == seen.sent
        assert exchange.ip is None
        assert (exchange.tls is not None) == url.startswith("https")


def test_names_are_the_proxys_to_look_up(proxy, limits):
    """RFC 1928 section 5: "the address field contains a fully-qualified domain name"."""
    (exchange,) = asked(limits, f"https://{HOST}/plain")
    assert exchange.response.startswith(b"HTTP/1.1 200")
    assert proxy.asked == [f"{HOST}:443"]


def test_an_http_proxy_gets_the_whole_url_and_that_is_kept(server):
    """RFC 9112 3.2.2: "a client MUST send the target URI in absolute-form as the request target"."""
    table = {f"{HOST}:80": f"127.0.0.1:{server.port('http')}"}
    with HttpProxy(table, login=LOGIN) as proxy:
        (exchange,) = asked(reaching(proxy), f"http://{HOST}/plain?b=2&a=%31#part")
        (head,) = proxy.heads
    credentials = b"Proxy-Authorization: Basic " + base64.b64encode(":".join(LOGIN).encode()) + b"\r\n"
    assert exchange.request == (
        b"GET http://odd.test/plain?b=2&a=%31 HTTP/1.1\r\n"
        b"Host: odd.test\r\n"
        b"User-Agent: stet (mailto:archive@example.org)\r\n"
        b"Connection: keep-alive\r\n\r\n"
    )
    assert head == exchange.request[:-2] + credentials + b"\r\n"
    assert exchange.response == server.last().sent
    assert b"roxy" not in server.last().received


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_credentials_are_sent_to_the_proxy_and_kept_nowhere(server, bundle, tmp_path, kind, scheme):
    table = {f"{HOST}:80": f"127.0.0.1:{server.port('http')}", f"{HOST}:443": f"127.0.0.1:{server.port('https')}"}
    with KINDS[kind](table, login=LOGIN) as proxy:
        (exchange,) = asked(reaching(proxy, ca_bundle=bundle), f"{scheme}://{HOST}/plain")
        way = repr(Proxy.of("p0", proxy.url))
    assert exchange.response.startswith(b"HTTP/1.1 200")
    with WarcWriter(tmp_path, info={"software": "test"}, now=utc_now) as writer:
        place = writer.write(prepare(exchange)).principal
        assert exchange_at(tmp_path, place).request == exchange.request
        kept = group_bytes(tmp_path, place)
    for secret in (LOGIN[1].encode(), base64.b64encode(":".join(LOGIN).encode()), b"s3%3Acr"):
        assert secret not in (way + repr(exchange)).encode() + exchange.request + kept


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_password_is_the_ways_own_failure(server, kind):
    table = {f"{HOST}:80": f"127.0.0.1:{server.port('http')}"}
    with KINDS[kind](table, login=LOGIN) as proxy:
        settings = reaching(proxy)
        proxy.login = ("desk", "another")
        before = len(server.seen)
        (exchange,) = asked(settings, f"http://{HOST}/plain")
    assert (exchange.trouble, exchange.request, exchange.response) == (OWN, b"", b"")
    assert "s3:cr" not in exchange.trouble_detail
    assert len(server.seen) == before


# Connections.


def test_connections_are_kept_by_way_and_origin(server, proxy, bundle):
    ports = {80: server.port("http"), 443: server.port("https")}
    table = {f"{HOST}:{port}": f"127.0.0.1:{to}" for port, to in ports.items()}

    async def run():
        async with Wire(reaching(proxy, second, ca_bundle=bundle)) as wire:
            ways = ["p0", "p0", "p1", "p1", "p0"]
            urls = [f"{scheme}://{HOST}/plain" for scheme in ("http", "https") for _ in ways]
            return [await wire.exchange(u, HEADERS, vantage=w) for u, w in zip(urls, ways * 2, strict=True)]

    with SocksProxy(table) as second:
        exchanges = asyncio.run(run())
        assert (proxy.connections, second.connections) == (2, 2)
    assert [exchange.reused for exchange in exchanges] == [False, True, False, True, True] * 2


def test_fresh_means_a_connection_of_its_own(proxy, limits):
    first, second = asked(limits, f"https://{HOST}/plain", f"https://{HOST}/plain", fresh=True)
    assert (first.reused, second.reused, proxy.connections) == (False, False, 2)


def test_a_dead_kept_tunnel_is_replaced_in_silence():
    liar = Odd("liar", (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",), CLOSE)
    with OddServer((liar,)) as odd, SocksProxy({f"{HOST}:80": f"127.0.0.1:{odd.port('http')}"}) as proxy:
        exchanges = asked(reaching(proxy), *[f"http://{HOST}/liar"] * 3)
    assert [exchange.trouble for exchange in exchanges] == [None] * 3


def test_a_valid_answer_before_the_question_is_taken_once():
    """What a server says too early belongs to the first exchange of a connection, and to no other."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly"

    async def serve(reader, writer):
        writer.write(answer)
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer.replace(b"early", b"later"))
        writer.close()
        await writer.wait_closed()

    async def run():
        listener = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        async with listener, Wire(WireSettings(connect_to={HOST: f"127.0.0.1:{port}"})) as wire:
            first = await wire.exchange(f"http://{HOST}/", HEADERS)
            return first, await wire.exchange(f"http://{HOST}/", HEADERS)

    first, second = asyncio.run(run())
    assert first.response.endswith(b"early")
    assert (second.reused, second.response[-5:]) == (True, b"later")


def test_the_certificate_is_the_servers_and_is_verified(server, proxy, limits):
    proxy._table = {**proxy._table, f"{HOST}:8443": f"127.0.0.1:{server.listen('own', self_signed_context())}"}
    good, bad = asked(limits, f"https://{HOST}/plain", f"https://{HOST}:8443/plain")
    assert good.tls.verified
    assert bad.trouble is Trouble.TLS_FAILED
    assert "the certificate" in bad.trouble_detail
    assert bad.tls is None or not bad.tls.verified


# What fails, and whose failure it is.

FAILURES = [
    # the proxy, its mood, the scheme asked for → the trouble
    (HttpProxy, 403, "https", OWN),
    (HttpProxy, 404, "https", OWN),
    (HttpProxy, 407, "https", OWN),
    (HttpProxy, 407, "http", OWN),
    (HttpProxy, 500, "https", OWN),
    (HttpProxy, 502, "https", Trouble.CONNECT_FAILED),
    (HttpProxy, 503, "https", Trouble.CONNECT_FAILED),
    (HttpProxy, 504, "https", Trouble.TIMED_OUT),
    (HttpProxy, HANG, "https", OWN),
    (HttpProxy, HANG, "http", OWN),
    (HttpProxy, SILENT, "https", OWN),
    (HttpProxy, SILENT, "http", OWN),
    (HttpProxy, GARBAGE, "https", OWN),
    (HttpProxy, GARBAGE, "http", OWN),
    (SocksProxy, 1, "https", OWN),
    (SocksProxy, 2, "https", OWN),
    (SocksProxy, 3, "https", Trouble.CONNECT_FAILED),
    (SocksProxy, 4, "http", Trouble.CONNECT_FAILED),
    (SocksProxy, 5, "http", Trouble.CONNECT_FAILED),
    (SocksProxy, 6, "http", Trouble.TIMED_OUT),
    (SocksProxy, 7, "http", OWN),
    (SocksProxy, 8, "http", OWN),
    (SocksProxy, 99, "http", OWN),
    (SocksProxy, HANG, "https", Trouble.TIMED_OUT),
    (SocksProxy, SILENT, "https", OWN),
    (SocksProxy, GARBAGE, "https", OWN),
]


@pytest.mark.parametrize(("kind", "mood", "scheme", "trouble"), FAILURES)
def test_whose_failure_it_is(server, kind, mood, scheme, trouble):
    """Nothing that a proxy says for itself is kept as an answer."""
    with kind({f"{HOST}:80": f"127.0.0.1:{server.port('http')}"}) as proxy:
        proxy.mood = mood
        before = len(server.seen)
        (exchange,) = asked(reaching(proxy), f"{scheme}://{HOST}/plain")
        assert (exchange.trouble, exchange.request, exchange.response) == (trouble, b"", b"")
        assert "p0" in exchange.trouble_detail
        assert str(proxy.port) not in exchange.trouble_detail
    assert len(server.seen) == before


def test_a_gateways_error_about_a_page_is_the_page_as_seen_from_there():
    """Of a page that it forwards, a proxy's 502 cannot be told from the server's; both mean: not reached."""
    with HttpProxy({}) as proxy:
        (exchange,) = asked(reaching(proxy), f"http://{HOST}/plain")
    assert exchange.trouble is None
    assert exchange.response.startswith(b"HTTP/1.1 502")


@pytest.mark.parametrize("scheme", KINDS)
def test_a_proxy_that_is_not_there(scheme):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        settings = WireSettings(vantages={"de": f"{scheme}://desk:s3cret@127.0.0.1:{port}"})
        (exchange,) = asked(settings, f"https://{HOST}/plain", vantage="de")
    assert exchange.trouble is OWN
    assert exchange.trouble_detail == "vantage point de: no connection to its proxy"
    assert exchange.ip is None


def test_a_proxy_whose_name_leads_nowhere():
    async def nowhere(host, port):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    settings = WireSettings(vantages={"de": "socks5://proxy.test:1080"}, resolve=nowhere)
    (exchange,) = asked(settings, f"https://{HOST}/plain", vantage="de")
    assert (exchange.trouble, exchange.trouble_detail) == (OWN, "vantage point de: its proxy's name leads nowhere")


def test_a_server_that_hangs_up_in_a_tunnel_is_the_server():
    odds = Odd("mute", ()), Odd("ok", (b"HTTP/1.1 204 No\r\n\r\n",), STAY)
    with OddServer(odds) as odd, SocksProxy({f"{HOST}:80": f"127.0.0.1:{odd.port('http')}"}) as proxy:
        mute, ok = asked(reaching(proxy), f"http://{HOST}/mute", f"http://{HOST}/ok")
    assert (mute.trouble, ok.trouble) == (Trouble.CONNECT_FAILED, None)
    assert mute.request


def test_closing_ends_what_waits_for_a_proxy(server, proxy, limits):
    async def run():
        wire = Wire(dataclasses.replace(limits, connect_timeout=30, total_timeout=30))
        asking = asyncio.create_task(wire.exchange(f"https://{HOST}/plain", HEADERS, vantage="p0"))
        await asyncio.sleep(0.1)
        await wire.aclose()
        return await asking

    proxy.mood = HANG
    assert asyncio.run(run()).trouble is OWN


# Addresses.


@pytest.mark.parametrize(
    "host",
    [
        *(
            "127.0.0.1",
            "2130706433",
            "10.0.0.7",
            "169.254.169.254",
            "[::1]",
            "localhost",
            "LOCALHOST.",
            "a.localhost",
        ),
        *("printer.local", "intranet", "metadata.google.internal", "nas.home.arpa"),
    ],
)
def test_no_proxy_is_asked_for_what_is_surely_private(proxy, limits, host):
    (exchange,) = asked(limits, f"http://{host}/plain")
    assert exchange.trouble is Trouble.ADDRESS_REFUSED
    assert proxy.connections == 0


def test_unless_the_settings_allow_it(server, proxy, limits):
    proxy._table = {f"127.0.0.1:{server.port('http')}": f"127.0.0.1:{server.port('http')}"}
    allowed = dataclasses.replace(limits, allow_private=True)
    (exchange,) = asked(allowed, f"http://127.0.0.1:{server.port('http')}/plain")
    assert exchange.response.startswith(b"HTTP/1.1 200")


def test_a_detour_has_no_say_behind_a_proxy(proxy, limits):
    """The proxy connects, so that it is its country's name service that counts."""
    elsewhere = dataclasses.replace(limits, connect_to={HOST: "127.0.0.1:1"})
    (exchange,) = asked(elsewhere, f"https://{HOST}/plain")
    assert exchange.response.startswith(b"HTTP/1.1 200")


def test_straight_stays_straight(server, proxy, limits):
    straight = dataclasses.replace(limits, connect_to={HOST: f"127.0.0.1:{server.port('https')}"})
    (exchange,) = asked(straight, f"https://{HOST}/plain", vantage="")
    assert (exchange.ip, proxy.connections) == ("127.0.0.1", 0)


def test_a_label_that_nobody_named_is_misuse(limits):
    with pytest.raises(Misuse, match="no vantage point 'xx'"):
        asked(limits, f"https://{HOST}/plain", vantage="xx")


# The protocol by itself.


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://a.test:1", "no proxy"),
        ("socks5://a.test", "no proxy"),
        ("http://s3cret@a.test:1", "no proxy"),
        ("http://u:s3cret@a.test:70000", "no proxy"),
        ("socks5://u:" + "s3cret" * 50 + "@a.test:1080", "255 bytes"),
    ],
)
def test_what_is_no_proxy_is_misuse_and_no_secret_is_told(url, said):
    with pytest.raises(Misuse, match=said) as error:
        Proxy.of("de", url)
    assert "s3cret" not in str(error.value)


def test_curls_socks5h_is_the_same():
    assert Proxy.of("de", "socks5h://a.test:1080") == Proxy.of("de", "socks5://a.test:1080/")


def converse(proxy, target, answers, cuts):
    """Play the proxy's answers, cut into pieces; what was said to it, and what came through already."""
    said, left, surplus = [], b"".join(answers), b""
    for words, reader in tunnel(proxy, target):
        said.append(words)
        while not reader.over and left:
            size = cuts.pop() if cuts else 1
            reader.feed(left[:size])
            left = left[size:]
        surplus = reader.surplus
    return said, surplus + left


BOUND = {
    "IPv4": b"\x01\x7f\0\0\x01",
    "a name": b"\x03\x09localhost",
    "IPv6": b"\x04" + bytes(16),
}


@given(st.sampled_from(sorted(BOUND)), st.lists(st.integers(1, 7)), st.binary(max_size=9))
def test_socks_by_the_letter_however_the_bytes_are_cut(bound, cuts, through):
    """RFC 1928 and RFC 1929, byte for byte; nothing that came through the tunnel is lost."""
    proxy = Proxy.of("de", "socks5://desk:pw@a.test:1080")
    answers = [b"\x05\x02", b"\x01\x00", b"\x05\x00\x00" + BOUND[bound] + b"\x04\x38", through]
    pieces = [1] * 4 + cuts  # the first two answers end where we speak again
    said, surplus = converse(proxy, Target.of("https://Odd.test./x"), answers, pieces[::-1])
    assert said == [
        b"\x05\x02\x00\x02",
        b"\x01\x04desk\x02pw",
        b"\x05\x01\x00\x03\x08odd.test\x01\xbb",
    ]
    assert surplus == through


@given(st.lists(st.integers(1, 9)), st.binary(max_size=9))
def test_connect_by_the_letter_however_the_bytes_are_cut(cuts, through):
    proxy = Proxy.of("de", "http://desk:pw@a.test:3128")
    answer = b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n"  # RFC 9110 9.3.6: "MUST ignore any Content-Length"
    said, surplus = converse(proxy, Target.of("https://[2001:db8::1]:8443/x"), [answer, through], cuts[::-1])
    place = b"[2001:db8::1]:8443"
    login = b"Proxy-Authorization: Basic ZGVzazpwdw==\r\n"
    assert said == [b"CONNECT " + place + b" HTTP/1.1\r\nHost: " + place + b"\r\n" + login + b"\r\n"]
    assert surplus == through


@given(st.binary(max_size=40))
def test_no_answer_of_a_proxy_breaks_us(noise):
    for url in ("socks5://u:p@a.test:1", "http://u:p@a.test:1"):
        with contextlib.suppress(NoWay):
            for _, reader in tunnel(Proxy.of("de", url), Target.of("https://odd.test/")):
                reader.feed(noise)
                reader.close("the peer reset the connection")
                assert reader.over
