"""An outlet: its verbs, and which page answers which request.

It holds the state that the verbs change, under the room's lock, and renders a page once until something
changes. What pages look like is told in `pages` and `lists`.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from archive.errors import Misuse
from scheduler.newsroom import lists, pages, sample
from scheduler.newsroom.barriers import NOT_FEEDS, PORTAL, PORTAL_PATH, WHOLE_HOST, Before, blocked, portal_page
from scheduler.newsroom.furniture import section_label
from scheduler.newsroom.noise import NOISES, QUIET, Noise
from scheduler.newsroom.parts import ArticlePage, Masthead
from scheduler.newsroom.story import BARRIERS, PAYWALLS, UNKNOWNS, WITHDRAWALS, Story, Words, known
from scheduler.newsroom.wire import End, Request, Response, Script

if TYPE_CHECKING:
    from scheduler.newsroom.room import Newsroom

FEED_LENGTH = 50  #: entries in a feed; common practice is 10–100
FRONT_LENGTH = 30  #: teasers on a front
LEAD_LENGTH = 120  #: characters of a story in a teaser
BLOCKED_BY = '<http://registry.authority.example/>; rel="blocked-by"'  #: RFC 7725, section 4
SLUG_LENGTH = 70  #: characters; long enough for a headline, short enough for a file name
PHOTO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9"><rect width="16" height="9" fill="#789"/></svg>'
)
NOTICES = ("/about", "/contact", "/privacy", "/login", "/consent")
SITEMAPS = ("/sitemap-articles.xml", "/sitemap-news.xml")
LISTINGS = {
    "/rss.xml": "application/rss+xml",
    "/feed": "application/rss+xml",
    "/atom.xml": "application/atom+xml",
    "/feed.json": "application/feed+json",
    "/sitemap.xml": "application/xml",
    **dict.fromkeys(SITEMAPS, "application/xml"),
}


class Outlet:
    """A pretend outlet. Made by `Newsroom.outlet`."""

    story_type: type[Story] = Story  #: a subclass may tell its own

    def __init__(
        self, room: Newsroom, host: str, masthead: Masthead, *, aliases: tuple[str, ...], amp: bool
    ) -> None:
        self.room = room
        self.host = host
        self.masthead = masthead
        self.aliases = aliases
        self.amp = amp
        self.stories: list[Story] = []
        self.address = ""  #: its own, when it has one
        self._ports = (0, 0)
        self._places: dict[str, Story] = {}
        self._rendered: dict[str, Response] = {}
        self._noise: frozenset[str] = frozenset()
        self._turn = 0
        self._barrier = ""
        self._retry_after = 60
        self._gone = ""
        self._fronts_too = False
        self._unknown = "404"
        self._offline = False
        self._robots: Response | None = None
        self._changed = room.clock.now()

    def url(self, path: str = "/") -> str:
        """The absolute URL of a path (percent-decoded in, encoded out)."""
        return self.masthead.base + quote(path, safe="/-_.~:@!$()*+,;=")

    def now(self) -> datetime:
        """The room's time."""
        return self.room.clock.now()

    @property
    def reached_at(self) -> tuple[str, int, int]:
        """Address, plain port, TLS port."""
        room = self.room
        return (self.address, *self._ports) if self.address else (room.address, room.port, room.tls_port)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the room while something changes; afterwards every page is rendered anew."""
        with self.room.lock:
            yield
            self._rendered.clear()
            self._changed = self.now()

    def place(self, story: Story, path: str) -> None:
        """Let `story` answer at `path`, too. Its former paths stay its own."""
        if self._places.get(path, story) is not story:
            raise Misuse(f"newsroom: {path} is another story's address; choose another path")
        self._places[path] = story

    # The verbs of a publisher.

    def publish(
        self,
        title: str = "",
        paragraphs: Sequence[str] = (),
        *,
        author: str = "",
        section: str = "",
        standfirst: str = "",
        caption: str = "",
        path: str = "",
        published: datetime | None = None,
        **more: Any,
    ) -> Story:
        """A new story. What is not given (title, paragraphs, author) is made up; `more` are fields of Words."""
        with self.changing():
            number = len(self.stories) + 1
            seed = f"{self.host}/{number}"
            language, when = self.masthead.language, published or self.now()
            words = Words(
                title=title or sample.sample_title(seed, language),
                paragraphs=tuple(paragraphs) or sample.sample_paragraphs(seed, language),
                author=author or ("" if paragraphs else sample.sample_author(seed)),
                section=section or self.masthead.sections[number % len(self.masthead.sections)],
                standfirst=standfirst,
                caption=caption,
                published=when,
                modified=when,
                **more,
            )
            path = path or f"/{words.section}/{when:%Y/%m/%d}/{slug(words.title)}-{number}"
            story = self.story_type(self, path, words)
            self.place(story, path)
            self.stories.append(story)
        return story

    def publish_many(self, count: int) -> list[Story]:
        """`count` made-up stories, all different."""
        return [self.publish() for _ in range(count)]

    def wall(self, kind: str, *, retry_after: int = 60) -> None:
        """A barrier (a key of BARRIERS) before every page; which ones stand before feeds too: `barriers`."""
        known(kind, BARRIERS, "a barrier")
        if kind == "captive_portal":
            self.room.serve_page(PORTAL, PORTAL_PATH, portal_page())
        with self.changing():
            self._barrier, self._retry_after = kind, retry_after

    def unwall(self) -> None:
        """Take the outlet's barrier away."""
        with self.changing():
            self._barrier = ""

    def withdraw(self, how: str | int = 404, *, fronts: bool = False) -> None:
        """Answer as a key of WITHDRAWALS says to every story, with `fronts` also to fronts, until `restore`.

        A fault, or a new start that forgot the old addresses; feeds and sitemap go on.
        """
        with self.changing():
            self._gone, self._fronts_too = known(str(how), WITHDRAWALS, "a way to withdraw stories"), fronts

    def restore(self) -> None:
        """Every story that was not withdrawn by itself is there again."""
        with self.changing():
            self._gone, self._fronts_too = "", False

    def unknown(self, how: str | int) -> None:
        """What addresses get that never were: a key of UNKNOWNS."""
        with self.changing():
            self._unknown = known(str(how), UNKNOWNS, "an answer to unknown addresses")

    def retry_after(self, seconds: int) -> None:
        """Answer 429 with `Retry-After: seconds` to all but robots.txt, until `unwall`."""
        self.wall("rate_limit", retry_after=seconds)

    def robots(self, text: str | None = None, *, status: int = 200) -> None:
        """Another robots.txt; without text and status, none (404)."""
        status = 404 if text is None and status == 200 else status
        with self.changing():
            self._robots = Response(status=status, body=(text or "").encode(), content_type="text/plain")

    def redesign(self) -> None:
        """Another template, the same words. After the last of `designs.DESIGNS` the first comes again."""
        with self.changing():
            self.masthead = pages.dressed(self.masthead)

    def add_noise(self, *kinds: str) -> None:
        """Let kinds of NOISES (default: all) vary at every fetch of a page."""
        unknown = [kind for kind in kinds if kind not in NOISES]
        if unknown:
            raise Misuse(f"newsroom: '{unknown[0]}' is not a noise; use one of {', '.join(NOISES)}")
        with self.changing():
            self._noise |= frozenset(kinds or NOISES)

    def hush(self) -> None:
        """No noise any more."""
        with self.changing():
            self._noise = frozenset()

    def move_to(self, address: str) -> None:
        """Listen on an address of its own (127.x.y.z), at a free port, for this outlet alone."""
        server, tls = self.room.server, self.room.tls
        port = server.listen(address, 0)
        self.address, self._ports = address, (port, server.listen(address, 0, tls) if tls else 0)

    def go_offline(self) -> None:
        """Away: with an address of its own connections are refused, else reset before any answer."""
        with self.changing():
            self._offline = True
        for port in self._ports:
            self.room.server.unlisten(self.address, port)

    def come_back(self) -> None:
        """Answer again, at the same address and ports."""
        if self.address and self._offline:
            port, tls_port = self._ports
            self.room.server.listen(self.address, port)
            if self.room.tls:
                self.room.server.listen(self.address, tls_port, self.room.tls)
        with self.changing():
            self._offline = False

    # What a visitor gets.

    def respond(self, request: Request) -> Response | Script:
        """The answer to one request for this outlet."""
        if self._offline:
            return Script((End.RESET,))
        if request.method not in ("GET", "HEAD"):
            return Response(status=405, headers=(("Allow", "GET, HEAD"),))
        secure = self.masthead.base.startswith("https:")
        if request.host in self.aliases or (secure and request.scheme == "http"):
            return redirect(301, self.masthead.base + request.target)
        found = self._rendered.get(request.path)
        if found is None:
            story = self._places.get(request.path)
            passing = bool(self._noise) or (story is not None and bool(story.fleeting or story.flapping))
            found = self._render(request.path)
            if not passing:
                self._rendered[request.path] = found
        return found

    def canonical_url(self, story: Story) -> str:
        """What a story's page names as its canonical address."""
        return story.url

    def _render(self, path: str) -> Response:
        if self._barrier in WHOLE_HOST:
            return self._blocked(self._barrier, path, self._retry_after)
        if path == "/robots.txt":
            return self._robots or self._text(
                f"User-agent: *\nDisallow: /search\n\nSitemap: {self.url('/sitemap.xml')}\n"
            )
        if self._barrier and self._barrier not in NOT_FEEDS:
            return self._blocked(self._barrier, path, self._retry_after)
        if path.startswith(("/static/", "/media/", "/resize/")):
            return Response(body=PHOTO, content_type="image/svg+xml")
        listing = self._listing(path)
        if listing is not None:
            return listing
        story = self._places.get(path) or self._places.get(path.removesuffix("/amp") if self.amp else path)
        if path in NOTICES:
            return self._notice(path)
        if self._barrier and self._barrier not in PAYWALLS:
            return self._blocked(self._barrier, path, self._retry_after)
        if story is not None:
            return self._story(story, path)
        section = path.strip("/")
        if path == "/" or section in self.masthead.sections:
            return self._absent(self._gone, path) if self._fronts_too else self._front(section)
        return self._absent(self._unknown, path)

    def _listing(self, path: str) -> Response | None:
        """A feed or sitemap."""
        if path not in LISTINGS:
            return None
        items = [lists.Item(url=story.url, words=story.words) for story in self._listed()]
        newest, masthead, when = items[:FEED_LENGTH], self.masthead, self._changed
        match path:
            case "/atom.xml":
                text = lists.atom(masthead, newest, when)
            case "/feed.json":
                text = lists.json_feed(masthead, newest)
            case "/sitemap.xml":
                text = lists.sitemap_index([(self.url(child), when) for child in SITEMAPS])
            case "/sitemap-articles.xml":
                text = lists.urlset(items)
            case "/sitemap-news.xml":
                text = lists.news_sitemap(masthead, newest)
            case _:
                text = lists.rss(masthead, newest, when)
        return Response(body=text.encode(), content_type=f"{LISTINGS[path]}; charset=utf-8", modified=when)

    def _listed(self) -> list[Story]:
        listed = [story for story in reversed(self.stories) if story.listed]
        return sorted(listed, key=lambda story: story.words.published, reverse=True)

    def _front(self, section: str) -> Response:
        chosen = [s for s in self._listed() if not section or s.words.section == section][:FRONT_LENGTH]
        heading = section_label(section, self.masthead.language) if section else self.masthead.title
        noise = self._next_noise()
        url = self.url(f"/{section}/" if section else "/")
        page = pages.front(self.masthead, heading, url, _teasers(chosen), noise)
        return self._html(page, noise, self._changed)

    def _story(self, story: Story, path: str) -> Response:
        if path != story.path and story.former.get(path) == "redirect":
            return redirect(301, story.url)
        if story.merged is not None:
            into, how = story.merged
            return redirect(301, into.url) if how == "redirect" else self._story(into, into.path)
        gone, barrier = self._in_place_of(story)
        if gone not in ("", "emptied", "retracted", "editors_note"):
            return self._absent(gone, path, story)
        if barrier and barrier not in PAYWALLS:
            return self._blocked(barrier, path, story.retry_after)
        noise = self._next_noise()
        page = self._article_page(story, noise, gone, barrier)
        if self.amp and path.endswith("/amp"):
            return self._html(pages.amp(self.masthead, page), QUIET, story.changed)
        shown = self._html(pages.article(self.masthead, page, noise), noise, story.changed)
        return shown if story.status == shown.status else replace(shown, status=story.status)

    def _in_place_of(self, story: Story) -> tuple[str, str]:
        """How the story is withdrawn and walled at this fetch; empty: not."""
        gone, barrier = story.gone or self._gone, story.barrier or self._barrier
        if story.flapping is not None:
            how, every = story.flapping
            story.fetched += 1
            if story.fetched % every == 0:
                gone, barrier = (how, barrier) if how in WITHDRAWALS else (gone, how)
        return gone, barrier

    def _article_page(self, story: Story, noise: Noise, gone: str, barrier: str) -> ArticlePage:
        at = self.stories.index(story)
        words = story.fleeting.pop(0) if story.fleeting else story.words
        near = [s for s in self.stories[max(0, at - 6) : at + 7] if s is not story and s.listed]
        said = self.masthead.absences
        return ArticlePage(
            words=noise.dressed(pages.gone_words(words, gone, self.masthead.labels, said)),
            canonical=self.canonical_url(story),
            amp_url=self.url(story.path + "/amp") if self.amp else "",
            others=tuple((s.words.title, s.url) for s in near),
            free=PAYWALLS.get(barrier),
            appeal={"paywall_hard": said.members, "metered": said.meter}.get(barrier, ""),
            noindex=story.noindexed,
        )

    def _absent(self, how: str, path: str, story: Story | None = None) -> Response:
        """The answer in place of a page that is not there (any more): a key of WITHDRAWALS or UNKNOWNS."""
        labels, said, latest = self.masthead.labels, self.masthead.absences, self._listed()
        links = [(s.words.title, s.url) for s in latest[: pages.SIDE_LINKS]]
        section = story.words.section if story else path.split("/")[1]
        match how:
            case "unknown":
                return self._absent(self._unknown, path, story)
            case "home":
                return redirect(302, self.url("/"))
            case "section":
                return redirect(302, self.url(f"/{section}/" if section in self.masthead.sections else "/"))
            case "home_page":
                return self._front("")
            case "soft_404_related":
                return Response(body=pages.mislaid(self.masthead, _teasers(latest[:FRONT_LENGTH])).encode())
            case "hollow":
                return Response(body=pages.hollow(self.masthead, self.url(path), links).encode())
            case "410":
                return Response(status=410, body=pages.notice(self.masthead, said.gone).encode())
            case "451":
                body = pages.notice(self.masthead, said.legal).encode()
                return Response(status=451, body=body, headers=(("Link", BLOCKED_BY),))
        body = pages.notice(self.masthead, labels.not_found, links).encode()
        return Response(status=200 if how == "soft_404" else 404, body=body)

    def _blocked(self, kind: str, path: str, retry_after: int) -> Response:
        return blocked(kind, Before(masthead=self.masthead, path=path, retry_after=retry_after))

    def _notice(self, path: str) -> Response:
        labels = self.masthead.labels
        heading = {"/login": labels.sign_in, "/consent": f"{labels.cookies}. {labels.accept}?"}
        names = {"/about": labels.about, "/contact": labels.contact, "/privacy": labels.privacy}
        return Response(body=pages.notice(self.masthead, (heading | names)[path]).encode())

    def _next_noise(self) -> Noise:
        if not self._noise:
            return QUIET
        self._turn += 1
        return Noise(self._noise, self._turn)

    def _html(self, text: str, noise: Noise, modified: datetime) -> Response:
        dynamic = bool(noise.kinds)  # a page that is made anew at each fetch has no Last-Modified
        body, content_type = noise.encoded(text, self.masthead.language)
        return Response(
            body=body,
            content_type=content_type,
            headers=noise.headers(),
            modified=None if dynamic else modified,
        )

    def _text(self, text: str) -> Response:
        return Response(body=text.encode(), content_type="text/plain; charset=utf-8")


def _teasers(stories: Sequence[Story]) -> list[tuple[str, str, str]]:
    """Headline, URL and first words of each."""
    return [(s.words.title, s.url, (s.words.paragraphs or ("",))[0][:LEAD_LENGTH]) for s in stories]


def redirect(status: int, location: str) -> Response:
    """A redirect with the few words of body that servers add."""
    body = f'<html><head><title>Moved</title></head><body><a href="{location}">Moved</a></body></html>\n'
    return Response(status=status, body=body.encode(), headers=(("Location", location),))


def slug(title: str) -> str:
    """A headline as the last part of a path: letters of any script, digits, hyphens."""
    plain = unicodedata.normalize("NFC", title).replace("İ", "i").replace("ı", "i").lower()
    words = "".join(letter if letter.isalnum() else " " for letter in plain).split()
    return "-".join(words)[:SLUG_LENGTH].rstrip("-")
