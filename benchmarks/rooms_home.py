"""A home with very many articles, written straight into its database. For `benchmarks/rooms.py`.

Two passes over the same lives (`rooms_lives`): one writes their looks (fetches, captures), the other their words
(versions, changes, and the search index), each in the order of time, as a crawl does. Then what is said of them:
steps of standing, alerts and messages, tags, hints, outages. Nothing of it is ever due, so that a daemon fetches
none of these pages; and no WARC file holds what they say: what is replayed must be crawled for real.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table

from archive.db import findings, outlets, tables
from archive.db.engine import Database
from archive.domain.kinds import Kind
from archive.domain.model import Extraction, Outlet, Seed, SeedKind, Standing
from archive.domain.rules import Event, What
from archive.domain.searchable import key_of
from archive.domain.telling import packed
from archive.domain.urls import urlkey
from archive.domain.wording import words
from archive.extractor import EXTRACTOR
from archive.home import Home
from benchmarks.rooms_lives import CONFIRMING, DAY, SEED, SPAN, Life, Paper, in_order, lives
from benchmarks.search import Desk

IN_A_FILE = 25_000  #: captures of a WARC file
NEVER = 20 * 365 * DAY  #: from now: when the generated articles are due
AT_ONCE = 2_000  #: versions a transaction
_SIZE = 4_000  #: bytes of a record


def fill(home: Home, database: Database, *, articles: int, captures: int, versions: int, papers: int) -> None:
    """Write it all into an empty database."""
    now = datetime.now(UTC)
    stamp = int(now.timestamp() * 1000) - 3_600_000
    with database.write() as connection:
        made = [
            Paper(outlets.save(connection, _outlet(number), now - timedelta(days=731)), number)
            for number in range(papers)
        ]
    sizes = {"count": articles, "captures": captures, "versions": versions}
    with _timed("lives"):
        all_lives = lives(made, now=stamp, **sizes)
    raw = sqlite3.connect(home.root / "stet.db", isolation_level=None)
    with contextlib.closing(raw):
        for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-400000"):
            raw.execute(f"PRAGMA {pragma}")
        with _timed("looks"), _without_indexes(raw, "fetches", "captures", "extractions"):
            _write_looks(raw, all_lives)
        with _timed("words"):
            _write_words(raw, all_lives)
        with _timed("what is said of them"):
            _write_articles(raw, all_lives, stamp)
            _write_steps(raw, all_lives)
            _write_seeds(raw, stamp)
            _write_marks(raw, all_lives, stamp)
        with _timed("statistics"):
            raw.execute("ANALYZE")
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextlib.contextmanager
def _timed(what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"  {what}: {time.perf_counter() - began:.0f} s", flush=True)


def _outlet(number: int) -> Outlet:
    paper = Paper(0, number)
    base = f"https://{paper.host}"
    seeds = (
        Seed(url=f"{base}/rss.xml", kind=SeedKind.FEED),
        Seed(url=f"{base}/sitemap.xml", kind=SeedKind.SITEMAP),
    )
    return Outlet(
        name=paper.name,
        title=f"The Paper of {number}",
        domains=(paper.host,),
        home=f"{base}/",
        seeds=seeds,
        languages=(paper.language,),
    )


def put(
    raw: sqlite3.Connection, table: Table, names: str, rows: Iterable[Sequence[Any]], **constants: Any
) -> None:
    """Insert rows of these columns; the others get their constant, or the default of their table."""
    fixed = dict(constants)
    columns = names.split()
    for column in table.c:
        if column.name not in columns and column.name not in fixed and column.default is not None:
            default = column.default.arg
            fixed[column.name] = default if not callable(default) else json.dumps({})
    places = ", ".join("?" * len(columns))
    literal = ", ".join(_literal(value) for value in fixed.values())
    quoted = ", ".join(f'"{name}"' for name in (*columns, *fixed))
    sql = f"INSERT INTO {table.name} ({quoted}) VALUES ({', '.join(filter(None, (places, literal)))})"
    raw.execute("BEGIN")
    raw.executemany(sql, rows)
    raw.execute("COMMIT")


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return str(int(value)) if isinstance(value, bool | int) else "'" + str(value).replace("'", "''") + "'"


@contextlib.contextmanager
def _without_indexes(raw: sqlite3.Connection, *names: str) -> Iterator[None]:
    """Indexes of these tables are made when all is written, which is several times quicker."""
    marks = ", ".join("?" * len(names))
    found = raw.execute(
        f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({marks})",
        names,
    ).fetchall()
    for name, _ in found:
        raw.execute(f"DROP INDEX {name}")
    yield
    for _, sql in found:
        raw.execute(sql)


# Looks ---------------------------------------------------------------------------------------------


def _write_looks(raw: sqlite3.Connection, all_lives: Sequence[Life]) -> None:
    looks = in_order(all_lives)
    files = -(-len(looks) // IN_A_FILE)
    put(
        raw,
        tables.warcs,
        "id name size sha256 sealed proven faults",
        (
            (n, f"generated-{n:05}.warc.gz", IN_A_FILE * _SIZE, f"{n:064x}", at, at, 0)
            for n in range(1, files + 1)
            for at in (looks[min(n * IN_A_FILE, len(looks)) - 1][0],)
        ),
    )
    _number_versions(all_lives)
    put(raw, tables.fetches, _FETCH, (_fetch(n, look) for n, look in enumerate(looks)), role="article")
    put(raw, tables.captures, _CAPTURE, _captures(looks))
    put(raw, tables.extractions, "capture_id version_id", _readings(looks), extractor=EXTRACTOR)


_FETCH = "id outlet_id article_id url began elapsed_ms status trouble warc_id offset length presence sighting why"
_CAPTURE = (
    "id fetch_id article_id url urlkey timestamp status mime digest record_type record_id warc_id offset length"
    " refers_to"
)


def _fetch(n: int, look: tuple[int, Life, int]) -> tuple[Any, ...]:
    at, life, number = look
    if number < 0:
        told = (None, "connect_failed", *_place(n), "unreachable", "connect_failed", "the host cannot be reached")
    elif _is_gone(life, number):
        told = (404, "", *_place(n), "gone", "not_found", "the outlet answers 404: not found")
    else:
        told = (
            200,
            "",
            *_place(n),
            "present",
            "ok" if number in life.wordings else "unchanged",
            "the story is there",
        )
    return (n + 1, life.paper.id, life.id, life.url, at, 80 + n % 400, *told)


def _place(n: int) -> tuple[int, int, int]:
    return n // IN_A_FILE + 1, n % IN_A_FILE * _SIZE, _SIZE


def _is_gone(life: Life, look: int) -> bool:
    return look >= life.gone and not (life.came_back and look == len(life.looks) - 1)


def _captures(looks: Sequence[tuple[int, Life, int]]) -> Iterator[tuple[Any, ...]]:
    """One for each look that saw something; its id is that of its fetch."""
    payloads: dict[tuple[int, int], int] = {}
    for n, (at, life, number) in enumerate(looks):
        if number < 0:
            continue
        shown = -1 if _is_gone(life, number) else life.wording_at(number)
        same = payloads.setdefault((life.id, shown), n + 1)
        kind, refers = ("response", None) if same == n + 1 else ("revisit", same)
        digest = "sha256:" + hashlib.sha256(f"{life.id} {shown}".encode()).hexdigest()
        key, status = urlkey(life.url), 404 if shown < 0 else 200
        what = (status, "text/html", digest, kind, f"urn:uuid:{n:032x}")
        yield (n + 1, n + 1, life.id, life.url, key, at, *what, *_place(n), refers)


def _readings(looks: Sequence[tuple[int, Life, int]]) -> Iterator[tuple[int, int]]:
    for n, (_, life, number) in enumerate(looks):
        if number >= 0 and not _is_gone(life, number):
            yield n + 1, life.versions[life.wording_at(number)]


def _number_versions(all_lives: Sequence[Life]) -> None:
    """Ids in the order of time."""
    for number, (_, life, _) in enumerate(_wordings(all_lives), 1):
        life.versions.append(number)


def _wordings(all_lives: Sequence[Life]) -> list[tuple[int, Life, int]]:
    every = ((life.looks[look], life, n) for life in all_lives for n, look in enumerate(life.wordings))
    return sorted(every, key=lambda each: (each[0], each[1].id))


# Words ---------------------------------------------------------------------------------------------


def _write_words(raw: sqlite3.Connection, all_lives: Sequence[Life]) -> None:
    """Versions and changes in the order of time; what is reworded later on is remembered till then."""
    desk, standing, rows = Desk(), dict[int, Extraction](), _Words(raw)
    first = dict(raw.execute("SELECT version_id, min(capture_id) FROM extractions GROUP BY version_id"))
    last = dict(
        raw.execute(
            "SELECT version_id, max(c.timestamp) FROM extractions JOIN captures c ON c.id = capture_id GROUP BY 1"
        )
    )
    for at, life, n in _wordings(all_lives):
        removed, added = list[str](), list[str]()
        if n == 0:
            story = desk.story(life.paper.language, EXTRACTOR)
            named = (f"{desk.name()} {desk.name()}",)
            story = replace(story, authors=named, published=datetime.fromtimestamp(at / 1000, UTC))
        else:
            story, removed, added = desk.edited(standing.pop(life.id))
        if n + 1 < len(life.wordings):
            standing[life.id] = story
        version = life.versions[n]
        rows.version(life, n, story, (at, last[version]), first[version])
        if n:
            rows.change(desk, life, n, (removed, added), (last[life.versions[n - 1]], at), first[version])
        if len(rows.versions) >= AT_ONCE:
            rows.write()
        life.title = story.title
    rows.write()


class _Words:
    """Rows that are still to be written."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw
        self.changes_made = 0
        self._clear()

    def _clear(self) -> None:
        self.versions, self.texts, self.keys, self.changes, self.edits = ([] for _ in range(5))

    def version(self, life: Life, n: int, story: Extraction, span: tuple[int, int], capture: int) -> None:
        version, key = life.versions[n], key_of((story.title, story.text))
        document = json.dumps(findings.pack(story))
        text = (version, life.id, n + 1, f"{version:064x}", document, story.text.count(" ") + 1, capture, *span)
        place = (span[0] // DAY << 24) + version
        self.versions.append(text)
        self.texts.append((place, version, zlib.crc32(key.encode())))
        self.keys.append((place, key))

    def change(
        self,
        desk: Desk,
        life: Life,
        n: int,
        words_: tuple[list[str], list[str]],
        span: tuple[int, int],
        capture: int,
    ) -> None:
        self.changes_made += 1
        removed, added = words_
        number, at, chance = self.changes_made, span[1] + 60_000, desk.chance
        kinds = list(dict.fromkeys(chance.choices(list(Kind), k=chance.randrange(1, 4))))
        summary = f"The words {' '.join(removed[0].split()[:6])!r} became {' '.join(added[0].split()[:6])!r}."
        counts = [sum(len(words(each)) for each in side) for side in (added, removed)]
        ids = (*life.versions[n - 1 : n + 1], *span, capture)
        told = (kinds[0], json.dumps(kinds), round(chance.random(), 2), int(chance.random() < 0.4), summary)
        self.changes.append((number, life.id, at, *told, json.dumps([summary]), *counts, *ids))
        keys = (json.dumps(removed), json.dumps(added), key_of(removed), key_of(added))
        self.edits.append(((at // DAY << 24) + number, number, *keys))

    def write(self) -> None:
        """All of them."""
        names = "id article_id number fingerprint document words capture_id first_seen last_seen"
        put(self.raw, tables.versions, names, self.versions, extractor=EXTRACTOR)
        put(self.raw, tables.texts, "id version_id checksum", self.texts)
        self.raw.execute("BEGIN")
        self.raw.executemany("INSERT INTO texts_index (rowid, key) VALUES (?, ?)", self.keys)
        self.raw.execute("COMMIT")
        names = "id article_id detected_at kind kinds weight stealth summary reasons words_added words_removed"
        names += " from_version to_version from_at to_at capture_id"
        put(self.raw, tables.changes, names, self.changes)
        put(self.raw, tables.edits, "id change_id removed added removed_key added_key", self.edits)
        self._clear()


# What is said of them ------------------------------------------------------------------------------


def _write_articles(raw: sqlite3.Connection, all_lives: Sequence[Life], now: int) -> None:
    capture_of = dict(raw.execute("SELECT article_id, max(id) FROM captures GROUP BY article_id"))
    names = (
        "id outlet_id url title standing reason since misses away moved first_seen last_seen last_presence"
        " last_sighting last_checked last_changed next_check discovered found_in published version_id versions"
        " captures capture_id"
    )
    put(raw, tables.articles, names, (_article(life, now, capture_of) for life in all_lives), next_why="in years")
    put(raw, tables.aliases, "url article_id", ((life.url, life.id) for life in all_lives), why="found")


def _article(life: Life, now: int, capture_of: dict[int, int]) -> tuple[Any, ...]:
    steps = _steps(life)
    since = steps[-1][0] if steps else life.looks[0]
    seen = life.looks[-1] if life.is_there else life.looks[life.gone - 1]
    changed = life.looks[life.wordings[-1]] if len(life.wordings) > 1 else None
    away = None if life.is_there else life.looks[life.gone]
    presence = ("present", "unchanged") if life.is_there else ("gone", "not_found")
    standing = (life.standing.value, life.reason, since, 0 if life.is_there else len(life.looks) - life.gone, away)
    spans = (life.looks[0], seen, *presence, life.looks[-1], changed, now + NEVER + life.id)
    origin = (life.looks[0] - 30_000, f"https://{life.paper.host}/rss.xml", life.looks[0] - 60_000)
    counts = (life.versions[-1], len(life.versions), len(life.looks), capture_of[life.id])
    moved = int(life.standing is Standing.MOVED)
    return (life.id, life.paper.id, life.url, life.title, *standing, moved, *spans, *origin, *counts)


def _steps(life: Life) -> list[tuple[int, str, str, str]]:
    """Its steps of standing: when, before, after, why."""
    if life.gone < len(life.looks):
        at = [look + 5 for look in life.looks[life.gone :]]
        steps = [(at[0], "live", "missing", "not_found")]
        if life.came_back or life.standing is Standing.TAKEN_DOWN:
            steps.append((at[CONFIRMING - 1], "missing", "taken_down", "not_found"))
        return [*steps, (at[-1], "taken_down", "live", "")] if life.came_back else steps
    return (
        [] if life.standing is Standing.LIVE else [(life.looks[-1] + 5, "live", life.standing.value, life.reason)]
    )


def _write_steps(raw: sqlite3.Connection, all_lives: Sequence[Life]) -> None:
    """Steps in the order of time, with the fetches that they rest on."""
    steps = sorted((step, life) for life in all_lives for step in _steps(life))
    rows = []
    for (at, before, after, reason), life in steps:
        wanted = "SELECT id FROM fetches WHERE article_id = ? AND began <= ? ORDER BY began DESC LIMIT 4"
        fetches = [row[0] for row in raw.execute(wanted, (life.id, at))]
        evidence = {"this": fetches[0], "last_good": fetches[-1]}
        if after == "taken_down":
            evidence |= {"first_bad": fetches[2], "confirming": fetches[:3]}
        why = "the outlet answers 404: not found" if after in ("missing", "taken_down") else f"it is {after}"
        rows.append((life.id, at, before, after, reason, why, json.dumps(evidence)))
    put(raw, tables.standings, "article_id at before after reason why evidence", rows)


def _write_seeds(raw: sqlite3.Connection, now: int) -> None:
    raw.execute(
        "UPDATE seeds SET last_fetched = ?, last_outcome = '50 articles, 0 new', last_found = 50, next_check = ?",
        (now, now + NEVER),
    )
    origins = [(f"https://{row[0]}", now) for row in raw.execute("SELECT domain FROM domains")]
    put(raw, tables.robots, "origin fetched", origins, status=200, body="User-agent: *\nDisallow: /search\n")


def _write_marks(raw: sqlite3.Connection, all_lives: Sequence[Life], now: int) -> None:
    """Tags, hints, outages, and what was told by three rules to two channels."""
    chance = random.Random(SEED)
    some = chance.sample(list(all_lives), k=max(1, len(all_lives) // 20))
    tags = {(life.id, chance.choice(TAGS), now - chance.randrange(90 * DAY)) for life in some}
    put(raw, tables.tags, "article_id tag at", tags)
    hints = [(life.id, life.looks[-1] + 10, "left_feed", "its feed names it no more") for life in some[::2]]
    put(raw, tables.hints, "article_id at kind why", hints)
    put(raw, tables.outages, _OUTAGE, _outages(raw, chance, now), presence="unreachable", kind="connect_failed")
    put(
        raw,
        tables.alert_rules,
        "name document added",
        ((name, json.dumps(rule), now) for name, rule in RULES.items()),
    )
    _write_alerts(raw)


TAGS = ("elections", "energy", "courts", "harbour", "health", "dossier:harbour", "dossier:courts")
RULES: Mapping[str, Mapping[str, Any]] = {
    "numbers": {"channels": ["desk"], "kinds": ["numbers"]},
    "stealth": {"channels": ["desk", "phone"], "stealth": True},
    "gone": {"channels": ["phone"], "standings": ["taken_down"]},
}
_OUTAGE = "outlet_id why began told failed looked last_good ended"


def _outages(raw: sqlite3.Connection, chance: random.Random, now: int) -> Iterator[tuple[Any, ...]]:
    """Three of each outlet, of some hours, and one that goes on."""
    for (outlet,) in raw.execute("SELECT id FROM outlets ORDER BY id").fetchall():
        for began in chance.sample(range(now - SPAN, now - DAY), 3):
            yield (outlet, OUTAGE, began, began + 3_600_000, 9, 10, began - 60_000, began + chance.randrange(DAY))
    yield (outlet, OUTAGE, now - 7_200_000, now - 3_600_000, 9, 10, now - 7_300_000, None)


OUTAGE = "Outage: 9 of the 10 articles looked at are not there (unreachable: connect failed)."


def _write_alerts(raw: sqlite3.Connection) -> None:
    """One of each third change, most of them sent, ten in a message; the last of all are still to be told."""
    query = (
        "SELECT c.id, c.detected_at, c.summary, c.kinds, c.weight, c.stealth, a.url, a.title, o.name"
        " FROM changes c JOIN articles a ON a.id = c.article_id JOIN outlets o ON o.id = a.outlet_id"
        " WHERE c.id % 3 = 0 ORDER BY c.id"
    )
    messages, told = list[tuple[Any, ...]](), list[tuple[Any, ...]]()
    found = raw.execute(query).fetchall()
    for n, (change, at, text, kinds, weight, stealth, url, title, outlet) in enumerate(found):
        event = Event(
            what=What.CHANGE,
            id=change,
            at=datetime.fromtimestamp(at / 1000, UTC),
            text=text,
            url=url,
            outlet=outlet,
            title=title,
            kinds=tuple(json.loads(kinds)),
            weight=weight,
            stealth=bool(stealth),
        )
        rule = ("numbers", "stealth")[n % 2]
        state = "waiting" if n >= len(found) - 20 else "dead" if n % 200 < 10 else "sent"
        delivery = None if state == "waiting" else n // 10 + 1
        told.append((rule, event.subject, outlet, url, at, at, state, json.dumps(packed(event)), delivery))
        if delivery and (not messages or messages[-1][0] != delivery):
            error = "the receiver answers 500" if state == "dead" else ""
            messages.append(
                (delivery, f"{delivery:032x}", rule, state, at, 1, at, at + DAY, error, None if error else at)
            )
    names = "id key rule state made tries tried until last_error sent"
    put(raw, tables.deliveries, names, messages, channel="desk")
    names = "rule subject outlet url at due state document delivery_id"
    put(raw, tables.alerts, names, told, channel="desk")
