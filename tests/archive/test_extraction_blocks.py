"""What stands around the text of a story: links, pictures, stamps, and what the text leaves out."""

import pytest
from lxml import html as trees

from archive.domain.model import Link
from archive.extraction.pictures import identity, named
from tests.archive.test_extraction import STORY, page, read

FERRY = "The ferry to the outer islands leaves twice a day from pier four, and once on Sundays."


# --- links --------------------------------------------------------------------------------------


def test_links_of_the_story_are_absolute_and_without_what_counts_visitors():
    text = "<p>See the <a href='/plan?utm_source=mail&id=4#top'>plan of the board</a> for all, it says there.</p>"
    assert read(page(after=text)).links == (
        Link(text="plan of the board", url="https://outlet.example/plan?id=4"),
    )


def test_links_start_from_the_base_of_the_page():
    text = "<p>See the <a href='plan'>plan of the board</a> for all of the walls, as it says there.</p>"
    found = read(page(head="<base href='https://files.example/board/'>", after=text))
    assert [link.url for link in found.links] == ["https://files.example/board/plan"]


@pytest.mark.parametrize(
    "address", ["#walls", "mailto:ada@outlet.example", "javascript:void(0)", "http://[bad", ""]
)
def test_what_leads_to_no_other_page_is_no_link(address):
    text = f"<p>See the <a href='{address}'>plan</a> of the board for all of the walls, as it says there.</p>"
    assert read(page(after=text)).links == ()


def test_links_around_the_story_are_not_the_story_s():
    aside = "<aside><p>Crane falls into the sea: <a href='/crane'>more</a></p></aside>"
    assert read(page(before=aside, after="<p>READ MORE: <a href='/x'>Ferry to move its berth</a></p>")).links == ()


def test_a_menu_of_words_that_the_story_uses_too_holds_none_of_its_links():
    menu = "<div><a href='/ferries'>ferries</a></div><div><a href='/walls'>walls</a></div><main>"
    assert read(page().replace("<main>", menu)).links == ()


# --- pictures -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "https://img.example/2026/harbour-wall-1200x800.jpg",
            "https://cdn2.example/2026/harbour-wall-640x480.webp",
        ),
        ("/media/harbour_w948_r1.778_fpx50_fpy50.jpg", "/media/harbour_w488_r1_fpx33_fpy50.jpg?v=2"),
        (
            "/img/media/3f2a/0_0_3000_1800/master/3000.jpg?width=700",
            "/img/media/3f2a/0_9_3000_1800/500.jpg?width=300",
        ),
        ("/a/01harbour-superJumbo.jpg", "/a/01harbour-articleLarge.jpg?quality=75"),
        ("/_next/image?url=%2Fp%2Fharbour.jpg&w=640&q=75", "/_next/image?url=%2Fp%2Fharbour.jpg&w=1080&q=75"),
        ("/zeitung/harbour-basin/wide__660x371__desktop", "/zeitung/harbour-basin/square__460x460__mobile"),
        ("/files/harbour@2x.png", "/files/harbour.png"),
        ("/upload/c_fill,w_800,h_600/harbour.jpg", "/upload/c_fill,w_400,h_300/harbour.jpg"),
        ("/2026/harbour-3-640x360.jpg", "/2026/harbour-3.jpg"),
    ],
)
def test_a_picture_keeps_its_name_whatever_its_crop_size_format_or_server(one, other):
    assert named(one) == named(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/img/harbour.jpg", "/img/ferry.jpg"),
        ("/img/IMG_2041.jpg", "/img/IMG_2042.jpg"),
        ("/img/media/3f2a77/master/3000.jpg", "/img/media/99bc01/master/3000.jpg"),
        ("/img/harbour-2025.jpg", "/img/harbour-2026.jpg"),
        ("/img/harbour-3-640x360.jpg", "/img/harbour-4-640x360.jpg"),
    ],
)
def test_another_picture_has_another_name(one, other):
    assert named(one) != named(other)


def test_a_picture_that_loads_late_is_named_by_where_it_will_come_from():
    late = (
        "<img src='data:image/gif;base64,R0lGOD' data-srcset='/p/harbour-640.jpg 640w, /p/harbour-1200.jpg 1200w'>"
    )
    assert identity(trees.fragment_fromstring(late)) == "harbour"


def test_a_picture_without_a_name_is_what_it_is_said_to_show():
    assert (
        identity(trees.fragment_fromstring("<img src='/image/1200.jpg' alt='The Northern Wall'>"))
        == "the northern wall"
    )


def test_icons_and_pictures_of_other_stories_are_none_of_the_story_s():
    around = (
        "<img src='/share.png' width=16 height=16><a href='/crane'><img src='/img/crane.jpg'></a>"
        "<figure><a href='/big/harbour-2000x1000.jpg'><img src='/img/harbour-640x320.jpg'></a></figure>"
    )
    assert read(page(after=around)).images == ("harbour",)


def test_captions_are_those_of_the_story_s_own_pictures():
    figure = "<figure><img src='/wall.jpg'><figcaption>The <b>wall</b></figcaption></figure>"
    other = figure.replace("wall", "crane")
    around = f"<a href='/crane'>{other}</a><aside>{other}</aside><div class=related>{other}</div>"
    found = read(page(before=figure, after=around).replace("</main>", f"</main>{other}"))
    assert (found.images, found.captions) == (("wall",), ("The wall",))


# --- stamps -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stamp",
    [
        "Last updated 3 March 2026, 10:20",
        "Zuletzt aktualisiert am 3. März 2026, 10:20 Uhr",
        "Son güncelleme: 3 Mart 2026 10:20",
        "آخر تحديث: 3 مارس 2026",
        "Mis à jour le 3 mars 2026 à 10h20",
        "Actualizado el 3 de marzo de 2026",
        "Обновлено 3 марта 2026, 10:20",
    ],
)
def test_a_stamp_is_found_in_a_line_of_its_own_and_beside_the_byline(stamp):
    alone = read(page(before=f"<p class='when'>{stamp}</p>"))
    beside = read(page(before=f"<div class='meta'><span>Ada Lund</span> <time>{stamp}</time> | 4 min</div>"))
    in_header = read(page().replace("<article>", f"<article><header><p>{stamp}</p></header>"))
    assert alone.stamps == beside.stamps == in_header.stamps == (stamp,)


def test_a_relative_time_a_date_of_publication_and_a_sentence_are_no_stamps():
    around = "<p>Updated 3 hours ago</p><p>Published 3 March 2026</p>"
    story = [*STORY, "The board updated its plan on 3 March 2026 and asked for more money."]
    assert read(page(story, before=around)).stamps == ()


# --- what the text leaves out -------------------------------------------------------------------


def test_what_stands_amid_the_story_and_not_in_its_text_is_kept_aside():
    facts = "<dl><dt>Eastern wall</dt><dd>leaks since 2019 and moves</dd></dl>"
    found = read(page(after=facts))
    assert found.paragraphs == STORY
    assert found.asides == ("Eastern wall", "leaks since 2019 and moves")


def test_what_the_text_holds_is_not_kept_aside():
    text = f"<h2>How to get there</h2><ul><li>{FERRY}</li></ul><table><tr><td>Pier</td><td>four</td></tr></table>"
    assert read(page([*STORY, "See <b>below</b> how <i>that</i> is done."], after=text)).asides == ()


def test_a_list_of_links_within_the_page_is_one_block():
    items = "".join(f"<li><a href='#part{n}'>Why wall number {n} has to go</a></li>" for n in (1, 2, 3))
    found = read(page(before=f"<ul>{items}</ul>"))
    assert found.asides == (
        "Why wall number 1 has to go | Why wall number 2 has to go | Why wall number 3 has to go",
    )


@pytest.mark.parametrize(
    "box",
    [
        f"<nav><p>{FERRY}</p></nav>",
        f"<aside><p>{FERRY}</p></aside>",
        f"<form><p>{FERRY}</p></form>",
        f"<div role=dialog><p>{FERRY}</p></div>",
        f"<dl class=newsletter-box><dd>{FERRY}</dd></dl>",
        f"<dl hidden><dd>{FERRY}</dd></dl>",
        f"<dl><dd><script>{FERRY}</script></dd></dl>",
    ],
)
def test_what_is_no_part_of_a_story_by_its_mark_up_is_not_kept_aside(box):
    found = read(page(after=box))
    assert found.asides == ()


def test_what_leads_elsewhere_is_known_as_such():
    links = "<ul><li><a href='https://ada.example/'>Ada Lund</a></li><li>Bo Ek</li></ul>"
    found = read(page(after=links))
    assert (found.paragraphs[-1], found.asides, found.pointers) == ("Bo Ek", (), ("Ada Lund",))


def test_beyond_the_story_s_element_nothing_is_looked_at():
    outside = page().replace("</main>", f"</main><section><dl><dd>{FERRY}</dd></dl></section>")
    assert read(outside).asides == ()


def test_a_name_that_lies_about_the_element_of_the_whole_story_does_not_count():
    named = page(after=f"<dl><dd>{FERRY}</dd></dl>").replace("<main>", "<main class='sidebar-layout'>")
    assert read(named).asides == (FERRY,)


def test_the_rest_of_an_article_whose_text_was_read_in_part_is_kept_aside():
    """Trafilatura takes one of several sections that look alike, on some pages."""
    rest = f"</section><section><dl><dd>{FERRY}</dd></dl></section></article>"
    html = page().replace(f"<p>{STORY[0]}", f"<section><p>{STORY[0]}").replace("</article>", rest)
    assert read(html).asides == (FERRY,)


@pytest.mark.parametrize(
    "place", ["<header>{}</header>", "<div class='meta'>{}</div>", "<div class=promo-box>{}</div>"]
)
def test_a_note_of_correction_is_read_wherever_it_stands_near_the_story(place):
    note = "Correction: an earlier version of this article misstated the length of the wall."
    html = page().replace("<article>", f"<article>{place.format(f'<p>{note}</p>')}")
    found = read(html)
    assert note in (*found.asides, *found.paragraphs)
    assert read(page(after=f"<aside><p>{note}</p></aside>")).asides == ()
