"""What is mere noise between two extractions of one article, and what never is."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archive.domain.model import Extraction, StructuredData
from archive.domain.noise import comparable
from archive.domain.trimmings import Trimming, is_prose, trimming
from archive.domain.wording import fold

LAW = settings(max_examples=150, deadline=None, derandomize=True)

STORY = (
    "The minister said on Tuesday that 12 people had been hurt in the fire.",
    "Firefighters from three towns fought the flames until the morning.",
    "“We did what we could,” a spokesman told reporters at the scene.",
    "The cause of the fire is not known, and an inquiry has begun.",
)
NOISE = (
    "12 shares", "Share 7,524", "2 hours ago", "vor 3 Stunden", "5 dakika önce", "Advertisement", "Anzeige",
    "إعلان", "Sign up for our newsletter", "Melden Sie sich für unseren Newsletter an.",
    "READ MORE: Minister quits over report", "Читайте также: Пожар в порту",
    "Follow us on Facebook, Instagram and X.", "1.2K", "DAX 20,609.12 +1.81%",
)  # fmt: skip


def page(*paragraphs: str, **fields) -> Extraction:
    """An extraction of these paragraphs."""
    return Extraction(extractor="test/1", title="Fire in the port", text="\n\n".join(paragraphs), **fields)


def among(position: int, *lines: str) -> Extraction:
    """The story with lines put in."""
    return page(*STORY[:position], *lines, *STORY[position:])


def same(before: Extraction, after: Extraction, **known) -> bool:
    """Whether nothing but noise lies between the two."""
    was, now = comparable(before, after, **known)
    return fold(was.text) == fold(now.text)


class TestLaws:
    SENTENCES = st.sampled_from(STORY)
    LINES = st.sampled_from((*NOISE, "Tuesday 3 March 2026, 10:20", "Power and performance"))
    PAGES = st.lists(SENTENCES | LINES, max_size=10).map(lambda texts: page(*texts))

    @given(PAGES, PAGES)
    @LAW
    def test_both_directions_mirror_each_other(self, a, b):
        assert comparable(b, a) == comparable(a, b)[::-1]

    @given(PAGES, PAGES)
    @LAW
    def test_a_comparable_pair_stays_as_it_is(self, a, b):
        once = comparable(a, b)
        assert comparable(*once) == once

    @given(PAGES)
    @LAW
    def test_what_is_equal_is_left_alone(self, a):
        assert comparable(a, a) == (a, a)

    @given(
        st.lists(LINES, max_size=3),
        st.lists(LINES, max_size=3),
        SENTENCES,
        st.sampled_from(["not", "7", "Miller"]),
        st.data(),
    )
    @LAW
    def test_a_word_a_digit_or_a_not_inside_a_sentence_is_never_hidden(self, over, under, sentence, planted, data):
        pieces = sentence.split()
        at = data.draw(st.integers(1, len(pieces) - 1))
        edited = " ".join([*pieces[:at], planted, *pieces[at:]])
        before, after = (
            page(*over, *(edited if text == sentence and now else text for text in STORY), *under)
            for now in (False, True)
        )
        was, now = comparable(before, after)
        assert sentence in was.paragraphs
        assert edited in now.paragraphs

    @given(SENTENCES, st.data())
    @LAW
    def test_another_digit_inside_a_sentence_is_never_hidden(self, sentence, data):
        pieces = sentence.split()
        at, number = data.draw(st.integers(1, len(pieces) - 1)), data.draw(st.integers(0, 10**6))
        other = data.draw(st.integers(0, 10**6))
        assume(number != other)
        a, b = (" ".join([*pieces[:at], str(n), *pieces[at:]]) for n in (number, other))
        assert not same(page(STORY[0], a, STORY[3]), page(STORY[0], b, STORY[3]))


class TestNoise:
    @pytest.mark.parametrize("line", NOISE)
    @pytest.mark.parametrize("position", [0, 2, 4])
    def test_a_line_that_is_no_part_of_the_story_comes_and_goes(self, line, position):
        assert same(page(*STORY), among(position, line))

    @pytest.mark.parametrize(
        ("was", "now"),
        [
            ("12 shares", "1,310 shares"),
            ("Updated 2 hours ago", "Updated 3 hours ago"),
            ("5 min read", "6 min read"),
            ("DAX 20,609.12 +1.81%", "DAX 20,712.40 +2.32%"),
            ("Related: Minister quits over report", "Related: Storm closes the harbour"),
            ("Sign up for our newsletter", "Get the day's news in your inbox."),
        ],
    )
    def test_a_line_that_is_no_part_of_the_story_has_other_words(self, was, now):
        assert same(among(2, was), among(2, now))

    def test_the_time_of_day_in_a_line_over_the_story(self):
        assert same(
            among(0, "5:45 AM PST 11/19/2019 by Patrick Shanley"),
            among(0, "6:02 AM PST 11/19/2019 by Patrick Shanley"),
        )

    def test_headlines_of_other_stories_below_the_last_sentence(self):
        assert same(among(4, "Storm closes the harbour", "Minister quits"), among(4, "Two dead in crash"))

    def test_headlines_of_other_stories_under_their_label_amid_the_story(self):
        assert same(page(*STORY), among(2, "Related stories", "Storm closes the harbour", "Minister quits"))

    def test_a_paragraph_that_the_outlet_is_known_to_put_on_its_pages(self):
        appeal = "More than a hundred people work for this paper every day and night."
        assert not same(page(*STORY), among(2, appeal))
        assert same(page(*STORY), among(2, appeal), furniture={appeal})

    def test_a_heading_that_the_structured_data_does_not_know(self):
        told = StructuredData(article_body="\n\n".join(STORY * 3))
        long = page(*STORY * 3, structured=told)
        assert same(long, replace(long, text="\n\n".join((*STORY, "Storm closes the harbour", *STORY * 2))))

    def test_a_block_that_the_reader_left_out_once(self):
        assert same(page(*STORY), replace(page(STORY[0], *STORY[2:]), asides=(STORY[1],)))

    def test_a_call_under_a_picture(self):
        told = "The port after the fire"
        sides = [page(*STORY, captions=(told, call)) for call in ("Follow us on Facebook", "12 comments")]
        was, now = comparable(*sides)
        assert was.captions == now.captions == (told,)

    def test_an_update_stamp_that_moves_while_the_stated_date_stands(self):
        told = StructuredData(modified="2026-03-03T10:20:00Z")
        sides = [page(*STORY, structured=told, stamps=(f"Updated 3 March, {hour}:20",)) for hour in (10, 11)]
        was, now = comparable(*sides)
        assert was == now


class TestNews:
    def test_an_update_stamp_that_alone_tells_of_the_update(self):
        sides = [page(*STORY, stamps=(f"Updated 3 March, {hour}:20",)) for hour in (10, 11)]
        was, now = comparable(*sides)
        assert (was.stamps, now.stamps) == (sides[0].stamps, sides[1].stamps)

    def test_a_paragraph_comes_or_goes_anywhere(self):
        fresh = "A second body was found on Wednesday, the police said."
        for position in range(5):
            assert not same(page(*STORY), among(position, fresh))

    def test_a_note_of_correction(self):
        for position in (0, 2, 4):
            assert not same(page(*STORY), among(position, "Correction: The fire began on Monday."))
            assert not same(page(*STORY), among(position, "Düzeltme: Yangın pazartesi başladı"))

    def test_a_note_of_correction_is_never_furniture(self):
        note = "Correction: The fire began on Monday."
        assert not same(page(*STORY), among(4, note), furniture={note})

    def test_words_that_the_structured_data_has_not_got_yet(self):
        told = StructuredData(article_body="\n\n".join(STORY * 3))
        edited = STORY[0].replace("12", "13")
        before = page(*STORY * 3, structured=told)
        after = page(edited, *STORY[1:], *STORY * 2, structured=told)
        assert not same(before, after)

    def test_a_line_that_the_structured_data_has_got(self):
        told = StructuredData(article_body="\n\n".join((*STORY * 3, "Sources: fire brigade, police")))
        before = page(*STORY * 3, structured=told)
        assert not same(before, replace(before, text=before.text + "\n\nSources: fire brigade, police"))

    def test_a_row_of_a_table_amid_the_story(self):
        assert not same(among(2, "Hurt | 12"), among(2, "Hurt | 13"))

    def test_a_subheading_amid_the_story(self):
        assert not same(page(*STORY), among(2, "A night in the port"))

    def test_terms_of_use_speak_of_what_others_only_offer(self):
        terms = (
            "Sign up for our newsletter with your e-mail address to get offers.",
            "You may download our app and create an account with us at any time.",
            "We and our partners use cookies on your device as this policy says.",
        )
        assert not same(page(*STORY, *terms), page(*STORY, *terms, "Follow us on Facebook to get our offers."))


class TestTrimmings:
    @pytest.mark.parametrize(
        "text",
        [
            "12 people were hurt.", "The app has 3 million views.", "Live: 12 people are dead.", "Hurt | 12",
            "Police asked people to follow them on Twitter.", "Two hours ago the fire was put out.",
            "“Sign up for our newsletter,” the fraudsters wrote.", "Correction: The fire began on Monday.",
            "Sources: fire brigade, police", "Berlin, 3,645",
        ],
    )  # fmt: skip
    def test_what_may_be_news_is_none(self, text):
        assert trimming(text) is None

    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("3 comments", Trimming.COUNTER), ("İLGİLİ HABER: Limanda yangın", Trimming.LABEL),
            ("قبل 5 دقائق", Trimming.AGO), ("5 deqe berê", Trimming.AGO),
            ("اشترك في نشرتنا البريدية", Trimming.CALL), ("Tuesday 3 March 2026, 10:20", Trimming.WHEN),
        ],
    )  # fmt: skip
    def test_each_kind(self, text, kind):
        assert trimming(text) is kind

    def test_prose_ends_as_sentences_do_or_is_long(self):
        assert is_prose("He said so on Monday.")
        assert is_prose("قال الوزير يوم الثلاثاء " * 5)
        assert not is_prose("Power and performance")


@pytest.mark.parametrize(
    "paragraph",
    [
        "Enter South Dakota to throw down the gauntlet. Its slogan drew a sized share on social media.",
        "Share prices of Facebook fell 3 % in the US after the court ruled on Tuesday.",
        "Support for the party on Facebook and Twitter grew in the US last year, a study found.",
        "Recibió una donación de vecinos italianos por correo el martes.",
    ],
)
def test_news_that_begins_as_a_call_does_is_news(paragraph):
    assert trimming(paragraph) is None
