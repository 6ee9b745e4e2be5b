"""What a seed's answer leads to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive.domain.model import Outlet, SeedKind
from archive.errors import NothingFound
from crawler.seeding import MOST_CHILDREN, belongs, harvest, horizon

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=30)
HERALD = Outlet(name="herald", domains=("herald.example",))
STORY = "https://www.herald.example/world/2026/03/02/the-bridge-is-closed-again"


def rss(*items):
    entries = "".join(
        f"<item><title>{title}</title><link>{link}</link><pubDate>{date}</pubDate></item>"
        for title, link, date in items
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>H</title>{entries}</channel></rss>'.encode()


def urlset(*entries):
    rows = "".join(f"<url><loc>{url}</loc><lastmod>{when}</lastmod></url>" for url, when in entries)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'.encode()


def read(kind, body, outlet=HERALD, url="https://www.herald.example/rss.xml"):
    return harvest(kind, body, url=url, content_type="application/xml", outlet=outlet, since=SINCE)


def urls(found):
    return [each.url for each in found.articles]


def test_a_feed_leads_to_its_stories_with_title_and_date():
    found = read(SeedKind.FEED, rss(("Bridge closed", STORY, "Mon, 02 Mar 2026 07:00:00 GMT")))
    [story] = found.articles
    assert (story.url, story.title, story.published) == (STORY, "Bridge closed", NOW - timedelta(hours=1))
    assert found.newest == story.published


@pytest.mark.parametrize(
    ("link", "date", "taken"),
    [
        (STORY, "Mon, 02 Mar 2026 07:00:00 GMT", True),
        (STORY, "", True),  # without a date nothing says that it is old
        (STORY, "Mon, 05 Jan 2026 07:00:00 GMT", False),
        ("https://other.example/world/2026/03/02/the-bridge-is-closed", "", False),
        ("https://notherald.example/world/2026/03/02/the-bridge-is-closed", "", False),
        ("https://sport.herald.example/2026/03/02/the-bridge-is-closed", "", True),
        ("https://www.herald.example/x", "", True),  # a feed is made of stories, whatever they are called
        ("https://www.herald.example/", "", False),
        ("https://www.herald.example", "", False),
    ],
)
def test_what_is_taken_from_a_feed(link, date, taken):
    found = read(SeedKind.FEED, rss(("T", link, date)))
    assert (len(found.articles), found.skipped) == ((1, 0) if taken else (0, 1))


def test_amp_mobile_and_tracked_links_are_one():
    links = [STORY, STORY + "/amp", STORY + "?utm_source=rss", STORY.replace("www.", "m."), STORY + "#top"]
    found = read(SeedKind.FEED, rss(*(("T", link, "") for link in links)))
    assert urls(found) == [STORY]


def test_a_sitemap_leads_to_what_looks_like_a_story():
    body = urlset(
        (STORY, "2026-03-02"), ("https://www.herald.example/world/", "2026-03-02"), (STORY + "-old", "2025-03-02")
    )
    found = read(SeedKind.SITEMAP, body)
    assert urls(found) == [STORY]
    assert found.skipped == 2


def test_an_index_leads_to_its_newest_parts():
    parts = "".join(
        f"<sitemap><loc>https://www.herald.example/s{n:02}.xml</loc>"
        f"<lastmod>{(NOW - timedelta(days=n)).isoformat()}</lastmod></sitemap>"
        for n in range(40)
    )
    found = read(SeedKind.SITEMAP, f"<sitemapindex>{parts}</sitemapindex>".encode())
    assert found.sitemaps == tuple(f"https://www.herald.example/s{n:02}.xml" for n in range(MOST_CHILDREN))


def test_a_section_front_leads_to_its_stories():
    links = [
        STORY,
        "/world/2026/03/01/teachers-call-off-their-strike",
        "/about",
        "/world/",
        "https://x.example/a-b-c-d-e",
    ]
    text = "Teachers call off their strike after talks"
    body = "".join(f"<h3><a href='{link}'>{text} {n}</a></h3>" for n, link in enumerate(links))
    page = f"<html><body><main>{body}</main></body></html>".encode()
    found = read(SeedKind.SECTION, page, url="https://www.herald.example/world/")
    assert urls(found) == [STORY, "https://www.herald.example/world/2026/03/01/teachers-call-off-their-strike"]


@pytest.mark.parametrize("kind", [SeedKind.FEED, SeedKind.SITEMAP])
def test_a_page_in_the_place_of_a_seed_is_told(kind):
    with pytest.raises(NothingFound):
        read(kind, b"<html><body><h1>We moved</h1></body></html>")


@pytest.mark.parametrize(
    ("host", "domains", "ours"),
    [
        ("herald.example", ("herald.example",), True),
        ("www.herald.example", ("herald.example",), True),
        ("notherald.example", ("herald.example",), False),
        ("herald.example.evil.example", ("herald.example",), False),
        ("anything.example", (), True),
    ],
)
def test_what_belongs_to_an_outlet(host, domains, ours):
    assert belongs(f"https://{host}/a", Outlet(name="a", domains=domains)) is ours


def test_the_horizon():
    assert horizon(NOW, timedelta(days=30)) == SINCE
