"""Outlets are kept as TOML that people write; what they write wrong is said in one line."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.domain.identity import looks_like_article
from archive.domain.model import Outlet, Seed, SeedKind
from archive.errors import Misuse
from crawler.outlets import dumps, known, known_for, load, loads, slug
from crawler.sites import registrable, same_site

GAZETTE = """
name = "gazette"
title = "The Gazette"
aliases = ["Gazette", "الجريدة"]
domains = ["gazette.example", "gazette-sister.example"]
home = "https://gazette.example"
languages = ["en", "ar"]
delay = 5
obey_robots = true
notes = "A paper."

[[seeds]]
url = "https://gazette.example/feed/"
kind = "feed"
checked = false

[[seeds]]
url = "https://gazette.example/sitemap.xml"
kind = "sitemap"
"""


def test_an_outlet_is_read():
    outlet = loads(GAZETTE)
    assert outlet.name == "gazette"
    assert outlet.aliases == ("Gazette", "الجريدة")
    assert outlet.home == "https://gazette.example/"
    assert outlet.delay == 5.0
    assert outlet.seeds == (
        Seed(url="https://gazette.example/feed/", kind=SeedKind.FEED, checked=False),
        Seed(url="https://gazette.example/sitemap.xml", kind=SeedKind.SITEMAP),
    )


def test_an_outlet_is_read_from_a_file_and_the_file_is_named_when_it_fails(tmp_path):
    file = tmp_path / "gazette.toml"
    file.write_text(dumps(loads(GAZETTE)), encoding="utf-8")
    assert load(file) == loads(GAZETTE)
    file.write_text('name = "x"\ncolour = "red"', encoding="utf-8")
    with pytest.raises(Misuse, match=r"gazette\.toml: colour: "):
        load(file)
    file.write_bytes(b'name = "\xff"')
    with pytest.raises(Misuse, match="UTF-8"):
        load(file)
    with pytest.raises(Misuse, match="no such file"):
        load(tmp_path / "other.toml")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("name = ", "is no valid TOML"),
        ('name = "x"\nlanguage = ["en"]', "language: is no key of an outlet; did you mean 'languages'"),
        ('name = "x"\nxyzzy = 1', "known keys are name, title"),
        ("name = 3", "name: 3 is of the wrong kind; write text in quotes"),
        ('title = "The Gazette"', "name: '' is no short name"),
        ('name = "The Gazette"', "such as 'the-gazette'"),
        ('name = "x"\naliases = "y"', "aliases: 'y' is of the wrong kind; write a list"),
        ('name = "x"\naliases = [1]', "aliases: 1 is no text"),
        ('name = "x"\ndomains = ["https://x.example/"]', "domains: 'https://x.example/' does not fit"),
        ('name = "x"\nlanguages = ["English"]', "languages: 'English' does not fit; write a code such as en"),
        ('name = "x"\nhome = "x.example"', "home: 'x.example' is no http or https address"),
        ('name = "x"\ndelay = "slow"', "delay: 'slow' is of the wrong kind; write a number"),
        ('name = "x"\ndelay = true', "delay: True is of the wrong kind"),
        ('name = "x"\ndelay = -1', "delay: -1 is negative"),
        ('name = "x"\nconcurrency = 0', "concurrency: 0 fetches nothing"),
        ('name = "x"\nobey_robots = 1', "obey_robots: 1 is of the wrong kind; write true or false"),
        ('name = "x"\nseeds = ["https://x.example/feed"]', r"seeds[1]: is no table"),
        ('name = "x"\n[[seeds]]\nurl = "https://x.example/"', r"seeds[1]: kind: is missing"),
        ('name = "x"\n[[seeds]]\nurl = "https://x.example/"\nkind = "rss"', "write one of feed, sitemap, section"),
        ('name = "x"\n[[seeds]]\nurl = "feed"\nkind = "feed"', r"seeds[1]: url: 'feed' is no http"),
        ('name = "x"\n[[seeds]]\nlink = "feed"', r"seeds[1]: link: is no key"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(written, said):
    with pytest.raises(Misuse) as caught:
        loads(written, "x.toml")
    assert str(caught.value).startswith("x.toml: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(str.strip)


@given(
    st.builds(
        Outlet,
        name=st.just("x"),
        title=words,
        aliases=st.lists(words, max_size=3).map(tuple),
        languages=st.sampled_from([(), ("en",), ("ar", "ku")]),
        delay=st.none() | st.floats(0, 1000),
        concurrency=st.integers(1, 9),
        obey_robots=st.booleans(),
        paused=st.booleans(),
        notes=st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(
            lambda text: text.replace("\r", "")
        ),
    )
)
def test_what_is_written_is_read_back(outlet):
    assert loads(dumps(outlet)) == outlet


class TestShippedOutlets:
    def test_the_first_users_outlets_are_all_there(self):
        assert {outlet.name for outlet in known()} >= {
            "aa", "alaraby", "almasdarnews", "bbc-turkce", "bloomberg", "cnn", "foxnews", "ft", "guardian",
            "hawarnews", "hstoday", "insurge-intelligence", "mintpress", "nytimes", "radikal", "ria", "rt", "wsj",
        }  # fmt: skip

    @pytest.mark.parametrize("outlet", known(), ids=lambda outlet: outlet.name)
    def test_each_is_whole_and_honest(self, outlet):
        assert outlet.title
        assert outlet.domains
        assert outlet.home
        assert outlet.languages
        assert outlet.notes
        assert len(set(outlet.aliases)) == len(outlet.aliases) > 1
        assert outlet.seeds, "even a closed outlet has a place where it would come back"
        assert not any(seed.checked for seed in outlet.seeds), "nothing was tried over a network"
        assert not any(looks_like_article(seed.url) for seed in outlet.seeds)
        assert loads(dumps(outlet)) == outlet

    def test_names_and_aliases_lead_to_one_outlet(self):
        seen = {}
        for outlet in known():
            for alias in {outlet.title.casefold(), *(each.casefold() for each in outlet.aliases)}:
                assert seen.setdefault(alias, outlet.name) == outlet.name, alias

    def test_closed_outlets_say_since_when(self):
        assert {outlet.name: outlet.closed for outlet in known() if outlet.closed} == {
            "almasdarnews": "2021",
            "radikal": "2016-03-22",
        }

    @pytest.mark.parametrize(
        ("place", "name"),
        [
            ("www.theguardian.com", "guardian"),
            ("theguardian.com", "guardian"),
            ("https://edition.cnn.com/world", "cnn"),
            ("arabic.rt.com", "rt"),
            ("https://www.bbc.com/turkce/articles/c1", "bbc-turkce"),
            ("https://www.bbc.co.uk/turkce", "bbc-turkce"),
            ("bbcturkce.com", "bbc-turkce"),
            ("www.bbc.com", None),
            ("https://www.bbc.com/news/world-1", None),
            ("https://medium.com/insurge-intelligence/a-story", "insurge-intelligence"),
            ("https://medium.com/someone-else/a-story", None),
            ("nottheguardian.com", None),
            ("", None),
            ("http://[bad", None),
        ],
    )
    def test_who_publishes_at_a_place(self, place, name):
        found = known_for(place)
        assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("The Guardian", "the-guardian"),
        ("www.bbc.co.uk", "bbc"),
        ("https://news.example.com/path", "example"),
        ("BBC News Türkçe", "bbc-news-turkce"),
        ("Işık & Gölge", "isik-and-golge"),
        ("  ", "outlet-e3b0c442"),
    ],
)
def test_slugs(text, name):
    assert slug(text) == name


@given(st.text(max_size=60))
def test_every_slug_is_a_name(text):
    assert loads(f'name = "{slug(text)}"').name == slug(text)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.bbc.co.uk", "bbc.co.uk"),
        ("haber.hurriyet.com.tr", "hurriyet.com.tr"),
        ("WWW.Example.ORG.", "example.org"),
        ("www.blog.blogspot.com", "blog.blogspot.com"),  # a platform's blogs are sites of their own
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("co.uk", "co.uk"),
        ("xn--80aswg.xn--p1ai", "xn--80aswg.xn--p1ai"),
        ("", ""),
    ],
)
def test_registrable_domains(host, domain):
    assert registrable(host) == domain


def test_the_same_site():
    assert same_site("www.bbc.co.uk", "m.bbc.co.uk")
    assert not same_site("bbc.co.uk", "itv.co.uk")
    assert not same_site("", "")


def test_the_suffix_list_is_never_fetched(monkeypatch):
    def refuse(*_arguments, **_options):
        raise AssertionError("a look-up went to the network")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert registrable("never.asked-before.example.com.tr") == "example.com.tr"
