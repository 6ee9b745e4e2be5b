"""Whether a live article is ever taken for gone, or what stands in the place of one for it, on real pages.

    python benchmarks/sightings.py [--every N] [--list]

Every labelled page is judged by the rules that the archive uses, from its bytes. Articles: as first seen, with its
own words known, and with marks of barriers mixed in (`MIXED`). What is no article: as first seen, and in the
place of a known story of another outlet. Real answers of which only status, headers and title are known: by
those. Beside it, on the same pages, what other tools go by, made again from its description. Knows the labels;
refuses to know the rules.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tarfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from archive.domain.barriers import barrier
from archive.domain.model import Extraction, Presence, Sighting, StructuredData
from archive.domain.sightings import MARKUP, FetchFacts, sight
from archive.extraction import extract
from archive.extraction.decoding import decode
from benchmarks.labelled import CORPUS as PAIRS

CORPUS = PAIRS.parent
ABSENT = f"no labelled pages beside the project ({CORPUS}; NEWS_CORPUS names another folder)"

#: Label → the kinds that tell it truly. A shell without text that only calls a captcha is a challenge.
TRUE: dict[str, frozenset[str]] = {
    label: frozenset(kinds.split())
    for label, kinds in {
        "bot_challenge": "bot_challenge",
        "court_or_provider_block": "court_or_provider_block",
        "redirect_to_home": "redirected",
        "login_wall": "login",
        "soft404_news": "soft_404",
        "parked_domain": "parked_domain",
        "empty_js_shell": "no_text bot_challenge interstitial",
        "server_error": "server_error",
        "maintenance_200": "maintenance",
        "meta_redirect_stub": "interstitial",
        "forbidden": "forbidden bot_challenge",
    }.items()
}

#: What is mixed into article pages, before the end of the body; none of it makes them anything else.
MIXED = {
    "Cloudflare's script": "<script>(function(){window['__CF$cv$params']={r:'9d2b1',t:'MTc0'};var a="
    "document.createElement('script');a.src='/cdn-cgi/challenge-platform/scripts/jsd/main.js';})();</script>",
    "a consent overlay": "<div id='onetrust-consent-sdk'><h2>We value your privacy</h2><p>We and our 842 partners"
    " use cookies. Accept all cookies to continue.</p><button>Accept all</button></div>"
    "<script src='https://cdn.cookielaw.org/scripttemplates/otSDKStub.js'></script>",
    "a login": "<div class='login'><a href='/login'>Log in</a><form action='/login'><input name='user'>"
    "<input type='password' name='password'><button>Sign in</button></form></div>",
    "words of error": "<p>Page not found. This page has been removed. Access denied. The domain is for sale."
    " Access to this site has been blocked by court order. Too many requests. Are you a robot?</p>",
}

#: Stories in whose place each page that is no article is put.
OTHERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One labelled page."""

    name: str
    label: str
    url: str
    status: int
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A real answer of which the body is not known."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    title: str
    quality: float  #: 0: worthless, blocked or broken; 1: a true answer of the site


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One page as one setting had it judged."""

    page: str
    label: str
    setting: str
    sighting: Sighting

    @property
    def right(self) -> bool:
        """Whether the label is told truly."""
        if self.label == "article":
            return self.sighting.presence is Presence.PRESENT
        return self.sighting.kind in TRUE.get(self.label, frozenset())


def present() -> bool:
    """Whether the collections lie beside the project."""
    return all((CORPUS / folder / "pages.tar.xz").is_file() for folder in ("articles", "barriers"))


def article_pages(*, every: int = 1) -> list[Page]:
    """The pages of articles."""
    rows = _rows("articles/articles.jsonl")[::every]
    bodies = _bodies("articles", {row["page"] for row in rows})
    return [
        Page(
            name=row["page"],
            label="article",
            url=row.get("url") or f"https://{row['id'].replace('_', '-')}.example/{row['id']}",
            status=200,
            payload=bodies[row["page"]],
        )
        for row in rows
    ]


def barrier_pages() -> list[Page]:
    """The pages that are no articles, with status 200 where none is told, where a story could stand."""
    rows = _rows("barriers/barriers.jsonl")
    bodies = _bodies("barriers", {row["page"] for row in rows})
    return [
        Page(
            name=row["page"],
            label=row["kind"],
            url=row.get("url") or "https://outlet.example/2024/05/17/engineers-warned-of-cracks",
            status=row.get("status") or 200,
            payload=bodies[row["page"]],
        )
        for row in rows
    ]


def answers() -> list[Answer]:
    """The answers of which status, headers and title are known."""
    return [
        Answer(
            url=row["url"],
            status=row["status"],
            headers=tuple(row["headers"].items()),
            title=row["title"] or "",
            quality=row["quality"],
        )
        for row in _rows("barriers/responses.jsonl")
    ]


def _rows(name: str) -> list[dict]:  # type: ignore[type-arg]
    return [json.loads(line) for line in (CORPUS / name).read_text("utf-8").splitlines() if line.strip()]


def _bodies(folder: str, wanted: set[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with tarfile.open(CORPUS / folder / "pages.tar.xz") as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            if name in wanted and (source := archive.extractfile(member)) is not None:
                found[name] = source.read()
    return found


def read(page: Page) -> Extraction:
    """What the archive would extract of a page."""
    return extract(page.payload, url=page.url, content_type="text/html")


def markup(payload: bytes) -> str:
    """The body as the facts of a fetch hold it."""
    return decode(payload[:MARKUP], content_type="text/html").text


def judge(page: Page, extraction: Extraction, known: Extraction | None) -> Sighting:
    """What the archive would say of a page."""
    facts = FetchFacts(
        url=page.url,
        final_url=page.url,
        status=page.status,
        mime="text/html",
        extraction=extraction,
        chain=((page.url, page.status),),
        headers=(("Content-Type", "text/html"),),
        markup=markup(page.payload),
    )
    return sight(facts, known)


def mixed(page: Page, words: str) -> Page:
    """`page` with `words` before the end of its body."""
    at = page.payload.lower().rfind(b"</body")
    payload = page.payload if at < 0 else page.payload[:at]
    rest = b"" if at < 0 else page.payload[at:]
    return Page(
        name=page.name,
        label=page.label,
        url=page.url,
        status=page.status,
        payload=payload + words.encode("ascii") + rest,
    )


def judged_articles(pages: list[Page]) -> Iterator[Judged]:
    """Every article in every setting."""
    for page in pages:
        known = read(page)
        for setting, before in (("first", None), ("known", known)):
            yield Judged(page=page.name, label="article", setting=setting, sighting=judge(page, known, before))
        for what, words in MIXED.items():
            other = mixed(page, words)
            sighting = judge(other, read(other), None)
            yield Judged(page=page.name, label="article", setting=f"with {what}", sighting=sighting)


def judged_barriers(pages: list[Page], stories: list[Extraction]) -> Iterator[Judged]:
    """Every page that is no article, as first seen and in the place of some of `stories`."""
    for number, page in enumerate(pages):
        found = read(page)
        yield Judged(page=page.name, label=page.label, setting="first", sighting=judge(page, found, None))
        for turn in range(min(OTHERS, len(stories))):
            story = stories[(number * OTHERS + turn) % len(stories)]
            yield Judged(page=page.name, label=page.label, setting="known", sighting=judge(page, found, story))


def judged_answers(found: list[Answer], story: Extraction) -> Iterator[tuple[Answer, Sighting, str]]:
    """Every answer in the place of `story`; and the kind of barrier that its marks alone tell."""
    for answer in found:
        title = f"<title>{answer.title}</title>" if answer.title else ""
        empty = Extraction(extractor=story.extractor, title=answer.title, structured=StructuredData())
        facts = FetchFacts(
            url=answer.url,
            final_url=answer.url,
            status=answer.status,
            mime="text/html",
            extraction=empty,
            chain=((answer.url, answer.status),),
            headers=answer.headers,
            markup=title,
        )
        told = barrier(status=answer.status, headers=answer.headers, markup=title, url=answer.url, page=empty)
        yield answer, sight(facts, story), told.kind if told else ""


# What other tools go by, from the descriptions that they or others gave.

_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_GENERIC = ("has been removed", "no longer available", "content removed", "access denied", "page not found")


def by_phrases(page: Page) -> str:
    """auto-archiver: one of its general phrases anywhere in the source means deleted."""
    text = page.payload.decode("utf-8", "replace").lower()
    return "removed" if any(phrase in text for phrase in _GENERIC) else "present"


def by_title_and_status(page: Page) -> str:
    """EDGI's effective status: the status, or what the title says of it."""
    status, title = page.status, _title(page)
    if re.search(r"(page|file)( was)? not found|404", title):
        status = 404
    elif re.search(r"access denied|forbidden", title):
        status = 403
    elif re.search(r"maintenance|temporarily unavailable", title):
        status = 503
    return "present" if status < 400 else "removed" if status in (404, 410) else "held back"


def by_status(page: Page) -> str:
    """IABot: some statuses are walls, the other errors are dead, whatever the page says; so is a redirect home."""
    if page.status in (401, 402, 403, 412, 428, 440, 449):
        return "held back"
    return "present" if page.status < 400 else "removed"


def by_title(page: Page) -> str:
    """Words of refusal in the title, as many scripts have it."""
    words = r"404|not found|denied|forbidden|error|unavailable|blocked|just a moment|attention required|robot"
    return "removed" if re.search(words, _title(page)) else "present"


PEERS: dict[str, Callable[[Page], str]] = {
    "auto-archiver's phrases": by_phrases,
    "EDGI's titles and status": by_title_and_status,
    "IABot's status": by_status,
    "words in titles": by_title,
}


def _title(page: Page) -> str:
    found = _TITLE.search(page.payload.decode("utf-8", "replace"))
    return " ".join(found[1].lower().split()) if found else ""


def stets(sighting: Sighting) -> str:
    """Our word in the peers' terms."""
    return {Presence.PRESENT: "present", Presence.GONE: "removed"}.get(sighting.presence, "held back")


def tell(judged: list[Judged], *, every_miss: bool) -> int:
    """Print label by kind for each setting, and what was told wrongly; how many were."""
    settings = list(dict.fromkeys((one.label == "article", one.setting) for one in judged))
    for of_articles, setting in settings:
        chosen = [one for one in judged if (one.label == "article", one.setting) == (of_articles, setting)]
        table: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for one in chosen:
            table[one.label][one.sighting.kind] += 1
        right = sum(one.right for one in chosen)
        print(f"\n{'articles' if of_articles else 'no articles'}, {setting}: {right} of {len(chosen)} told truly")
        for label, kinds in sorted(table.items()):
            print(f"  {label:<26}" + ", ".join(f"{kind} {number}" for kind, number in kinds.most_common()))
    wrong = [one for one in judged if not one.right]
    for one in wrong if every_miss else wrong[:40]:
        print(f"  MISS {one.label} {one.page} ({one.setting}): {one.sighting.kind}: {one.sighting.why}")
    return len(wrong)


def tell_peers(articles: list[Page], barriers: list[Page], judged: list[Judged]) -> None:
    """Print what each would have said of the same pages, each seen once."""
    rows = {
        name: ([rule(page) for page in articles], [rule(page) for page in barriers])
        for name, rule in PEERS.items()
    }
    first = [one for one in judged if one.setting == "first"]
    rows["stet"] = (
        [stets(one.sighting) for one in first if one.label == "article"],
        [stets(one.sighting) for one in first if one.label != "article"],
    )
    gone = sum(page.label in ("redirect_to_home", "soft404_news") for page in barriers)
    print(
        f"\n{'':<28}{len(articles)} live articles: not present   {len(barriers)} others: present  called removed"
    )
    for name, (live, others) in rows.items():
        missed, removed = others.count("present"), others.count("removed")
        print(f"{name:<28}{len(live) - live.count('present'):>32}{missed:>22}{removed:>16}")
    print(f"{'':<28}of the others {gone} are the outlet's own word that there is no such page")


def tell_answers(found: list[Answer], story: Extraction) -> int:
    """Print what is said of the answers; how many were told wrongly."""
    print("\nanswers of which only status, headers and title are known")
    wrong = 0
    for answer, sighting, told in judged_answers(found, story):
        bad = sighting.presence is Presence.PRESENT and answer.quality == 0
        bad |= answer.quality == 0 and answer.status == 200 and not told
        bad |= answer.quality == 1 and (sighting.kind != "not_found" if answer.status == 404 else bool(told))
        wrong += bad
        host = urlsplit(answer.url).hostname
        print(
            f"  {'MISS' if bad else '    '} {answer.quality:<5}{answer.status} {host:<28}{sighting.kind:<14}"
            f"{told or '-':<26}{answer.title[:44]}"
        )
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only one article of N")
    parser.add_argument("--list", action="store_true", help="print every miss")
    chosen = parser.parse_args()
    if not present():
        print(f"{ABSENT}: nothing to judge", file=sys.stderr)
        return 1
    articles, barriers = article_pages(every=chosen.every), barrier_pages()
    stories = [read(page) for page in articles[:: max(1, len(articles) // 40)]]
    judged = [*judged_articles(articles), *judged_barriers(barriers, stories)]
    wrong = tell(judged, every_miss=chosen.list)
    wrong += tell_answers(answers(), stories[0])
    tell_peers(articles, barriers, judged)
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
