"""Which pages and calls the application has, and with what each is asked. For `benchmarks/rooms.py`.

Paths come from the application's routes, parameters of calls from the OpenAPI document, those of pages from their
own forms and links, as a reader finds them. So a new one is asked by itself; what it cannot be asked with is said.
Values come from the home: frequent and rare words, large and small outlets, articles with long lives and short
ones, old and new; and of each kind one that nothing matches.
"""

from __future__ import annotations

import contextlib
import html
import random
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from archive.web.api.application import document

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "archive" / "web" / "static"
SEED = 30
MOST = 40  #: addresses of one page or call that are asked for
NOTHING = ("no-such-outlet", "9999999999", "https://www.paper-00.example/nothing-here", "qxqxqx", "dossier:none")
"""Values that nothing matches: what answers 404 to them answers right."""

KEPT = ("/web/{url:path}", "/evidence/{what}/{id:int}", "/article/{id:int}/{form}", "/framed/{url:path}")
"""What reads WARC files is asked for what was crawled alone: of the others there are none."""

BUSY = KEPT[1:3]
"""What a server makes few of at once: who is asked to come again (503) was answered right."""

NOT_ASKED = {
    "/still/{key}/im/{url:path}": "the newsroom has no pictures",
    "/still/{key}/st/{url:path}": "nor style sheets",
    "/api/v1/notes/{key}": "of the home that is made nobody wrote notes",
    "/websub/{token}": "hubs call it",
    "/language/{language}": "a redirect with a cookie",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One address."""

    target: str
    may_miss: bool = False  #: nothing is there: 404 is right


@dataclass(slots=True)
class Call:
    """A page, or a call of the API, with what it is asked for."""

    path: str  #: as the application has it
    pattern: re.Pattern[str]  #: of paths that are its
    parameters: Mapping[str, Mapping[str, Any]] | None  #: of its query, with their schemas; None: it is a page
    asks: dict[str, Ask] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)  #: parameters of which no value is known

    @property
    def is_page(self) -> bool:
        """Whether people read it."""
        return self.parameters is None

    def add(self, target: str) -> None:
        """Ask for this, too."""
        plain = html.unescape(target)
        self.asks.setdefault(
            plain, Ask(plain, any(quote(value, safe="") in plain or value in plain for value in NOTHING))
        )


def calls(app: Starlette) -> list[Call]:
    """All that can be got."""
    return [call for call in _all(app) if call.path not in NOT_ASKED]


def _all(app: Starlette) -> Iterator[Call]:
    for route in app.routes:
        if isinstance(route, Route) and "GET" in (route.methods or ()):
            yield Call(route.path, route.path_regex, None)
        elif isinstance(route, Mount):
            told = document(route.app)  # type: ignore[arg-type]
            for path, methods in told["paths"].items():
                if "get" in methods:
                    yield _call(route.path + path, methods["get"], told)
            yield Call(f"{route.path}/openapi.json", re.compile(f"^{route.path}/openapi.json$"), {})


def _call(path: str, said: Mapping[str, Any], told: Mapping[str, Any]) -> Call:
    asked = {
        each["name"]: _schema(each["schema"], told) for each in said.get("parameters", ()) if each["in"] == "query"
    }
    required = {each["name"] for each in said.get("parameters", ()) if each["in"] == "query" and each["required"]}
    for name in required:
        asked[name] = {**asked[name], "required": True}
    return Call(path, re.compile("^" + re.sub(r"\\?\{\w+\\?\}", "[^/]+", re.escape(path)) + "$"), asked)


def _schema(schema: Mapping[str, Any], told: Mapping[str, Any]) -> Mapping[str, Any]:
    """A parameter's own schema: not null, and what it refers to."""
    for one in (schema, *schema.get("anyOf", ())):
        if "$ref" in one:
            return told["components"]["schemas"][one["$ref"].rpartition("/")[2]]
        if one.get("type") == "array":
            return _schema(one["items"], told)
        if one.get("type") not in (None, "null"):
            return one
    return schema


# What they are asked with --------------------------------------------------------------------------


class Values:
    """What is in a home, some of each kind; `crawled` are outlets whose pages lie in WARC files."""

    def __init__(self, database: Path, crawled: Sequence[str]) -> None:
        self.chance = random.Random(SEED)
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as raw:
            self._raw = raw
            self.articles = self._articles(crawled)
            self.by_name = self._by_name(crawled)

    def _column(self, query: str, *values: object) -> list[Any]:
        return [row[0] for row in self._raw.execute(query, values)]

    def _articles(self, crawled: Sequence[str]) -> list[int]:
        """Long lives and short ones, old and new, there and gone; and some that were crawled."""
        marks = ", ".join("?" * len(crawled))
        orders = ("versions DESC", "captures DESC", "versions, id", "discovered DESC", "id")
        found = [
            one for order in orders for one in self._column(f"SELECT id FROM articles ORDER BY {order} LIMIT 3")
        ]
        found += self._column("SELECT id FROM articles WHERE standing = 'taken_down' ORDER BY since DESC LIMIT 3")
        found += self._column("SELECT id FROM articles WHERE versions > 1 ORDER BY id LIMIT 400, 5")
        found += self._crawled(
            f"SELECT a.id FROM articles a JOIN outlets o ON o.id = outlet_id"
            f" WHERE o.name IN ({marks}) AND version_id IS NOT NULL LIMIT 5",
            crawled,
        )
        return list(dict.fromkeys(found))

    def _crawled(self, query: str, crawled: Sequence[str]) -> list[Any]:
        return self._column(query, *crawled)

    def _by_name(self, crawled: Sequence[str]) -> dict[str, list[str]]:
        """Values by what they are called in paths and queries, with the part of the path before it."""
        many = ", ".join(map(str, self.articles))
        marks = ", ".join("?" * len(crawled))
        theirs = f"SELECT a.id FROM articles a JOIN outlets o ON o.id = outlet_id WHERE o.name IN ({marks})"
        of_crawled = f"article_id IN ({theirs})"
        captures = self._column(f"SELECT max(id) FROM captures WHERE article_id IN ({many}) GROUP BY article_id")
        kept = self._crawled(
            f"SELECT id FROM captures WHERE {of_crawled} AND status = 200 ORDER BY id DESC LIMIT 8", crawled
        )
        urls = self._column(f"SELECT url FROM articles WHERE id IN ({many})")
        changes = self._column(f"SELECT id FROM changes WHERE article_id IN ({many}) ORDER BY id DESC LIMIT 12")
        words = self._words()
        days = self._column(
            "SELECT strftime('%Y-%m-%d', detected_at / 1000, 'unixepoch') FROM changes ORDER BY id DESC LIMIT 1"
        )
        days += self._column(
            "SELECT strftime('%Y-%m-%d', began / 1000, 'unixepoch') FROM fetches WHERE id % 9973 = 0 LIMIT 5"
        )
        outlets = self._column("SELECT name FROM outlets ORDER BY id")
        return {
            "outlet": [
                outlets[0],
                outlets[len(outlets) // 2],
                outlets[-len(crawled) - 1],
                outlets[-1],
                NOTHING[0],
            ],
            "/articles/id": [*self.articles, NOTHING[1]],
            "/article/id": [*self.articles, NOTHING[1]],
            "crawled": self._crawled(theirs, crawled)[:6],
            "/versions/id": self._column(f"SELECT version_id FROM articles WHERE id IN ({many})"),
            "/captures/id": captures,
            "/warc": kept,
            "/wacz": kept,
            "/changes/id": [*changes, NOTHING[1]],
            "/evidence/id": self._crawled(f"SELECT id FROM changes WHERE {of_crawled} LIMIT 4", crawled),
            "/alerts/id": self._column("SELECT id FROM alerts WHERE id % 977 = 1 LIMIT 8"),
            "url": [*urls, NOTHING[2]],
            "memento": self._mementos(kept, ("", "id_", "te_")),
            "framed": self._mementos(kept, ("",)),
            "words": words,
            "tag": [*self._column("SELECT DISTINCT tag FROM tags"), NOTHING[4]],
            "time": days,
            "rule": self._column("SELECT name FROM alert_rules"),
            "/rules/name": [*self._column("SELECT name FROM alert_rules"), NOTHING[0]],
            "channel": self._column("SELECT DISTINCT channel FROM alerts"),
            "change": changes,
            "static": [file.relative_to(STATIC).as_posix() for file in STATIC.rglob("*") if file.is_file()],
            "pair": self._column(
                "SELECT 'from=' || min(id) || '&to=' || max(id) FROM versions"
                f" WHERE article_id IN ({many}) AND number > 0 GROUP BY article_id HAVING count(*) > 1"
            ),
        }

    def _mementos(self, captures: Sequence[int], forms: Sequence[str]) -> list[str]:
        """Addresses of crawled pages, in each of these forms."""
        marks = ", ".join(map(str, captures)) or "0"
        found = self._raw.execute(
            "SELECT strftime('%Y%m%d%H%M%S', timestamp / 1000, 'unixepoch')"
            " || printf('%03d', timestamp % 1000), url"
            f" FROM captures WHERE id IN ({marks})"
        )
        return [f"{at}{how}/{url}" for at, url in found for how in forms]

    def _words(self) -> list[str]:
        """What changes removed: the most frequent words and some rare ones, phrases, and what nobody wrote."""
        counts = dict[str, int]()
        phrases = []
        for key in self._column("SELECT removed_key FROM edits ORDER BY id DESC LIMIT 20000"):
            line = key.strip().split()
            for word in line:
                counts[word] = counts.get(word, 0) + 1
            if len(line) > 4 and len(phrases) < 2_000:
                phrases.append(f'"{" ".join(line[1:4])}"'.replace('""', '"'))
        ranked = sorted((word for word in counts if len(word) > 2), key=lambda word: (-counts[word], word))
        rare = self.chance.sample(ranked[len(ranked) // 3 :], min(5, len(ranked) // 2)) if ranked else []
        middle = ranked[50:500:90]
        return [*ranked[:6], *middle, *rare, *self.chance.sample(phrases, min(3, len(phrases))), NOTHING[3]]

    # By name.

    def of(self, path: str, name: str) -> list[str]:
        """Values of a parameter in a path or a query; none where it is not known."""
        if path == KEPT[2] and name == "id":
            return list(map(str, self.by_name["crawled"]))
        last = path.rpartition("}")[2]
        before = re.sub(r"/\{.*", "", path).rpartition("/")[2]
        for key in (last, f"/{before}/{name}", _CALLED.get(name, name)):
            if key in self.by_name and not (key == last and name != "id"):
                return list(map(str, self.by_name[key]))
        return list(_FIXED.get((path, name), _FIXED.get(("", name), ())))


_CALLED = {
    **dict.fromkeys(("q", "removed", "added", "words"), "words"),
    **dict.fromkeys(("since", "until", "from_day", "to_day"), "time"),
    "name": "outlet",
}
_FIXED: Mapping[tuple[str, str], Sequence[str]] = {
    ("", "limit"): ("10", "200"),
    ("", "status"): ("200", "404"),
    ("", "min_weight"): ("0.3", "0.9"),
    ("", "language"): ("en", "ar", "de"),
    ("", "kind"): ("numbers", "headline", "dateline"),
    ("", "state"): ("waiting", "sent", "dead"),
    ("", "form"): ("link", "json", "cdxj"),
    ("", "reason"): ("not_found", "legal"),
    ("", "standing"): ("live", "taken_down", "missing", "moved"),
    ("", "view"): ("inline", "beside"),
    ("", "version"): ("1", "2"),
    ("", "stealth"): ("1", "true"),
    ("/article/{id:int}/{form}", "form"): ("text", "warc", "wacz"),
    ("/evidence/{what}/{id:int}", "what"): ("change",),
    ("/feeds/{kind}/{name}.atom", "kind"): ("outlet",),
}


def prepare(found: Iterable[Call], values: Values, get: Callable[[str], str]) -> None:
    """Let each call have its addresses; pages are got once, and then asked for what they lead to."""
    by_path = {call.path: call for call in found}
    for call in by_path.values():
        for target in _paths(call, values):
            if not _needed(call):
                call.add(target)
            for query in _queries(call, values):
                call.add(f"{target}?{query}")
        _thin(call, values)
    pages = [call for call in by_path.values() if call.is_page]
    for ask in list(by_path["/framed/{url:path}"].asks.values())[:6]:
        by_path["/still/{key}/"].add(get(ask.target).strip())
    for call in pages:
        for ask in list(call.asks.values())[:4]:
            _follow(get(ask.target), ask.target, pages, values)
    for call in pages:
        _thin(call, values)


def _thin(call: Call, values: Values) -> None:
    if len(call.asks) > MOST:
        kept = values.chance.sample(sorted(call.asks), MOST)
        call.asks = {target: call.asks[target] for target in kept}


def _paths(call: Call, values: Values) -> list[str]:
    """Its path with values for what varies in it."""
    made = [call.path]
    if call.path.startswith("/still/"):
        return []  # keys are found where they are made
    for name, kind in re.findall(r"\{(\w+)(:\w+)?\}", call.path):
        known = values.of(call.path, _IN_PATHS.get((call.path, name), name))
        if not known:
            call.unknown.add(name)
            return []
        place = f"{{{name}{kind}}}"
        safe = "/:%" if kind == ":path" else ""
        made = [each.replace(place, quote(value, safe=safe)) for each in made for value in known]
    return made


_IN_PATHS = {
    ("/web/{url:path}", "url"): "memento",
    ("/framed/{url:path}", "url"): "framed",
    ("/static/{name:path}", "name"): "static",
}


def _queries(call: Call, values: Values) -> list[str]:
    """What it is asked with: each parameter for itself, and some in pairs."""
    if call.path in ("/diff", "/api/v1/diff"):
        return [*values.by_name["pair"], *(f"change={number}" for number in values.by_name["change"])]
    if call.path == "/article":
        return [urlencode({"url": url}) for url in values.by_name["url"]]
    given = {name: _given(call, name, schema, values) for name, schema in (call.parameters or {}).items()}
    needed = _needed(call)
    singles = [(name, value) for name in given for value in given[name] if name not in needed]
    pairs = [values.chance.sample(singles, 2) for _ in range(10)] if len(singles) > 2 else []
    wanted = [[one] for one in singles] + [pair for pair in pairs if _agree(pair[0][0], pair[1][0])]
    if not needed:
        return [urlencode(each) for each in wanted]
    [must] = needed
    alone = [[(must, value)] for value in given[must]]
    beside = [[(must, values.chance.choice(given[must])), *each] for each in wanted]
    return [urlencode(each) for each in alone + beside]


def _needed(call: Call) -> list[str]:
    """What it cannot be asked without."""
    if call.path == "/article":
        return ["url"]
    if call.path.endswith("/diff"):
        return ["from"]
    return [name for name, schema in (call.parameters or {}).items() if schema.get("required")]


def _agree(one: str, other: str) -> bool:
    """Whether two parameters can be asked for together, whatever their values."""
    return one != other and {one, other} != {"since", "until"}


def _given(call: Call, name: str, schema: Mapping[str, Any], values: Values) -> list[str]:
    if "enum" in schema:
        return [str(each) for each in schema["enum"]]
    if schema.get("type") == "boolean":
        return ["true", "false"]
    known = values.of(call.path, name) if name != "cursor" else []
    if not known and name != "cursor":  # cursors are found in answers
        call.unknown.add(name)
    return known


def _follow(text: str, here: str, pages: Sequence[Call], values: Values) -> None:
    """Ask for what a page leads to, and what its forms ask for."""
    for link in re.findall(r'<a [^>]*href="([^"#]+)', text):
        target = html.unescape(link)
        if target.startswith("?"):
            target = urlsplit(here).path + target
        for call in pages:
            if call.path not in KEPT and call.pattern.match(urlsplit(target).path) and len(call.asks) < 2 * MOST:
                call.add(target)
                break
    for form in re.findall(r"<form\b.*?</form>", text, re.DOTALL):
        action = re.search(r'action="([^"]*)"', form)
        if 'method="post"' in form.lower():
            continue
        where = html.unescape(action[1]) if action else urlsplit(here).path
        for call in pages:
            if call.pattern.match(where):
                for name in re.findall(r'<(?:input|select)[^>]*\bname="([^"]+)"', form):
                    for value in values.of(call.path, name):
                        call.add(f"{where}?{urlencode({name: value})}")
                break
