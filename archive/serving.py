"""The command that serves a home over HTTP. uvicorn's door."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

import click

from archive.errors import EnvironmentFailed
from archive.options import Example, opened, with_home
from archive.output import say

if TYPE_CHECKING:
    from collections.abc import Callable

    import uvicorn
    from starlette.applications import Starlette

    from archive.acts.hands import Hands


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

    It changes nothing; a crawl may be running meanwhile.
    """
    with opened(home) as (found, database):
        from archive.web.app import create

        chosen = found.settings.web
        listener = listen(host or chosen.host, chosen.port if port is None else port)
        app = create(found, database, base=chosen.url, hands=hands() if hands else None)
        say(f"serving {found.root} at {address(listener)}/ (stop with Ctrl-C)")
        # uvicorn ends in good order, and then gives the signal to whoever else may want it.
        with listener, contextlib.suppress(KeyboardInterrupt):
            server(app).run(sockets=[listener])


def server(app: Starlette) -> uvicorn.Server:
    """The server of `app`: errors alone are logged, and it does not say what it is."""
    import uvicorn

    # Its lines go where all others go, and look like them.
    config = uvicorn.Config(app, log_level="error", log_config=None, access_log=False, server_header=False)
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
