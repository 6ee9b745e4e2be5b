"""How long a search takes in 200,000 versions, and what the index of them costs.

    python benchmarks/search.py                     200,000 versions of 100,000 articles: 15 minutes, 4 GB on disk
    python benchmarks/search.py --versions 20000    fewer
    python benchmarks/search.py --database URL      in an empty PostgreSQL database instead

Makes a home with so many versions of about 300 words, two an article, and a change for every second one. Their
sentences are those of the labelled real pages where they lie beside the project, else the newsroom's own; two in
five articles are the newsroom's Arabic, Kurdish, Russian and Turkish, or Chinese characters in no order; one word
in twenty is a name out of 20,000, by Zipf's law. A change replaces or removes one to three words, sentences or
paragraphs. Then some are written as a visit writes them, for what the index takes.

Asks, with a limit of 100, by the very functions that the command calls. Peer, in the same run and on the same
rows: LIKE without an index, newest first, the same limit; for all texts that is LIKE over the kept documents.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sqlalchemy import Connection, Table, select, text

from archive import home as homes
from archive.db import articles, findings, outlets, record, searching, tables
from archive.db.engine import Database, open_database
from archive.db.searching import Field
from archive.db.tables import edits
from archive.domain.model import Capture, Digest, Exchange, Extraction, Location, Outlet, RecordType, Role
from archive.domain.searchable import Query, key_of
from archive.domain.urls import urlkey
from archive.domain.wording import sentences, words
from archive.home import Home
from scheduler.newsroom.sample import sample_paragraphs, sample_title

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT.parent / "shared" / "corpus" / "articles" / "articles.jsonl"
SEED = 1857
START = datetime(2024, 1, 1, tzinfo=UTC)
SPAN = timedelta(days=2 * 365)
OUTLETS = 40
NAMES = 20_000
LIMIT = 100
BATCH = 500  # articles a transaction
VISITS = 200  # versions that are written as a visit does

FOREIGN = ("ar", "ku", "ru", "tr", "zh")
CHINESE = "北京市民表示习近平主席在会议上说经济发展需要更多时间政府官员昨天宣布新的策将于下月开始实施。，"
SYLLABLES = (
    "ka",
    "mo",
    "ri",
    "sel",
    "tan",
    "dor",
    "vi",
    "bel",
    "hus",
    "gar",
    "ny",
    "lo",
    "pek",
    "mir",
    "zan",
    "tu",
)


class Desk:
    """Stories as outlets write them, and what becomes of them."""

    def __init__(self) -> None:
        self.chance = random.Random(SEED)
        self.stock = {"en": list(english())} | {language: list(foreign(language)) for language in FOREIGN[:-1]}
        makings = itertools.product(SYLLABLES, repeat=4)
        self.names = ["".join(parts).capitalize() for parts in self.chance.sample(list(makings), NAMES)]
        self.odds = list(itertools.accumulate(1 / rank for rank in range(1, NAMES + 1)))

    def sentence(self, language: str) -> str:
        """One of the language, with names in it."""
        if language == "zh":
            return "".join(self.chance.choices(CHINESE[:-2], k=self.chance.randrange(8, 30))) + "。"
        made = self.chance.choice(self.stock[language]).split()
        for n in range(len(made)):
            if self.chance.random() < 0.05:
                made[n] = self.name()
        return " ".join(made)

    def name(self) -> str:
        """A name; some are in everybody's mouth."""
        return self.chance.choices(self.names, cum_weights=self.odds)[0]

    def story(self, language: str = "", extractor: str = "benchmark/1") -> Extraction:
        """A first version, in this language or in any."""
        language = language or ("en" if self.chance.random() < 0.6 else self.chance.choice(FOREIGN))
        joint = "" if language == "zh" else " "
        paragraphs = [
            joint.join(self.sentence(language) for _ in range(3)) for _ in range(self.chance.randrange(3, 9))
        ]
        return Extraction(
            extractor=extractor, language=language, title=self.sentence(language), text="\n\n".join(paragraphs)
        )

    def edited(self, story: Extraction) -> tuple[Extraction, list[str], list[str]]:
        """A later version, with what it took out and put in."""
        removed, added = list[str](), list[str]()
        paragraphs = story.text.split("\n\n")
        for n in self.chance.sample(range(len(paragraphs)), k=min(self.chance.randrange(1, 4), len(paragraphs))):
            paragraph, what = paragraphs[n], self.chance.random()
            if what < 0.1 and len(list(filter(None, paragraphs))) > 2:  # what is edited often still says something
                old, new = paragraph, ""
            elif what < 0.4:
                old, new = self.chance.choice(sentences(paragraph)).strip(), self.sentence(story.language)
            else:
                old, new = self.chance.choice(words(paragraph) or [paragraph]), self.name()
            paragraphs[n] = paragraph.replace(old, new, 1)
            removed.append(old)
            added.append(new)
        return replace(story, text="\n\n".join(filter(None, paragraphs))), removed, added


def english() -> Iterator[str]:
    if PAGES.exists():
        for line in PAGES.read_text(encoding="utf-8").splitlines():
            for paragraph in json.loads(line).get("gold_text", "").split("\n"):
                yield from (sentence.strip() for sentence in sentences(paragraph) if len(sentence) > 30)
    else:
        print("no labelled pages beside the project: the newsroom's sentences, which are few")
        yield from foreign("en")


def foreign(language: str) -> Iterator[str]:
    for seed in range(100):
        yield sample_title(str(seed), language)
        for paragraph in sample_paragraphs(str(seed), language):
            yield from map(str.strip, sentences(paragraph))


# Filling -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Filled:
    """What was written, and what it took."""

    removed: Counter[str]  #: how often which word was removed
    version_ms: float  #: of the index of one version, by the functions of a visit
    change_ms: float


def fill(database: Database, versions: int) -> Filled:
    """Write it all: the first articles as visits do, which is timed, and the others many at a time."""
    desk, removed_words, count = Desk(), Counter[str](), versions // 2
    with database.write() as connection:
        outlet_ids = [
            outlets.save(connection, Outlet(name=f"outlet-{n}", domains=(f"outlet-{n}.example",)), START)
            for n in range(OUTLETS)
        ]
        capture = a_capture(connection)
    for first in range(0, count, BATCH):
        batch = Batch(capture)
        for number in range(first, min(first + BATCH, count)):
            removed_words.update(
                batch.add(desk, number, outlet_ids[number % OUTLETS], START + SPAN * (number / count))
            )
        with database.write() as connection:
            batch.write(connection)
    took = as_a_visit(database, desk, capture)
    return Filled(removed_words, *took)


class Batch:
    """Rows of some articles, with two versions and a change each; ids as the database would give them."""

    def __init__(self, capture: int) -> None:
        self.capture = capture
        self.rows: dict[Table, list[dict[str, Any]]] = {
            table: [] for table in (tables.articles, tables.versions, tables.changes, tables.edits, tables.texts)
        }
        self.keys: list[dict[str, Any]] = []

    def add(self, desk: Desk, number: int, outlet_id: int, at: datetime) -> set[str]:
        """One article. Returns the words that its change removed."""
        story, (url, pair) = (
            desk.story(),
            (f"http://outlet-{number % OUTLETS}.example/{number}", (2 * number + 1, 2 * number + 2)),
        )
        later, removed, added = desk.edited(story)
        article = {"id": number + 1, "outlet_id": outlet_id, "url": url, "title": story.title, "standing": "live"}
        self.rows[tables.articles].append(
            article | {"since": at, "discovered": at, "version_id": pair[1], "versions": 2}
        )
        for n, (version_id, page) in enumerate(zip(pair, (story, later), strict=True), start=1):
            seen = at + timedelta(hours=n)
            self.rows[tables.versions].append(
                {
                    "id": version_id,
                    "article_id": number + 1,
                    "number": n,
                    "extractor": page.extractor,
                    "fingerprint": f"{version_id}",
                    "document": findings.pack(page),
                    "words": 1,
                    "capture_id": self.capture,
                    "first_seen": seen,
                    "last_seen": seen,
                }
            )
            key = key_of((page.title, page.text))
            self.keys.append({"id": self._place(seen, version_id), "version_id": version_id, "key": key})
        self.rows[tables.changes].append(
            change_between(number + 1, *pair, self.capture, at + timedelta(hours=2)) | {"id": number + 1}
        )
        words_ = {"removed_key": key_of(removed), "added_key": key_of(added), "removed": removed, "added": added}
        self.rows[tables.edits].append({"id": self._place(at, number), "change_id": number + 1, **words_})
        return {word for stretch in removed for word in words(stretch)}

    @staticmethod
    def _place(at: datetime, number: int) -> int:
        return ((at - datetime(1970, 1, 1, tzinfo=UTC)).days << 24) + number

    def write(self, connection: Connection) -> None:
        """All of them."""
        indexed = searching._has_index(connection)
        for row in self.keys:
            kept = {"checksum": zlib.crc32(row["key"].encode()), "key": None if indexed else row["key"]}
            self.rows[tables.texts].append({**row, **kept})
        for table, rows in self.rows.items():
            connection.execute(table.insert(), rows)
        if indexed:
            connection.execute(searching._INDEX_TEXT, self.keys)


def change_between(article: int, before: int, after: int, capture: int, at: datetime) -> dict[str, Any]:
    """The row of a change."""
    said = {"kind": "body", "kinds": ["body"], "weight": 0.4, "stealth": True, "summary": "", "reasons": []}
    ids = {"article_id": article, "from_version": before, "to_version": after, "capture_id": capture}
    return {**said, **ids, "detected_at": at, "from_at": at, "to_at": at}


def as_a_visit(database: Database, desk: Desk, capture: int) -> tuple[float, float]:
    """Milliseconds of the index for a version and a change, each written as a visit writes them, into all that."""
    took: dict[str, float] = {"version": 0.0, "change": 0.0}
    with database.write() as connection:
        url = "http://outlet-0.example/visited"
        [(article, _)] = articles.add_all(
            connection, [articles.Found(url=url)], outlet_id=1, found_in="benchmark", now=START
        )
    for number in range(1, VISITS, 2):
        pages = desk.story(), desk.story()
        for n, page in enumerate(pages):
            with database.write() as connection:
                values = {"capture_id": capture, "words": 1, "at": START + SPAN, "number": 0}
                version = findings.add_reading(connection, article, page, f"visited {number + n}", **values)
                version = replace(version, number=number + n)
                began = time.perf_counter()
                searching.note_version(connection, version)
                connection.execute(
                    tables.versions.update().where(tables.versions.c.id == version.id).values(number=number + n)
                )
            took["version"] += time.perf_counter() - began
        with database.write() as connection:
            values = change_between(
                article, version.id, version.id, capture, START + SPAN + timedelta(seconds=number)
            )
            change_id = connection.execute(tables.changes.insert().values(**values)).inserted_primary_key[0]
            began = time.perf_counter()
            searching.note_change(connection, change_id, [desk.sentence("en")], [desk.sentence("en")])
        took["change"] += time.perf_counter() - began
    return 1000 * took["version"] / VISITS, 2000 * took["change"] / VISITS


def a_capture(connection: Connection) -> int:
    """One for all versions: what a search costs does not depend on them."""
    exchange = Exchange(url="http://outlet-0.example/", began=START)
    fetch = record.add_fetch(connection, exchange, role=Role.ARTICLE, status=200, location=None)
    capture = Capture(
        url=exchange.url,
        urlkey=urlkey(exchange.url),
        timestamp=START,
        status=200,
        mime="text/html",
        digest=Digest("sha256:" + "0" * 64),
        record_type=RecordType.RESPONSE,
        record_id="urn:uuid:0",
        location=Location(warc="benchmark.warc.gz", offset=0, length=1),
    )
    return record.add_capture(connection, capture, fetch_id=fetch, article_id=None)


# Asking --------------------------------------------------------------------------------------------


def questions(connection: Connection, removed: Counter[str]) -> dict[str, list[str]]:
    """What is asked, by its nature."""
    chance = random.Random(SEED + 1)
    ranked = [word for word, _ in removed.most_common() if len(word) > 2]
    stretches = connection.execute(select(edits.c.removed).limit(5_000)).scalars().all()
    spoken = [stretch.split() for [stretch, *_] in stretches]
    phrases = [s[n : n + 3] for s in spoken if len(s) > 4 for n in (chance.randrange(len(s) - 3),)]
    return {
        "the 50 words most often removed": ranked[:50],
        "words removed at least 100 times": sample([w for w in ranked if removed[w] >= 100], 100),
        "words removed 10 to 99 times": sample([w for w in ranked if 10 <= removed[w] < 100], 100),
        "words removed less often": sample([w for w in ranked if removed[w] < 10], 100),
        "parts of words": [w[1:-1] for w in sample([w for w in ranked if len(w) > 5], 100)],
        "phrases of three words": [f'"{" ".join(phrase)}"'.replace('""', '"') for phrase in sample(phrases, 100)],
        "two words of a sentence": [" ".join(phrase[::2]) for phrase in sample(phrases, 100)],
        "one letter or two": ["eu", "un", "لا", "не", "ne", "京", "习近", "5", "%", "li", "zq", "e"],
        "what nobody wrote": [f"{w}xq" for w in ranked[:20]] + ["qqqq", "يييييي", "ěščř", "龘"],
    }


def sample(words_: Sequence[object], number: int) -> list:
    return random.Random(SEED).sample(list(words_), min(number, len(words_)))


def ask(what: str, asked: dict[str, list[str]], search: Callable[[str], Sequence[object]]) -> None:
    """Ask all, and print how long it took by the clock and of the processor, by their nature and together."""
    points = "".join(f"{point:>10}" for point in ("p50", "p95", "p99", "max"))
    print(f"\n{what}\n{'':36}{'asked':>7}{'hits':>8}{points}{'CPU p95':>10}  (ms)")
    everything, processor = list[float](), list[float]()
    for nature, queries in asked.items():
        took, worked, hits = list[float](), list[float](), 0
        for query in queries:
            began, work = time.perf_counter(), time.process_time()
            hits += len(search(query))
            took.append(time.perf_counter() - began)
            worked.append(time.process_time() - work)
        if took:
            tell(nature, took, worked, f"{hits / len(took):8.1f}")
        everything, processor = everything + took, processor + worked
    tell("all", everything, processor, " " * 8)


def tell(what: str, seconds: Sequence[float], processor: Sequence[float], hits: str) -> None:
    points = [at(seconds, 0.5), at(seconds, 0.95), at(seconds, 0.99), at(seconds, 1)]
    points += [at(processor, 0.95)] if processor else []
    print(f"{what:36}{len(seconds):7}{hits}" + "".join(f"{point:10.2f}" for point in points), flush=True)


def at(seconds: Sequence[float], share: float) -> float:
    """The milliseconds in which this share was done."""
    return 1000 * sorted(seconds)[min(int(len(seconds) * share), len(seconds) - 1)]


def by_like(connection: Connection, table: str, column: str) -> Callable[[str], Sequence[object]]:
    """Without an index: each row is read, the newest first, until there are enough."""
    statement = (
        f"SELECT id FROM {table} WHERE {column} LIKE :one AND {column} LIKE :two ORDER BY id DESC LIMIT {LIMIT}"
    )

    def look(query: str) -> Sequence[object]:
        terms = [f"%{term}%" for term in Query.read(query).terms]
        return connection.execute(text(statement), {"one": terms[0], "two": terms[-1]}).all()

    return look


def commands(home: Home, asked: Sequence[str]) -> None:
    """Whole commands, each a process."""
    for arguments in (["--removed"], []):
        took = []
        for query in asked:
            command = [
                sys.executable,
                "-m",
                "scheduler.cli",
                "search",
                *arguments,
                "--json",
                "--home",
                str(home.root),
            ]
            began = time.perf_counter()
            subprocess.run([*command, "--", query], cwd=ROOT, stdout=subprocess.PIPE, check=True)
            took.append(time.perf_counter() - began)
        tell(f"command: stet search {' '.join(arguments)}", took, [], " " * 8)


def sizes(connection: Connection, versions: int) -> None:
    """What is on the disk, a version."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sum(pgsize) AS size FROM dbstat GROUP BY name"
        found = {row.name: row.size for row in connection.execute(text(query))}
    else:
        query = "SELECT relname AS name, pg_total_relation_size(oid) AS size FROM pg_class WHERE relkind = 'r'"
        found = {row.name: row.size for row in connection.execute(text(query))}
    of = lambda *starts: sum(size for name, size in found.items() if name.startswith(starts)) / versions  # noqa: E731
    print(
        f"on disk, bytes a version: {of('versions', 'uq_versions'):,.0f} the versions themselves,"
        f" {of('texts', 'uq_texts'):,.0f} the index of their words,"
        f" {2 * of('edits', 'uq_edits'):,.0f} a change what it removed and added, with its index"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--versions", type=int, default=200_000)
    parser.add_argument("--database", default="", help="an empty one, instead of SQLite in a temporary folder")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="stet-search-") as folder:
        home = homes.create(Path(folder) / "home")
        url = chosen.database or home.database_url
        with contextlib.closing(open_database(url)) as database:
            began = time.perf_counter()
            filled = fill(database, chosen.versions)
            print(
                f"{chosen.versions:,} versions and {chosen.versions // 2:,} changes made in"
                f" {time.perf_counter() - began:.0f} s; then the index takes {filled.version_ms:.2f} ms"
                f" for a version and {filled.change_ms:.2f} ms for a change, its part of the commit included"
            )
            with database.read() as connection:
                compare(connection, home, filled.removed, chosen)


def compare(connection: Connection, home: Home, removed: Counter[str], chosen: argparse.Namespace) -> None:
    sizes(connection, chosen.versions)
    asked = questions(connection, removed)
    look = lambda query: searching.changed(connection, Query.read(query), Field.REMOVED, limit=LIMIT)  # noqa: E731
    ask("stet search --removed", asked, look)
    ask("peer: LIKE over what was removed", asked, by_like(connection, "edits", "removed_key"))
    ask("stet search", asked, lambda query: searching.stood(connection, Query.read(query), limit=LIMIT))
    few = {nature: queries[:5] for nature, queries in asked.items()}
    ask("peer: LIKE over all documents", few, by_like(connection, "versions", "document"))
    if not chosen.database:
        print()
        commands(home, [queries[0] for nature, queries in asked.items() if "nobody" not in nature])


if __name__ == "__main__":
    main()
