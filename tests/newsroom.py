"""The pretend outlet as the tests have it: the shipped one, and what only a test would do.

    with Newsroom(https=True) as room:
        herald = room.outlet("herald.example", title="The Herald")
        story = herald.publish("Minister denies the report", ["The minister denies the report."])
        story.break_with("cut_body", times=2)
        herald.break_certificate("expired")

Added here: answers broken on the wire (`BREAKAGES`), certificates for every host (`room.ca_path` is the
authority to trust), names that do not resolve (`NAMELESS`), and noise for pages that are not ours (`page_noise`,
for `room.serve_page`).
"""

from __future__ import annotations

import asyncio
import functools
import re
import socket
import ssl
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import trustme

from archive.errors import Misuse
from scheduler import newsroom as engine
from scheduler.newsroom import Request, Response, Script, Words, serve_in_process
from scheduler.newsroom.noise import Noise
from tests.breakages import BREAKAGES, Broken

__all__ = [
    "BREAKAGES",
    "CERTIFICATES",
    "NAMELESS",
    "Newsroom",
    "Outlet",
    "Story",
    "Words",
    "page_noise",
    "serve_in_process",
]

CERTIFICATES = {
    "expired": "valid until 2021, by the trusted authority",
    "untrusted": "by an authority that nobody trusts",
    "wrong_host": "for another host",
}

NAMELESS = {
    "nxdomain": "there is no such name",
    "servfail": "the name servers fail",
    "silence": "the name servers say nothing",
}


class Newsroom(engine.Newsroom):
    """A newsroom that can also break, and that serves https when asked to."""

    def __init__(self, *, https: bool = False, start: datetime | None = None) -> None:
        self.certificates = Certificates() if https else None
        self.broken: list[Broken] = []
        self.nameless: dict[str, str] = {}  #: host → a key of NAMELESS
        super().__init__(start=start, tls=self.certificates.context if self.certificates else None)

    def __exit__(self, *exc) -> None:
        super().__exit__(*exc)
        if self.certificates:
            self.certificates.folder.cleanup()

    @property
    def ca_path(self) -> Path:
        """The PEM file of the authority that signs the hosts' certificates."""
        if self.certificates is None:
            raise Misuse("newsroom: this room has no certificates; make it with https=True")
        return self.certificates.ca_path

    @property
    def connect_to(self) -> dict[str, str]:
        """Where each host is reached that has a name."""
        return {at: to for at, to in super().connect_to.items() if at.rsplit(":", 1)[0] not in self.nameless}

    async def resolve(self, host: str, port: int) -> list[str]:
        """What name servers say: the failure of a host, and of every other that there is no such name."""
        del port
        kind = self.nameless.get(host, "nxdomain")
        if kind == "silence":
            await asyncio.Event().wait()
        code = socket.EAI_NONAME if kind == "nxdomain" else socket.EAI_AGAIN
        raise socket.gaierror(code, NAMELESS[kind])

    def respond(self, request: Request) -> Response | Script:
        """The engine's answer, broken where a test said so."""
        answer = super().respond(request)
        with self.lock:
            broken = next((one for one in self.broken if one.concerns(request)), None)
            if broken is None or isinstance(answer, Script):
                return answer
            broken.left -= 1
        return BREAKAGES[broken.kind](request, answer, broken.seconds)

    def break_page(self, host: str, path: str, kind: str, *, times: int = 10**9, seconds: float = 1.0) -> None:
        """Break the answers of one page that was put up by `serve_page`."""
        self.add_break(host, {path}, kind, times, seconds)

    def add_break(self, host: str, paths: set[str], kind: str, times: int, seconds: float) -> None:
        """What all the verbs for breaking come to; no paths: all but robots.txt."""
        if kind not in BREAKAGES:
            raise Misuse(f"newsroom: '{kind}' is not a breakage; use one of {', '.join(BREAKAGES)}")
        with self.lock:
            self.broken.append(Broken(host, paths, kind, times, seconds))

    def mend(self, host: str, paths: set[str] | None = None) -> None:
        """Forget what was broken on a host, or on some of its paths."""
        with self.lock:
            self.broken = [
                one for one in self.broken if one.host != host or (paths is not None and one.paths != paths)
            ]


class Outlet(engine.Outlet):
    """An outlet that can break."""

    broken_canonicals = False

    def break_with(self, kind: str, *, times: int = 10**9, seconds: float = 1.0, paths: set[str] | None = None):
        """Break the next `times` answers: of `paths`, or of all but robots.txt."""
        self.room.add_break(self.host, paths or set(), kind, times, seconds)

    def mend(self) -> None:
        """Every answer is whole again."""
        self.room.mend(self.host)

    def break_canonicals(self) -> None:
        """Every page says that the home page is its canonical address: a common template error."""
        with self.changing():
            self.broken_canonicals = True

    def canonical_url(self, story: engine.Story) -> str:
        """The home page while canonicals are broken."""
        return self.url("/") if self.broken_canonicals else super().canonical_url(story)

    def lose_name(self, kind: str) -> None:
        """Let the host's name lead nowhere, as a key of NAMELESS says."""
        if kind not in NAMELESS:
            raise Misuse(f"newsroom: '{kind}' is no way to lose a name; use one of {', '.join(NAMELESS)}")
        self.room.nameless[self.host] = kind

    def find_name(self) -> None:
        """Let the name lead here again."""
        self.room.nameless.pop(self.host, None)

    def break_certificate(self, kind: str) -> None:
        """Show a bad certificate (a key of CERTIFICATES) from the next handshake on."""
        self.room.certificates.use(self.host, kind)

    def mend_certificate(self) -> None:
        """Show a good certificate again."""
        self.room.certificates.use(self.host, "good")


class Story(engine.Story):
    """A story whose page can break."""

    def break_with(self, kind: str, *, times: int = 10**9, seconds: float = 1.0) -> None:
        """Break the next `times` answers for this story's address."""
        self.outlet.room.add_break(self.outlet.host, {self.path}, kind, times, seconds)

    def mend(self) -> None:
        """The page is whole again."""
        self.outlet.room.mend(self.outlet.host, {self.path})


Outlet.story_type = Story
Newsroom.outlet_type = Outlet


# Certificates.


@functools.cache
def _authority() -> trustme.CA:
    return trustme.CA(organization_name="Newsroom tests")


@dataclass
class Certificates:
    """A certificate for each host, chosen by SNI and made when first asked for."""

    contexts: dict[tuple[str, str], ssl.SSLContext] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="newsroom-")
        self.ca_path = Path(self.folder.name) / "authority.pem"
        _authority().cert_pem.write_to_path(str(self.ca_path))
        self.context = self._make("127.0.0.1", "good")
        self.context.sni_callback = self._choose

    def use(self, host: str, kind: str) -> None:
        """Show another kind of certificate for `host`."""
        if kind != "good" and kind not in CERTIFICATES:
            raise Misuse(f"newsroom: '{kind}' is not a certificate; use one of {', '.join(CERTIFICATES)}")
        self.kinds[host] = kind

    def _choose(self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        if name is None:
            return
        key = (name, self.kinds.get(name, "good"))
        if key not in self.contexts:
            self.contexts[key] = self._make(*key)
        connection.context = self.contexts[key]

    def _make(self, host: str, kind: str) -> ssl.SSLContext:
        authority = trustme.CA() if kind == "untrusted" else _authority()
        past = {"not_before": datetime(2020, 1, 1, tzinfo=UTC), "not_after": datetime(2021, 1, 1, tzinfo=UTC)}
        name = f"not-{host}" if kind == "wrong_host" else host
        certificate = authority.issue_cert(name, **(past if kind == "expired" else {}))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context


# Noise for pages that are not ours.

_OPAQUE = re.compile(
    rb"<!--.*?-->|<(script|style|textarea|noscript|template|svg)\b[^>]*>.*?</\1\s*>",
    re.IGNORECASE | re.DOTALL,
)
_OPENING = re.compile(rb"<(?:script|style)\b", re.IGNORECASE)
_BETWEEN = re.compile(rb"(</p>)(\s*<p\b)", re.IGNORECASE)
_HEAD_END = re.compile(rb"</head\s*>", re.IGNORECASE)
_BODY_START = re.compile(rb"<body\b", re.IGNORECASE)
_BODY_END = re.compile(rb"</body\s*>", re.IGNORECASE)


def page_noise(body: bytes, turn: int) -> bytes:
    """A real page as it might come at its `turn`-th fetch: other bytes, the same story.

    Nonces on scripts and styles, tokens in meta and comments, an attribute on `<body>`, ad slots without
    words between paragraphs, and below everything counters, related links and the time in a footer.
    Nothing is put into what is no markup (scripts, comments …). All of it is ASCII; a page in UTF-16
    is left alone.
    """
    if b"\0" in body[:200]:
        return body
    token = Noise(frozenset(), turn).token
    pieces, at = [], 0
    for opaque in _OPAQUE.finditer(body):
        pieces.append(_noise_in_markup(body[at : opaque.start()], turn))
        pieces.append(_with_nonce(opaque[0], token("nonce")))
        at = opaque.end()
    pieces.append(_noise_in_markup(body[at:], turn))
    return _noise_at_end(b"".join(pieces), turn)


def _with_nonce(element: bytes, token: str) -> bytes:
    opening = _OPENING.match(element)
    if opening is None:
        return element
    return element[: opening.end()] + b' nonce="%s"' % token.encode() + element[opening.end() :]


def _noise_in_markup(markup: bytes, turn: int) -> bytes:
    slot = b'\\1<div class="ad-slot" data-noise="%d"><iframe src="/ads/%d"></iframe></div>\\2' % (turn, turn)
    markup = _BETWEEN.sub(slot, markup, count=turn % 3)
    meta = b'<meta name="csrf-token" content="%032x">\n<!-- rendered in %d ms -->\n</head>' % (
        turn * 7919,
        turn,
    )
    markup = _HEAD_END.sub(meta, markup, count=1)
    return _BODY_START.sub(b'<body data-request="%08x"' % (turn * 104_729), markup, count=1)


def _noise_at_end(page: bytes, turn: int) -> bytes:
    links = b"".join(
        b'<li><a href="/story/%d">Another story of today, number %d</a></li>' % (n, n)
        for n in range(turn, turn + 1 + turn % 4)
    )
    tail = (
        b'<aside class="related" data-noise="1"><h3>Related</h3><ul>%s</ul></aside>\n'
        b'<div class="share-count" data-noise="1"><span>%d</span></div>\n'
        b'<footer data-noise="1"><time>2026-03-02 08:%02d:%02d</time></footer>\n'
    ) % (links, 1_000 + turn * 13, turn // 60 % 60, turn % 60)
    ends = list(_BODY_END.finditer(page))
    at = ends[-1].start() if ends else len(page)
    return page[:at] + tail + page[at:]
