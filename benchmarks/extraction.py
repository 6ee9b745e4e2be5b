"""Extraction quality and cost: token F1 against hand-made texts, ours beside plain trafilatura.

    python benchmarks/extraction.py [--payloads FOLDER] [--pages N]

Reads the labelled pages that lie beside the project (`../shared/corpus/articles`) and prints one line per
extractor: mean F1, the share of pages below .5, CPU milliseconds a page. With `--payloads`, the files of a
folder are extracted instead of the archive's pages; a file is named like the page in the archive, so that
what a crawl kept can be scored against the same texts.
"""

from __future__ import annotations

import argparse
import json
import logging
import re
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from trafilatura import bare_extraction

from archive.extraction import extract
from archive.extractor import EXTRACTOR

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "articles"

_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page with the text that a person took from it."""

    name: str
    url: str
    payload: bytes
    gold: str


def tokens(text: str) -> Counter[str]:
    """The multiset of lower-cased words; Chinese and Japanese by the character."""
    return Counter(_TOKEN.findall(text.lower()))


def token_f1(text: str, gold: str) -> float:
    """Harmonic mean of precision and recall of `text`'s tokens against `gold`'s; 1.0 for two empty texts."""
    ours, theirs = tokens(text), tokens(gold)
    size = ours.total() + theirs.total()
    return 2 * (ours & theirs).total() / size if size else 1.0


def read_pages(corpus: Path = CORPUS, payloads: Path | None = None) -> Iterator[Page]:
    """The labelled pages that have a gold text, in the table's order."""
    rows = [json.loads(line) for line in (corpus / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    labelled = {row["page"]: row for row in rows if row.get("gold_text")}
    with tarfile.open(corpus / "pages.tar.xz") as archive:
        for member in archive:
            row = labelled.get(member.name.removeprefix("./"))
            source = archive.extractfile(member) if row else None
            if row is None or source is None:
                continue
            kept = payloads / Path(member.name).name if payloads else None
            if kept is not None and not kept.exists():
                continue
            payload = kept.read_bytes() if kept else source.read()
            yield Page(name=row["page"], url=row["url"], payload=payload, gold=row["gold_text"])


def ours(page: Page) -> str:
    return extract(page.payload, url=page.url, content_type="text/html").text


def plain(page: Page) -> str:
    return _plain(page, precise=False, with_metadata=False)


def plain_precise(page: Page) -> str:
    return _plain(page, precise=True, with_metadata=False)


def plain_precise_metadata(page: Page) -> str:
    return _plain(page, precise=True, with_metadata=True)


def _plain(page: Page, *, precise: bool, with_metadata: bool) -> str:
    document = bare_extraction(
        page.payload,
        url=page.url,
        favor_precision=precise,
        include_comments=False,
        with_metadata=with_metadata,
    )
    return str(document.text or "") if document else ""


EXTRACTORS: dict[str, Callable[[Page], str]] = {
    f"ours, all fields ({EXTRACTOR})": ours,
    "trafilatura, default": plain,
    "trafilatura, favor_precision": plain_precise,
    "trafilatura, favor_precision, metadata": plain_precise_metadata,
}


def measure(pages: list[Page]) -> list[tuple[str, float, float, float]]:
    """Per extractor: name, mean F1, share of pages below .5, CPU ms a page.

    The extractors take turns on each page, so that a busy machine slows all of them alike.
    """
    scores: dict[str, list[float]] = {name: [] for name in EXTRACTORS}
    spent = dict.fromkeys(EXTRACTORS, 0.0)
    for warm_up in EXTRACTORS.values():
        warm_up(pages[0])
    for page in pages:
        for name, extractor in EXTRACTORS.items():
            began = time.process_time()
            text = extractor(page)
            spent[name] += time.process_time() - began
            scores[name].append(token_f1(text, page.gold))
    return [
        (
            name,
            sum(found) / len(found),
            sum(score < 0.5 for score in found) / len(found),
            1000 * spent[name] / len(pages),
        )
        for name, found in scores.items()
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Token F1 and cost of extraction, beside plain trafilatura.")
    parser.add_argument("--payloads", type=Path, help="folder of kept payloads, named like the archive's pages")
    parser.add_argument("--pages", type=int, default=0, help="only the first N pages")
    arguments = parser.parse_args()
    if not (CORPUS / "pages.tar.xz").exists():
        print(
            "no labelled pages beside the project (shared/corpus/articles): nothing to measure",
            file=sys.stderr,
        )
        return 1
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    pages = list(read_pages(payloads=arguments.payloads))[: arguments.pages or None]
    if not pages:
        print(f"no page of the archive has a file in {arguments.payloads}", file=sys.stderr)
        return 1
    print(f"{len(pages)} pages with a gold text\n")
    print(f"{'extractor':<46} {'F1':>6} {'< .5':>6} {'ms':>7}")
    for name, f1, low, cost in measure(pages):
        print(f"{name:<46} {f1:6.4f} {low:6.1%} {cost:7.1f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
