"""Which URLs are one article: what an article's URL looks like, its twins, and which of several names it.

The module knows the shape of URLs: dates, ids, slugs, the words of listings, the marks of AMP and mobile
pages. It opens nothing and does not know what a page says; `identity` is told. How a URL is read and
spelled is `urls`' business; to its forms comes one here, `article_key`, which folds scheme, `www.`, a
final slash and twins. Any text gives a value or `InvalidUrl`, never another error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from archive.domain.urls import InvalidUrl, Parts, normalise, site_of, split, within, word_set

# --- the shape of an article -------------------------------------------------------------------------

#: A path with this many points is an article's; see `shape_of` for what earns them. Chosen on the corpus:
#: over nine in ten of its article URLs reach it, and section fronts do not.
ARTICLE_POINTS = 3

_YEAR_FIRST = re.compile(
    r"/(?:19|20)\d\d[/-]?(?:0?[1-9]|1[0-2]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(?=[/-]|\d\d)",
    re.IGNORECASE,
)
_DAY_LAST = re.compile(r"/(?:0?[1-9]|[12]\d|3[01])[/.-](?:0?[1-9]|1[0-2])[/.-](?:19|20)\d\d(?=/)")
_DATE_PART = re.compile(r"\d{1,2}|(?:19|20)\d\d(?:-?\d\d){0,2}|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec")
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_MIXED_ID = re.compile(r"(?=(?:[^\W_]*\d){2})(?=[^\W_]*[a-z])[0-9a-z]{8,}", re.IGNORECASE)
_PAGE_FILE = re.compile(r"\.(?:s?html?|aspx?|php\d?|jsp|cms|ece|story|do)$", re.IGNORECASE)
_NO_PAGE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|pdf|docx?|xlsx?|mp[34]|m4a|webm|mov|zip|gz|xml|rss|atom|json|txt|css|js|apk|ics|epub)$",
    re.IGNORECASE,
)
_INDEX_FILE = re.compile(r"/(?:index|default|home|main)\.[a-z]{3,5}$", re.IGNORECASE)
_FRONT = re.compile(r"/?(?:(?:[a-z]{2}(?:[-_][a-z]{2,4})?|home)/?)?")
_ID_NAMES = word_set(
    """
    id p aid nid sid story storyid story_id article articleid article_id newsid news_id haberid haberno idx
    artid docid contentid content_id itemid postid post_id no num
    """
)
_STORY_WORDS = word_set(
    """
    article articles story stories content post posts haber a art artikel articulo articolo noticia
    news_view makale detay ixeber khabar novosti opinion analysis
    """
)
_LISTING_WORDS = word_set(
    """
    tag tags topic topics thema themen category categories kategori rubrik author authors by profile
    profiles yazar yazarlar people contributor contributors staff team search suche arama login signin
    sign-in signup register account subscribe subscription subscriptions abo abonnement newsletter
    newsletters about about-us aboutus contact contact-us privacy privacy-policy terms terms-of-service
    terms-of-use cookie cookies cookie-policy legal imprint impressum careers jobs advertise advertising
    advert ads media-kit help faq support rss feed feeds sitemap archive archives wp-content wp-admin
    wp-json cdn-cgi static assets events shop store donate page horoscope crossword crosswords weather
    games puzzles corrections kunye iletisim hakkimizda gizlilik wp-login.php user users member members
    hashtag label
    """
)
_MEDIA_WORDS = word_set(
    """
    video videos watch audio podcast podcasts gallery galleries photos pictures foto fotogaleri webtv tv
    live-tv slideshow radio shows program programs
    """
)
_BARRIER_WORDS = re.compile(
    r"consent|login|signin|sign-in|subscribe|paywall|captcha|challenge|geo-?block", re.IGNORECASE
)
_LISTING = "listing or service page"


@dataclass(frozen=True, slots=True)
class Shape:
    """What a URL's spelling says of the page: points for an article, and the signs that earned them."""

    points: int
    signs: tuple[str, ...] = ()


def shape_of(url: str) -> Shape:
    """Dates, ids, slugs and file endings earn points; words of listings, media and legal pages lose them."""
    parts = split(url)
    path = unquote(parts.path, errors="replace").lower()
    if _is_front(parts):
        return Shape(0, ("home page",))
    if _NO_PAGE.search(path):
        return Shape(-10, ("a file",))
    segments = [segment for segment in _INDEX_FILE.sub("", path).split("/") if segment]
    signs = [*_path_signs(path, segments), *_query_signs(parts.query)]
    return Shape(sum(points for points, _ in signs), tuple(sign for _, sign in signs))


def _path_signs(path: str, segments: list[str]) -> list[tuple[int, str]]:
    signs: list[tuple[int, str]] = []
    tail = [segment for segment in segments[-3:] if not _DATE_PART.fullmatch(segment)]
    named = bool(segments) and not _DATE_PART.fullmatch(segments[-1])
    if named and (_YEAR_FIRST.search(path) or _DAY_LAST.search(path)):
        signs.append((3, "date"))
    signs.extend(_best_id(segments[-3:]))
    words = max((_slug_words(segment) for segment in tail), default=0)
    if words >= 2:
        signs.append((min(words - 1, 3), f"slug of {words} words"))
    if _PAGE_FILE.search(path) and named:
        signs.append((1, "page file"))
    if _STORY_WORDS.intersection(segments[:-1]):
        signs.append((1, "story folder"))
    if _LISTING_WORDS.intersection(segments):
        # a dated story may lie under `archives` or `weather`
        signs.append((-2 if sum(points for points, _ in signs) > 5 else -5, _LISTING))
    if _MEDIA_WORDS.intersection(segments[:2]):
        signs.append((-2, "media page"))
    return signs


def _best_id(segments: list[str]) -> list[tuple[int, str]]:
    best = 0
    for segment in segments:
        bare = _PAGE_FILE.sub("", segment)
        pieces = re.split(r"[^0-9a-z]+", bare)
        longest = max((len(run) for run in re.findall(r"\d+", bare)), default=0)
        if _UUID.search(bare) or longest >= 7:
            best = max(best, 3 if not _DATE_PART.fullmatch(bare) else 0)
        elif longest >= 5 or any(_MIXED_ID.fullmatch(piece) for piece in pieces):
            best = max(best, 2)
    return [(best, "id")] if best else []


def _slug_words(segment: str) -> int:
    """Words of a slug. Scripts without case or hyphens count by length: seven letters make a word."""
    pieces = [
        piece for piece in re.split(r"[-_+\s,.]+", _PAGE_FILE.sub("", segment)) if re.search(r"[^\W\d_]", piece)
    ]
    letters = sum(len(piece) for piece in pieces)
    foreign = sum(1 for piece in pieces for character in piece if character > "\u02ff")
    by_length = foreign // 7 if foreign * 2 > letters else 0
    return max(len(pieces), by_length)


def _query_signs(query: str) -> list[tuple[int, str]]:
    for pair in query.split("&"):
        name, _, value = pair.lower().partition("=")
        if name in _ID_NAMES and re.fullmatch(r"\d{2,}|[0-9a-f-]{16,}", value):
            return [(3, "id in the query")]
    return []


def looks_like_article(url: str) -> bool:
    """Whether the spelling of `url` is an article's. Raises `InvalidUrl`."""
    return shape_of(url).points >= ARTICLE_POINTS


def looks_like_section(url: str) -> bool:
    """Whether it is a home page, a section front or a listing: plain words, nothing that names a story."""
    parts = split(url)
    path = unquote(parts.path, errors="replace").lower()
    if _is_front(parts):
        return True
    shape = shape_of(url)
    if shape.points >= ARTICLE_POINTS or shape.points <= -10:
        return False
    segments = [segment for segment in _INDEX_FILE.sub("", path).split("/") if segment]
    return _LISTING in shape.signs or (
        len(segments) <= 4 and "id" not in shape.signs and "page file" not in shape.signs
    )


def _is_front(parts: Parts) -> bool:
    """The home page, also of one language; `/?p=12` is a story on it."""
    bare = _INDEX_FILE.sub("/", parts.path.lower())
    return not _query_signs(parts.query) and _FRONT.fullmatch(bare) is not None


# --- twins -------------------------------------------------------------------------------------------

_AMP_CACHE = re.compile(
    r"(?:[^/]*\.)?(?:cdn\.ampproject\.org|bing-amp\.com)/(?:wp/)?[cv]/(s/)?(.+)", re.IGNORECASE
)
_AMP_VIEWER = re.compile(r"(?:www\.)?google\.[a-z]{2,3}(?:\.[a-z]{2})?/amp/(s/)?(.+)", re.IGNORECASE)
_AMP_ENDING = re.compile(r"(.*?)(?:/amp(?:\.html)?/?|[._]amp(\.html?)?)")
_AMP_VALUES = {
    "amp": ("", "1", "true", "amp"),
    "_amp": ("", "1", "true"),
    "isamp": ("1", "true"),
    "outputtype": ("amp",),
    "output": ("amp",),
    "format": ("amp",),
    "view": ("amp",),
}
_TWIN_LABELS = ("amp", "m", "mobile", "mobil", "touch", "wap")
_SECOND_LEVEL = word_set("co com org net gov edu ac or ne gob gov news")


def twin_of(url: str) -> str | None:
    """The desktop URL when `url` is an AMP or mobile one, normalised; else None.

    A guess by spelling: good for recognising a story that is known already, never alone a reason to fetch
    the twin and call it taken down. Raises `InvalidUrl`.
    """
    start = normalise(url)
    current = start
    for _ in range(4):  # a cached AMP page of a mobile host has three layers
        unwrapped = _unwrapped(current) or _without_amp_path(current) or _without_amp_query(current)
        step = unwrapped or _desktop_host(current)
        if step is None or step == current:
            break
        current = step
    return current if current != start else None


def _unwrapped(url: str) -> str | None:
    rest = url.partition("://")[2]
    found = _AMP_CACHE.fullmatch(rest) or _AMP_VIEWER.fullmatch(rest)
    return _or_none(("https://" if found[1] else "http://") + found[2]) if found else None


def _or_none(url: str) -> str | None:
    try:
        return normalise(url)
    except InvalidUrl:
        return None


def _without_amp_path(url: str) -> str | None:
    parts = split(url)
    segments = parts.path.split("/")
    shorter = None
    if found := _AMP_ENDING.fullmatch(parts.path):
        shorter = found[1] + (found[2] or ("/" if parts.path.endswith("/") else ""))
    elif "amp" in segments[1:3]:  # /amp/story, and the BBC's /news/amp/world-1
        segments.remove("amp")
        shorter = "/".join(segments)
    if not shorter or looks_like_section(parts.origin + shorter):  # a tag, or a page about amplifiers
        return None
    return normalise(parts.origin + shorter + ("?" + parts.query if parts.query else ""))


def _without_amp_query(url: str) -> str | None:
    parts = split(url)
    pairs = parts.query.split("&")
    kept = [pair for pair in pairs if not _is_amp_pair(pair)]
    if len(kept) == len(pairs):
        return None
    return normalise(parts.origin + parts.path + ("?" + "&".join(kept) if kept else ""))


def _is_amp_pair(pair: str) -> bool:
    name, _, value = pair.lower().partition("=")
    return name in _AMP_VALUES and value in _AMP_VALUES[name]


def _desktop_host(url: str) -> str | None:
    parts = split(url)
    labels = parts.host.split(".")
    places = [place for place in (0, 1) if labels[place : place + 1] and labels[place] in _TWIN_LABELS]
    if parts.host.startswith("[") or not places or len(labels) < 3 + places[0]:
        return None
    del labels[places[0]]
    second = len(labels) > 1 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    registrable = 3 if second else 2
    if len(labels) < registrable:  # m.co.uk is no mobile twin
        return None
    # Outlets answer at www. more often than at the bare name; `article_key` takes both for one.
    host = ".".join(labels) if len(labels) > registrable else "www." + ".".join(labels)
    return url.replace(parts.host, host, 1)


@lru_cache(maxsize=8192)
def article_key(url: str) -> str:
    """What all spellings of one article's URL share, `host/path?query`: for comparing, not for fetching."""
    plain = normalise(url)
    plain = (twin_of(plain) or plain).partition("://")[2]
    location, mark, query = plain.partition("?")
    return location.removeprefix("www.").rstrip("/") + mark + query


# --- which URL is the article's ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Identity:
    """Which URL is an article's, the others that are known to lead to it, and why, in words."""

    url: str
    aliases: tuple[str, ...]
    why: str


def identity(
    requested: str,
    final: str | None = None,
    canonical: str | None = None,
    og_url: str | None = None,
    *,
    outlet_domains: Sequence[str] = (),
    shared_by: int = 0,
) -> Identity:
    """The article's URL, given where the request ended and what the page calls itself.

    `shared_by` says how many *other* articles of the outlet, with other words, claim this canonical.
    Whatever might make one article of two is refused, for that would hide one of them: a needless second
    entry is the smaller harm. Raises `InvalidUrl` for `requested` only.
    """
    asked = normalise(requested)
    landed = _or_none(final) if final else asked
    reason = _why_not(landed, asked, outlet_domains) if landed != asked else ""
    if landed is None or reason:
        return _told(asked, [asked], f"the requested URL: the redirect {reason or 'is no URL'}")
    base, accepted = landed, [asked, landed]
    refusals: list[str] = []
    for label, claim in (("canonical link", canonical), ("og:url", og_url)):
        named = _or_none_from(claim, landed)
        if named is None:
            continue
        reason = _why_not(named, base, outlet_domains)
        if not reason and shared_by >= 2 and _same(named, _or_none_from(canonical, landed)):
            reason = f"is claimed by {shared_by} other articles"
        if not reason:
            why = f"the {label}" + _but(refusals)
            return _told(named, [*accepted, named], why)
        refusals.append(f"the {label} {reason}")
    why = "the requested URL" if base == asked else "where the redirects end"
    return _told(base, accepted, why + _but(refusals))


def _but(refusals: list[str]) -> str:
    return f"; {'; '.join(refusals)}" if refusals else ""


def _or_none_from(claim: str | None, base: str) -> str | None:
    if not claim or not claim.strip():
        return None
    try:
        return normalise(claim, base)
    except InvalidUrl:
        return None


def _same(left: str, right: str | None) -> bool:
    return right is not None and article_key(left) == article_key(right)


def _told(url: str, known: list[str], why: str) -> Identity:
    twins = [twin for each in known if (twin := twin_of(each))]
    aliases = dict.fromkeys(each for each in [*known, *twins] if each != url)
    return Identity(url, tuple(aliases), why)


def _why_not(claim: str | None, base: str, domains: Sequence[str]) -> str:
    """Why `claim` cannot be the name of the article at `base`; empty when it can."""
    if claim is None:
        return "is no http or https address"
    if _same(claim, base):
        return ""
    told, asked = split(claim), split(base)
    if not _is_ours(told.host, asked.host, domains):
        return f"leads to another site, {told.host}"
    if _is_front(told):
        return "" if _is_front(asked) else "is a home page"
    if _BARRIER_WORDS.search(told.host + "/" + told.path.split("/")[1]) and not looks_like_article(claim):
        return "leads to a login or consent page"
    if not _is_ours(asked.host, told.host, domains) or not looks_like_article(base):
        return ""  # a short link: its spelling says nothing of the story
    if looks_like_section(claim):
        return "is a section front or a listing"
    if not looks_like_article(claim):
        return "has no article's shape, unlike the URL asked for"
    return "" if _akin(claim, base) else "names another story"


def _is_ours(host: str, beside: str, domains: Sequence[str]) -> bool:
    bare, other = host.removeprefix("www."), beside.removeprefix("www.")
    related = bare == other or bare.endswith("." + other) or other.endswith("." + bare)
    return related or any(within(host, site_of(domain)) for domain in domains)


def _akin(left: str, right: str) -> bool:
    """Whether two article-shaped URLs can be one story: common id, common slug words, or none to compare."""
    (ids, words), (other_ids, other_words) = _names(left), _names(right)
    if ids & other_ids:
        return True
    if words and other_words:
        return len(words & other_words) * 2 >= min(len(words), len(other_words))
    return not (ids and other_ids)


def _names(url: str) -> tuple[frozenset[str], frozenset[str]]:
    parts = split(url)
    path = _PAGE_FILE.sub("", unquote(_INDEX_FILE.sub("", parts.path.lower()), errors="replace").rstrip("/"))
    ids = frozenset(re.findall(r"\d{5,}", f"{path}?{parts.query}")) | frozenset(_UUID.findall(path))
    slug = max(path.split("/")[-3:], key=_slug_words)
    words = frozenset(re.findall(r"[^\W\d_]{3,}", slug)) if _slug_words(slug) >= 3 else frozenset()
    return ids, words
