"""The command that serves a home over HTTP. uvicorn's door."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from archive.errors import EnvironmentFailed, Misuse
from archive.options import Example, opened, with_home
from archive.output import say

if TYPE_CHECKING:
    from collections.abc import Callable

    import uvicorn
    from starlette.applications import Starlette

    from archive.acts.hands import Hands
    from archive.db.engine import Database


@click.command(
    cls=Example,
    example="""
    stet serve
    stet serve --port 8080
    curl -H 'Accept-Datetime: Mon, 02 Mar 2026 09:30:00 GMT' -L http://127.0.0.1:8400/timegate/https://www.example.org/""",
)
@click.option("--host", help="The address to listen at. [default: [web] host, 127.0.0.1]")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="The port; 0: any that is free. [default: [web] port, 8400]"
)
@with_home
@click.pass_obj
def serve(hands: Callable[[], Hands] | None, home: str | None, host: str | None, port: int | None) -> None:
    """Serve the archive over HTTP (Memento, RFC 7089) until it is stopped.

    It fetches nothing; a crawl may be running meanwhile.
    """
    with opened(home) as (found, database):
        from archive.web.app import create

        chosen = found.settings.web
        require_accounts(database, host or chosen.host, chosen.url)
        listener = listen(host or chosen.host, chosen.port if port is None else port)
        able = hands() if hands else None
        app = create(found, database, base=chosen.url, hands=able, at_loopback=is_at_loopback(listener))
        say(f"serving {found.root} at {address(listener)}/ (stop with Ctrl-C)")
        # uvicorn ends in good order, and then gives the signal to whoever else may want it.
        with listener, contextlib.suppress(KeyboardInterrupt):
            server(app).run(sockets=[listener])


def require_accounts(database: Database, host: str, url: str) -> None:
    """Refuse to serve beyond this machine where nobody could sign in. Raises `Misuse`."""
    from archive.db import people
    from archive.web.gate import is_loopback

    public = urlsplit(url).hostname or ""
    if is_loopback(host) and (not public or is_loopback(public)):
        return
    with database.read() as connection:
        if not people.is_there_any(connection):
            raise Misuse(
                f"{url or host}: others could reach the archive, and nobody has an account; "
                "run: stet account add NAME --role admin"
            )


def is_at_loopback(listener: socket.socket) -> bool:
    """Whether nobody but this machine can reach it."""
    from archive.web.gate import is_loopback

    return is_loopback(str(listener.getsockname()[0]))


def server(app: Starlette) -> uvicorn.Server:
    """The server of `app`: errors alone are logged, and it does not say what it is."""
    import uvicorn

    # Its lines go where all others go, and look like them.
    config = uvicorn.Config(
        app,
        log_level="error",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # which proxies are believed, the gate knows
    )
    return uvicorn.Server(config)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; raises `EnvironmentFailed` where that cannot be."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(place)
            listener.listen(128)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise EnvironmentFailed(
            f"{host} port {port}: cannot be listened at: {error.strerror}; choose another with --host or --port"
        ) from error
    return listener


def address(listener: socket.socket) -> str:
    """`http://127.0.0.1:8400`."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
