"""A pretend hub on loopback (WebSub): takes subscriptions, verifies them as a hub does, and tells of news.

with Hub() as hub:
    hub.url                          # what a feed names
    hub.ping()                       # to all who subscribed, signed with the secret of each
"""

from __future__ import annotations

import contextlib
import hmac
import http.client
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit


@dataclass
class Hub:
    """One hub, and how it behaves.

    `well`, `well, slowly`, `late` (it verifies when told to), `refuses`, `busy`, `hangs`, `drips` or `moved`.
    """

    how: str = "well"
    lease: int | None = 432_000
    asked: list[dict[str, str]] = field(default_factory=list)
    confirmed: dict[str, dict[str, str]] = field(default_factory=dict)  #: by callback

    def __enter__(self) -> Self:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hub._asked(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hub"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _asked(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers["Content-Length"])).decode()
        asked = {name: values[0] for name, values in parse_qs(body).items()}
        assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        status, text, headers = 202, "", {}
        match self.how:
            case "hangs":
                time.sleep(2)
                return
            case "drips":
                with contextlib.suppress(OSError):
                    for _ in range(30):
                        request.wfile.write(b"H")
                        request.wfile.flush()
                        time.sleep(0.1)
                return
            case "refuses":
                status, text = 400, "we know no such topic\n"
            case "busy":
                status, headers = 503, {"Retry-After": "7200"}
            case "moved" if request.path != "/there":
                status, headers = 307, {"Location": "/there"}
        if status == 202:
            self.asked.append(asked)
            if self.how in ("well", "well, slowly", "moved"):
                self.verify(asked)
            if self.how == "well, slowly":
                time.sleep(2)
        with contextlib.suppress(OSError):
            request.send_response(status)
            for name, value in headers.items():
                request.send_header(name, value)
            request.send_header("Content-Length", str(len(text)))
            request.end_headers()
            request.wfile.write(text.encode())

    def verify(self, asked: dict[str, str], **said: str) -> int:
        """Section 5.3: ask whether it was they who asked. Returns what they answered."""
        query = {"hub.mode": "subscribe", "hub.topic": asked["hub.topic"], "hub.challenge": "a1B2 &c"}
        if self.lease is not None:
            query["hub.lease_seconds"] = str(self.lease)
        query |= {name.replace("_", ".", 1): value for name, value in said.items()}
        status, text = self.call(asked["hub.callback"], "GET", query=query)
        if status == 200 and text == query.get("hub.challenge"):
            self.confirmed[asked["hub.callback"]] = asked
        return status

    def ping(self, body: bytes = b"<rss/>", *, method: str = "sha256", secret: str | None = None) -> list[int]:
        """Section 7: tell all who subscribed; returns what they answered."""
        answers = []
        for callback, asked in self.confirmed.items():
            key = asked["hub.secret"] if secret is None else secret
            signature = hmac.new(key.encode(), body, method).hexdigest()
            answers.append(self.call(callback, "POST", body, {"X-Hub-Signature": f"{method}={signature}"})[0])
        return answers

    def call(
        self,
        callback: str,
        method: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
    ) -> tuple[int, str]:
        """Call a callback: status and text."""
        parts = urlsplit(callback)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        with contextlib.closing(connection):
            target = parts.path + (f"?{urlencode(query)}" if query else "")
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
