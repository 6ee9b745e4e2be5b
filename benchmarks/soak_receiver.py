"""The receiver of the soak: takes signed messages by HTTP, and fails, hangs or says nothing at random."""

from __future__ import annotations

import hashlib
import hmac
import random
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

MOODS = ("well",) * 6 + ("500", "503", "hangs", "silent", "away")
"""How it is for some seconds. `silent`: it takes the message and closes without an answer."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that was taken. It may have said so or not."""

    key: str
    at: float
    answered: bool


class Receiver:
    """Listens on loopback within `with`."""

    secret = "the soak's own secret"

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.calm = False
        self.log: list[Arrival] = []
        self.failed = 0
        self._mood, self._until, self._lock = "well", 0.0, threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.take(self)

            def log_message(self, *_: object) -> None:
                """Nothing is said of each request."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="receiver", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_port}/alerts"

    def arrived(self) -> dict[str, list[Arrival]]:
        """What was taken, by the key of the message."""
        found: dict[str, list[Arrival]] = defaultdict(list)
        for each in self.log:
            found[each.key].append(each)
        return found

    def mood(self) -> str:
        """How it is now."""
        with self._lock:
            now = time.monotonic()
            if self.calm:
                return "well"
            if now > self._until:
                self._mood, self._until = self.chance.choice(MOODS), now + self.chance.uniform(0.5, 5)
            return self._mood

    def take(self, request: BaseHTTPRequestHandler) -> None:
        """One message."""
        mood = self.mood()
        if mood == "away":
            self.failed += 1
            request.close_connection = True
            return
        body = request.rfile.read(int(request.headers["Content-Length"]))
        key = request.headers["Stet-Delivery"]
        signed = dict(part.split("=", 1) for part in request.headers["Stet-Signature"].split(","))
        proof = hmac.new(self.secret.encode(), f"{signed['t']}.".encode() + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(proof, signed["v1"]):
            request.send_error(403)
            return
        if mood == "hangs":
            self.failed += 1
            time.sleep(self.chance.uniform(0.5, 3))
            request.close_connection = True
            return
        if mood in ("500", "503"):
            self.failed += 1
            request.send_error(int(mood))
            return
        self.log.append(Arrival(key, time.monotonic(), answered=mood == "well"))
        if mood == "silent":
            self.failed += 1
            request.close_connection = True
            return
        request.send_response(204)
        request.end_headers()
