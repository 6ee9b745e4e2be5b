"""Hints: the rules and their laws, and what they make of a newsroom's lists and pages."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archive.db import hints as db_hints
from archive.db.compare import differences
from archive.db.engine import open_database
from archive.domain.hints import KEPT, Entry, forbids_indexing, left
from archive.domain.model import Seed, SeedKind
from scheduler.reindexing import reindex
from tests.homes import START, Place
from tests.newsroom import Newsroom

FLOOD = ["The river rose two metres overnight.", "The town hall took in forty families.", "Schools stay shut."] * 5


def day(n):
    return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=n)


def plain(*ids):
    return [Entry(one) for one in ids]


# Search engines.


@pytest.mark.parametrize(
    ("markup", "headers", "forbids"),
    [
        ("", [], False),
        ('<meta name="robots" content="index, follow">', [], False),
        ('<meta name="robots" content="noindex, follow">', [], True),
        ("<META CONTENT=NOINDEX NAME=Robots>", [], True),
        ("<meta name='googlebot' content='none'>", [], True),
        ('<meta name="robots" content="max-image-preview:none, max-snippet:-1">', [], False),
        ('<meta name="description" content="noindex">', [], False),
        ('<!-- <meta name="robots" content="noindex"> -->', [], False),
        ('<script>x = \'<meta name="robots" content="noindex">\'</script>', [], False),
        ('<meta name="robots" content="nofollow"><meta name="robots" content="no&#105;ndex">', [], True),
        ("", [("X-Robots-Tag", "noindex")], True),
        ("", [("x-robots-tag", "nofollow"), ("X-ROBOTS-TAG", "otherbot: noindex, nofollow")], True),
        ("", [("X-Robots-Tag", "unavailable_after: 25 Jun 2010 15:00:00 PST")], False),
        ("", [("X-Robots-Tag", "nosnippet, noindexing")], False),
        ("", [("X-Robots", "noindex")], False),
    ],
)
def test_whether_a_page_asks_not_to_be_listed(markup, headers, forbids):
    assert forbids_indexing(markup, headers) is forbids


# Lists.


@pytest.mark.parametrize(
    ("before", "after", "gone"),
    [
        (plain(5, 4, 3, 2, 1), [6, 5, 4, 2, 1], [3]),
        (plain(5, 4, 3, 2, 1), [5, 4, 3, 2], []),  # the end
        (plain(5, 4, 3, 2, 1), [4, 3, 2, 1], []),  # the beginning: it may list the oldest first
        (plain(5, 4, 3, 2, 1), [1, 5, 2, 3], []),  # another order
        (plain(5, 4, 3, 2, 1), [5, 1], []),  # too few
        (plain(5, 4, 3, 2, 1), [], []),
        (plain(5, 4, 3, 2, 1), [5, 4, 3, 1], []),  # only one behind it: it may be pinned there
        ([], [1, 2], []),
        ([Entry(n, day(n)) for n in (5, 4, 3, 2, 1)], [4, 3, 2, 1], [5]),  # dates say that 5 was the newest
        ([Entry(n, day(n)) for n in (1, 2, 3, 4, 5)], [2, 3, 4, 5, 6], []),  # the oldest first
        ([Entry(n, day(n)) for n in (1, 2, 3, 4, 5)], [1, 2, 4, 5, 6], [3]),
        ([Entry(n, day(n)) for n in (9, 5, 4, 3, 2, 1)] + [Entry(8, day(-9))], [9, 5, 4, 3, 2, 8], []),  # pinned
        ([Entry(n, day(1)) for n in (5, 4, 3, 2, 1)], [5, 4, 2, 1], [3]),  # a date that all share says nothing
        ([Entry(n, day(n)) for n in (3, 5, 1, 4, 2)], [3, 5, 4], []),  # the two oldest, wherever they stood
    ],
)
def test_what_a_list_no_longer_names(before, after, gone):
    assert left(before, after) == gone


@st.composite
def lists(draw, least=0):
    """A list of stories, the newest or the oldest first, dated or not, and its ids from old to new."""
    count = draw(st.integers(least, 30))
    dated = draw(st.booleans())
    dates = [day(step) for step in sorted(draw(st.lists(st.integers(0, 500), min_size=count, max_size=count)))]
    ages = [Entry(n, dates[n] if dated else None) for n in range(count)]
    return ages[::-1] if draw(st.booleans()) else ages


@given(before=lists(), dropped=st.integers(0, 30), new=st.integers(0, 10))
def test_what_falls_off_the_end_is_no_hint(before, dropped, new):
    ids = [entry.article for entry in before]
    newest_first = ids == sorted(ids, reverse=True)
    added = [100 + n for n in range(new)]
    after = [*added[::-1], *sorted(ids, reverse=True)[: len(ids) - min(dropped, len(ids))]]
    assert left(before, after if newest_first else after[::-1]) == []


@given(before=st.permutations(range(12)), window=st.integers(0, 12), new=st.integers(0, 5))
def test_what_grows_too_old_is_no_hint_whatever_the_order(before, window, new):
    entries = [Entry(n, day(n)) for n in before]
    after = [*range(100, 100 + new), *(n for n in before if n >= window)]
    assert left(entries, after) == []


@given(before=lists(least=5), at=st.data(), dropped=st.integers(0, 2), new=st.integers(0, 10))
def test_what_is_taken_from_the_middle_is_the_one_hint(before, at, dropped, new):
    ids = [entry.article for entry in before]
    newest_first = ids == sorted(ids, reverse=True)
    old_to_new = sorted(ids)[dropped:]
    assume(len(old_to_new) >= 5)
    taken = at.draw(st.sampled_from(old_to_new[2:-2]))
    rest = [n for n in old_to_new if n != taken]
    assume(len(rest) >= KEPT * len(before))
    after = [*rest, *range(100, 100 + new)]
    assert left(before, after[::-1] if newest_first else after) == [taken]


@given(before=lists(), after=st.lists(st.integers(0, 40), unique=True))
def test_a_hint_is_never_of_what_is_still_named(before, after):
    assert not set(left(before, after)) & set(after)


# As it was lived.


@pytest.fixture
def room():
    with Newsroom(start=START) as room:
        yield room


@pytest.fixture
def herald(room):
    return room.outlet("herald.example", title="The Herald")


def publish(paper, count):
    return [
        paper.publish(f"The flood, part {n}", [f"Part {n} of the story.", *FLOOD], published=day(-9 + n))
        for n in range(count)
    ]


def hints_of(place, **which):
    with place.reading() as connection:
        return db_hints.listed(connection, **which)


def same_after_reindex(place, folder):
    url = f"sqlite:///{folder / 'again.db'}"
    reindex(place.home, into=url, step=lambda _n, _name: None)
    again = open_database(url)
    with again.read() as other, place.reading() as connection:
        found = list(map(str, differences(connection, other)))
    again.close()
    return found


@pytest.mark.parametrize(
    ("seed", "kind"),
    [("/rss.xml", "left_feed"), ("/atom.xml", "left_feed"), ("/sitemap-news.xml", "left_sitemap")],
)
def test_a_story_that_leaves_a_list_is_visited_in_the_same_pass(tmp_path, room, herald, seed, kind):
    stories = publish(herald, 6)
    place = Place(tmp_path / "home", room)
    place.watch(herald, seed)
    place.look()
    stories[3].unlist()
    place.due(hours=1)
    (hint,) = hints_of(place)
    assert (hint.url, hint.outlet, hint.title) == (stories[3].url, "herald", "The flood, part 3")
    assert (hint.kind, hint.ended) == (kind, None)
    assert hint.why == f"{herald.url(seed)} no longer names it, but older ones"
    article = place.article(stories[3])
    assert article.held.standing.value == "live"  # a hint changes none
    assert article.last_checked > hint.at
    assert article.next_why.startswith("a hint that it may be gone")
    looks = len(place.fetches(stories[3]))
    place.due(hours=1.1)  # and it is soon looked at again
    assert len(place.fetches(stories[3])) == looks + 1
    assert len(hints_of(place)) == 1
    stories[3].restore()
    place.due(hours=1)
    (hint,) = hints_of(place)
    assert hint.ended is not None
    assert hints_of(place, open_only=True) == []
    assert same_after_reindex(place, tmp_path) == []


def test_a_removal_is_seen_at_once_by_what_the_feed_no_longer_names(tmp_path, room, herald):
    stories = publish(herald, 6)
    place = Place(tmp_path / "home", room)
    place.watch(herald)
    place.look()
    place.look(days=60)  # old by now: due every ten days
    stories[4].withdraw(404)
    place.due(hours=1)
    assert place.article(stories[4]).held.standing.value == "missing"
    assert [hint.kind for hint in hints_of(place)] == ["left_feed"]
    assert place.article(stories[2]).last_checked < place.clock.moment - timedelta(minutes=30)
    assert same_after_reindex(place, tmp_path) == []


def test_what_falls_off_a_feed_gives_no_hint(tmp_path, room, herald):
    publish(herald, 30)
    place = Place(tmp_path / "home", room)
    place.watch(herald, "/rss.xml", "/", "/sitemap.xml")
    place.look()
    for n in range(3):
        herald.publish(f"News {n}", [f"Number {n}.", *FLOOD], published=day(30 + n))
        place.look(hours=1)
    assert hints_of(place) == []


def test_of_two_lists_the_last_that_dropped_a_story_gives_the_hint(tmp_path, room, herald):
    stories = publish(herald, 6)
    place = Place(tmp_path / "home", room)
    place.watch(herald, "/rss.xml", "/feed.json")
    place.look()
    stories[3].unlist()
    place.look(hours=1)
    (hint,) = hints_of(place)
    assert hint.kind == "left_feed"


def test_what_another_list_still_names_gives_no_hint(tmp_path, room, herald):
    stories = publish(herald, 6)
    echo = room.outlet("echo.example", title="The Echo")
    place = Place(tmp_path / "home", room)

    def feed(*shown):
        items = "".join(f"<item><title>{s.words.title}</title><link>{s.url}</link></item>" for s in shown)
        return f'<rss version="2.0"><channel><title>World</title>{items}</channel></rss>'.encode()

    room.serve_page(echo.host, "/world.xml", feed(*stories), "application/rss+xml")
    place.watch(herald, "/rss.xml", seeds=(
        Seed(url=herald.url("/rss.xml"), kind=SeedKind.FEED), Seed(url=echo.url("/world.xml"), kind=SeedKind.FEED),
    ))  # fmt: skip
    place.look()
    room.serve_page(echo.host, "/world.xml", feed(*stories[:2], *stories[3:]), "application/rss+xml")
    place.look(hours=1)
    assert hints_of(place) == []


@pytest.mark.parametrize("how", ["empty", "cut_body", "server_error"])
def test_a_list_that_did_not_come_whole_gives_no_hint(tmp_path, room, herald, how):
    stories = publish(herald, 6)
    place = Place(tmp_path / "home", room)
    place.watch(herald)
    place.look()
    stories[3].unlist()
    herald.break_with(how, paths={"/rss.xml"})
    place.look(hours=1)
    assert hints_of(place) == []
    herald.mend()
    place.look(hours=1)
    assert len(hints_of(place)) == 1


def page(robots=""):
    words = "".join(f"<p>{paragraph}</p>" for paragraph in FLOOD)
    return (
        f'<html lang="en"><head><title>The flood</title>{robots}<meta property="og:type" content="article"></head>'
        f"<body><article><h1>The flood</h1>{words}</article></body></html>"
    ).encode()


NOINDEX = '<meta name="robots" content="noindex">'


@pytest.mark.parametrize(
    "asks", [{"body": page(NOINDEX)}, {"body": page(), "headers": [("X-Robots-Tag", "googlebot: noindex")]}]
)
def test_noindex_that_appears_is_a_hint_until_it_goes(tmp_path, room, asks):
    place = Place(tmp_path / "home", room)
    room.serve_page("herald.example", "/flood", page())
    place.watch(stories=["http://herald.example/flood"])
    place.look()
    assert hints_of(place) == []
    room.serve_page("herald.example", "/flood", **asks)
    place.look(days=40)
    place.look()
    (hint,) = hints_of(place)
    assert (hint.kind, hint.ended) == ("noindex", None)
    article = place.article("http://herald.example/flood")
    assert article.next_why.startswith("a hint that it may be gone")
    assert len(place.versions("http://herald.example/flood")) == 1  # the words are the same
    assert place.standings() == []
    room.serve_page("herald.example", "/flood", page())  # the very bytes of the first capture
    place.look(days=2)  # by then it is asked for without conditions: a 304 does not say what changed in the head
    (hint,) = hints_of(place)
    assert hint.ended == place.last("http://herald.example/flood").began
    room.serve_page("herald.example", "/flood", **asks)
    place.look(days=2)
    assert [hint.ended is None for hint in hints_of(place)] == [True, False]
    assert same_after_reindex(place, tmp_path) == []


def test_noindex_from_the_first_is_no_hint(tmp_path, room):
    place = Place(tmp_path / "home", room)
    room.serve_page("herald.example", "/flood", page(NOINDEX))
    place.watch(stories=["http://herald.example/flood"])
    for _ in range(3):
        place.look()
    assert hints_of(place) == []


def test_a_wall_that_asks_not_to_be_listed_says_nothing_of_the_article(tmp_path, room, herald):
    (story,) = publish(herald, 1)
    place = Place(tmp_path / "home", room)
    place.watch(herald)
    place.look()
    story.wall("bot")  # its challenge says noindex
    place.look()
    story.unwall()
    place.look()
    assert hints_of(place) == []


def test_hints_are_listed_by_article_outlet_and_time(tmp_path, room, herald):
    stories = publish(herald, 8)
    place = Place(tmp_path / "home", room)
    place.watch(herald)
    place.look()
    stories[3].unlist()
    place.look(hours=1)
    stories[5].unlist()
    place.look(hours=1)
    both = hints_of(place)
    assert [hint.url for hint in both] == [stories[5].url, stories[3].url]
    assert hints_of(place, limit=1) == both[:1]
    assert hints_of(place, since=both[0].at) == both[:1]
    assert hints_of(place, article_id=place.article(stories[3]).id) == both[1:]
    assert hints_of(place, outlet="herald") == both
    assert hints_of(place, outlet="echo") == []
