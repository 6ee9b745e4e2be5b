"""Which addresses a fetch may never reach, so that no page can send us into our own network.

Knows the special-purpose address registries of IANA (RFC 6890 and later entries) and the ways in which an
IPv4 address hides in an IPv6 one or in an odd literal. Refuses to know what names lead to: those are resolved
elsewhere, and each address found is asked about here, on the very address that is then connected to. Where a
proxy resolves a name, only the name itself can be asked about.
"""

from __future__ import annotations

import ipaddress
import unicodedata
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

# First match wins, so the narrow ranges come before the wide ones. Broadcast is part of 240/4.
_IPV4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(network), words)
    for network, words in (
        ("0.0.0.0/32", "unspecified address"),
        ("0.0.0.0/8", "address of this network"),  # RFC 1122 section 3.2.1.3
        ("10.0.0.0/8", "private address"),  # RFC 1918
        ("100.64.0.0/10", "carrier-grade NAT address"),  # RFC 6598
        ("127.0.0.0/8", "loopback address"),  # RFC 1122 section 3.2.1.3
        ("169.254.0.0/16", "link-local address"),  # RFC 3927; cloud metadata services live here
        ("172.16.0.0/12", "private address"),  # RFC 1918
        ("192.0.0.0/24", "protocol assignment address"),  # RFC 6890
        ("192.0.2.0/24", "documentation address"),  # RFC 5737
        ("192.88.99.0/24", "6to4 relay address"),  # RFC 7526, deprecated
        ("192.168.0.0/16", "private address"),  # RFC 1918
        ("198.18.0.0/15", "benchmarking address"),  # RFC 2544
        ("198.51.100.0/24", "documentation address"),  # RFC 5737
        ("203.0.113.0/24", "documentation address"),  # RFC 5737
        ("224.0.0.0/4", "multicast address"),  # RFC 5771
        ("255.255.255.255/32", "broadcast address"),  # RFC 919
        ("240.0.0.0/4", "reserved address"),  # RFC 1112 section 4
    )
)

_IPV6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), words)
    for network, words in (
        ("::/128", "unspecified address"),
        ("::1/128", "loopback address"),
        ("64:ff9b:1::/48", "private NAT64 address"),  # RFC 8215
        ("100::/64", "discard address"),  # RFC 6666
        ("2001::/32", "Teredo address"),  # RFC 4380; its IPv4 ends are looked at first
        ("2001:2::/48", "benchmarking address"),  # RFC 5180
        ("2001::/23", "protocol assignment address"),  # RFC 2928
        ("2001:db8::/32", "documentation address"),  # RFC 3849
        ("3fff::/20", "documentation address"),  # RFC 9637
        ("fc00::/7", "unique local address"),  # RFC 4193
        ("fe80::/10", "link-local address"),  # RFC 4291
        ("fec0::/10", "site-local address"),  # RFC 3879
        ("ff00::/8", "multicast address"),  # RFC 4291
    )
)

_MAPPED = IPv6Network("::ffff:0:0/96")  # RFC 4291 section 2.5.5.2
_COMPATIBLE = IPv6Network("::/96")  # RFC 4291 section 2.5.5.1, deprecated
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
_GLOBAL = IPv6Network("2000::/3")  # RFC 4291 section 2.4: all that IANA hands out as global unicast

# Names that lead into the network of whoever resolves them: RFC 6761 section 6.3, RFC 6762 section 3, RFC 8375,
# and `internal`, which ICANN's board reserved for private use in 2024.
_PRIVATE_NAMES = ("localhost", "local", "home.arpa", "internal")

_DOTS = str.maketrans("\u3002\uff61", "..")  # RFC 3490 section 3.1 takes these for the label separator


def refusal(ip: str | Address) -> str | None:
    """Why `ip` must not be connected to, in words; None when it may.

    Anything that is not an address is refused too. In IPv6 the rule is turned round: what is neither global
    unicast nor a translated public IPv4 address is refused, so a range not yet invented is covered.
    """
    try:
        address = ipaddress.ip_address(ip.partition("%")[0]) if isinstance(ip, str) else ip
    except ValueError:
        return "not an IP address"
    return _refusal_4(address) if isinstance(address, IPv4Address) else _refusal_6(address)


def private_name(host: str) -> str | None:
    """Why a proxy must not be asked to resolve the name `host`, in words; None when it may.

    A name without a dot is looked for in the resolver's own domain.
    """
    name = host.lower().removesuffix(".")
    if "." not in name and name not in _PRIVATE_NAMES:
        return "name without a domain"
    return next(
        (f"name under .{end}" for end in _PRIVATE_NAMES if name == end or name.endswith(f".{end}")),
        None,
    )


def _refusal_4(address: IPv4Address) -> str | None:
    return next((words for network, words in _IPV4 if address in network), None)


def _refusal_6(address: IPv6Address) -> str | None:
    address = IPv6Address(int(address))  # membership tests do not look at the zone, but equality does
    if (words := next((words for network, words in _IPV6[:2] if address in network), None)) is not None:
        return words
    for kind, inner in _embedded(address):
        if (words := _refusal_4(inner)) is not None:
            return f"{words} inside {kind}"
    if (words := next((words for network, words in _IPV6 if address in network), None)) is not None:
        return words
    if address in _GLOBAL or address in _MAPPED or address in _NAT64:
        return None
    return "address outside the global unicast range"


def _embedded(address: IPv6Address) -> Iterable[tuple[str, IPv4Address]]:
    """The IPv4 addresses that packets for `address` would in the end be sent to, and by which trick."""
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _MAPPED:
        yield "an IPv4-mapped address", low
    elif address in _COMPATIBLE:
        yield "an IPv4-compatible address", low
    elif address in _NAT64:
        yield "a NAT64 address", low
    elif address.sixtofour is not None:
        yield "a 6to4 address", address.sixtofour
    elif address.teredo is not None:
        for end in address.teredo:
            yield "a Teredo address", end


def host_literal(host: str) -> Address | None:
    """The address that `host` spells, None when it is a name.

    Takes what resolvers take: besides plain IPv4 and (bracketed) IPv6 the forms of inet_aton(3) with one to
    four parts, each decimal, octal (`0177`) or hexadecimal (`0x7f`), a trailing dot, and full-width digits,
    which IDNA folds to ASCII.
    """
    text = unicodedata.normalize("NFKC", host.strip()).translate(_DOTS)
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if ":" in bare:
        try:
            return IPv6Address(bare)
        except ValueError:
            return None
    return _inet_aton(bare.removesuffix("."))


def _inet_aton(text: str) -> IPv4Address | None:
    parts = [_number(part) for part in text.split(".")]
    if len(parts) > 4 or None in parts:
        return None
    *leading, last = (part for part in parts if part is not None)
    if any(part > 0xFF for part in leading) or last >= 1 << (8 * (4 - len(leading))):
        return None
    value = last
    for place, part in enumerate(leading):
        value |= part << (8 * (3 - place))
    return IPv4Address(value)


def _number(part: str) -> int | None:
    """One part of an IPv4 literal; a bare `0x` counts as zero, as in browsers."""
    if not part.isascii() or not part.isalnum() or len(part) > 64:  # 64: far beyond 32 bits with zeros in front
        return None
    lowered = part.lower()
    try:
        if lowered.startswith("0x"):
            return int(lowered, 16) if lowered[2:] else 0
        return int(lowered, 8) if lowered.startswith("0") else int(lowered, 10)
    except ValueError:
        return None
