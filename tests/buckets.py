"""Buckets for tests: a real S3 server on loopback, and a server between us and it that fails, lies or waits.

with S3() as server:                      # moto, a program of its own
    bucket = server.bucket("s3://watch/a")
    with Between(server) as between:      # passes on what it is not told to spoil, and counts
        ...
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[1] / ".oracles" / "moto" / "bin" / "moto_server"

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAKEYOFTHETESTS", "AWS_SECRET_ACCESS_KEY": "secret-that-is-looked-for"}

OURS = ("connection", "content-length", "date", "server", "transfer-encoding")
"""Header fields of an answer that we write ourselves."""

needs_s3 = pytest.mark.skipif(not PROGRAM.exists(), reason="moto's S3 server is not here: make oracles")


class S3:
    """moto's server with an empty bucket `watch`."""

    def __enter__(self):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        # Its own environment: no keys of ours, and none that a developer has.
        environ = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        command = [str(PROGRAM), "-H", "127.0.0.1", "-p", str(self.port)]
        self._process = subprocess.Popen(
            command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while not self._answers():
            assert self._process.poll() is None, "moto's server ended"
            time.sleep(0.05)
        self.ask("PUT", "/watch")
        return self

    def __exit__(self, *exc):
        self._process.terminate()
        self._process.wait()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Ask the server ourselves; it wants a signature and takes any."""
        scope = "Credential=anybody/20260302/us-east-1/s3/aws4_request"
        signed = {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=00"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        with contextlib.closing(connection):
            connection.request(method, path, body, signed)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def names(self, bucket: str = "watch") -> list[str]:
        return re.findall(r"<Key>([^<]*)</Key>", self.ask("GET", f"/{bucket}?list-type=2")[1].decode())


@dataclass
class Request:
    """One request that came by."""

    method: str
    path: str  #: with the query
    range: str
    body: int  #: bytes


class Between:
    """A server in front of `server`: spoils what it is told to, passes on the rest.

    `spoil(request)` gives what to do instead: a status, a status and a body, or a function from the body of the
    answer to what is sent; None passes on.
    """

    def __init__(self, server: S3 | None) -> None:
        self.server = server
        self.seen: list[Request] = []
        self.spoil: Callable[[Request], object] = lambda _: None

    def __enter__(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

        for method in ("GET", "PUT", "HEAD", "POST", "DELETE"):
            setattr(Handler, f"do_{method}", lambda handler: outer._handle(handler))
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.handle_error = lambda *_: None  # a client that was killed is no error here
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *exc):
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def _handle(self, handler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        request = Request(handler.command, handler.path, handler.headers.get("Range", ""), len(body))
        self.seen.append(request)
        do = self.spoil(request)
        if isinstance(do, int | tuple):
            status, said = do if isinstance(do, tuple) else (do, b"")
            self._send(handler, status, {}, said)
            return
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port)
        with contextlib.closing(connection):
            headers = {k: v for k, v in handler.headers.items() if k.lower() != "connection"}
            connection.request(handler.command, handler.path, body, headers)
            answer = connection.getresponse()
            data = answer.read()
            sent = {k: v for k, v in answer.getheaders() if k.lower() not in OURS}
            length = answer.getheader("Content-Length", "0")
        if callable(do):
            data = do(data)
            length = str(len(data))
        self._send(handler, answer.status, sent, data, length if handler.command == "HEAD" else None)

    @staticmethod
    def _send(handler, status: int, headers: dict[str, str], body: bytes, length: str | None = None) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", length or str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)
