"""The same story in other languages: what one edition's change does to the others' next look."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.db import editions as db_editions
from archive.db.compare import differences
from archive.db.engine import open_database
from archive.domain.editions import MOST, editions
from archive.domain.urls import normalise
from scheduler.reindexing import reindex
from tests.homes import START, Place
from tests.newsroom import Newsroom

BASE = "http://herald.example/en/flood"


def link(href, language="de", rel="alternate"):
    return f'<link rel="{rel}" hreflang="{language}" href="{href}">'


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ("", []),
        (link("/de/flut"), ["http://herald.example/de/flut"]),
        (link("http://herald.example/de/flut?utm_source=x#top"), ["http://herald.example/de/flut"]),
        (link(BASE, "en") + link(BASE, "x-default"), []),  # itself
        ('<LINK HREF=/de/flut HREFLANG=de REL="nofollow Alternate">', ["http://herald.example/de/flut"]),
        ('<link rel="alternate" type="application/rss+xml" href="/feed">' + link("/de/flut", ""), []),
        (link("/de/flut", rel="canonical"), []),
        (link("/a?x=1&amp;y=2"), ["http://herald.example/a?x=1&y=2"]),
        ("<!-- " + link("/de/flut") + " -->", []),
        ("<script>x = '" + link("/de/flut") + "'</script>", []),
        ("</head><body>" + link("/de/flut"), []),
        (link("mailto:a@herald.example") + link("http://[bad"), []),
        ("".join(link(f"/x/{n}") for n in range(MOST + 1)), []),  # a mistake in a template
    ],
)
def test_which_editions_a_page_names(markup, found):
    assert list(editions(f"<html><head>{markup}", [], BASE)) == found


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        (['</de/flut>; rel="alternate"; hreflang="de"'], ["http://herald.example/de/flut"]),
        (["</fr/crue>; hreflang=fr; rel=alternate, </style.css>; rel=preload"], ["http://herald.example/fr/crue"]),
        (["</feed>; rel=alternate; type=application/rss+xml"], []),
        (["nonsense", "<>", ""], []),
    ],
)
def test_which_editions_a_link_field_names(fields, found):
    assert list(editions("", fields, BASE)) == found


@given(st.text(max_size=300), st.lists(st.text(max_size=60), max_size=3))
def test_whatever_a_page_says_gives_addresses(markup, fields):
    for hostile in (markup, f"<link rel=alternate hreflang=x href={markup}", markup + link(markup)):
        found = editions(hostile, fields, BASE)
        assert all(normalise(one) == one != BASE for one in found)
        assert list(found) == sorted(set(found))


# As it was lived.


WORDS = {
    "en": ["The river rose two metres overnight.", "The town hall took in forty families.", "Schools stay shut."],
    "de": ["Der Fluss stieg um zwei Meter.", "Das Rathaus nahm vierzig Familien auf.", "Die Schulen bleiben zu."],
    "fr": [
        "La rivière est montée de deux mètres.",
        "La mairie accueille du monde.",
        "Les écoles restent fermées.",
    ],
}


@pytest.fixture
def room():
    with Newsroom(start=START) as room:
        yield room


class Scene:
    """A story in three languages, two at one outlet and the third perhaps at another; all are old."""

    def __init__(self, folder, room, *, french="herald.example", names=("en", "de", "fr")):
        self.room, self.names = room, names
        self.hosts = {"en": "herald.example", "de": "herald.example", "fr": french}
        self.words = {language: list(paragraphs) * 3 for language, paragraphs in WORDS.items()}
        for language in WORDS:
            self.publish(language)
        self.place = Place(folder / "home", room)
        self.place.watch(stories=[self.url(language) for language in WORDS])
        self.place.look()
        self.place.look(days=90)
        self.place.look(seconds=10)

    def url(self, language):
        return f"http://{self.hosts[language]}/{language}/flood"

    def publish(self, language):
        alternates = "".join(link(self.url(other), other) for other in WORDS) if language in self.names else ""
        words = "".join(f"<p>{paragraph}</p>" for paragraph in self.words[language])
        page = (
            f'<html lang="{language}"><head><title>{self.words[language][0]}</title>{alternates}'
            f'<meta property="og:type" content="article"></head>'
            f"<body><article><h1>{self.words[language][0]}</h1>{words}</article></body></html>"
        )
        self.room.serve_page(self.hosts[language], f"/{language}/flood", page.encode())

    def edit(self, language):
        self.words[language][1] = "Niemand, nobody, personne was taken in at all, said the mayor of the town."
        self.publish(language)

    def waits(self, language):
        """Why it is looked at next, if that is now."""
        article = self.place.article(self.url(language))
        return article.next_why if article.next_check <= self.place.clock.moment else ""


def test_an_edit_of_one_edition_has_the_others_looked_at(tmp_path, room):
    scene = Scene(tmp_path, room)
    assert [scene.waits(language) for language in WORDS] == ["", "", ""]
    scene.edit("en")
    scene.place.look(url=scene.url("en"), minutes=5)
    (change,) = scene.place.changes()
    why = (
        f"another edition of it was changed, as seen at {change.detected_at:%Y-%m-%d %H:%M:%S}: {scene.url('en')}"
    )
    assert [scene.waits(language) for language in WORDS] == ["", why, why]
    scene.edit("de")
    scene.place.due(minutes=1)
    assert {change.url for change in scene.place.changes()} == {scene.url("en"), scene.url("de")}
    # What changed itself just now is not pulled by what followed it; the third, which did not change, is again.
    assert scene.waits("en") == scene.waits("de") == ""
    scene.place.due(minutes=1)
    looks = len(scene.place.fetches(scene.url("fr")))
    scene.place.due(minutes=1)
    assert (scene.waits("fr"), len(scene.place.fetches(scene.url("fr")))) == ("", looks)
    url = f"sqlite:///{tmp_path / 'again.db'}"
    reindex(scene.place.home, into=url, step=lambda _n, _name: None)
    again = open_database(url)
    with again.read() as other, scene.place.reading() as connection:
        assert list(map(str, differences(connection, other))) == []
    again.close()


def test_a_takedown_of_one_edition_has_the_others_looked_at(tmp_path, room):
    scene = Scene(tmp_path, room)
    room.serve_page("herald.example", "/en/flood", b"<h1>Gone</h1>", status=410)
    scene.place.look(url=scene.url("en"), minutes=5)
    assert [scene.waits(language) for language in ("de", "fr")] == ["", ""]  # a suspicion pulls nobody
    for _ in range(7):
        scene.place.look(url=scene.url("en"), hours=5)
    assert scene.place.article(scene.url("en")).held.standing.value == "taken_down"
    for language in ("de", "fr"):
        assert scene.waits(language).startswith("another edition of it is taken down, as seen at 2026-06-0")


def test_within_an_outlet_it_is_enough_that_one_names_the_other(tmp_path, room):
    scene = Scene(tmp_path, room, names=("de",))
    scene.edit("en")
    scene.place.look(url=scene.url("en"), minutes=5)
    assert scene.waits("de").startswith("another edition")
    assert scene.waits("fr") == ""  # only the German page knows of both


@pytest.mark.parametrize(("names", "pulls"), [(("en", "de"), False), (("en", "de", "fr"), True), (("fr",), False)])
def test_a_stranger_is_pulled_where_both_name_each_other(tmp_path, room, names, pulls):
    scene = Scene(tmp_path, room, french="echo.example", names=names)
    scene.edit("en")
    scene.place.look(url=scene.url("en"), minutes=5)
    assert bool(scene.waits("fr")) is pulls


def test_a_page_that_names_no_more_editions_has_none(tmp_path, room):
    scene = Scene(tmp_path, room, names=("en",))
    article = scene.place.article(scene.url("en"))
    with scene.place.reading() as connection:
        assert len(db_editions.of(connection, article.id)) == 2
    scene.names = ()
    scene.publish("en")
    scene.place.look(days=2)
    with scene.place.reading() as connection:
        assert db_editions.of(connection, article.id) == []
    assert scene.place.article(scene.url("de")).last_checked > scene.place.clock.moment - timedelta(minutes=1)
