"""A real browser looks at a page that wants to run script and to call home; Chromium is the judge."""

from __future__ import annotations

import http.server
import shutil
import subprocess
import threading

import pytest

from tests.serving import Shop, page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")

EVIL = """<!doctype html><html><head><title>x</title><link rel=stylesheet href="{home}/style.css">
<script src="{home}/script.js"></script></head><body style="background: url({home}/back.gif)">
<p>As the outlet wrote it.</p><img src="{home}/pixel.gif"><iframe src="{home}/frame"></iframe>
<script>document.body.insertAdjacentHTML("beforeend", "<p id=ran>" + "the script ran" + "</p>");
new Image().src = "{home}/beacon?" + document.cookie; fetch("{home}/fetch")</script></body></html>"""


class Outlet(http.server.BaseHTTPRequestHandler):
    """Serves the page without any guard, and remembers who called."""

    page = b""
    calls: list[str] = []  # noqa: RUF012 - one server, one test

    def do_GET(self):
        if self.path != "/page":
            self.calls.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.page if self.path == "/page" else b"")

    def log_message(self, *_):
        pass


def seen(url: str, profile) -> str:
    """The page as the browser made it."""
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
    command += ["--no-proxy-server", "--timeout=3000", "--dump-dom", url]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def test_archived_script_does_not_run_and_nobody_is_called(tmp_path):
    """The same page from the outlet itself runs its script and calls home, so the browser would do both."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Outlet) as outlet, Shop(tmp_path) as shop:
        threading.Thread(target=outlet.serve_forever, daemon=True).start()
        home = f"http://127.0.0.1:{outlet.server_address[1]}"
        Outlet.page = EVIL.format(home=home).encode()
        live = seen(f"{home}/page", tmp_path / "one")
        assert "the script ran</p>" in live
        assert {"/script.js", "/style.css", "/pixel.gif", "/frame", "/fetch"} <= set(Outlet.calls)
        Outlet.calls.clear()
        capture = shop.keep(f"{home}/page", page(Outlet.page, "Set-Cookie: a=b"))
        archived = seen(shop.base + shop.memento(capture), tmp_path / "two")
        outlet.shutdown()
    assert "As the outlet wrote it." in archived
    assert "the script ran</p>" not in archived
    assert Outlet.calls == []
