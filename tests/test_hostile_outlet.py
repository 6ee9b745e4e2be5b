"""A hostile outlet, crawled for real, in a real browser: nothing of it runs, and no request leaves.

Every host that the outlet names is mapped to a listener on loopback, which would see each request to it.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading

import pytest
from playwright.sync_api import sync_playwright

from tests.hostile import CALLS, SAID, hostile
from tests.rooms import CHROMIUM, SWITCHES
from tests.serving import served

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")


CONNECTED = b"a connection"  # by which nothing was sent


class Listener:
    """Whoever is called but us: keeps count of connections, and answers none."""

    def __init__(self) -> None:
        self.calls: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                with connection:
                    connection.settimeout(1)
                    first = b""
                    with contextlib.suppress(OSError):
                        first = connection.recv(500)
                    self.calls.append(first.split(b"\r\n")[0] or CONNECTED)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture(scope="module")
def site():
    with served(hostile().home) as site:
        yield site


@pytest.fixture(scope="module")
def listener():
    with contextlib.closing(Listener()) as listener:
        yield listener


@pytest.fixture(scope="module")
def browser(site, listener):
    # Hosts that the browser calls of its own accord, its maker's, have no address.
    rules = f"--host-resolver-rules=MAP *.example 127.0.0.1:{listener.port},MAP * ~NOTFOUND,EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*SWITCHES.split(), rules])
        yield browser
        browser.close()


class Watched:
    """A tab, and what went on in it."""

    def __init__(self, tab) -> None:
        self.tab, self.said, self.sent = tab, [], []
        tab.on("console", lambda line: self.said.append(line.text))
        tab.on("dialog", lambda dialog: (self.said.append(SAID), dialog.dismiss()))
        tab.on("request", lambda request: self.sent.append((request.method, request.url)))

    def open(self, address: str) -> None:
        """Look at a page until nothing goes on in it, and at what it shows further down."""
        self.tab.goto(address, wait_until="load")
        self.tab.mouse.wheel(0, 20_000)
        self.tab.wait_for_timeout(120)


def test_the_listener_sees_who_runs_and_calls(browser, listener):
    """The same page, not guarded by anybody: it runs, and the listener is called."""
    watched = Watched(browser.new_page())
    watched.tab.set_content(f"<img src={CALLS}/seen><script>console.log('{SAID}')</script>")
    watched.tab.wait_for_timeout(300)
    assert SAID in watched.said
    assert any(b"/seen" in call for call in listener.calls)
    watched.tab.close()


@pytest.mark.parametrize("what", ["paths", "stills", "mementos"])
def test_nothing_runs_and_nothing_leaves(browser, listener, site, what):
    """A memento is the outlet's bytes: its `rel=preconnect`, which no policy governs, makes the browser connect."""
    listener.calls.clear()
    context = browser.new_context()
    watched, wrong = Watched(context.new_page()), []
    for path in getattr(hostile(), what):
        watched.open(site.base + path)
        if not watched.tab.url.startswith(site.base):
            wrong.append(f"{path}: led away to {watched.tab.url}")
        wrong += [f"{path}: ran" for said in watched.said if said == SAID]
        wrong += [f"{path}: {how} {url}" for how, url in watched.sent if how != "GET"]
        calls = [call for call in listener.calls if call != CONNECTED or what != "mementos"]
        wrong += [f"{path}: called {call[:80]!r}" for call in calls]
        for kept in (watched.said, watched.sent, listener.calls):
            kept.clear()
    assert not [cookie for cookie in context.cookies() if cookie["name"] == "session"]
    assert len(context.pages) == 1
    assert context.service_workers == []
    context.close()
    assert not wrong, "\n".join(wrong)


def test_the_words_are_shown_as_words(browser, site):
    """Else the pages would be harmless only because they leave out what is hostile."""
    tab = browser.new_page()
    for path in ("/articles", "/changes", "/takedowns", "/search?q=harbour"):
        tab.goto(site.base + path)
        assert "<script>" in tab.inner_text("main"), path
    tab.close()


def test_files_that_are_taken_away_have_plain_names(site):
    for path in hostile().taken:
        reply = site.get(path)
        if reply.status == 200:
            assert re.search(r'filename="[\w.-]{1,150}"', reply["content-disposition"]), path
            assert not re.search(r"[<>\\/]|\.\.", reply["content-disposition"].partition(";")[2].replace("''", ""))
        else:
            assert reply.status == 404, path
