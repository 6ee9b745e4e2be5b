"""Chromium, told by its own protocol what to open, and asked what stands there.

The protocol runs over a pair of pipes (file descriptors 3 and 4 of the browser), so nothing but the
browser is needed. A proxy on loopback, for all that is not loopback, answers nothing and keeps count: what
a page asks of the network is seen there and goes no further.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ANSWER_WITHIN = 60  #: seconds for the browser to do one thing; it takes well under one
LOOK_AGAIN_AFTER = 0.05  #: seconds between two looks at a page that is not there yet

# The switches after --disable-gpu keep it from asking its maker's hosts for this and that.
COMMAND = """\
--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --disable-default-apps --disable-extensions --disable-dev-shm-usage
--no-default-browser-check --remote-debugging-pipe"""


class Browser:
    """A running Chromium with one page."""

    def __init__(self, to: int, said: int, asked_of_network: list[str]) -> None:
        self._to, self._said = to, said
        self._rest, self._number = b"", 0
        self.asked_of_network = asked_of_network  #: the first line of each request that was not for loopback
        page = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]

    def open(self, url: str) -> None:
        """Go to `url`; does not wait for it."""
        self._ask("Page.navigate", session=self._session, url=url)

    def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression in the page, or what its promise brings."""
        said = self._ask(
            "Runtime.evaluate",
            session=self._session,
            expression=script,
            returnByValue=True,
            awaitPromise=True,
        )
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    def wait_for(self, script: str) -> Any:
        """The value of the expression as soon as it is one that counts as true."""
        end = time.monotonic() + ANSWER_WITHIN
        while not (value := self.evaluate(script)):
            assert time.monotonic() < end, f"never true: {script}"
            time.sleep(LOOK_AGAIN_AFTER)
        return value

    def _ask(self, method: str, *, session: str = "", **parameters: object) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            pass  # an event
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            assert select.select([self._said], [], [], ANSWER_WITHIN)[0], "the browser does not answer"
            part = os.read(self._said, 1 << 16)
            assert part, "the browser is gone"
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)


@contextlib.contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """A browser with an empty profile in `folder`; ended by its process handle. Skips where there is none."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium)")
    its_in, to = os.pipe()
    said, its_out = os.pipe()
    with refusing_proxy() as (port, asked), (folder / "log").open("wb") as log:
        switches = [*COMMAND.split(), f"--user-data-dir={folder}/profile", f"--proxy-server=127.0.0.1:{port}"]
        process = subprocess.Popen(
            ["/bin/bash", "-c", f'exec "$@" 3<&{its_in} 4>&{its_out}', "bash", program, *switches],
            pass_fds=(its_in, its_out),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        os.close(its_in)
        os.close(its_out)
        try:
            yield Browser(to, said, asked)
        finally:
            process.terminate()
            process.wait(ANSWER_WITHIN)
            os.close(to)
            os.close(said)


@contextlib.contextmanager
def refusing_proxy() -> Iterator[tuple[int, list[str]]]:
    """A proxy that hangs up on everybody: its port, and the request lines that it was sent."""
    asked: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):  # the listener was shut
            while True:
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    asked.append(connection.recv(4096).partition(b"\r\n")[0].decode("latin-1"))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1], asked
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
