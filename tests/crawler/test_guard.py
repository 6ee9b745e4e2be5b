"""Addresses that a page must not be able to send us to, however they are written."""

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.guard import host_literal, refusal


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("0.0.0.0", "unspecified address"),
        ("0.1.2.3", "address of this network"),
        ("10.0.0.1", "private address"),
        ("100.64.0.1", "carrier-grade NAT address"),
        ("100.127.255.255", "carrier-grade NAT address"),
        ("127.0.0.1", "loopback address"),
        ("127.255.255.254", "loopback address"),
        ("169.254.169.254", "link-local address"),
        ("172.16.0.1", "private address"),
        ("172.31.255.255", "private address"),
        ("192.0.0.8", "protocol assignment address"),
        ("192.0.2.1", "documentation address"),
        ("192.88.99.1", "6to4 relay address"),
        ("192.168.1.1", "private address"),
        ("198.18.0.1", "benchmarking address"),
        ("198.51.100.7", "documentation address"),
        ("203.0.113.7", "documentation address"),
        ("224.0.0.1", "multicast address"),
        ("239.255.255.250", "multicast address"),
        ("240.0.0.1", "reserved address"),
        ("255.255.255.255", "broadcast address"),
        ("::", "unspecified address"),
        ("::1", "loopback address"),
        ("::ffff:127.0.0.1", "loopback address inside an IPv4-mapped address"),
        ("::ffff:a9fe:a9fe", "link-local address inside an IPv4-mapped address"),
        ("::127.0.0.1", "loopback address inside an IPv4-compatible address"),
        ("::8.8.8.8", "address outside the global unicast range"),
        ("64:ff9b::10.0.0.1", "private address inside a NAT64 address"),
        ("64:ff9b:1::8.8.8.8", "private NAT64 address"),
        ("2002:7f00:1::", "loopback address inside a 6to4 address"),
        ("2002:c0a8:101::1", "private address inside a 6to4 address"),
        ("2001:0:7f00:1::", "loopback address inside a Teredo address"),
        ("2001:0:808:808:0:0:f5ff:fffe", "private address inside a Teredo address"),  # 10.0.0.1, inverted
        ("2001:0:808:808:0:0:f7f7:f7f7", "Teredo address"),
        ("100::1", "discard address"),
        ("2001:2::1", "benchmarking address"),
        ("2001:10::1", "protocol assignment address"),
        ("2001:db8::1", "documentation address"),
        ("3fff:1::1", "documentation address"),
        ("fc00::1", "unique local address"),
        ("fd12:3456::1", "unique local address"),
        ("fe80::1", "link-local address"),
        ("fe80::1%eth0", "link-local address"),
        ("::1%1", "loopback address"),
        ("fec0::1", "site-local address"),
        ("ff02::1", "multicast address"),
        ("4000::1", "address outside the global unicast range"),
        ("5f00::1", "address outside the global unicast range"),
        ("example.org", "not an IP address"),
        ("", "not an IP address"),
    ],
)
def test_refused(address, why):
    assert refusal(address) == why


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.1",
        "126.255.255.255",
        "128.0.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "198.20.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
    ],
)
def test_allowed(address):
    assert refusal(address) is None
    assert refusal(ipaddress.ip_address(address)) is None


def test_a_zone_does_not_hide_loopback():
    assert refusal(ipaddress.ip_address("::1%eth0")) == "loopback address"


@given(st.ip_addresses())
def test_whatever_the_library_calls_not_global_is_refused(address):
    """Ours is at least as strict as ipaddress, whose opinion on some ranges differs between Pythons."""
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        # Debian's ipaddress also calls the 6to4 form of a public address private.
        mapped = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
        assert refusal(address) is not None or (mapped is not None and refusal(mapped) is None)


@given(st.ip_addresses(v=4))
def test_an_embedded_address_is_refused_as_it_is_bare(inner):
    for prefix in (0xFFFF << 32, 0x64FF9B << 96, 0):
        outer = ipaddress.IPv6Address(prefix | int(inner))
        assert (refusal(outer) is not None) >= (refusal(inner) is not None)
    assert (refusal(ipaddress.IPv6Address((0x2002 << 112) | (int(inner) << 80))) is None) == (
        refusal(inner) is None
    )


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0X7F.1", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("0177.0x0.0.01", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.1", "127.0.0.1"),
        ("10.1.258", "10.1.1.2"),
        ("0", "0.0.0.0"),
        ("0x", "0.0.0.0"),
        ("４１.0.0.1", "41.0.0.1"),
        ("１２７。０。０。１", "127.0.0.1"),
        ("127｡0｡0｡1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("::1", "::1"),
        ("[::ffff:7f00:1]", "::ffff:7f00:1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
    ],
)
def test_literals_in_every_spelling(host, address):
    assert host_literal(host) == ipaddress.ip_address(address)


@pytest.mark.parametrize(
    "host",
    [
        "example.org",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.1.1.256",
        "08.8.8.8",
        "0xg",
        "1..2",
        "",
        ".",
        "4294967296",
        "[::g]",
        "1.2.3.4.example.org",
        "-1",
        "+1",
        "1_0",
        "0x1_0",
        "0" * 5000,
        "²",
    ],
)
def test_names_are_no_literals(host):
    literal = host_literal(host)
    assert literal is None or refusal(literal) is not None or host == "²"


@given(st.from_regex(r"\A(0x[0-9a-f]{1,8}|0[0-7]{0,10}|[1-9][0-9]{0,9})(\.(0x[0-9a-f]{1,2}|[0-9]{1,3})){0,4}\Z"))
def test_agrees_with_the_c_library(text):
    """What inet_aton(3) takes for an address is the same address to us."""
    try:
        packed = socket.inet_aton(text)
    except OSError:
        assert host_literal(text) is None
    else:
        assert host_literal(text) == ipaddress.IPv4Address(packed)
