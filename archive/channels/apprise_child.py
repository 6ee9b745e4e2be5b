"""The process in which Apprise runs. It is started by `by_apprise`, with which it speaks over stdin and stdout.

Before Apprise sees the message, this process gives up what it does not need: it connects to nothing but what the
parent allowed, by the very address that was checked; it starts no program and writes no file. An audit hook
(PEP 578) says no to all code in the process, whatever library it is of; it cannot be taken off again.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import socket
import sys
import threading
from collections.abc import Mapping
from typing import Any, Final

REFUSED: Final = frozenset(
    {
        *("dbus", "kde", "qt", "glib", "gio", "gnome", "macosx", "windows", "blink1"),  # of this machine's desktop
        *("syslog", "rsyslog"),  # of its log, or a log of the network that asks for no proof of who speaks
    }
)

_PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty")
_WRITES = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_UNSEEN = ("socket.sendto", "socket.sendmsg", "socket.bind")
_NAMES = ("socket.gethostbyname", "socket.gethostbyaddr", "socket.getaddrinfo")


class Refused(PermissionError):
    """Something that this process may not do. Libraries take it for an error of the network."""


class Guard:
    """What may be connected to: what the parent said, and nothing else."""

    def __init__(self) -> None:
        self.refusals: list[str] = []
        self._allowed: set[tuple[str, int]] = set()
        self._lock = threading.Lock()

    def close_in(self) -> None:
        """From now on, for all code."""
        sys.dont_write_bytecode = True
        socket.getaddrinfo = self.getaddrinfo
        sys.addaudithook(self._hook)

    def getaddrinfo(
        self,
        host: Any,
        port: Any,
        family: int = 0,
        type: int = 0,  # noqa: A002 - as it is called
        proto: int = 0,
        flags: int = 0,
    ) -> list[Any]:
        """In the place of the system's: the one address that the parent allows."""
        del proto, flags
        name = host.decode("ascii") if isinstance(host, bytes) else str(host)
        if type not in (0, socket.SOCK_STREAM):
            raise socket.gaierror(socket.EAI_SOCKTYPE, "only TCP is spoken here")
        with self._lock:
            said = _ask({"resolve": [name, int(port or 0)]})
        if "where" not in said:
            self.refusals.append(said["refused"])
            raise socket.gaierror(socket.EAI_FAIL, "refused")
        where = str(said["where"][0]), int(said["where"][1])
        kind = socket.AF_INET6 if ":" in where[0] else socket.AF_INET
        if family not in (0, kind):
            raise socket.gaierror(socket.EAI_FAMILY, "there is no address of this family")
        self._allowed.add(where)
        return [(kind, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", where)]

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            address = args[1]
            if not (isinstance(address, tuple) and address[:2] in self._allowed):
                raise Refused("nothing is connected to that was not asked about")
        elif event in _PROGRAMS or event in _WRITES or event in _UNSEEN:
            raise Refused(f"{event} is not for this process")
        elif event in _NAMES:  # who this machine is, as most ask, nobody needs to know
            raise socket.gaierror(socket.EAI_FAIL, "refused")
        elif event == "open" and isinstance(args[2], int) and args[2] & _WRITING:
            raise Refused("no file is written here")


class Heard(logging.Handler):
    """What Apprise says of an answer: its status, and nothing that could be a part of an address."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.status = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Note the status."""
        with contextlib.suppress(Exception):
            if found := re.search(r"\berror=(\d{3})\b", record.getMessage()):
                self.status = found[1]


def main() -> None:
    """Do the one job that is given."""
    job = json.loads(sys.stdin.buffer.readline())
    try:
        _say({"done": _done(job)})
    except Refused as error:
        _say({"failed": str(error)})
    except Exception as error:  # noqa: BLE001 - its words could hold a part of the address
        _say({"failed": f"an error of Apprise or of the service, {type(error).__name__}"})


def _done(job: Mapping[str, Any]) -> str:
    """Send, or, without a message, only look; the service's name. Raises `Refused`."""
    import apprise

    heard, guard = Heard(), Guard()
    logger = logging.getLogger("apprise")
    logger.handlers, logger.propagate = [heard], False
    scheme = job["url"].partition("://")[0].lower()
    if scheme in REFUSED:
        raise Refused(f"{scheme}:// is not spoken by Stet: it is for this machine, or asks nobody who speaks")
    asset = apprise.AppriseAsset(
        app_id="Stet",
        async_mode=False,
        http_redirects=False,
        storage_mode="memory",
        service_timeout=job["patience"],
    )
    guard.close_in()
    plugin = apprise.Apprise.instantiate(job["url"], asset=asset)
    if plugin is None:
        raise Refused("the address is of no service that Apprise knows here; 'apprise --details' lists them")
    if not plugin.verify_certificate:
        raise Refused("the address asks not to check certificates; leave verify= out")
    name = str(plugin.service_name)
    if "text" not in job:
        if isinstance(plugin.host, str) and plugin.host:
            _looked_up(guard, plugin)
        return name
    body, kind = _body(plugin, job["text"], job["html"])
    desk = apprise.Apprise(asset=asset)
    desk.add(plugin)
    if desk.notify(title=job["title"], body=body, body_format=kind):
        return name
    if guard.refusals:
        raise Refused(guard.refusals[-1])
    raise Refused(
        f"{name} answered {heard.status}" if heard.status else f"{name} did not take it, or did not answer"
    )


def _looked_up(guard: Guard, plugin: Any) -> None:
    """Whether the host that the address names may be reached."""
    try:
        guard.getaddrinfo(plugin.host, plugin.port or (443 if plugin.secure else 80))
    except socket.gaierror:
        raise Refused(guard.refusals[-1]) from None


MAIL: Final = 32_768
"""Characters that a service takes which is fit for a whole page: those that send mail."""


def _body(plugin: Any, text: str, html: str) -> tuple[str, str]:
    """What the service gets, and its format. Apprise escapes text for services that take Markdown or HTML."""
    most = plugin.body_maxlen or MAIL
    if plugin.resolve_format(None) == "html" and most >= MAIL and len(html) <= most:
        return html, "html"
    if len(text) <= most - plugin.title_maxlen:
        return text, "text"
    cut = text[: max(0, most - plugin.title_maxlen - 40)].rpartition("\n")[0]
    return f"{cut}\n… the rest is cut off here", "text"


def _ask(what: Mapping[str, Any]) -> dict[str, Any]:
    _say(what)
    return dict(json.loads(sys.stdin.buffer.readline()))


def _say(what: Mapping[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(what).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
