"""ReplayWeb.page shows what a crawl kept, in a real browser: each page as the outlet served it at that time.

It is AGPL: a program of its own, which `make oracles` brings, served here on loopback beside our WARC files and
read by nothing of ours. What counts is what a person would read: the text in the innermost frame.
"""

from __future__ import annotations

import contextlib
import http.server
import re
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest

from scheduler.cli import run as stet
from tests.oracles.browser import Browser, chromium
from tests.oracles.kept import CONFIRMED, DENIED, ORACLES, TWELVE

PACKAGE = ORACLES / "replaywebpage" / "replaywebpage"

#: The page that an operator would write. Its address says what to show.
PAGE = b"""<!doctype html><meta charset="utf-8"><script src="/ui.js"></script><body><script>
const asked = new URLSearchParams(location.search), viewer = document.createElement("replay-web-page");
for (const [name, value] of asked) viewer.setAttribute(name, value);
viewer.setAttribute("replayBase", "/replay/");
document.body.append(viewer);
</script>"""

#: The text in the replayed page, once it has loaded; it stands in a frame in a frame, both in shadows.
SHOWN = """(() => {
  const inside = root => {
    for (const element of root.querySelectorAll("*")) {
      if (element.localName === "iframe") {
        const page = element.contentDocument, replayed = /\\/w\\/[^/]+\\/\\d+mp_\\//.test(element.src);
        if (replayed) return page?.readyState === "complete" && page.location.href !== "about:blank" && page;
        const found = page && inside(page);
        if (found) return found;
      }
      const found = element.shadowRoot && inside(element.shadowRoot);
      if (found) return found;
    }
  };
  const page = inside(document);
  return page && page.body && {text: page.body.innerText, title: page.title, url: page.location.href};
})()"""

#: Hosts that Debian's Chromium asks on its own, whatever is opened; all end at the proxy that refuses.
BROWSERS_OWN = ("google.com", "googleapis.com", "gvt1.com", "duckduckgo.com")


class Server(http.server.BaseHTTPRequestHandler):
    """The viewer's two files, the page that embeds it, and our archives by ranges (RFC 9110 section 14)."""

    protocol_version = "HTTP/1.1"
    files: dict[str, tuple[Path, str]]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/":
            self._send(200, PAGE, "text/html")
        elif path in self.files:
            file, kind = self.files[path]
            self._send_part(file.read_bytes(), kind)
        else:
            self._send(404, b"", "text/plain")

    do_HEAD = do_GET  # noqa: N815

    def _send_part(self, data: bytes, kind: str) -> None:
        wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if wanted is None:
            self._send(200, data, kind)
            return
        first, last = wanted.groups()
        start = int(first) if first else max(0, len(data) - int(last))
        end = min(int(last), len(data) - 1) if first and last else len(data) - 1
        self._send(206, data[start : end + 1], kind, f"bytes {start}-{end}/{len(data)}")

    def _send(self, status: int, body: bytes, kind: str, content_range: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Accept-Ranges", "bytes")
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: the tests look at the pages."""


class Viewer:
    """ReplayWeb.page in a browser, over one archive."""

    def __init__(self, browser: Browser, root: str, source: str) -> None:
        self.browser, self.root, self.source = browser, root, source

    def shown(self, url: str, at: datetime) -> dict[str, str]:
        """What stands in the replayed page: its text, title and address."""
        ts = f"{at:%Y%m%d%H%M%S}{at.microsecond // 1000:03}"
        asked = urlencode({"source": self.source, "url": url, "ts": ts})
        self.browser.open(f"{self.root}/?{asked}")
        return self.browser.wait_for(SHOWN)


@contextlib.contextmanager
def viewing(folder: Path, source: Path) -> Iterator[Viewer]:
    """The viewer over an archive; skips where it is not installed."""
    if not PACKAGE.exists():
        pytest.skip("ReplayWeb.page is not installed; 'make oracles' brings it")
    files = {
        "/ui.js": (PACKAGE / "ui.js", "text/javascript"),
        "/replay/sw.js": (PACKAGE / "sw.js", "text/javascript"),
        f"/{source.name}": (source, "application/octet-stream"),
    }
    handler = type("Handler", (Server,), {"files": files})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, chromium(folder) as browser:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield Viewer(browser, f"http://127.0.0.1:{server.server_port}", f"/{source.name}")
        finally:
            server.shutdown()


@pytest.fixture(scope="module", params=["warc.gz", "wacz"])
def viewer(archive, whole, request, tmp_path_factory):
    """Over our WARC files as they are, and over what `stet export` makes of them."""
    source = whole
    if request.param == "wacz":
        source = tmp_path_factory.mktemp("exported") / "all.wacz"
        assert stet(["export", "--since", "2026", "-o", str(source), "--home", str(archive.home.root)]) == 0
    with viewing(tmp_path_factory.mktemp("chromium"), source) as found:
        yield found


def test_the_edited_article_reads_at_every_time_as_it_then_stood(archive, viewer):
    wordings = [DENIED] * 3 + [CONFIRMED] * 3 + [TWELVE] * 3
    captures = archive.captures("edited")
    for capture, wording in zip(captures, wordings, strict=True):
        page = viewer.shown(archive.urls["edited"], capture.timestamp)
        shown = [words for words in (DENIED, CONFIRMED, TWELVE) if words in page["text"]]
        assert shown == [wording], f"at {capture.timestamp}: {page}"


@pytest.mark.parametrize("name", ["brotli", "zipped", "hinted", "arabic", "reset"])
def test_every_word_of_a_page_is_there_at_every_time(archive, viewer, name):
    """Answers in brotli, chunked and packed, after a hint, in Arabic; and what repeats them or confirms them."""
    captures = archive.captures(name)
    assert {c.record_type for c in captures} == {"response", "revisit"}
    for capture in captures:
        page = viewer.shown(archive.urls[name], capture.timestamp)
        assert [words for words in archive.told[name] if words not in page["text"]] == [], capture.timestamp


def test_chunk_extensions_are_taken_for_text_and_the_words_stand_beside_them(archive, viewer):
    """Known (wabac 2.27): where a chunk has an extension (RFC 9112 section 7.1.1), chunk sizes are shown as text.

    Rare on the wire: only this one answer has any. pywb reads it right.
    """
    for capture in archive.captures("chunked"):
        text = viewer.shown(archive.urls["chunked"], capture.timestamp)["text"]
        assert re.match(r"[0-9a-f]+;name=value\n", text)
        assert archive.told["chunked"][-1] in text


def test_a_moved_article_is_shown_at_its_new_address_from_the_day_it_moved(archive, viewer):
    captures = archive.captures("moved")
    assert [c.status for c in captures] == [200, 304, 304, 301, 301, 301, 301]
    for capture in captures:
        page = viewer.shown(archive.urls["moved"], capture.timestamp)
        assert [words for words in archive.told["moved"] if words not in page["text"]] == []
        assert page["url"].endswith(archive.urls["moved" if capture.status != 301 else "moved to"])


@pytest.mark.parametrize(("name", "status"), [("withdrawn", 404), ("gone", 410), ("legal", 451)])
def test_a_takedown_is_shown_as_the_page_that_said_so(archive, viewer, name, status):
    captures = archive.captures(name)
    assert [c.status for c in captures[3:]] == [status] * 5  # the first was looked at twice
    first, *_ = captures[3:]
    [title] = re.findall(r"<title>(.*)</title>", archive.body(name, first.timestamp).decode())
    for capture in captures:
        page = viewer.shown(archive.urls[name], capture.timestamp)
        told = [words for words in archive.told[name] if words in page["text"]]
        assert told == ([] if capture.status == status else [*archive.told[name]]), capture.timestamp
        assert (page["title"] == title) == (capture.status == status)


def test_a_page_that_was_cut_is_shown_as_far_as_it_came(archive, viewer):
    captures = archive.captures("cut")
    assert [bool(c.truncated) for c in captures] == [False] * 3 + [True] * 4
    for capture in captures:
        text = viewer.shown(archive.urls["cut"], capture.timestamp)["text"]
        assert archive.told["cut"][0][:20] in text
        assert (archive.told["cut"][-1] in text) == (not capture.truncated)
        if capture.truncated:
            assert archive.body("cut", capture.timestamp).decode().endswith(text[-20:])


def test_no_page_asks_anything_of_the_network(viewer):
    """Last of all, when everything was shown: styles, pictures and the viewer's own parts included."""
    assert left_loopback(viewer.browser) == []
    viewer.browser.open("data:text/html,<img src='http://herald.example/leak.png'>")
    viewer.browser.wait_for("document.images[0]?.complete")
    assert left_loopback(viewer.browser) == ["GET http://herald.example/leak.png HTTP/1.1"], "it would have shown"


def left_loopback(browser: Browser) -> list[str]:
    """What the proxy was asked for, but for what the browser asks of its makers."""
    host = re.compile(r"(?:CONNECT |[A-Z]+ https?://)([^:/ ]+)")
    asked = [(line, host.match(line)) for line in browser.asked_of_network if line]
    return [line for line, found in asked if found is None or not found[1].endswith(BROWSERS_OWN)]
