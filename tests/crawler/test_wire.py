"""The capture contract: what an Exchange holds is what was on the wire, whatever the server does."""

import asyncio
import dataclasses
import io
import itertools
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archive.domain.model import Trouble, Truncated
from archive.errors import Misuse
from archive.warc.reader import exchange_at, group_bytes
from archive.warc.records import prepare
from archive.warc.writer import WarcWriter
from crawler.wire import Wire, WireSettings
from crawler.wire_framing import Framing
from crawler.wire_target import Target, Unaskable, request_bytes
from crawler.wire_tls import context, iana_name
from tests.oddserver import (
    CLOSE,
    HOST,
    ODDITIES,
    PAGE,
    RAGGED,
    STAY,
    Odd,
    OddServer,
    expired_context,
    self_signed_context,
    server_context,
)

HEADERS = (("User-Agent", "stet (mailto:archive@example.org)"), ("accept-ENCODING", "gzip, deflate"))
MAX_BYTES = 400_000
DEFAULT_PORTS = {"http": 80, "https": 443}


@pytest.fixture(scope="module")
def server():
    with OddServer() as running:
        yield running


@pytest.fixture(scope="module")
def bundle(server, tmp_path_factory):
    path = tmp_path_factory.mktemp("trust") / "ca.pem"
    server.ca.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="module")
def limits(server, bundle):
    """Settings that lead `odd.test` to the server, with limits short enough for a test."""
    return WireSettings(
        connect_to={f"{HOST}:{DEFAULT_PORTS[s]}": f"127.0.0.1:{server.port(s)}" for s in ("http", "https")},
        ca_bundle=bundle,
        stall_timeout=0.5,
        total_timeout=2.0,
        max_bytes=MAX_BYTES,
    )


def asked(wire_settings, *urls, gap=0.0, **how):
    """Ask for the URLs one after the other through one Wire."""

    async def run():
        async with Wire(wire_settings) as wire:
            answers = []
            for url in urls:
                answers.append(await wire.exchange(url, HEADERS, **how))
                await asyncio.sleep(gap)
            return answers

    return asyncio.run(run())


def loopback(wire_settings, **changes):
    """The same, without a detour: addresses come from the URL or the resolver."""
    return dataclasses.replace(wire_settings, connect_to={}, **changes)


# -- the contract


@pytest.fixture(scope="module")
def contract(server, limits):
    """Every oddity asked for over both schemes, sixteen at a time: (name, scheme) → what we have of it."""

    async def run():
        turnstile = asyncio.Semaphore(16)
        async with Wire(limits) as wire:

            async def ask(odd, scheme):
                async with turnstile:
                    url = f"{scheme}://{HOST}/{odd.name}?q=%C3%B6&{scheme}"
                    return (odd.name, scheme), await wire.exchange(url, HEADERS, method=odd.method, fresh=True)

            return dict(await asyncio.gather(*(ask(o, s) for o in ODDITIES for s in ("http", "https"))))

    return asyncio.run(run())


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("odd", ODDITIES, ids=lambda odd: odd.name)
def test_every_byte_is_kept(server, contract, odd, scheme):
    exchange = contract[odd.name, scheme]
    line = f"{odd.method} /{odd.name}?q=%C3%B6&{scheme} HTTP/1.1\r\n".encode()
    (seen,) = (seen for seen in server.seen if seen.received.startswith(line))
    received = exchange.interim + exchange.response
    assert exchange.request == seen.received
    assert received == seen.sent if odd.whole else seen.sent.startswith(received)
    assert exchange.interim == odd.interim
    assert (exchange.trouble, exchange.truncated) == (odd.trouble, odd.truncated)
    assert bool(exchange.trouble_detail) == (odd.trouble is not None)
    assert exchange.ip == "127.0.0.1"
    assert (exchange.tls is None) == (scheme == "http")


@pytest.fixture(scope="module")
def archived(contract, tmp_path_factory):
    """The same exchanges after a round trip through WARC files: case → (records' blocks, exchange)."""
    folder = tmp_path_factory.mktemp("warcs")
    found = {}
    with WarcWriter(folder, info={"software": "test"}, now=lambda: datetime.now(UTC)) as writer:
        for case, exchange in contract.items():
            place = writer.write(prepare(exchange)).principal
            members = io.BytesIO(group_bytes(folder, place))
            read = {r.rec_type: r.raw_stream.read() for r in ArchiveIterator(members, no_record_parse=True)}
            found[case] = read, exchange_at(folder, place)
    return found


@pytest.mark.parametrize("odd", ODDITIES, ids=lambda odd: odd.name)
def test_the_warc_holds_the_bytes_of_the_wire(contract, archived, odd):
    """Read by warcio: the blocks are what went over the wire; interim answers are kept apart."""
    for scheme in ("http", "https"):
        exchange, (blocks, again) = contract[odd.name, scheme], archived[odd.name, scheme]
        assert blocks.get("request", b"") == exchange.request
        assert blocks.get("response", exchange.response) == exchange.response
        assert (again.interim, again.response) == (exchange.interim, exchange.response)
        assert (again.trouble, again.truncated or exchange.truncated) == (exchange.trouble, again.truncated)


def test_the_request_is_ours_to_the_last_byte(server, limits):
    (exchange,) = asked(limits, f"http://{HOST}/plain?b=2&a=%31#part")
    assert exchange.request == (
        b"GET /plain?b=2&a=%31 HTTP/1.1\r\n"
        b"Host: odd.test\r\n"
        b"User-Agent: stet (mailto:archive@example.org)\r\n"
        b"accept-ENCODING: gzip, deflate\r\n"
        b"Connection: keep-alive\r\n"
        b"\r\n"
    )


@pytest.mark.parametrize(
    ("url", "line", "host"),
    [
        ("http://a.test", b"GET / HTTP/1.1", b"a.test"),
        ("http://a.test?x", b"GET /?x HTTP/1.1", b"a.test"),
        ("http://a.test/?", b"GET /? HTTP/1.1", b"a.test"),
        ("HTTPS://user:pw@A.test:443/p", b"GET /p HTTP/1.1", b"a.test"),
        ("https://a.test:80/", b"GET / HTTP/1.1", b"a.test:80"),
        ("http://[2001:DB8::1]:8080/", b"GET / HTTP/1.1", b"[2001:db8::1]:8080"),
        (
            "http://köln.test/straße ü?q=%41|ü",
            b"GET /stra%C3%9Fe%20%C3%BC?q=%41|%C3%BC HTTP/1.1",
            b"xn--kln-sna.test",
        ),
        ("http://a.test/a\r\nX-Evil: 1", b"GET /aX-Evil:%201 HTTP/1.1", b"a.test"),
        ("http://a.test/a%0d%0ab", b"GET /a%0d%0ab HTTP/1.1", b"a.test"),
    ],
)
def test_request_line_and_host(url, line, host):
    request = request_bytes(Target.of(url), "GET", ())
    assert request.split(b"\r\n")[:2] == [line, b"Host: " + host]


def test_a_value_cannot_smuggle_a_header():
    request = request_bytes(
        Target.of("http://a.test/"), "GET", [("If-None-Match", '"x"\r\nEvil: 1\x00'), ("X", "Köln→")]
    )
    assert b'If-None-Match: "x"  Evil: 1 \r\n' in request
    assert "X: Köln→\r\n".encode() in request


@pytest.mark.parametrize(
    ("method", "headers"), [("POST", ()), ("GET", [("a b", "1")]), ("GET", [("a\r\nb", "1")])]
)
def test_what_cannot_be_sent_is_misuse(method, headers):
    with pytest.raises(Misuse, match="use "):
        request_bytes(Target.of("http://a.test/"), method, headers)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.test/",
        "http://",
        "http:///path",
        "http://a.test:99999/",
        "http://[::g]/",
        "http://a..b/",
        "nonsense",
        "http://a b/",
        f"http://{'a' * 64}.test/",
    ],
)
def test_a_url_that_names_nothing_is_a_value_too(url):
    with pytest.raises(Unaskable):
        Target.of(url)
    (exchange,) = asked(WireSettings(), url)
    assert (exchange.trouble, exchange.request) == (Trouble.CONNECT_FAILED, b"")


def test_times(server, limits):
    moment = datetime(2026, 11, 22, 10, 11, 12, 987_654, UTC)

    async def run():
        async with Wire(limits, clock=lambda: moment) as wire:
            return await wire.exchange(f"http://{HOST}/until-close", HEADERS)

    exchange = asyncio.run(run())
    assert exchange.began == datetime(2026, 11, 22, 10, 11, 12, 987_000, UTC)
    assert 0 <= exchange.ttfb_ms <= exchange.elapsed_ms < 1000
    assert exchange.elapsed_ms >= 20  # the server waits that long before the last piece


def test_surplus_is_kept_and_counted_and_never_reaches_the_next_exchange(server, limits):
    first, second = asked(limits, f"http://{HOST}/second-answer", f"http://{HOST}/gone")
    assert dict(first.notes)["surplus-bytes"] == str(len(first.response) - first.response.index(b"HTTP/1.1", 1))
    assert second.response.startswith(b"HTTP/1.1 410")
    assert not second.reused


# -- connections


def test_a_clean_connection_is_used_again(server, limits):
    urls = [
        f"https://{HOST}/{name}"
        for name in ("plain", "chunked", "no-content", "not-modified", "http10-keep-alive", "gone")
    ]
    exchanges = asked(limits, *urls)
    assert [exchange.reused for exchange in exchanges] == [False, True, True, True, True, True]
    assert len({seen.connection for seen in server.seen[-6:]}) == 1
    assert all(exchange.tls == exchanges[0].tls for exchange in exchanges)


@pytest.mark.parametrize(
    "name",
    ["http10", "until-close", "length-too-small", "body-after-204", "chunked-and-length", "short-length"],
)
def test_any_other_is_not(server, limits, name):
    _, second = asked(limits, f"http://{HOST}/{name}", f"http://{HOST}/plain")
    assert (second.reused, second.trouble) == (False, None)


def test_fresh_means_fresh(server, limits):
    first, second = asked(limits, f"http://{HOST}/plain", f"http://{HOST}/plain", fresh=True)
    assert not first.reused
    assert not second.reused


def test_a_connection_is_not_kept_for_long(server, limits):
    settings_ = dataclasses.replace(limits, idle_seconds=0.05)
    _, second = asked(settings_, f"http://{HOST}/plain", f"http://{HOST}/plain", gap=0.15)
    assert not second.reused


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("gap", [0.0, 0.05])
def test_a_dead_kept_connection_is_replaced_in_silence(limits, bundle, scheme, gap):
    """RFC 9112 section 9.3.1: a client MAY repeat an idempotent request on a new connection."""
    # The server says keep-alive, and closes all the same.
    with OddServer((Odd("liar", (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",), CLOSE),)) as liar:
        limits = dataclasses.replace(
            limits,
            connect_to={HOST: f"127.0.0.1:{liar.port(scheme)}"},
            ca_bundle="" if scheme == "http" else trust(liar, bundle),
        )
        exchanges = asked(limits, *[f"{scheme}://{HOST}/liar"] * 3, gap=gap)
        assert [exchange.trouble for exchange in exchanges] == [None] * 3
        assert [exchange.reused for exchange in exchanges] == [False] * 3
        assert [exchange.request for exchange in exchanges] == [seen.received for seen in liar.seen]


def test_no_answer_twice_is_no_answer(limits):
    """The retry is one; and an answer that began is never asked for again."""
    with OddServer(
        (Odd("ok", (b"HTTP/1.1 204 No\r\n\r\n",), STAY), Odd("mute", ()), Odd("half", (b"HTTP/1.1 2",)))
    ) as odd:
        limits = dataclasses.replace(limits, connect_to={HOST: f"127.0.0.1:{odd.port('http')}"})
        _, mute = asked(limits, f"http://{HOST}/ok", f"http://{HOST}/mute")
        assert (mute.trouble, mute.reused, len(odd.seen)) == (Trouble.CONNECT_FAILED, False, 3)
        _, half = asked(limits, f"http://{HOST}/ok", f"http://{HOST}/half")
        assert (half.trouble, half.reused, len(odd.seen)) == (Trouble.DISCONNECTED, True, 5)


def test_fifty_at_once_do_not_mix(server, limits):
    names = [odd.name for odd in ODDITIES if odd.trouble is None and odd.method == "GET"]

    async def run():
        async with Wire(dataclasses.replace(limits, total_timeout=10.0, stall_timeout=10.0)) as wire:
            asks = (wire.exchange(f"http://{HOST}/{names[n % len(names)]}?{n}", HEADERS) for n in range(50))
            return await asyncio.gather(*asks)

    before = len(server.seen)
    exchanges = asyncio.run(run())
    sent = {seen.received: seen.sent for seen in server.seen[before:]}
    assert len(sent) == 50
    assert all(exchange.interim + exchange.response == sent[exchange.request] for exchange in exchanges)


def test_closing_ends_what_is_under_way(server, limits):
    async def run():
        wire = Wire(dataclasses.replace(limits, stall_timeout=30, total_timeout=30))
        asking = asyncio.create_task(wire.exchange(f"https://{HOST}/stall", HEADERS))
        await asyncio.sleep(0.15)
        await wire.aclose()
        return await asking

    exchange = asyncio.run(run())
    assert (exchange.trouble, exchange.truncated) == (Trouble.DISCONNECTED, Truncated.DISCONNECT)
    assert exchange.response.endswith(PAGE)


def test_a_cancelled_exchange_leaves_nothing_behind(server, limits):
    async def run():
        async with Wire(limits) as wire:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(wire.exchange(f"https://{HOST}/stall", HEADERS), 0.1)
            return await wire.exchange(f"https://{HOST}/plain", HEADERS)

    assert not asyncio.run(run()).reused


# -- limits


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_exactly_the_size_limit_is_kept(server, limits, scheme):
    (exchange,) = asked(limits, f"{scheme}://{HOST}/endless-body")
    assert len(exchange.response) == MAX_BYTES


def test_an_answer_of_exactly_the_limit_is_whole(server, limits):
    (whole,) = asked(limits, f"http://{HOST}/plain")
    for room, trouble in ((0, None), (-1, Trouble.TOO_LARGE)):
        tight = dataclasses.replace(limits, max_bytes=len(whole.response) + room)
        (exchange,) = asked(tight, f"http://{HOST}/plain")
        assert (exchange.trouble, len(exchange.response)) == (trouble, tight.max_bytes)


def test_the_header_limit(server, limits):
    (exchange,) = asked(limits, f"http://{HOST}/endless-header")
    assert len(exchange.response) == 256 * 1024


def test_a_dripping_server_is_bounded_by_the_total_time(server, limits):
    (exchange,) = asked(dataclasses.replace(limits, total_timeout=0.4), f"http://{HOST}/slowloris")
    assert exchange.elapsed_ms < 2000
    assert "the time allowed ran out" in exchange.trouble_detail


# -- addresses


def resolver(*answers):
    """Gives the answers in turn; each is a list of addresses or an error."""
    left = list(answers)

    async def resolve(host, port):
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return resolve


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f.1", "0177.1", "127.1", "[::1]", "[::ffff:7f00:1]", "１２７.0.0.1"],
)
def test_a_literal_address_of_ours_is_refused(server, host):
    before = len(server.seen)
    (exchange,) = asked(WireSettings(), f"http://{host}:{server.port('http')}/plain")
    assert exchange.trouble is Trouble.ADDRESS_REFUSED
    assert exchange.request == b""
    assert "loopback" in exchange.trouble_detail
    assert len(server.seen) == before


def test_unless_the_settings_allow_it(server, limits):
    port = server.port("http")
    for host in ("127.0.0.1", "2130706433"):
        (exchange,) = asked(loopback(limits, allow_private=True), f"http://{host}:{port}/plain")
        assert exchange.trouble is None
        assert f"Host: {host}:{port}".encode() in exchange.request


def test_a_name_that_turns_to_loopback_after_a_public_answer_is_refused(server, limits):
    """DNS rebinding: what counts is the very address that is connected to, each time."""
    rebinding = loopback(limits, resolve=resolver(["192.0.2.1", "127.0.0.1"], ["127.0.0.1"]))
    port = server.port("http")
    before = len(server.seen)
    exchanges = asked(rebinding, *[f"http://rebind.test:{port}/plain"] * 2)
    assert [exchange.trouble for exchange in exchanges] == [Trouble.ADDRESS_REFUSED] * 2
    assert len(server.seen) == before


def test_the_name_is_looked_up_once_a_connection(server, limits):
    """Public when asked, private when connecting: there is no second question to answer so."""
    asked_for = []

    async def resolve(host, port):
        asked_for.append((host, port))
        return ["127.0.0.1"]

    port = server.port("http")
    asked(loopback(limits, resolve=resolve, allow_private=True), *[f"http://x.test:{port}/plain"] * 2)
    assert asked_for == [("x.test", port)]


def test_refused_addresses_are_passed_over(limits):
    """Of several addresses only the allowed ones are tried; here none of those can be reached."""
    mixed = loopback(limits, resolve=resolver(["127.0.0.1", "::ffff:255.255.255.254"]))
    (exchange,) = asked(mixed, "http://mixed.test/")
    assert exchange.trouble is Trouble.ADDRESS_REFUSED


def test_a_detour_is_for_its_host_and_port_only(server, limits):
    port = server.port("http")
    exact = dataclasses.replace(
        limits, connect_to={f"{HOST}:80": f"127.0.0.1:{port}"}, resolve=resolver(["127.0.0.1"])
    )
    there, elsewhere, other = asked(
        exact, f"http://{HOST}/plain", f"http://{HOST}:{port}/plain", f"http://other.test:{port}/plain"
    )
    assert there.trouble is None
    assert elsewhere.trouble is other.trouble is Trouble.ADDRESS_REFUSED


def test_a_detour_may_keep_the_port_or_lead_to_a_name(server, limits):
    port = server.port("http")
    named = dataclasses.replace(limits, connect_to={"Köln.test": "local.test"}, resolve=resolver(["127.0.0.1"]))
    (exchange,) = asked(named, f"http://köln.test:{port}/plain")
    assert exchange.trouble is None
    assert f"Host: xn--kln-sna.test:{port}".encode() in exchange.request


@pytest.mark.parametrize(
    "entry",
    [("a:0", "b"), ("a", "b:99999"), ("", "b"), ("a", "::1"), ("a b", "c"), ("a..b", "c"), ("a", "c:d")],
)
def test_a_bad_detour_is_misuse(entry):
    with pytest.raises(Misuse, match="connect_to"):
        Wire(WireSettings(connect_to=dict([entry])))


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), Trouble.DNS_UNKNOWN),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), Trouble.DNS_FAILED),
        (OSError("no resolver"), Trouble.DNS_FAILED),
        ([], Trouble.DNS_UNKNOWN),
    ],
)
def test_names_that_cannot_be_resolved(error, trouble):
    (exchange,) = asked(WireSettings(resolve=resolver(error)), "http://gone.test/")
    assert (exchange.trouble, exchange.request) == (trouble, b"")
    assert "gone.test" in exchange.trouble_detail


def test_a_resolver_that_says_nothing():
    async def resolve(host, port):
        await asyncio.sleep(30)

    (exchange,) = asked(WireSettings(resolve=resolve, connect_timeout=0.1), "http://slow.test/")
    assert exchange.trouble is Trouble.DNS_FAILED


def test_the_next_address_is_tried(server, limits):
    """127.0.0.2 refuses the port; both families take turns."""
    port = server.port("http")
    several = loopback(
        limits, allow_private=True, resolve=resolver(["127.0.0.2", "127.0.0.3", "::1", "127.0.0.1"])
    )
    (exchange,) = asked(several, f"http://several.test:{port}/plain")
    assert (exchange.trouble, exchange.ip) == (None, "127.0.0.1")


def test_nobody_listens(limits):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    (exchange,) = asked(loopback(limits, allow_private=True), f"http://127.0.0.1:{port}/")
    assert (exchange.trouble, exchange.request, exchange.ip) == (Trouble.CONNECT_FAILED, b"", "127.0.0.1")
    assert "refused" in exchange.trouble_detail


# -- TLS


def trust(server, near):
    path = f"{near}.{id(server)}"
    server.ca.cert_pem.write_to_path(path)
    return path


def test_what_the_handshake_said(server, limits):
    (exchange,) = asked(limits, f"https://{HOST}/plain")
    assert (exchange.tls.protocol, exchange.tls.alpn, exchange.tls.verified) == ("tls/1.3", "http/1.1", True)
    assert exchange.tls.cipher in {
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_AES_128_GCM_SHA256",
    }
    assert ssl.DER_cert_to_PEM_cert(exchange.tls.chain[0]).startswith("-----BEGIN")


def test_tls_12_under_ianas_name(server, limits):
    old = server_context(server.ca.issue_cert(HOST))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    port = server.listen("tls12", old)
    (exchange,) = asked(dataclasses.replace(limits, connect_to={HOST: f"127.0.0.1:{port}"}), f"https://{HOST}/big")
    assert exchange.tls.protocol == "tls/1.2"
    assert exchange.tls.cipher.startswith("TLS_ECDHE_ECDSA_WITH_")
    assert exchange.response == server.last().sent


def wrong_certificates(server):
    legacy = server_context(server.ca.issue_cert(HOST))
    legacy.maximum_version = ssl.TLSVersion.TLSv1_2
    legacy.set_ciphers("ECDHE-ECDSA-AES128-SHA")
    return {
        "expired": (expired_context(server.ca), "expired", True),
        "self-signed": (self_signed_context(), "self-signed", True),
        "wrong-host": (server_context(server.ca.issue_cert("other.test")), "another host", True),
        "unknown": (server_context(type(server.ca)().issue_cert(HOST)), "authority is unknown", True),
        "no-cipher": (legacy, "handshake failure", False),
    }


@pytest.mark.parametrize("wrong", ["expired", "self-signed", "wrong-host", "unknown", "no-cipher"])
def test_a_bad_certificate_is_a_value_with_its_evidence(server, limits, wrong):
    """The certificates are kept, nothing is sent."""
    served, words, evidence = wrong_certificates(server)[wrong]
    port = server.listen(wrong, served)
    before = len(server.seen)
    (exchange,) = asked(
        dataclasses.replace(limits, connect_to={HOST: f"127.0.0.1:{port}"}), f"https://{HOST}/plain"
    )
    assert (exchange.trouble, exchange.request, exchange.response) == (Trouble.TLS_FAILED, b"", b"")
    assert words in exchange.trouble_detail
    assert (exchange.tls is not None) == evidence
    if evidence:
        assert not exchange.tls.verified
        assert exchange.tls.chain
        assert exchange.tls.protocol == "tls/1.3"
    assert len(server.seen) == before


def test_a_server_that_wants_our_certificate(server, limits):
    demanding = server_context(server.ca.issue_cert(HOST))
    demanding.verify_mode = ssl.CERT_REQUIRED
    port = server.listen("demanding", demanding)
    (exchange,) = asked(
        dataclasses.replace(limits, connect_to={HOST: f"127.0.0.1:{port}"}), f"https://{HOST}/plain"
    )
    assert exchange.trouble is Trouble.TLS_FAILED
    assert "certificate required" in exchange.trouble_detail


def test_a_handshake_that_never_ends(limits):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mute_port = mute.getsockname()[1]
        slow = dataclasses.replace(limits, connect_to={HOST: f"127.0.0.1:{mute_port}"}, connect_timeout=0.2)
        (exchange,) = asked(slow, f"https://{HOST}/")
    assert (exchange.trouble, exchange.request) == (Trouble.TIMED_OUT, b"")


def test_over_tls_only_an_announced_close_ends_a_body(limits, bundle):
    """RFC 9112 section 9.8: complete only if a valid closure alert has been received."""
    with OddServer((Odd("cut", (b"HTTP/1.1 200 OK\r\n\r\n", PAGE), RAGGED),)) as ragged:
        connect_to = {f"{HOST}:{DEFAULT_PORTS[s]}": f"127.0.0.1:{ragged.port(s)}" for s in ("http", "https")}
        cutting = dataclasses.replace(limits, connect_to=connect_to, ca_bundle=trust(ragged, bundle))
        plain, over_tls = asked(cutting, f"http://{HOST}/cut", f"https://{HOST}/cut")
        assert (plain.trouble, plain.truncated) == (None, None)
        assert (over_tls.trouble, over_tls.truncated) == (Trouble.DISCONNECTED, Truncated.DISCONNECT)
        assert plain.response == over_tls.response == ragged.last().sent


def test_a_bundle_that_is_none_is_misuse(tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    for path in (tmp_path / "ca.pem", tmp_path / "missing.pem"):
        with pytest.raises(Misuse, match="ca_bundle"):
            Wire(WireSettings(ca_bundle=str(path)))


def test_every_suite_that_python_offers_has_its_registered_name():
    """The code points are those of IANA's TLS Cipher Suites registry."""
    registry = {
        0xC02C: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        0xC030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        0xC02B: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        0xC02F: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        0xCCA9: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        0xCCA8: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        0xC024: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
        0xC028: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
        0xC023: "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
        0xC027: "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
        0x009F: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
        0x009E: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
        0x006B: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
        0x0067: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
    }
    for cipher in context().get_ciphers():
        code = cipher["id"] & 0xFFFF
        assert iana_name(cipher["name"]) == registry.get(code, cipher["name"])
        assert cipher["name"].startswith("TLS_") or code in registry


# -- framing, without a socket


def framed(pieces, ending, method="GET", max_bytes=10_000, head_limit=2_000):
    """What Framing makes of an answer that comes in `pieces` and then ends so."""
    framing = Framing(method, max_bytes=max_bytes, head_limit=head_limit)
    for piece in pieces:
        framing.feed(piece)
    if ending is None:
        framing.expire("too late,")
    else:
        framing.close(ending)
    return framing


def summary(framing):
    assert framing.over
    return (
        (framing.interim, framing.response, framing.surplus),
        (framing.trouble, framing.truncated, framing.reusable, framing.detail, framing.unanswered),
    )


KNOWN = [
    b"".join(part for part in odd.parts if isinstance(part, bytes))
    for odd in ODDITIES
    if odd.name not in {"big", "long-header", "many-headers"}
]
SHARDS = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 103 E\r\n",
        b"HTTP/1.0 204\n",
        b"Content-Length: 3\r\n",
        b"Connection: close\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b" folded\n",
        b"\r\n",
        b"\n",
        b"\r",
        b"0\r\n",
        b"5\r\n",
        b"hello",
        b"H",
        b"x" * 900,
    ]
)
ANSWERS = st.one_of(
    st.sampled_from(KNOWN),
    st.lists(SHARDS, max_size=12).map(b"".join),
    st.tuples(st.sampled_from(KNOWN), st.binary(max_size=30), st.integers(0, 400)).map(
        lambda t: t[0][: t[2]] + t[1]
    ),
    st.binary(max_size=200),
)
ENDINGS = st.sampled_from(["", "the peer reset the connection", None])
METHODS = st.sampled_from(["GET", "HEAD"])


@settings(max_examples=250)
@given(
    ANSWERS,
    st.lists(st.integers(0, 2500)),
    ENDINGS,
    METHODS,
    st.sampled_from([60, 700, 10_000]),
    st.sampled_from([40, 2_000]),
)
def test_segments_make_no_difference(answer, cuts, ending, method, max_bytes, head_limit):
    edges = [0, *sorted(cuts), len(answer)]
    pieces = [answer[start:end] for start, end in itertools.pairwise(edges)]
    whole = summary(framed([answer], ending, method, max_bytes, head_limit))
    assert summary(framed(pieces, ending, method, max_bytes, head_limit)) == whole
    bytewise = [answer[at : at + 1] for at in range(len(answer))]
    assert summary(framed(bytewise, ending, method, max_bytes, head_limit)) == whole


@given(ANSWERS, ENDINGS, METHODS)
def test_no_byte_is_lost_or_moved(answer, ending, method):
    framing = framed([answer], ending, method, max_bytes=10**6, head_limit=10**6)
    assert framing.interim + framing.response + framing.surplus == answer
    assert not (framing.reusable and framing.trouble)


@given(ANSWERS, METHODS, st.integers(1, 500))
def test_never_more_than_the_limit(answer, method, max_bytes):
    framing = framed([answer], "", method, max_bytes)
    assert len(framing.response) + len(framing.surplus) <= max_bytes
    if framing.trouble is Trouble.TOO_LARGE:
        assert len(framing.response) == max_bytes


def test_work_grows_with_the_bytes_only():
    """A long head, a long chunk extension and a long body, one byte at a time."""
    head = b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = head + b"186a0;" + b"e" * 100_000 + b"\r\n" + b"b" * 100_000 + b"\r\n0\r\n\r\n"
    framing = Framing()
    started = time.process_time()
    for at in range(len(answer)):
        framing.feed(answer[at : at + 1])
    assert framing.over
    assert framing.reusable
    assert time.process_time() - started < 5  # takes 0.3 s; quadratic, it would copy 15 GB


def test_the_clock_is_not_asked_for_durations(server, limits):
    """A clock set back during a fetch makes no negative time."""
    moments = iter([datetime(2026, 1, 1, tzinfo=UTC) - timedelta(hours=n) for n in range(9)])

    async def run():
        async with Wire(limits, clock=lambda: next(moments)) as wire:
            return [await wire.exchange(f"http://{HOST}/plain", HEADERS) for _ in range(3)]

    assert all(0 <= exchange.ttfb_ms <= exchange.elapsed_ms < 1000 for exchange in asyncio.run(run()))


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_speaks_first(limits, scheme):
    """What came before our request was sent is part of the answer; where TLS was due, it is none."""
    banner = b"220 mail.test ESMTP\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        async def run():
            async with Wire(dataclasses.replace(limits, connect_to={HOST: f"127.0.0.1:{port}"})) as wire:
                asking = asyncio.create_task(wire.exchange(f"{scheme}://{HOST}/", HEADERS))
                peer, _ = await asyncio.to_thread(listener.accept)
                with peer:
                    peer.sendall(banner)
                    return await asking

        exchange = asyncio.run(run())
    if scheme == "http":
        assert (exchange.trouble, exchange.response) == (Trouble.NOT_HTTP, banner)
    else:
        assert (exchange.trouble, exchange.response) == (Trouble.TLS_FAILED, b"")
        assert "wrong version number" in exchange.trouble_detail
