"""The captured page shown still: over HTTP, and in a real browser within a page that frames it."""

from __future__ import annotations

import http.server
import re
import shutil
import threading
from datetime import timedelta

import pytest

from tests.homes import START
from tests.serving import Shop, page

URL = "https://herald.example/story"
PIXEL = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\x00\x00\xff\xff\xff!\xf9\x04\x00\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
STORY = b"""<!doctype html><html lang=en><head><title>Story</title><link rel=stylesheet href=/s.css></head>
<body onload="alert(1)"><h1>Harbour opens</h1><img src=/p.gif alt="The quay"><img src=/gone.gif alt="A crane">
<script>document.title = "ran"</script><a href="https://herald.example/other">Other</a>
<a href="https://elsewhere.example/">Elsewhere</a></body></html>"""


def answer(kind: str, body: bytes) -> bytes:
    return page(body).replace(b"text/html", kind.encode())


@pytest.fixture
def now():
    return [START + timedelta(days=1)]


@pytest.fixture
def shop(tmp_path, now):
    with Shop(tmp_path, now=lambda: now[0]) as shop:
        shop.keep(URL, page(STORY), 0)
        shop.keep("https://herald.example/p.gif", answer("image/gif", PIXEL), 1)
        shop.keep("https://herald.example/s.css", answer("text/css", b"h1{color:red;background:url(p.gif)}"), 2)
        shop.keep("https://herald.example/f.woff2", answer("font/woff2", b"wOF2"), 3)
        shop.keep("https://herald.example/other", page(b"<p>other"), 4)
        yield shop


def still(shop, url=URL, stamp="20990101000000"):
    led = shop.get(f"/framed/{stamp}/{url}")
    assert led.status == 302
    return led["location"], shop.get(led["location"])


def test_the_page_stands_with_what_was_kept(shop):
    place, reply = still(shop)
    assert reply.status == 200
    assert "Harbour opens" in reply.text
    assert f'src="{place}im/https://herald.example/p.gif"' in reply.text
    assert "[A crane]" in reply.text
    assert "document.title" not in reply.text
    assert "onload" not in reply.text
    assert re.search(r'<a href="/web/\d{14}/https://herald.example/other" target="_blank"', reply.text)
    assert '<a title="https://elsewhere.example/">Elsewhere</a>' in reply.text
    assert shop.get(f"{place}im/https://herald.example/p.gif").body == PIXEL
    sheet = shop.get(f"{place}st/https://herald.example/s.css").text
    assert sheet == f'h1{{color:red;background:url("{place}st/https://herald.example/p.gif")}}'
    assert shop.get(f"{place}st/https://herald.example/f.woff2")["access-control-allow-origin"] == "*"


def test_it_may_ask_for_nothing_but_its_own(shop):
    place, reply = still(shop)
    policy = reply["content-security-policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; ")
    assert "script-src" not in policy
    assert f"img-src {shop.base}{place} data:" in policy
    for what in ("im/https://herald.example/p.gif", "st/https://herald.example/s.css"):
        assert shop.get(place + what)["content-security-policy"] == policy


def test_a_key_opens_no_other_page_and_not_for_ever(shop, now):
    place, _ = still(shop)
    assert shop.get(f"{place}im/https://herald.example/other").status == 404
    assert shop.get(f"{place}st/https://herald.example/other").status == 404
    assert shop.get(f"{place}im/https://herald.example/gone.gif").status == 404
    capture, until, code = place.split("/")[2].split(".")
    for forged in (
        f"{int(capture) + 4}.{until}.{code}",
        f"{capture}.{int(until) + 9}.{code}",
        "1.2.3",
        "é",
        "9.é.x",
        "1" * 99,
    ):
        reply = shop.get(f"/still/{forged.encode().decode('latin-1')}/") if forged.isascii() else None
        assert reply is None or reply.status == 404, forged
    assert shop.get("/still/%C3%A9.%C3%A9.%C3%A9/").status == 404
    now[0] += timedelta(hours=13)
    assert shop.get(place).status == 404
    assert "run out" in shop.get(place).text


def test_what_is_no_page_is_not_shown_as_one(shop):
    _, reply = still(shop, "https://herald.example/p.gif")
    assert reply.status == 404
    assert "image/gif" in reply.text
    assert shop.get("/framed/20990101000000/https://herald.example/never").status == 404
    assert shop.get("/framed/x/https://herald.example/story").status == 400


CHROMIUM = shutil.which("chromium")


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """Stands for every other host, and remembers who called."""

    calls: list[str] = []  # noqa: RUF012 - one server, one test

    def do_GET(self):
        self.calls.append(self.path)
        self.send_response(204)
        self.end_headers()

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_):
        pass


HOSTILE = b"""<!doctype html><html><head><title>&lt;script>top.ran=1&lt;/script></title>
<base href="//evil.example/"><meta http-equiv=refresh content="0;url=//evil.example/refresh">
<link rel=preconnect href=//evil.example><link rel=prefetch href=//evil.example/prefetch>
<link rel=stylesheet href=//evil.example/s.css>
<style>@import "//evil.example/import"; body{background:url(//evil.example/back)} p{font-family:x}
@font-face{font-family:x;src:url(//evil.example/font)}</style>
<script type="application/ld+json">{"headline": "</script><script>top.ran=2</script>"}</script></head>
<body onload="top.ran=3"><p>As the outlet wrote it.</p>
<img src=x onerror="top.ran=4"><img src=//evil.example/pixel>
<svg onload="top.ran=5"><image href=//evil.example/svg /></svg>
<iframe srcdoc="<script>top.ran=6</script>"></iframe><object data=//evil.example/object></object>
<form id=f method=post action="{room}/acts/tag"><input name=tag value=x autofocus onfocus="f.submit()"></form>
<embed src=//evil.example/embed><video src=//evil.example/video poster=//evil.example/poster></video>
<a id=a href="javascript:top.ran=7" ping=//evil.example/ping>x</a>
<script>navigator.serviceWorker?.register("/sw.js"); fetch("//evil.example/fetch"); top.ran=8;
parent.document.title="owned"</script></body></html>"""


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
def test_in_a_browser_nothing_runs_and_nothing_leaves(tmp_path):
    from playwright.sync_api import sync_playwright

    quiet = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
    ]
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as other, Shop(tmp_path) as shop:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        port = other.server_address[1]
        hostile = HOSTILE.replace(b"//evil.example", b"http://evil.example").replace(b"{room}", shop.base.encode())
        capture = shop.keep(URL, page(hostile))
        shop.keep("http://evil.example/pixel", answer("image/gif", PIXEL))
        rules = f"--host-resolver-rules=MAP evil.example 127.0.0.1:{port}, MAP herald.example 127.0.0.1:{port}"
        with sync_playwright() as tools:
            browser = tools.chromium.launch(executable_path=CHROMIUM, args=[*quiet, rules])
            live = browser.new_page()
            live.set_content("<img src=http://evil.example/seen>")
            live.wait_for_load_state("networkidle")
            assert "/seen" in Elsewhere.calls  # the listener sees what is asked for
            Elsewhere.calls.clear()
            asked: list[str] = []
            tab = browser.new_page()
            tab.on("request", lambda request: asked.append(request.url))  # also what the policy refuses
            dialogs: list[str] = []
            tab.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
            for path in (f"/framed/20990101000000/{URL}", shop.memento(capture)):
                tab.goto(f"{shop.base}/static/stet.svg")
                tab.goto(f"{shop.base}{path}")
                tab.wait_for_load_state("networkidle")
                if path.startswith("/framed/"):
                    assert not [url for url in asked if not url.startswith((shop.base, "about:invalid"))]
                assert "As the outlet wrote it." in tab.inner_text("body")
                assert tab.evaluate("[window.ran, document.title === 'owned']") == [None, False]
                assert tab.url.startswith(shop.base)
            browser.close()
        other.shutdown()
    assert Elsewhere.calls == []
    assert dialogs == []
