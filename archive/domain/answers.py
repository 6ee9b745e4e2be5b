"""What an answer says by its status, or the lack of one, before anybody reads a page. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from archive.domain.model import Presence, Sighting, Trouble, Truncated

GONE = {
    404: ("not_found", "the outlet answers 404 Not Found"),
    410: ("gone", "the outlet answers 410 Gone"),
    451: ("legal", "the page is withheld for legal reasons (451)"),
}
_BARRIERS = {
    401: ("login", "the outlet asks for a login (401)"),
    402: ("paywall", "the outlet asks for payment (402)"),
    403: ("forbidden", "the outlet refuses this visitor (403)"),
    407: ("proxy_login", "a proxy asks for a login (407)"),
    429: ("rate_limit", "the outlet asks for fewer requests (429)"),
}

_TROUBLES = {
    Trouble.DNS_UNKNOWN: "the host's name does not exist (NXDOMAIN)",
    Trouble.DNS_FAILED: "the host's name could not be looked up",
    Trouble.ADDRESS_REFUSED: "the host's address is one that is not asked from here",
    Trouble.CONNECT_FAILED: "no connection to the server",
    Trouble.TLS_FAILED: "no secure connection to the server",
    Trouble.TIMED_OUT: "no whole answer in time",
    Trouble.DISCONNECTED: "the server closed before the end of its answer",
    Trouble.TOO_LARGE: "the answer is larger than the limit",
    Trouble.NOT_HTTP: "the answer is no HTTP",
    Trouble.ROBOTS_FORBID: "robots.txt forbids it",
    Trouble.ROBOTS_UNREACHABLE: "robots.txt cannot be read, so nothing is asked for",
    Trouble.REDIRECT_LIMIT: "redirects without end",
    Trouble.PROXY_FAILED: "the way out itself failed, and not the outlet",
}

_LINK = regex.compile(r"<([^<>]*)>((?:\s*;\s*[\w*!#$&+.^`|~-]+(?:\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s;,\"]*))?)*)")
_REL = regex.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]*))", regex.IGNORECASE)


def of_trouble(trouble: Trouble, detail: str) -> Sighting:
    """No answer, or none that can be used."""
    why = _TROUBLES[trouble]
    return unreachable(trouble.value, f"{why}: {detail}" if detail and detail != why else why)


def of_cut(cut: Truncated) -> Sighting:
    """An answer that is not whole."""
    return unreachable("cut", f"the answer was cut short ({cut.value})")


def of_status(status: int, headers: Sequence[tuple[str, str]]) -> Sighting:
    """What a status says by itself; of 200 there is nothing to say."""
    if status in GONE:
        kind, why = GONE[status]
        by = blocked_by(headers) if status == 451 else ""
        return Sighting(presence=Presence.GONE, kind=kind, why=f"{why}, blocked by {by}" if by else why)
    if status in _BARRIERS:
        kind, why = _BARRIERS[status]
        return Sighting(presence=Presence.BARRIER, kind=kind, why=why)
    if status >= 500:
        return unreachable("server_error", f"the outlet's server fails ({status})")
    if status == 304:
        return unreachable("odd_status", "the outlet says 'not modified' of what it was not asked about (304)")
    if 300 <= status < 400:
        return unreachable("redirect", f"a redirect that leads nowhere ({status})")
    return unreachable("odd_status", f"an answer that is no page ({status})")


def blocked_by(headers: Sequence[tuple[str, str]]) -> str:
    """Who blocks, of a 451: RFC 7725 section 4, `Link: <https://…>; rel="blocked-by"`. Empty where nobody says."""
    for name, value in headers:
        if name.lower() != "link":
            continue
        for link in _LINK.finditer(value):
            rel = _REL.search(link[2])
            if rel and "blocked-by" in (rel[1] or rel[2] or "").lower().split():
                return link[1].strip()
    return ""


def unreachable(kind: str, why: str) -> Sighting:
    """A sighting of that kind."""
    return Sighting(presence=Presence.UNREACHABLE, kind=kind, why=why)
