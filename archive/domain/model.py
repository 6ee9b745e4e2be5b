"""The nouns, as frozen values. Start reading here.

    outlet → seed → url → Fetch → Capture → Extraction → Version → Change → Alert

A *fetch* is an attempt. Its wire image is an `Exchange`. What was kept of it in a WARC file is a
`Capture`. What a reader would read is an `Extraction`; a distinct one is a `Version`; the step
between two is a `Change`. What one fetch says of the article's presence is a `Sighting`; what we
hold to be true is its `Standing`.

Times are aware and in UTC everywhere. 14- and 17-digit stamps live at the edges only.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

UrlKey = NewType("UrlKey", str)
"""A SURT key made by `archive.domain.urls.urlkey`: sortable, host reversed."""

Digest = NewType("Digest", str)
"""`sha256:` and 64 lower-case hex digits."""


class SeedKind(enum.StrEnum):
    """Where discovery starts."""

    FEED = "feed"  #: RSS, Atom or JSON Feed
    SITEMAP = "sitemap"  #: a urlset, an index of them, or a plain list
    SECTION = "section"  #: a page of links: home page, section front


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """Where discovery starts: a feed, a sitemap or a section front of an outlet."""

    url: str
    kind: SeedKind
    checked: bool = True  #: False: written down without having been tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A publisher that is watched: its domains, seeds, politeness. Kept and exchanged as TOML."""

    name: str  #: short and unique, `[a-z0-9-]+`: `guardian`
    title: str = ""  #: as people call it: `The Guardian`
    aliases: tuple[str, ...] = ()  #: other names, also in other scripts: `ANHA`, `وكالة أنباء هاوار`
    domains: tuple[str, ...] = ()  #: registrable domains or hosts whose pages are this outlet's
    home: str = ""  #: the front page
    seeds: tuple[Seed, ...] = ()
    languages: tuple[str, ...] = ()  #: ISO 639-1
    delay: float | None = None  #: seconds between fetches of one host; None: the home's setting
    concurrency: int = 1
    obey_robots: bool = True
    paused: bool = False
    closed: str = ""  #: since when it publishes nothing any more: `2021`, `2016-03-22`
    notes: str = ""


class Role(enum.StrEnum):
    """Why something was fetched."""

    ARTICLE = "article"
    SEED = "seed"
    ROBOTS = "robots"
    PROBE = "probe"  #: looking for an outlet's seeds, or testing an outlet
    SIBLING = "sibling"  #: an address that cannot exist, beside those of articles: how the outlet says "not found"
    CONTROL = "control"  #: an outlet's front page, where no other article can show that the outlet answers
    OPINION = "opinion"  #: a Memento archive, asked when it last saw an article that is suspected missing
    IMPORT = "import"  #: brought in from elsewhere, or fetched for that; belongs to no article


PROBES = (Role.SIBLING, Role.CONTROL, Role.OPINION)
"""The roles of fetches that are of no article, and tell something of one, or of its outlet."""


class Trouble(enum.StrEnum):
    """Why a fetch has no whole answer. Every one of them means *unreachable*, never *removed*."""

    DNS_UNKNOWN = "dns_unknown"  #: the name does not exist (NXDOMAIN)
    DNS_FAILED = "dns_failed"  #: the resolver itself failed or gave up
    ADDRESS_REFUSED = "address_refused"  #: our own guard: private, loopback, link-local …
    CONNECT_FAILED = "connect_failed"  #: refused, unroutable, reset before an answer
    TLS_FAILED = "tls_failed"  #: handshake or certificate
    TIMED_OUT = "timed_out"  #: no whole answer in the time allowed
    DISCONNECTED = "disconnected"  #: the peer closed before the announced end
    TOO_LARGE = "too_large"  #: we stopped reading at the size limit
    NOT_HTTP = "not_http"  #: the answer cannot be framed as HTTP/1
    ROBOTS_FORBID = "robots_forbid"  #: robots.txt disallows it, nothing was sent
    ROBOTS_UNREACHABLE = "robots_unreachable"  #: RFC 9309 2.3.1.4: assume complete disallow
    REDIRECT_LIMIT = "redirect_limit"  #: too many hops, or a loop
    PROXY_FAILED = "proxy_failed"  #: the way out itself failed; nothing was learnt of the server


class Truncated(enum.StrEnum):
    """WARC/1.1 section 5.13, `WARC-Truncated`: why the record's block is not whole."""

    LENGTH = "length"
    TIME = "time"
    DISCONNECT = "disconnect"
    UNSPECIFIED = "unspecified"


class Undone(enum.StrEnum):
    """What another recorder took off an answer's body although the head still announces it."""

    FRAMING = "framing"  #: chunk sizes; what follows the head is the body, whatever length it should have
    CODING = "coding"  #: the content coding


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """What the TLS handshake said."""

    protocol: str  #: as WARC-Protocol wants it: `tls/1.3`
    cipher: str  #: the IANA name: `TLS_AES_256_GCM_SHA384`
    chain: tuple[bytes, ...] = field(default=(), repr=False)  #: DER certificates as the peer sent them, leaf first
    verified: bool = True
    alpn: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, byte for byte as they were on the wire.

    `response` is the final response: status line, headers, and body with its chunk framing and
    content coding. Interim 1xx responses are kept apart in `interim`, because replay tools take
    the first status line of a record for the answer. Both are empty when nothing arrived.
    """

    url: str
    began: datetime  #: when the fetch began; the WARC-Date of all its records
    request: bytes = field(default=b"", repr=False)  #: empty when nothing was sent
    response: bytes = field(default=b"", repr=False)
    interim: bytes = field(default=b"", repr=False)
    trouble: Trouble | None = None
    trouble_detail: str = ""
    truncated: Truncated | None = None
    ip: str | None = None  #: the peer's address; None behind a proxy
    tls: Tls | None = None
    elapsed_ms: int = 0  #: from `began` to the last byte
    ttfb_ms: int | None = None  #: from `began` to the first byte of the answer
    reused: bool = False  #: sent on a connection that had carried an exchange before
    undone: tuple[Undone, ...] = ()  #: of an imported one; what comes from our own wire is as it was there
    notes: tuple[tuple[str, str], ...] = ()  #: for the metadata record: outlet, role, hop …


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpHead:
    """A response head as a tolerant reader sees it; the bytes themselves stay in the WARC."""

    status: int
    reason: str = ""
    version: str = "HTTP/1.1"
    headers: tuple[tuple[str, str], ...] = ()  #: in wire order, names as sent, Latin-1 values

    def get(self, name: str, default: str = "") -> str:
        """The first value of header `name`, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), default)

    def get_all(self, name: str) -> list[str]:
        """All values of header `name`, in wire order."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]


class RecordType(enum.StrEnum):
    """WARC record types that a capture can be served from."""

    RESPONSE = "response"
    REVISIT = "revisit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where one record lies: a gzip member of a WARC file."""

    warc: str  #: the file's final name, without folder and without `.open`
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A fetch kept as WARC records; its key is (urlkey, timestamp)."""

    url: str
    urlkey: UrlKey
    timestamp: datetime  #: to the millisecond
    status: int
    mime: str
    digest: Digest  #: of the de-chunked, still content-encoded body
    record_type: RecordType
    record_id: str
    location: Location
    truncated: Truncated | None = None
    #: for a revisit: the capture that holds the payload
    refers_to_url: str | None = None
    refers_to_timestamp: datetime | None = None
    id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StructuredData:
    """What the page says of itself in JSON-LD, microdata and meta tags."""

    types: tuple[str, ...] = ()  #: schema.org types of the main entity: `NewsArticle` …
    headline: str | None = None
    article_body: str | None = None
    published: str | None = None  #: as written there
    modified: str | None = None
    free: bool | None = None  #: `isAccessibleForFree`
    canonical: str | None = None  #: `<link rel=canonical>`, absolute
    og_url: str | None = None
    og_type: str | None = None
    robots: str | None = None  #: `<meta name=robots>`


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link in the story: its anchor's words, and where it leads."""

    text: str
    url: str  #: absolute and normalised, without what only counts visitors


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """Clean text and metadata of one payload.

    `text` is paragraphs joined by a blank line; a paragraph holds no line break. Unicode is NFC and
    otherwise as published: no bidi mark or letter is dropped. Only extractions of the same
    `extractor` may be compared.
    """

    extractor: str  #: name, version and rules: `trafilatura/2.3.1+stet.1`
    title: str = ""
    standfirst: str = ""
    text: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    language: str = ""  #: ISO 639-1 where there is one; of the text, not of `<html lang>`
    site_name: str = ""
    captions: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()  #: of the story, in reading order
    images: tuple[str, ...] = ()  #: what each picture of the story is, whatever its crop, size or server
    stamps: tuple[str, ...] = ()  #: visible update stamps near the headline: `Last updated 3 March, 10:20`
    asides: tuple[
        str, ...
    ] = ()  #: blocks that may be of the story and that `text` does not hold: a second witness
    pointers: tuple[str, ...] = ()  #: blocks amid the story that lead elsewhere, and so are in neither of both
    template: str = ""  #: a sketch of the page's mark-up; two of one template agree in most of its parts
    encoding: str = ""  #: the character encoding that the bytes were read in
    structured: StructuredData = field(default_factory=StructuredData)

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The text's paragraphs in order."""
        return tuple(self.text.split("\n\n")) if self.text else ()


class Standing(enum.StrEnum):
    """What we hold to be true of an article."""

    LIVE = "live"
    MISSING = "missing"  #: suspected; not yet confirmed
    TAKEN_DOWN = "taken_down"
    MOVED = "moved"
    UNREACHABLE = "unreachable"
    BARRED = "barred"


class Reason(enum.StrEnum):
    """Why an article does not stand as live."""

    NOT_FOUND = "not_found"
    GONE = "gone"
    LEGAL = "legal"
    SOFT_404 = "soft_404"
    REDIRECTED = "redirected"
    EMPTIED = "emptied"
    RETRACTED = "retracted"
    OUTLET_OFFLINE = "outlet_offline"
    GEO_BLOCKED = "geo_blocked"  #: of what is barred: gone here, and there from another vantage point


class Presence(enum.StrEnum):
    """The four families of sightings."""

    PRESENT = "present"
    GONE = "gone"
    BARRIER = "barrier"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one fetch says of the article's presence, and why, in words."""

    presence: Presence
    kind: str  #: finer: `not_found`, `gone`, `server_error`, `timed_out` …
    why: str
