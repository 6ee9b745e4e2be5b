"""The pages of articles and changes in a real browser: by keys alone, without script, on paper, at first use."""

import contextlib
import html
import io
import re
import shutil
import zipfile
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from archive import home as homes
from tests.lives import lives
from tests.played import played
from tests.serving import served

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")

SWITCHES = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync --disable-default-apps --disable-extensions --disable-dev-shm-usage"""

expect.set_options(timeout=15_000)  # milliseconds; what is awaited takes a tenth of a second on an idle machine

MOST_CLICKS = 4
"""From the front page to the proof in a folder."""


@pytest.fixture(scope="module")
def browser():
    lives()  # Playwright keeps an event loop of its own running in this thread, and a pass over a home needs one
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES.split())
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site():
    with served(lives().home) as site:
        yield site


@contextlib.contextmanager
def opened(browser, address: str, **context):
    """A page; what it asks of others than its own server is kept from it, and ends the test."""
    strangers: list[str] = []
    with contextlib.closing(browser.new_context(viewport={"width": 1280, "height": 900}, **context)) as one:
        own = urlsplit(address).netloc

        def gate(route):
            if urlsplit(route.request.url).netloc == own:
                route.continue_()
            else:
                strangers.append(route.request.url)
                route.abort()

        one.route("**/*", gate)
        page = one.new_page()
        page.set_default_timeout(10_000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        yield page
    assert strangers == []
    assert errors == []


def test_the_time_line_is_worked_by_keys(browser, site):
    with opened(browser, f"{site.base}/article/{lives().ids['often']}") as page:
        line = page.locator("#life")
        span = page.locator("#life-span")
        whole = span.inner_text()
        line.focus()
        page.keyboard.press("+")
        expect(span).not_to_have_text(whole)
        closer = span.inner_text()
        assert "since=" in page.url
        page.keyboard.press("ArrowRight")
        expect(span).not_to_have_text(closer)
        later = span.inner_text()
        page.keyboard.press("ArrowLeft")
        expect(span).to_have_text(closer)
        page.keyboard.press("-")
        expect(span).to_have_text(whole)
        page.keyboard.press("ArrowRight")  # leads nowhere, and does nothing
        page.keyboard.press("=")  # the same key as +
        expect(span).not_to_have_text(whole)
        assert later != closer
        page.keyboard.press("0")
        expect(span).to_have_text(whole)
        assert page.evaluate("document.activeElement.id") == "life"
        page.reload()
        expect(span).to_have_text(whole)


def test_each_mark_is_reached_by_tab_says_what_it_is_and_opens_by_enter(browser, site):
    with opened(browser, f"{site.base}/article/{lives().ids['edited']}") as page:
        page.locator("#life").focus()
        said = []
        for _ in range(30):
            page.keyboard.press("Tab")
            focused = page.locator(":focus")
            if focused.evaluate("each => each.classList.contains('spot')"):
                said.append(focused.get_attribute("aria-label"))
                if said[-1].startswith("Change at"):
                    break
        assert any(each.startswith("Standing: ") for each in said)
        assert sum(each.startswith("Version ") for each in said) == 3
        assert "confirmed" in said[-1]
        page.keyboard.press("Enter")
        page.wait_for_url("**/diff?*")
        expect(page.get_by_role("heading", name="What changed")).to_be_visible()


def test_the_views_are_switched_without_script(browser, site):
    address = f"{site.base}/article/{lives().ids['edited']}"
    with opened(browser, address, java_script_enabled=False) as page:
        page.get_by_role("link", name="Before beside after").click()
        expect(page.locator("table.beside")).to_be_visible()
        page.get_by_label("from version").select_option("1")
        page.get_by_role("button", name="Compare").click()
        expect(page.get_by_role("columnheader", name="Before: version 1")).to_be_visible()
        page.get_by_role("link", name="as a page of its own, to print").click()
        page.get_by_role("link", name="Before beside after").click()
        expect(page.locator("table.beside")).to_be_visible()
        page.get_by_role("link", name="Changes marked in it").click()
        expect(page.locator("main .inline")).to_be_visible()


def test_what_went_and_came_is_said_to_who_only_hears(browser, site):
    with opened(browser, f"{site.base}/article/{lives().ids['arabic']}") as page:
        tree = page.locator("#wording").aria_snapshot()
        assert re.search(r"deletion: .*removed: ?120", tree), tree
        assert re.search(r"insertion: .*added: ?12\b", tree), tree


def test_on_paper_a_change_is_whole_and_its_marks_are_words(browser, site):
    text = site.get(f"/article/{lives().ids['edited']}", Accept="text/html").text
    last = re.search(r'href="([^"]+)" class="what"', text)
    with opened(browser, site.base + html.unescape(last[1])) as page:
        folded = page.locator("details.fold p").last
        expect(folded).to_be_hidden()
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        expect(folded).to_be_visible()
        mark = page.locator(".inline del .aloud").first
        assert mark.bounding_box()["width"] > 20
        expect(page.locator(".take")).to_be_hidden()
        colours = page.evaluate(
            "[...document.querySelectorAll('del, ins')].map(each => getComputedStyle(each).color)"
        )
        assert set(colours) == {"rgb(0, 0, 0)"}
        page.evaluate("dispatchEvent(new Event('afterprint'))")


def test_on_a_phone_nothing_sticks_out(browser, site):
    ids = lives().ids
    with opened(browser, f"{site.base}/article/{ids['gone']}") as page:
        page.set_viewport_size({"width": 360, "height": 740})
        for path in (
            *(f"/article/{ids[name]}" for name in ("gone", "arabic", "often", "never")),
            *(f"/article/{ids['edited']}?view={view}" for view in ("beside", "sentences")),
            *("/diff?change=1", "/diff?change=2&view=beside"),
        ):
            page.goto(site.base + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


# First use ------------------------------------------------------------------------------------------


class Clicks:
    """Someone who was never here, and clicks on what can be seen."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def on(self, what) -> None:
        expect(what.first).to_be_visible()
        what.first.click()
        self.count += 1


def test_what_an_outlet_removed_is_shown_and_proven_in_four_clicks(browser):
    """ "Show what the outlet removed from the story about the harbour deal, and take the proof away." """
    with served(homes.find(played().home, {})) as site, opened(browser, f"{site.base}/") as page:
        someone = Clicks(page)
        story = page.get_by_role("listitem").filter(has_text="Minister denies report on harbour deal")
        someone.on(story.get_by_role("link", name="Minister denies report on harbour deal"))
        expect(page.get_by_role("heading", level=1)).to_contain_text("harbour deal")
        expect(page.locator("#wording del").first).to_be_visible()
        expect(page.locator("#wording")).to_contain_text("120")
        with page.expect_download() as taken:
            someone.on(page.get_by_role("link", name="evidence of the last change"))
        assert someone.count <= MOST_CLICKS
        data = taken.value.path().read_bytes()
        assert taken.value.suggested_filename.endswith(".zip")
    with zipfile.ZipFile(io.BytesIO(data)) as bundle:
        assert {"README.txt", "statement.txt", "manifest-sha256.txt", "captures.wacz"} <= set(bundle.namelist())
        assert "120" in bundle.read("diff.txt").decode()


def test_what_vanished_is_shown_and_proven_in_four_clicks(browser):
    """The same of the story about the bridge, which was taken down and put back."""
    with served(homes.find(played().home, {})) as site, opened(browser, f"{site.base}/") as page:
        someone = Clicks(page)
        someone.on(page.get_by_role("link", name="Engineers warned of cracks in the old bridge"))
        with page.expect_download() as taken:
            someone.on(page.get_by_role("link", name="evidence of its standing"))
        assert someone.count <= MOST_CLICKS
        assert zipfile.is_zipfile(taken.value.path())
