"""Where secrets are: `env:NAME`, a variable of the environment, or `file:PATH`, a file that nobody else may read.

Knows how they are read, each time anew, so that a changed password needs no restart. Refuses to show them: a
`Secret` has no text but for who asks for it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from archive.errors import Misuse

LARGEST: Final = 16 * 1024
"""Bytes of a file with a secret: a key or an address is far smaller, and a wrong path may lead to anything."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that is never shown."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Reads secrets by the names that settings have for them."""

    root: Path  #: the home; paths are relative to it
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def read(self, name: str) -> Secret:
        """The secret that is at `env:NAME` or `file:PATH`. Raises `Misuse`, which says where it should be."""
        kind, _, place = name.partition(":")
        if kind == "env":
            text, where = self.environ.get(place, ""), f"environment: {place}"
        elif kind == "file":
            path = self.root / place
            text, where = _text(path), str(path)
        else:
            raise Misuse('a secret never stands in stet.toml itself; write "env:NAME" or "file:PATH" there')
        text = text.removesuffix("\n").removesuffix("\r")
        if not text:
            raise Misuse(f"{where}: there is no secret; put it there, on one line")
        if not text.isprintable():
            raise Misuse(f"{where}: the secret is more than one line of text; leave that one line")
        return Secret(text)

    def paths(self, *names: str) -> list[str]:
        """The files of these names, of which some may be empty, as the home has them."""
        return [str(self.root / name) for name in names if name]


def named(text: str) -> bool:
    """Whether `text` says where a secret is."""
    return text.startswith(("env:", "file:"))


def _text(path: Path) -> str:
    """What is in the file, which must be ours and nobody else's to read."""
    try:
        # Not to hang on a pipe; what is judged is the very file that is read.
        opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            _judge(path, os.fstat(opened))
            data = os.read(opened, LARGEST + 1)
        finally:
            os.close(opened)
    except OSError as error:
        raise Misuse(f"{path}: the secret cannot be read: {error.strerror}; put it there") from None
    if len(data) > LARGEST:
        raise Misuse(f"{path}: is too long for a secret; leave one line in it")
    try:
        return data.decode()
    except UnicodeDecodeError:
        # The error itself holds what was read.
        raise Misuse(f"{path}: the secret is no UTF-8; write it anew") from None


def _judge(path: Path, about: os.stat_result) -> None:
    if not stat.S_ISREG(about.st_mode):
        raise Misuse(f"{path}: is no file; write the secret into one, and run: chmod 600 {path}")
    if about.st_uid != os.geteuid():
        raise Misuse(f"{path}: belongs to another user; run: chown {os.geteuid()} {path}")
    if stat.S_IMODE(about.st_mode) & 0o177:
        raise Misuse(f"{path}: others may read it; run: chmod 600 {path}")
