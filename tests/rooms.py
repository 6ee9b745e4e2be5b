"""A home for all pages of the reading room: the lives of `tests.lives`, and people who are told of them.

Also how pages are opened in a real browser: nothing is let out but to the server that is looked at.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from archive import home as homes
from archive.alerting import kept_rules, taken
from archive.db import alerts, findings, tags
from archive.db.engine import open_database
from archive.domain.telling import packed
from archive.home import Home
from tests.homes import START
from tests.lives import lives

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

SWITCHES = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --disable-default-apps --disable-extensions --disable-dev-shm-usage"""

CHANNEL = """
[alerts.channels.desk]
kind = "webhook"
url = "https://hooks.example.org/stet"
secret = "env:STET_TEST_KEY"
"""
RULE = {"channels": ["desk"], "min_weight": 0.2, "pace": "daily", "quiet": "22:00-07:00"}

NOW = START + timedelta(days=6)
"""When the pages are looked at: within the days of which the front page tells."""

SIZES = {"desk": (1280, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")


@dataclass(frozen=True)
class Rooms:
    """The home, and the addresses of its pages by name."""

    home: Home
    pages: dict[str, str]


@functools.cache
def rooms() -> Rooms:
    """Make the home, once in a process."""
    known = lives()
    folder = Path(tempfile.mkdtemp(prefix="stet-rooms-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(known.home.root, folder / "home")
    settings = folder / "home" / "stet.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + CHANNEL, encoding="utf-8")
    home = homes.find(folder / "home", {})
    with contextlib.closing(open_database(home.database_url)) as database, database.write() as connection:
        alerts.save_rule(connection, "grave-edits", RULE, now=START)
        rule = kept_rules(connection)["grave-edits"]
        for event, due in list(taken(connection, home.settings.alerts, rule, START)):
            alerts.add(connection, rule.name, "desk", event, packed(event), due=due)
        alerts.snooze(connection, "rule:grave-edits", until=START.replace(year=2100), now=START)
        tags.add(connection, known.ids["arabic"], "ميناء", at=START)
        changed = findings.changes_listed(connection)[-1]
    return Rooms(home, _pages(known.ids, changed))


def _pages(ids: dict[str, int], changed: findings.Change) -> dict[str, str]:
    return {
        "front": "/",
        "changes": "/changes",
        "changes-filtered": "/changes?kind=numbers&stealth=1&removed=120",
        "takedowns": "/takedowns?restored=1&everything=1",
        "articles": "/articles",
        "outlets": "/outlets",
        "outlet": "/outlets/herald",
        "search": "/search?q=120",
        "search-removed": "/search?q=120&in=removed",
        "alerts": "/alerts",
        "status": "/status",
        "settings": "/settings",
        "refused": "/changes?min_weight=heavy",
        "article-arabic": f"/article/{ids['arabic']}",
        "article-turkish": f"/article/{ids['turkish']}",
        "diff": f"/diff?from={changed.from_version}&to={changed.to_version}",
    }


@contextlib.contextmanager
def browsing() -> Iterator[Browser]:
    """A browser. Make homes before: a pass over one needs an event loop, and Playwright has its own running."""
    rooms()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES.split())
        yield browser
        browser.close()


@contextlib.contextmanager
def opened(browser: Browser, base: str, size: str = "desk", **context) -> Iterator[Page]:
    """A window; what asks others than the server at `base`, or fails in a page, ends the test."""
    width, height = SIZES[size]
    said: list[str] = []
    own = urlsplit(base).netloc

    def gate(route) -> None:
        if urlsplit(route.request.url).netloc == own:
            route.continue_()
        else:
            said.append(f"asked {route.request.url}")
            route.abort()

    viewport = {"width": width, "height": height}
    # What is injected to look at a page (axe-core) is not the page's own script.
    with contextlib.closing(browser.new_context(viewport=viewport, bypass_csp=True, **context)) as one:
        one.route("**/*", gate)
        page = one.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page
    assert said == []
