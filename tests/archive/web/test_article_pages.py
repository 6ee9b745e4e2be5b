"""The pages about one article and one change, asked over HTTP, of articles with all kinds of lives."""

import contextlib
import http.client
import io
import re
import shutil
import zipfile
from collections import Counter
from urllib.parse import urlencode, urlsplit

import lxml.html
import pytest
from sqlalchemy import select, update

from archive import home as homes
from archive.db.engine import open_database
from archive.db.tables import changes, versions
from archive.warc.reader import iter_members
from archive.web.pages.article import VIEWS
from tests.lives import LOOKS, lives
from tests.serving import Reply, served

LIVES = ["edited", "gone", "moved", "often", "arabic", "turkish", "rewritten", "never", "merged"]


@pytest.fixture(scope="module")
def site():
    with served(lives().home) as site:
        yield site


class Document:
    """A page as a browser reads it."""

    def __init__(self, site, path: str, status: int = 200) -> None:
        self.reply = site.get(path.partition("#")[0], Accept="text/html")
        assert self.reply.status == status, self.reply.text[:2000]
        self.tree = lxml.html.document_fromstring(self.reply.text)

    def all(self, path: str) -> list:
        return self.tree.cssselect(path) if "//" not in path else self.tree.xpath(path)

    def text(self, path: str = "main") -> str:
        return " ".join(" ".join(each.text_content() for each in self.all(path)).split())

    def hrefs(self, path: str = "a") -> list[str]:
        return [each.get("href") for each in self.all(path)]


def article(site, name: str, query: str = "") -> Document:
    return Document(site, f"/article/{lives().ids[name]}{query}")


def diff_of(site, name: str, number: int = 0, query: str = "") -> Document:
    """The page of a change of an article, the latest by default."""
    return Document(site, article(site, name).hrefs(".changes .what")[number] + query)


@pytest.mark.parametrize("view", ["", *VIEWS])
@pytest.mark.parametrize("name", LIVES)
def test_every_life_has_a_page_in_every_view(site, name, view):
    page = article(site, name, f"?view={view}" if view else "")
    ids = Counter(each.get("id") for each in page.all("[id]"))
    assert {n for n, count in ids.items() if count > 1} == set()
    here = [urlsplit(href) for href in page.hrefs("a[href]")]
    assert {href.fragment for href in here if href.fragment and not href.path} <= set(ids)
    described = {
        each.get(name) for name in ("aria-labelledby", "aria-describedby") for each in page.all(f"[{name}]")
    }
    assert described <= set(ids)
    assert len(page.all("h1")) == 1
    assert "http" not in {
        urlsplit(each.get("src") or each.get("href")).scheme for each in page.all("script, link")
    }


def test_an_edited_article_tells_of_its_changes(site):
    page = article(site, "edited")
    assert page.text("h1") == "Minister denies the report"
    assert "still there" in page.text(".stands")
    assert page.text("#wording del") == "[removed: 120]"
    assert page.text("#wording ins") == "[added: 12]"
    assert len(page.all(".changes li")) == 2
    assert "stealth" in page.text(".changes li:first-child")
    assert [href for href in page.hrefs(".take a") if href.startswith("/evidence/change/")]


def test_two_versions_of_choice_side_by_side(site):
    page = article(site, "edited", "?view=beside&old=1&new=3")
    assert [each.text_content() for each in page.all("table.beside th")] == [
        "Before: version 1", "After: version 3",
    ]  # fmt: skip
    left, right = page.text("table.beside td:first-child"), page.text("table.beside td:nth-child(2)")
    assert "[removed: denied]" in left
    assert "[added: confirmed]" in right
    assert "confirmed" not in left
    assert page.all("select[name=old] option[selected]")[0].get("value") == "1"


def test_what_moved_is_linked_from_where_it_stood_to_where_it_stands(site):
    page = article(site, "edited", "?view=inline&old=1&new=2")
    [ghost] = page.all("p.ghost")
    [there] = page.hrefs("p.ghost a")
    [moved] = page.all("p.moved")
    assert there == f"#{moved.get('id')}"
    assert page.hrefs("p.moved a") == [f"#{ghost.get('id')}"]
    assert "A spokesman of the port authority" in moved.text_content()


def test_who_wrote_which_sentence_when(site):
    page = article(site, "edited", "?view=sentences")
    since = page.all(".since")
    assert any("12 people" in each.text_content() and "Ada Lind" in each.text_content() for each in since)
    assert "[removed: 120]" in page.text(".gone")
    assert "[added: 12]" in page.text(".gone")
    changes = [each.get("id") for each in page.all(".changes li")]
    assert {href.removeprefix("#") for href in page.hrefs(".since a")} <= set(changes)


def test_an_arabic_article_stands_from_the_right_in_its_own_language(site):
    page = article(site, "arabic")
    [headline] = page.all("h1")
    assert (headline.get("dir"), headline.get("lang")) == ("auto", "ar")
    [inline] = page.all("#wording .inline")
    assert inline.get("lang") == "ar"
    # What is said aloud has a direction of its own, or it would decide that of a paragraph which begins with it.
    assert {each.get("dir") for each in page.all("del .aloud:first-child, ins .aloud:first-child")} == {"ltr"}
    assert page.text("#wording del") == "[removed: 120]"


def test_a_turkish_article_keeps_its_letters(site):
    page = article(site, "turkish", "?view=text")
    assert "İstanbul'daki ilgili müdürlük" in page.text(".text")
    assert "Işıl Gündoğdu" in page.text(".byline")


def test_texts_that_differ_in_direction_stand_each_in_its_own(site):
    page = diff_of(site, "rewritten", query="&view=beside")
    sides = [(p.getparent().getprevious() is None, p.get("dir"), p.get("lang")) for p in page.all(".beside td p")]
    assert {direction for _, direction, _ in sides} == {"auto"}
    assert (True, "auto", "tr") in sides
    assert (False, "auto", "ar") in sides


def test_an_article_that_nobody_ever_read_says_so(site):
    page = article(site, "never")
    assert "No wording of it was ever seen" in page.text()
    assert "It was never seen there." in page.text(".stands")
    assert page.all("figure#life")


def test_three_hundred_captures_make_no_more_bars_than_there_is_room_for(site):
    page = article(site, "often")
    bars = page.all("svg .looks")
    assert 100 <= len(bars) <= 120
    said = [int(number) for each in bars for number in re.findall(r"(\d+) captures?", each.get("aria-label"))]
    assert sum(said) >= LOOKS
    closer = Document(site, f"/article/{lives().ids['often']}" + page.hrefs("a[data-key='+']")[0])
    assert len(closer.all("svg .looks")) >= 100
    assert {each.get("data-key") for each in closer.all("a[data-key]")} == {
        "+",
        "-",
        "0",
        "ArrowLeft",
        "ArrowRight",
    }
    first = Document(site, f"/article/{lives().ids['often']}?since=2026-03-05T00:00Z&until=2026-03-05T02:30Z")
    assert len(first.all("svg .looks")) == 3
    assert all(href.startswith("/web/2026030") for href in first.hrefs("svg .looks"))


def test_every_mark_of_a_version_a_change_and_a_standing_can_be_reached_and_says_what_it_is(site):
    page = article(site, "gone")
    marks = page.all("svg .spot")
    assert len(marks) >= 3
    for mark in marks:
        assert mark.get("href")
        assert mark.get("aria-label")
    assert any("taken down" in mark.get("aria-label") for mark in marks)
    table = page.text(".life-table")
    for mark in marks:
        assert " ".join(mark.get("aria-label").split()) in table


def test_what_was_taken_down_says_what_that_rests_on(site):
    page = article(site, "gone")
    assert "taken down" in page.text(".stands")
    assert "the outlet answers 404 Not Found" in page.text(".stands")
    steps = page.all(".steps > li")
    assert len(steps) == 2
    assert "another page of the outlet, which was there at that time" in page.text(".proofs")
    assert "404" in page.text(".proofs strong")
    assert "Engineers warned of cracks" in page.text(".text")  # what stood there, not what changed
    [evidence] = [href for href in page.hrefs(".take a") if href.startswith("/evidence/standing/")]
    assert site.head(evidence).status == 200


def test_what_moved_has_its_other_addresses(site):
    page = article(site, "moved")
    assert "ferries-of-the-islands" in page.text(".about")
    assert lives().urls["moved"] in page.text()


def test_what_became_one_with_another_is_found_by_either_address(site):
    ids, urls = lives().ids, lives().urls
    for name in ("alias", "merged"):
        reply = site.get(f"/article?url={urls[name]}")
        assert (reply.status, reply["location"]) == (302, f"/article/{ids['merged']}")


def test_a_change_is_told_with_both_times_and_the_ways_on(site):
    first, last = diff_of(site, "edited", 1), diff_of(site, "edited")
    assert last.text("#wording, section del").startswith("[removed:")
    assert "stealth" in last.text(".stealth")
    assert len(last.all(".side")) == 2
    assert first.hrefs("a[rel=next]")
    assert last.hrefs("a[rel=prev]")
    assert not last.hrefs("a[rel=next]")
    assert Document(site, last.hrefs("a[rel=prev]")[0]).text("h1") == first.text("h1")
    for href in [href for href in last.hrefs(".side a") if href.startswith("/web/")]:
        assert site.get(href).status == 200
    assert last.all("details.fold")
    assert {each.get("href").partition("view=")[2][:6] for each in last.all(".views a")} == {"inline", "beside"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/article/999999", 404),
        ("/article/99999999999999999999999", 404),
        ("/article?url=", 400),
        ("/article?url=ftp://x", 400),
        ("/article?url=http://nobody.example/x", 404),
        ("/article/{edited}?view=upside-down", 400),
        ("/article/{edited}?version=9", 404),
        ("/article/{edited}?version=-1", 400),
        ("/article/{edited}?version=99999999999999999999", 400),
        ("/article/{edited}?view=inline&old=1&new=9", 404),
        ("/article/{edited}?since=soon", 400),
        ("/article/{edited}?since=2027&until=2026", 400),
        ("/article/{edited}/docx", 404),
        ("/article/999999/warc", 404),
        ("/article/{never}/text", 404),
        ("/diff", 400),
        ("/diff?from=1", 400),
        ("/diff?from=1&to=999999", 404),
        ("/diff?from=x&to=2", 400),
        ("/diff?change=999999", 404),
        ("/diff?change=1&view=text", 400),
    ],
)  # fmt: skip
def test_bad_questions_get_a_plain_word(site, path, status):
    reply = site.get(path.format(**lives().ids), Accept="text/html")
    assert reply.status == status
    assert "Traceback" not in reply.text


def test_a_span_far_away_is_brought_back_to_the_line(site):
    page = article(site, "edited", "?since=1990-01-01&until=1990-02-01")
    assert "From 2026-03-02" in page.text("#life-span")


def test_versions_of_different_articles_say_nothing_of_each_other(site):
    ours = dict(re.findall(r"(from|to)=(\d+)", article(site, "edited").hrefs(".changes .what")[0]))
    theirs = dict(re.findall(r"(from|to)=(\d+)", article(site, "turkish").hrefs(".changes .what")[0]))
    assert site.get(f"/diff?from={ours['from']}&to={theirs['to']}", Accept="text/html").status == 400


def test_an_article_is_taken_away_as_warc(site, tmp_path):
    number = lives().ids["edited"]
    reply = site.get(f"/article/{number}/warc")
    assert reply.status == 200
    assert reply["content-disposition"] == f'attachment; filename="herald-article-{number}.warc.gz"'
    assert int(reply["content-length"]) == len(reply.body)
    file = tmp_path / "taken.warc.gz"
    file.write_bytes(reply.body)
    urls = Counter(member.record.get("WARC-Target-URI") for member in iter_members(file))
    assert urls[lives().urls["edited"]] >= 3


def test_an_article_is_taken_away_as_wacz(site):
    number = lives().ids["arabic"]
    reply = site.get(f"/article/{number}/wacz")
    assert reply["content-disposition"] == f'attachment; filename="sabah-article-{number}.wacz"'
    with zipfile.ZipFile(io.BytesIO(reply.body)) as package:
        assert package.testzip() is None
        assert "datapackage.json" in package.namelist()
    head = site.head(f"/article/{number}/wacz")
    assert (head.status, head.body) == (200, b"")


def test_a_wording_is_taken_away_as_text(site):
    number = lives().ids["turkish"]
    first, last = (site.get(f"/article/{number}/text{query}") for query in ("?version=1", ""))
    assert "120 kişinin" in first.text
    assert "12 kişinin" in last.text
    assert first["content-disposition"] == f'attachment; filename="haber-article-{number}-version-1.txt"'


# Hostile texts --------------------------------------------------------------------------------------

HOSTILE = {
    "a million letters": ("a" * 1_000_000, "a" * 999_999),
    "many words": ("word other " * 50_000, "other word " * 50_000),
    "many paragraphs": ("So it is.\n\n" * 10_000, "So it was.\n\n" * 10_000),
    "mark-up": (
        "<script>alert(1)</script> stood here. " * 5,
        "</p><img src=x onerror=alert(1)> stands here. " * 5,
    ),
    "no characters": ("\x00\x1b[31m \ud800 one", "\u202e two \ufffe"),
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A copy of the home, in which the texts of a change can be written by hand."""
    folder = tmp_path_factory.mktemp("hostile") / "home"
    shutil.copytree(lives().home.root, folder)
    home = homes.find(folder, {})
    with served(home) as site:
        database = open_database(home.database_url)
        yield site, database
        database.close()


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("view", ["inline", "beside"])
def test_hostile_texts_have_an_end_and_run_nothing(hostile, name, view):
    site, database = hostile
    texts = HOSTILE[name]
    with database.write() as connection:
        query = select(changes.c.from_version, changes.c.to_version, changes.c.id)
        row = connection.execute(query.where(changes.c.article_id == lives().ids["turkish"])).one()
        for version, text in zip(row[:2], texts, strict=True):
            document = connection.execute(select(versions.c.document).where(versions.c.id == version)).scalar_one()
            document = {**document, "text": text.strip(), "title": text[:40]}
            connection.execute(update(versions).where(versions.c.id == version).values(document=document))
    page = Document(site, f"/diff?change={row.id}&view={view}")
    assert len(page.reply.body) < 3_000_000
    assert not page.all("main script, main img")
    assert (name in ("a million letters", "many words", "many paragraphs")) == bool(page.all(".cut[role=note]"))


# What people add ------------------------------------------------------------------------------------


def test_a_tag_and_a_note_are_given_by_the_forms_of_the_page(hostile):
    site, _ = hostile
    path = f"/article/{lives().ids['gone']}"
    for target, field, words, done in (
        ("/acts/tag", "tag", "bridges", "The tag is set."),
        ("/acts/note", "text", "Asked the <b>city</b>.", "The note is kept."),
    ):
        page = Document(site, path)
        [form] = [each for each in page.all("form") if each.get("action") == target]
        values = {each.name: each.value or "" for each in form.inputs if each.name} | {field: words}
        body = urlencode(values).encode()
        reply = post(site, target, body)
        assert reply.status == 303
        assert reply["location"].startswith(path)
        page = Document(site, reply["location"])
        assert [each.text_content() for each in page.all(".notice")] == [done]
        assert words in page.text("#yours")
    assert not page.all("#yours b")


def post(site, target: str, body: bytes) -> Reply:
    connection = http.client.HTTPConnection(site.host, site.port, timeout=10)
    with contextlib.closing(connection):
        head = {"Content-Type": "application/x-www-form-urlencoded", "Origin": site.base}
        connection.request("POST", target, body, head)
        answer = connection.getresponse()
        return Reply(answer.status, answer.getheaders(), answer.read())
