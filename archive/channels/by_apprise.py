"""Everything that Apprise reaches: chats, telephones, services of all sorts.

Apprise is a library of nearly two hundred services, each with network code of its own. It runs in a process of its
own (`apprise_child`), which has no secret but the one address, asks here before it connects to anywhere, starts no
program and writes no file, and is ended when its time is over. Knows that process. Refuses to know the services.
"""

from __future__ import annotations

import contextlib
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from archive.alert_settings import ChannelSettings
from archive.channels.message import Message, Undelivered
from archive.channels.secrets import Secrets
from archive.errors import StetError
from archive.reaching import Resolve, trusting

CHILD: Final = "archive.channels.apprise_child"


def send(
    channel: ChannelSettings,
    message: Message,
    *,
    secrets: Secrets,
    resolve: Resolve,
    bundles: list[str],
    patience: float,
) -> None:
    """Hand `message` to the service once. Raises `Undelivered` unless it took it, `StetError` if nothing was sent.

    No failure is held to be for good: Apprise does not say of what kind it is.
    """
    job = {"title": message.subject, "text": message.text, "html": message.html}
    _run(channel, job, secrets=secrets, resolve=resolve, bundles=bundles, patience=patience)


def check(
    channel: ChannelSettings, *, secrets: Secrets, resolve: Resolve, bundles: list[str], patience: float
) -> str:
    """The name of the service that the channel's address is of; nothing is sent. Raises `StetError`."""
    return _run(channel, {}, secrets=secrets, resolve=resolve, bundles=bundles, patience=patience)


def _run(
    channel: ChannelSettings,
    job: Mapping[str, str],
    *,
    secrets: Secrets,
    resolve: Resolve,
    bundles: list[str],
    patience: float,
) -> str:
    url = secrets.read(channel.url).text
    with _authorities(bundles) as environment, _child(environment, patience) as (child, late):
        said = _dialogue(child, {"url": url, "patience": patience, **job}, resolve)
        if said is None:
            raise Undelivered("apprise: no answer in time" if late.is_set() else "apprise: it ended by itself")
    if "done" not in said:
        raise Undelivered(f"apprise: {said.get('failed', 'it did not say what became of the message')}")
    return str(said["done"])


@contextmanager
def _child(
    environment: Mapping[str, str], patience: float
) -> Iterator[tuple[subprocess.Popen[bytes], threading.Event]]:
    """The process; it is over at the end, and after `patience` seconds."""
    late = threading.Event()
    command = [sys.executable, "-I", "-m", CHILD]
    with subprocess.Popen(  # noqa: S603 - our own module
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what libraries say of an address could hold a part of it
        env=dict(environment),
        cwd="/",
        start_new_session=True,  # who interrupts us from a terminal does not interrupt it
    ) as child:

        def end() -> None:
            late.set()
            child.kill()

        timer = threading.Timer(patience, end)
        timer.daemon = True
        timer.start()
        try:
            yield child, late
        finally:
            timer.cancel()
            child.kill()
            with contextlib.suppress(OSError):  # what was not read of the job is nobody's any more
                assert child.stdin is not None
                child.stdin.close()


def _dialogue(child: subprocess.Popen[bytes], job: Mapping[str, Any], resolve: Resolve) -> dict[str, Any] | None:
    """Give the job, answer where it may connect to, and return what became of it; None if it was cut off."""
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        _tell(child.stdin, job)
        while line := child.stdout.readline(LONGEST):
            said = json.loads(line)
            if "resolve" not in said:
                return dict(said)
            _tell(child.stdin, _where(resolve, *said["resolve"]))
    except (OSError, ValueError):
        pass
    return None


LONGEST: Final = 64 * 1024
"""Bytes of what the process says in one line."""


def _where(resolve: Resolve, host: str, port: int) -> dict[str, Any]:
    try:
        return {"where": resolve(host, port)}
    except StetError as error:
        return {"refused": str(error)}


def _tell(pipe: IO[bytes], what: Mapping[str, Any]) -> None:
    pipe.write(json.dumps(what).encode() + b"\n")
    pipe.flush()


@contextmanager
def _authorities(bundles: list[str]) -> Iterator[dict[str, str]]:
    """The environment of the process: no variable of ours, and the authorities that it shall trust."""
    plain = {"PATH": os.defpath, "LANG": "C.UTF-8"}
    if not bundles:
        yield plain
        return
    with tempfile.TemporaryDirectory(prefix="stet-") as folder:
        path = Path(folder) / "authorities.pem"
        found = trusting(*bundles).get_ca_certs(binary_form=True)
        path.write_text("".join(map(ssl.DER_cert_to_PEM_cert, found)), encoding="ascii")
        yield plain | {"REQUESTS_CA_BUNDLE": str(path), "SSL_CERT_FILE": str(path)}
