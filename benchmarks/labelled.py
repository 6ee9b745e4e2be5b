"""The labelled pairs of real captures that lie beside the project (`../shared/corpus/changes`).

Knows how the collection records an edit, and what of that record is words. Refuses to extract or to judge: that is
the benchmarks' business. Shared by `benchmarks/changes.py` and `tests/archive/test_changes.py`.
"""

from __future__ import annotations

import json
import os
import re
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CORPUS = (
    Path(os.environ.get("NEWS_CORPUS") or Path(__file__).resolve().parents[2] / "shared" / "corpus") / "changes"
)
ABSENT = f"no labelled pairs beside the project ({CORPUS}; NEWS_CORPUS names another folder)"

_LINK = re.compile(r"!?\[((?:[^\[\]\\]|\\.|\[[^\[\]]*\])*)\]\((?:[^()\s]|\([^()]*\))*(?:\s+\"[^\"]*\")?\)")
_ESCAPED = re.compile(r"\\(.)")
_LINE_START = re.compile(r"^\s*(?:#+|[*+-]|\d+\.|>)\s+", re.MULTILINE)  # headings, list items, quotations
_CANONICAL = re.compile(rb"""<link[^<>]*rel=["']?canonical[^<>]*href=["']?(https?://[^"'\s<>]+)""", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two successive captures of one document."""

    document: str
    before: str  #: names in the archive
    after: str
    before_time: int
    label: str  #: `text`, `upgrade`, `none`
    recorded: str  #: the keeper's word diff; empty where none was recorded

    @property
    def words_changed(self) -> bool:
        """Whether the recorded diff changes words; links, mark-up and punctuation apart."""
        before, after = sides(self.recorded)
        return recorded_words(before) != recorded_words(after)

    def __str__(self) -> str:
        return f"{self.document} {self.before_time}"


def present() -> bool:
    """Whether the collection lies beside the project."""
    return (CORPUS / "pairs.jsonl").is_file() and (CORPUS / "pages.tar.xz").is_file()


def pairs(*, every: int = 1) -> list[Pair]:
    """The pairs in the table's order; with `every`, one of so many."""
    rows = [json.loads(line) for line in (CORPUS / "pairs.jsonl").read_text("utf-8").splitlines()]
    return [
        Pair(
            document=row["document"],
            before=row["before"],
            after=row["after"],
            before_time=row["before_time"],
            label=row["label"],
            recorded=row["version_diff"] or "",
        )
        for row in rows[::every]
    ]


def pages(wanted: Iterable[str]) -> dict[str, bytes]:
    """The payloads of the archive's members `wanted`."""
    names = set(wanted)
    found: dict[str, bytes] = {}
    with tarfile.open(CORPUS / "pages.tar.xz") as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            if name in names and (source := archive.extractfile(member)) is not None:
                found[name] = source.read()
    return found


def sides(recorded: str) -> tuple[str, str]:
    """Both sides of a `git diff --word-diff=porcelain`, as far as its hunks show them.

    Lines begin with a blank (in both), `-` or `+`; `~` is a line break.
    """
    before: list[str] = []
    after: list[str] = []
    inside = False
    for line in recorded.split("\n"):
        if line.startswith("@@"):
            inside = True
        elif inside and line:
            piece = "\n" if line == "~" else line[1:]
            before += [piece] if line[0] in " -~" else []
            after += [piece] if line[0] in " +~" else []
    return "".join(before), "".join(after)


def recorded_words(markdown: str) -> list[str]:
    """The words of a piece of Markdown: what a link says counts, where it leads does not."""
    text = markdown
    for _ in range(3):  # an image inside a link inside brackets
        text = _LINK.sub(r"\1", text)
    return _WORD.findall(_LINE_START.sub(" ", _ESCAPED.sub(r"\1", text)))


def addresses(found: Iterable[Pair], payloads: dict[str, bytes]) -> dict[str, str]:
    """Page → its document's address, which the table lacks: the first that a page states, else an invented one."""
    stated: dict[str, str] = {}
    for pair in found:
        for name in (pair.before, pair.after):
            if pair.document not in stated and (said := _CANONICAL.search(payloads[name])):
                stated[pair.document] = said[1].decode()
    urls = {}
    for pair in found:
        service, _, title = pair.document.partition("/")
        invented = f"https://{_slug(service)}.example/{_slug(title)}"
        urls[pair.before] = urls[pair.after] = stated.get(pair.document, invented)
    return urls


def _slug(text: str) -> str:
    return re.sub(r"\W+", "-", text.lower()).strip("-")
