"""Every page of the reading room in a real browser: on a desk and on a phone, by day and by night, without script.

axe-core (`make oracles`) judges whether people with a disability could use them: nothing serious may be found.
What it cannot see is looked at in pictures: python -m tests.page_pictures FOLDER.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from playwright.sync_api import expect

from archive.web.pages.statics import HTMX, STATIC, UPLOT
from tests.rooms import CHROMIUM, NOW, SCHEMES, SIZES, browsing, opened, rooms
from tests.serving import served

AXE = Path(__file__).parents[1] / ".oracles" / "axe" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")

#: What axe finds, as lines; frames of captured pages are judged by nobody: they are as their outlet made them.
JUDGE = """async () => {
  const found = await axe.run({exclude: [["iframe"]]}, {resultTypes: ["violations"]});
  const say = (v, n) => `${v.impact} ${v.id}: ${n.html.slice(0, 200)} ${n.failureSummary}`;
  return found.violations.flatMap(v => v.nodes.map(n => say(v, n)));
}"""
WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")


@pytest.fixture(scope="module")
def browser():
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def site():
    with served(rooms().home, now=lambda: NOW) as site:
        yield site


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", SIZES)
def test_no_page_shuts_anybody_out(browser, site, size, scheme):
    if not AXE.exists():
        pytest.skip("axe-core is not there: make oracles")
    found = []
    with opened(browser, site.base, size, color_scheme=scheme, reduced_motion="reduce") as page:
        for name, path in rooms().pages.items():
            page.goto(site.base + path)
            page.add_script_tag(path=str(AXE))
            found += [f"{name}: {said}" for said in page.evaluate(JUDGE) if said.startswith(GRAVE)]
            if page.evaluate(WIDE) > 0:
                found.append(f"{name}: it is wider than the window")
    assert not found, "\n".join(found)


def test_pages_work_without_script(browser, site):
    with opened(browser, site.base, java_script_enabled=False) as page:
        page.goto(f"{site.base}/")
        expect(page.get_by_text("All times are in UTC.")).to_be_visible()
        page.get_by_role("link", name="Changes", exact=True).click()
        page.get_by_label("Words removed").fill("120")
        page.get_by_role("button", name="Show").click()
        assert "removed=120" in page.url
        expect(page.locator("del").first).to_contain_text("120")
        page.goto(f"{site.base}/outlets/herald")
        page.get_by_text("The same as a table").first.click()
        expect(page.locator("figure table").first).to_be_visible()


def test_times_stand_in_the_zone_of_the_reader(browser, site):
    with opened(browser, site.base, locale="en-GB", timezone_id="Asia/Tokyo") as page:
        page.goto(f"{site.base}/changes")
        time = page.locator("main time").first
        utc = time.get_attribute("datetime")
        assert f"{(int(utc[11:13]) + 9) % 24:02}:{utc[14:16]}" in time.inner_text()
        assert time.get_attribute("title") == f"{utc[:10]} {utc[11:19]} UTC"


@pytest.mark.skipif(not STATIC.has(HTMX), reason="htmx is not there: make vendor")
def test_a_filter_shows_what_it_finds_at_once(browser, site):
    with opened(browser, site.base) as page:
        page.goto(f"{site.base}/changes")
        entries = page.locator("#results .entry")
        before = entries.count()
        page.get_by_label("Silent ones only").check()
        page.wait_for_url("**stealth=1**")
        expect(entries).not_to_have_count(before)
        page.go_back()
        expect(entries).to_have_count(before)


@pytest.mark.skipif(not STATIC.has(UPLOT), reason="uPlot is not there: make vendor")
def test_numbers_are_drawn_beside_their_tables(browser, site):
    with opened(browser, site.base) as page:
        page.goto(f"{site.base}/outlets/herald")
        expect(page.locator("figure[data-chart] canvas").first).to_be_visible()


def test_arabic_stands_from_the_right(browser, site):
    with opened(browser, site.base, "phone") as page:
        page.goto(f"{site.base}/articles")
        way = "one => [getComputedStyle(one).direction, one.querySelector('a').lang]"
        found = [one.evaluate(way) for one in page.locator(".headline").all()]
        assert ["rtl", "ar"] in found or ["rtl", ""] in found
        assert any(direction == "ltr" for direction, _ in found)


def test_on_paper_there_is_only_what_is_to_be_read(browser, site):
    with opened(browser, site.base) as page, contextlib.suppress(NotImplementedError):
        page.goto(f"{site.base}/changes")
        page.emulate_media(media="print")
        expect(page.get_by_role("heading", name="Changes", exact=True)).to_be_visible()
        for hidden in ("nav", "form.filters", "form.find"):
            expect(page.locator(hidden).first).to_be_hidden()
