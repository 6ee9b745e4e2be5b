"""What it costs to learn an outlet's furniture, and what real outlets repeat.

    python benchmarks/furniture.py [articles]

First the table: articles of 30 paragraphs each, five of them the outlet's; bytes an article, what each visit takes
to note them (first and again) and to ask about the paragraphs of an edit, in CPU time, on SQLite.

Then real pages (shared/corpus/articles), grouped by site: how many paragraphs of the stories as we read them stand
in two or three pages, and which of those are prose.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from archive.db import articles, blocks
from archive.db.engine import Connection
from archive.domain.furniture import mask
from archive.domain.trimmings import is_prose
from archive.domain.urls import site_of
from archive.extraction import extract
from benchmarks.corpus import ABSENT, present, real_pages
from tests.homes import NOW, Shelf

BOXES = [
    "Already 41,312 readers keep our work going with a small sum each month. Will you be one of them?",
    "Sign up for the briefing and get the best of our stories each morning.",
    "1,234 readers",
    "Follow us",
    "Reporting by the city desk; editing by the night desk.",
]
WORDS = [
    f"{first}{last}" for first in ("ar", "be", "co", "du", "el") for last in ("na", "ri", "sto", "min", "ten")
]


def story(rng: random.Random) -> list[str]:
    """25 paragraphs of 40 words, and the boxes of the house."""
    own = [" ".join(rng.choice(WORDS) for _ in range(40)) + "." for _ in range(25)]
    return [*own[:12], *BOXES[:3], *own[12:], *BOXES[3:]]


def cost(count: int) -> None:
    """Write and ask."""
    rng = random.Random(4)
    first, again, asked = list[float](), list[float](), list[float]()
    with tempfile.TemporaryDirectory() as folder, Shelf(Path(folder)) as shelf:
        with shelf.database.write() as connection:
            ids = [shelf.article(connection, f"/{n}") for n in range(count)]
            for one in ids:
                articles.update(connection, one, first_seen=NOW)
            before = _size(connection)
        for n, one in enumerate(ids):
            paragraphs, at = story(rng), NOW + n * timedelta(seconds=1)
            with shelf.database.write() as connection:
                first.append(_timed(blocks.note, connection, shelf.outlet, one, paragraphs, at))
                again.append(_timed(blocks.note, connection, shelf.outlet, one, paragraphs, at))
        with shelf.database.read() as connection:
            size = _size(connection) - before
            for one in rng.sample(ids, min(500, count)):
                old = story(rng)
                new = [*old[:11], *story(rng)[11:14], *old[15:]]
                asked.append(
                    _timed(blocks.furniture_of, connection, shelf.outlet, one, old, new, NOW + timedelta(days=9))
                )
    print(f"{count:,} articles of 30 paragraphs: {size / count:,.0f} bytes each")
    for name, times in (("noted for the first time", first), ("noted again", again), ("asked", asked)):
        ordered = sorted(times)
        print(
            f"  {name:25} median {1000 * statistics.median(times):6.2f} ms"
            f"   p95 {1000 * ordered[int(0.95 * len(ordered))]:6.2f} ms"
        )


def _size(connection: Connection) -> int:
    pages, bytes_each = (
        connection.exec_driver_sql(f"PRAGMA {what}").scalar() for what in ("page_count", "page_size")
    )
    return pages * bytes_each


def _timed(function: Callable[..., object], *arguments: object) -> float:
    began = time.process_time()
    function(*arguments)
    return time.process_time() - began


def real() -> None:
    """Group, count, print."""
    sites: dict[str, list[set[str]]] = defaultdict(list)
    for page in real_pages():
        found = extract(page.payload, url=page.url("https"), content_type="text/html")
        sites[site_of(page.host)].append({*found.paragraphs})
    several = {site: pages for site, pages in sites.items() if len(pages) > 1}
    total = sum(len(page) for pages in several.values() for page in pages)
    print(f"\n{sum(map(len, several.values()))} pages of {len(several)} sites with several, {total:,} paragraphs")
    for least in (2, 3):
        lines, prose = 0, list[str]()
        for pages in several.values():
            seen: dict[int, list[str]] = defaultdict(list)
            for page in pages:
                for key, text in {mask(text): text for text in page}.items():
                    seen[key].append(text)
            common = [texts[0] for texts in seen.values() if len(texts) >= least]
            prose += [text for text in common if is_prose(text)]
            lines += sum(not is_prose(text) for text in common)
        print(f"  in {least} pages of a site or more: {lines} lines, {len(prose)} of prose")
        for text in prose:
            print(f"    {text[:100]}")


if __name__ == "__main__":
    cost(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
    if present():
        real()
    else:
        print(ABSENT)
