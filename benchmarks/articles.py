"""Real pages through the whole pipeline: crashes, bytes, quality of the kept text, and calm under noise.

    python benchmarks/articles.py [--every N] [--fetches N]

Every page of the labelled collection beside the project (`../shared/corpus/articles`) is served on loopback
under its own host name, crawled over http and over https, kept and extracted. Then the same pages are fetched
several times with other bytes and the same story (`tests.newsroom.page_noise`), hours apart by the clock that
the crawl is given: whatever version comes beyond the first is a false alarm, and is printed.

The texts scored are those in the database, beside plain trafilatura on the same bytes in the same run.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import compress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive.domain.diff import diff
from archive.domain.rendering import as_text
from benchmarks.corpus import ABSENT, SCHEMES, PressRoom, RealPage, Stand, present, real_pages
from benchmarks.extraction import Page, ours, plain, plain_precise, token_f1

FETCHES = 5  #: of each page under noise, as the project promises it
DIFF_SHOWN = 600  #: characters of a false alarm's diff


def crawl(room: PressRoom, folder: Path, pages: Sequence[RealPage], scheme: str) -> Stand:
    """One pass over all pages; says how many came, how many crashed, how many are kept byte for byte."""
    stand = Stand(room, folder / scheme, pages, scheme=scheme, noisy=False, workers=1)
    began = time.perf_counter()
    tally, _ = stand.look()
    seconds = time.perf_counter() - began
    versions, wrong = stand.versions(), stand.inexact()
    print(
        f"{scheme:<6} {tally.fetches} pages crawled in {seconds:.0f} s, {tally.failed} crashes,"
        f" {len(pages) - len(wrong)} byte-exact in the WARC, {sum(map(bool, versions.values()))} with a version"
    )
    for url, why in stand.barred():
        print(f"       no version: {url}: {why}")
    for url in wrong:
        print(f"       NOT as sent: {url}")
    return stand


def quality(stand: Stand) -> None:
    """Mean token F1 of what the database holds, beside plain trafilatura on the same bytes.

    A page behind a wall is no version of its article, so nothing is stored of it: once it counts 0, once
    it is left out for all.
    """
    stored = {name: found[-1].extraction.text for name, found in stand.versions().items() if found}
    labelled = [
        Page(name=page.name, url=url, payload=page.payload, gold=page.gold)
        for url, page in stand.pages.items()
        if page.gold
    ]
    held = [page.name in stored for page in labelled]
    readings: dict[str, Callable[[Page], str]] = {
        "as stored by the crawl": lambda page: stored.get(page.name, ""),
        "ours, from the bytes": ours,
        "trafilatura, default": plain,
        "trafilatura, favor_precision": plain_precise,
    }
    print(f"\ntoken F1 (mean, share below .5){f'{len(labelled)} with gold':>24}{f'{sum(held)} stored':>18}")
    for name, reading in readings.items():
        scores = [token_f1(reading(page), page.gold) for page in labelled]
        print(f"{name:<36}{_mean(scores)}{_mean(list(compress(scores, held)))}")


def _mean(scores: Sequence[float]) -> str:
    low = sum(score < 0.5 for score in scores) / len(scores)
    return f"{sum(scores) / len(scores):>11.4f}{low:>7.1%}"


def noise(room: PressRoom, folder: Path, pages: Sequence[RealPage], fetches: int) -> int:
    """Fetch every page `fetches` times through noise; print and count what was taken for an edit."""
    stand = Stand(room, folder / "noise", pages, scheme="http", noisy=True, workers=1)
    failed, odd = 0, []
    for _ in range(fetches):
        tally, found = stand.look()
        failed += tally.failed
        odd += [finding for finding in found if finding.what != "new"]
    versions = stand.versions()
    beyond = sum(len(each) - 1 for each in versions.values() if each)
    print(
        f"\n{len(pages)} pages fetched {fetches} times through noise: {failed} crashes, {beyond} versions beyond"
        f" the first, {len(stand.changes())} changes, {len(stand.inexact())} not byte-exact"
    )
    for finding in odd:
        print(f"       {finding.what}: {finding.url}: {finding.text}")
    for article, page in stand.articles():
        for change in (c for c in stand.changes() if c.article_id == article.id):
            after = {version.id: version for version in versions[page.name]}
            print(f"{page.name}: {change.summary}")
            print(_diff(after[change.from_version].extraction.text, after[change.to_version].extraction.text))
    return failed + beyond


def _diff(before: str, after: str) -> str:
    return as_text(diff(before, after))[:DIFF_SHOWN]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only one page of N")
    parser.add_argument("--fetches", type=int, default=FETCHES, metavar="N", help="fetches of a page under noise")
    chosen = parser.parse_args()
    if not present():
        print(f"{ABSENT}: nothing to crawl", file=sys.stderr)
        return 1
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    pages = real_pages(every=chosen.every)
    with PressRoom() as room, tempfile.TemporaryDirectory(prefix="stet-articles-") as folder:
        stands = [crawl(room, Path(folder), pages, scheme) for scheme in SCHEMES]
        quality(stands[-1])
        return int(noise(room, Path(folder), pages, chosen.fetches) > 0)


if __name__ == "__main__":
    raise SystemExit(main())
