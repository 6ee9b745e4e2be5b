"""From the host of an authority to the address to connect to, by the same rules as for pages.

For the few connections that are no fetches: the operator's `connect_to` counts, and no name can send us into our
own network. Knows names and addresses; refuses to know what is sent.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from archive.errors import EnvironmentFailed, Misuse
from archive.settings import CrawlSettings
from crawler.guard import refusal
from crawler.wire_target import Target, Unaskable, detour_of, detours


def lookup(crawl: CrawlSettings) -> Callable[[str, int], tuple[str, int]]:
    """A function from host and port to the address and port to connect to.

    It raises `Misuse` where the address may not be reached and `EnvironmentFailed` where there is none.
    """
    known = detours(crawl.connect_to)

    def where(host: str, port: int) -> tuple[str, int]:
        try:
            target = Target.of(f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/")
        except Unaskable as error:
            raise Misuse(str(error)) from error
        detour = detour_of(target, known)
        name = detour or target
        found = [str(name.literal)] if name.literal is not None else _addresses(name.host, port)
        goal = (detour and detour.port) or port
        if detour is not None or crawl.allow_private_addresses:
            return found[0], goal
        refusals = {address: refusal(address) for address in found}
        allowed = [address for address, why in refusals.items() if why is None]
        if not allowed:
            address, why = next(iter(refusals.items()))
            raise Misuse(f"{host} is at {address}, a {why}; nothing is sent there")
        return allowed[0], goal

    return where


def _addresses(host: str, port: int) -> list[str]:
    """What the system's resolver gives, in its order. Raises `EnvironmentFailed` for nothing."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise EnvironmentFailed(f"{host}: no address is found: {error.strerror or error}") from error
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
