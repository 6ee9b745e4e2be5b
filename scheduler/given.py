"""The URLs that a command is given: on its line, by standard input, in a file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from archive.errors import EnvironmentFailed, Misuse


def urls_of(given: Sequence[str], file: Path | None = None, *, command: str) -> list[str]:
    """The URLs of the command line, of standard input and of `file`; blank lines and `#` comments are none."""
    lines: list[str] = []
    if file is not None:
        lines += _lines(_read(file), str(file))
    for url in given:
        lines += _lines(sys.stdin.buffer.read(), "standard input") if url == "-" else [url]
    urls = [line.strip() for line in lines]
    wanted = [url for url in urls if url and not url.startswith("#")]
    if not wanted:
        raise Misuse(
            f"{command}: no URL given; write '{command} https://…', or '{command} -' to read standard input"
        )
    return wanted


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise EnvironmentFailed(f"{file}: cannot be read: {error.strerror}; check its permissions") from error


def _lines(data: bytes, where: str) -> list[str]:
    try:
        return data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise Misuse(f"{where}: is not UTF-8 text (byte {error.start}); save it as such") from error
