"""An outlet: its verbs, and which page answers which request.

It holds the state that the verbs change, under the room's lock, and renders a page once until something
changes. What pages look like is told in `pages` and `lists`.
"""

from __future__ import annotations

import contextlib
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from archive.errors import Misuse
from scheduler.newsroom import lists, pages, sample
from scheduler.newsroom.furniture import section_label
from scheduler.newsroom.noise import NOISES, QUIET, Noise
from scheduler.newsroom.parts import ArticlePage, Masthead
from scheduler.newsroom.story import BARRIERS, Story, Words
from scheduler.newsroom.wire import End, Request, Response, Script

if TYPE_CHECKING:
    from scheduler.newsroom.room import Newsroom

FEED_LENGTH = 50  #: entries in a feed; common practice is 10–100
FRONT_LENGTH = 30  #: teasers on a front
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
        """A barrier (a key of BARRIERS) before every page; `rate_limit` before feeds and sitemaps, too."""
        if kind not in BARRIERS:
            raise Misuse(f"newsroom: '{kind}' is not a barrier; use one of {', '.join(BARRIERS)}")
        with self.changing():
            self._barrier, self._retry_after = kind, retry_after

    def unwall(self) -> None:
        """Take the outlet's barrier away."""
        with self.changing():
            self._barrier = ""

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
            passing = bool(self._noise) or (story is not None and bool(story.fleeting))
            found = self._render(request.path)
            if not passing:
                self._rendered[request.path] = found
        return found

    def canonical_url(self, story: Story) -> str:
        """What a story's page names as its canonical address."""
        return story.url

    def _render(self, path: str) -> Response:
        if path == "/robots.txt":
            return self._robots or self._text(
                f"User-agent: *\nDisallow: /search\n\nSitemap: {self.url('/sitemap.xml')}\n"
            )
        if self._barrier == "rate_limit":
            return self._blocked("rate_limit", path, None, self._retry_after)
        if path.startswith(("/static/", "/media/", "/resize/")):
            return Response(body=PHOTO, content_type="image/svg+xml")
        listing = self._listing(path)
        if listing is not None:
            return listing
        story = self._places.get(path) or self._places.get(path.removesuffix("/amp") if self.amp else path)
        if path in NOTICES:
            return self._notice(path)
        if self._barrier:
            return self._blocked(self._barrier, path, story, self._retry_after)
        if story is not None:
            return self._story(story, path)
        section = path.strip("/")
        if path == "/" or section in self.masthead.sections:
            return self._front(section)
        return Response(status=404, body=pages.notice(self.masthead, self.masthead.labels.not_found).encode())

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
        teasers = [(s.words.title, s.url, (s.words.paragraphs or ("",))[0][:120]) for s in chosen]
        heading = section_label(section, self.masthead.language) if section else self.masthead.title
        noise = self._next_noise()
        return self._html(pages.front(self.masthead, heading, teasers, noise), noise, self._changed)

    def _story(self, story: Story, path: str) -> Response:
        if path != story.path and story.former.get(path) == "redirect":
            return redirect(301, story.url)
        if story.gone not in ("", "emptied", "retracted"):
            return self._withdrawn(story)
        if story.barrier and story.barrier != "paywall":
            return self._blocked(story.barrier, path, story, story.retry_after)
        noise = self._next_noise()
        page = self._article_page(story, noise)
        if self.amp and path.endswith("/amp"):
            return self._html(pages.amp(self.masthead, page), QUIET, story.changed)
        return self._html(pages.article(self.masthead, page, noise), noise, story.changed)

    def _article_page(self, story: Story, noise: Noise) -> ArticlePage:
        at = self.stories.index(story)
        words = story.fleeting.pop(0) if story.fleeting else story.words
        near = [s for s in self.stories[max(0, at - 6) : at + 7] if s is not story and s.listed]
        return ArticlePage(
            words=noise.dressed(pages.gone_words(words, story.gone, self.masthead.labels)),
            canonical=self.canonical_url(story),
            amp_url=self.url(story.path + "/amp") if self.amp else "",
            others=tuple((s.words.title, s.url) for s in near),
            walled=story.barrier == "paywall" or self._barrier == "paywall",
        )

    def _withdrawn(self, story: Story) -> Response:
        if story.gone in ("home", "section"):
            return redirect(302, self.url("/" if story.gone == "home" else f"/{story.words.section}/"))
        others = [(s.words.title, s.url) for s in self._listed()[: pages.SIDE_LINKS]]
        body = pages.notice(self.masthead, self.masthead.labels.not_found, others).encode()
        return Response(status=200 if story.gone == "soft_404" else int(story.gone), body=body)

    def _blocked(self, kind: str, path: str, story: Story | None, retry_after: int) -> Response:
        labels = self.masthead.labels
        match kind:
            case "consent" | "login":
                return redirect(302, self.url(f"/{kind}") + f"?return={quote(path, safe='')}")
            case "bot":
                headers = (("cf-mitigated", "challenge"), ("Cache-Control", "private, max-age=0, no-store"))
                return Response(status=403, body=pages.challenge(self.masthead).encode(), headers=headers)
            case "geo":
                return Response(status=451, body=pages.notice(self.masthead, labels.region).encode())
            case "rate_limit":
                wait = (("Retry-After", str(retry_after)),)
                return Response(status=429, body=b"Too Many Requests\n", content_type="text/plain", headers=wait)
            case _:  # a paywall lets fronts and first paragraphs through
                return self._story(story, path) if story else self._front(path.strip("/"))

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


def redirect(status: int, location: str) -> Response:
    """A redirect with the few words of body that servers add."""
    body = f'<html><head><title>Moved</title></head><body><a href="{location}">Moved</a></body></html>\n'
    return Response(status=status, body=body.encode(), headers=(("Location", location),))


def slug(title: str) -> str:
    """A headline as the last part of a path: letters of any script, digits, hyphens."""
    plain = unicodedata.normalize("NFC", title).replace("İ", "i").replace("ı", "i").lower()
    words = "".join(letter if letter.isalnum() else " " for letter in plain).split()
    return "-".join(words)[:SLUG_LENGTH].rstrip("-")
