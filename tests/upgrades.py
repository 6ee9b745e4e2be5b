"""The next release of the extractor, put in the place of today's: it reads other words, under another name.

upgrade(monkeypatch, "drops the last")                                  # in this process
python -m tests.upgrades "drops the last" reextract --apply --home DIR  # a command, in a process of its own
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from importlib import import_module

NAME = "newer/1+stet.9"
MODULES = (
    "archive.comparing",
    "archive.extraction",
    "archive.extractor",
    "archive.ingest",
    "archive.memento",
    "archive.reextracting",
    "archive.replaying",
    "crawler.readers",
    "archive.overview",
    "scheduler.rereading",
    "scheduler.upkeep",
)
"""Whoever has a copy of the extractor's name, or of the extractor."""


def _drops_last(text: str) -> str:
    return "\n\n".join(text.split("\n\n")[:-1])


def _keeps_less(text: str) -> str:
    """Without the paragraphs that a page repeats below its story."""
    return "\n\n".join(part for part in text.split("\n\n") if not part.startswith("Also:"))


def _kills(text: str) -> str:
    if "unreadable" in text:
        os.kill(os.getpid(), 9)
    return text


def _stalls(text: str) -> str:
    if "unreadable" in text:
        time.sleep(600)
    return text


READS = {
    "the same": lambda text: text,
    "capitals": str.upper,
    "drops the last": _drops_last,
    "keeps less": _keeps_less,
    "nothing": lambda _: "",
    "kills": _kills,
    "stalls": _stalls,
}


def newer(how: str, name: str = NAME):
    """An extractor that reads so."""
    from archive.extraction import extract

    def read(body, *, url, content_type=""):
        found = extract(body, url=url, content_type=content_type)
        return replace(found, extractor=name, text=READS[how](found.text))

    return read


def upgrade(monkeypatch, how: str = "the same", *, name: str = NAME) -> None:
    """Put it in the place of today's in this process."""
    extractor = newer(how, name)
    for each in MODULES:
        module = import_module(each)
        if hasattr(module, "EXTRACTOR"):
            monkeypatch.setattr(module, "EXTRACTOR", name)
        if hasattr(module, "extract"):
            monkeypatch.setattr(module, "extract", extractor)


if __name__ in ("__main__", "__mp_main__"):  # in the processes that read pages too
    import archive.extraction
    import archive.extractor

    archive.extraction.extract = newer(sys.argv[1])
    archive.extractor.EXTRACTOR = NAME

if __name__ == "__main__":
    from crawler import readers
    from scheduler.cli import run

    readers.LIMIT = 8.0  # seconds that a page may take, be the machine as busy as it may
    sys.exit(run(sys.argv[2:]))
