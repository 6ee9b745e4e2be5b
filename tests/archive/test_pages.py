"""The reading room over HTTP: what its pages say of a story that was played."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from archive import home as homes
from archive.web.pages.fresh import Fresh
from archive.web.pages.front import AT_FIRST, visit
from tests.homes import START
from tests.played import kept
from tests.serving import served

HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
LATER = START + timedelta(hours=3)


@pytest.fixture(scope="module")
def site():
    with served(homes.find(kept().home, {}), now=lambda: LATER) as running:
        yield running


def words(reply) -> str:
    """What stands on a page, without its mark-up."""
    assert reply.status == 200, reply.text
    return " ".join(re.sub(r"<[^>]*>", " ", reply.text.partition("<main")[2]).split())


def test_the_front_page_tells_what_changed_and_what_vanished(site):
    said = words(site.get("/", **HTML))
    assert "Minister denies the report" in said
    assert "120 people 12 people" in said or "120 12" in said
    assert "taken down: not found" in said


def test_programs_get_the_text_at_the_same_address(site):
    assert site.get("/")["content-type"] == "text/plain; charset=utf-8"
    assert site.get("/", Accept="*/*")["content-type"] == "text/plain; charset=utf-8"


def test_a_page_may_load_nothing_but_what_is_ours(site):
    reply = site.get("/", **HTML)
    policy = dict(part.strip().partition(" ")[::2] for part in reply["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert reply["referrer-policy"] == "same-origin"
    assert reply["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=", reply.text)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', reply.text)


def test_files_are_served_by_their_digests(site):
    text = site.get("/", **HTML).text
    for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', text):
        reply = site.get(path.replace("&amp;", "&"))
        assert reply.status == 200
        assert "immutable" in reply["cache-control"]
        assert site.get(path, If_None_Match=reply["etag"]).status == 304
    assert site.get("/static/../pages/frame.py").status == 404
    assert site.get("/static/vendor/uplot/package.json").status == 404


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("", "en"),
        ("de", "de"),
        ("fr, tr-TR;q=0.8, en;q=0.5", "tr"),
        ("fr", "en"),
        ("de;q=0, tr;q=0.1", "tr"),
        ("x" * 5000, "en"),
    ],
)
def test_the_page_is_in_the_language_that_the_browser_asks_for(site, asked, given):
    assert site.get("/", **HTML, Accept_Language=asked)["content-language"] == given


def test_a_language_that_was_chosen_stays_chosen(site):
    reply = site.get("/language/tr?back=/changes")
    assert (reply.status, reply["location"]) == (303, "/changes")
    cookie = reply["set-cookie"].partition(";")[0]
    assert site.get("/", **HTML, Cookie=cookie, Accept_Language="de")["content-language"] == "tr"


@pytest.mark.parametrize(
    "back", ["//evil.example/", "https://evil.example/", "/\\evil.example", "", "/a%0d%0ab:%20c"]
)
def test_choosing_a_language_leads_nowhere_else(site, back):
    assert site.get(f"/language/de?back={back}")["location"] == "/"


def test_a_visit_is_remembered():
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    since, first = visit("", now)
    assert since == now - AT_FIRST
    assert not first.known
    since, same = visit(first.text, now + timedelta(minutes=10))
    assert since == now + timedelta(minutes=10) - AT_FIRST  # a page later in the first visit
    since, _ = visit(same.text, now + timedelta(hours=5))
    assert since == now + timedelta(minutes=10)
    assert visit("what.ever", now)[0] == visit("99999999999.99999999999", now)[0] == now - AT_FIRST


def test_what_takes_long_is_counted_once():
    clock, counted = [0.0], []

    def count() -> int:
        counted.append(clock[0])
        return len(counted)

    numbers = Fresh[int](10, lambda: clock[0])
    assert [numbers.get("a", count), numbers.get("a", count), numbers.get("b", count)] == [1, 1, 2]
    clock[0] = 11
    assert numbers.get("a", count) == 3


PAGES = {
    "/changes": "No note on the page declares it|Minister denies the report",
    "/changes?kind=numbers&stealth=1&min_weight=0.3&removed=120&language=&since=2026-03-01": "Minister denies",
    "/changes?added=nowhere": "No change is like that",
    "/takedowns": "Cracks in the old bridge",
    "/takedowns?restored=1&everything=1&hints=1&standing=taken_down&reason=not_found": "Cracks in the old bridge",
    "/takedowns?standing=barred": "Nothing is gone that is like that",
    "/articles": "Harbour sold",
    "/articles?words=bridge&standing=taken_down": "Cracks in the old bridge",
    "/outlets": "herald",
    "/outlets/herald": "How long its articles stand",
    "/search": "Everything that ever stood",
    "/search?q=cracks": "the words are not there any more",
    "/search?q=objected&there=yes": "the words are still there",
    "/search?q=denied&in=removed": "removed by an edit",
    "/search?q=%22": "holds nothing to search for",
    "/alerts": "there is no rule",
    "/status": "All is well",
    "/settings": "confirmations",
}


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_what_there_is(site, path):
    assert re.search(PAGES[path], site.get(path, **HTML).text)


@pytest.mark.parametrize(
    "path",
    [
        "/changes?kind=nonsense",
        "/changes?min_weight=heavy",
        "/changes?since=yesterday",
        "/changes?language=xx",
        "/changes?after=nonsense",
        "/takedowns?standing=live",
        "/articles?after=nonsense&words=" + "x" * 301,
        "/search?q=x&in=nowhere",
        "/alerts?state=lost",
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(site, path):
    reply = site.get(path, **HTML)
    assert reply.status == 400
    assert "That did not work" in reply.text
    assert "Traceback" not in reply.text


def test_what_is_not_there_is_said(site):
    for path in ("/outlets/nobody", "/changes?outlet=nobody", "/language/xx", "/static/nothing.css"):
        assert site.get(path, **HTML).status == 404


def test_settings_hold_no_secret(tmp_path):
    home = homes.create(tmp_path / "home", {})
    settings = (home.root / "stet.toml").read_text(encoding="utf-8")
    hook = (
        '[alerts.channels.desk]\nkind = "webhook"\nurl = "https://hooks.example.org/s3cr3t"\nsecret = "env:KEY"\n'
    )
    (home.root / "stet.toml").write_text(f"{settings}\n{hook}", encoding="utf-8")
    with served(homes.find(home.root, {})) as running:
        for path in ("/settings", "/alerts"):
            assert "s3cr3t" not in running.get(path, **HTML).text
        assert "https://hooks.example.org/…" in running.get("/alerts", **HTML).text


def test_every_form_that_changes_something_says_that_it_is_meant(site):
    forms = 0
    for path in ("/changes", "/takedowns", "/articles", "/outlets/herald", "/alerts", "/article/1"):
        text = site.get(path, **HTML).text
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", text, re.DOTALL):
            assert 'name="_token"' in form, (path, form)
            assert 'action="/acts/' in form, (path, form)
            forms += 1
    assert forms > 3


def test_what_is_searched_for_is_never_markup(site):
    for path in (
        "/search?q=",
        "/changes?removed=",
        "/articles?words=",
        "/articles?tag=",
        "/outlets/",
        "/changes?kind=",
    ):
        text = site.get(f"{path}%22%3E%3Cscript%3Ealert(1)%3C/script%3E", **HTML).text
        assert "<script>alert" not in text
