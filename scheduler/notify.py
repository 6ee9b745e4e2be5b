"""What the service manager is told: that we are ready, alive, reloading, stopping.

The protocol is a datagram of lines to the socket that `NOTIFY_SOCKET` names (sd_notify(3)). Where it names none,
nothing is said. Refuses to fail: that nobody listens is no reason to stop watching.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import time
from collections.abc import Mapping
from typing import Final

logger = logging.getLogger(__name__)

OFTEN: Final = 4
"""Words of life in the time after which the manager holds us for dead; sd_watchdog_enabled(3) wants two."""


class Manager:
    """Who started us, if it wants to be told."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        self._every = _watchdog(environ)
        self._alive: float | None = None
        self._status = ""

    def ready(self, status: str = "") -> None:
        """The home is open and watched, for the first time or again."""
        self._send("READY=1", *_lines(status))

    def status(self, text: str) -> None:
        """What we do just now, for `systemctl status`; said where it is new."""
        if text != self._status:
            self._send(*_lines(text))
        self._status = text

    def alive(self) -> None:
        """The loop turns. May be called as often as one likes."""
        if self._every is None:
            return
        now = time.monotonic()
        if self._alive is None or now - self._alive >= self._every:
            self._alive = now
            self._send("WATCHDOG=1")

    def reloading(self) -> None:
        """Settings are read again; `ready` follows."""
        # Type=notify-reload wants the time, by the clock that nobody sets (systemd.service(5)).
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self, within: float) -> None:
        """We end in good order, and may need so many seconds, whatever the unit file says."""
        self._send("STOPPING=1", f"EXTEND_TIMEOUT_USEC={int(within * 1_000_000)}")

    def _send(self, *lines: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
                sock.setblocking(False)
                sock.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            logger.debug("the service manager was not told %s: %s", lines[0], error)


def _address(named: str) -> str | None:
    """The socket's address; the name of one that is in no folder begins with `@`."""
    if named.startswith("@"):
        return "\0" + named[1:]
    return named if named.startswith("/") else None


def _watchdog(environ: Mapping[str, str]) -> float | None:
    """Seconds between two words of life; None where nobody waits for them, or for those of another process."""
    with contextlib.suppress(ValueError):
        if int(environ.get("WATCHDOG_PID") or os.getpid()) == os.getpid():
            microseconds = int(environ.get("WATCHDOG_USEC", ""))
            return microseconds / 1_000_000 / OFTEN if microseconds > 0 else None
    return None


def _lines(status: str) -> list[str]:
    return [f"STATUS={' '.join(status.split())}"] if status else []
