"""Two versions side by side: what is judged is what is shown, and the letter where it is asked for."""

import dataclasses
import json
from datetime import UTC, datetime

from archive.comparing import render
from archive.db.findings import Version
from archive.domain.diff import apply, from_json
from archive.domain.model import Extraction

MOMENT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
STORY = [
    "The minister said on Monday that ten people had been hurt in the blast near the old bridge.",
    "Nobody knew at first what had happened, and the police kept looking for the men in a car.",
    "Residents of the quarter say that letters to the ministry were never answered by anybody.",
]


def version(number: int, *paragraphs: str, **fields) -> Version:
    page = Extraction(extractor="plain/1", title="Ten hurt", text="\n\n".join(paragraphs), **fields)
    return Version(
        id=number, article_id=1, number=number, extraction=page, fingerprint=str(number), capture_id=number,
        first_seen=MOMENT, last_seen=MOMENT,
    )  # fmt: skip


BEFORE = version(1, *STORY, "12 comments")
AFTER = version(2, STORY[0].replace("ten", "nine"), *STORY[1:], "3,518 comments")
URL = "https://herald.example/1"


def test_noise_is_left_out_and_that_is_said():
    text = render(URL, BEFORE, AFTER, form="text")
    assert "[-ten-]{+nine+}" in text
    assert "comments" not in text
    assert "--all shows the texts to the letter" in text


def test_all_shows_the_texts_to_the_letter():
    text = render(URL, BEFORE, AFTER, form="text", whole=True)
    assert "[-12-]{+3,518+} comments" in text
    assert "--all" not in text
    found = json.loads(render(URL, BEFORE, AFTER, form="json", whole=True))["diff"]
    assert found["whole"]
    assert apply(from_json(found["paragraphs"]), BEFORE.extraction.text) == AFTER.extraction.text
    assert not json.loads(render(URL, BEFORE, AFTER, form="json"))["diff"]["whole"]


def test_what_the_outlet_has_everywhere_is_left_out():
    other = version(2, *STORY, "12 comments", "The Herald is the oldest newspaper of the town, and proud.")
    assert "oldest newspaper" in render(URL, BEFORE, other, form="text")
    known = frozenset(other.extraction.paragraphs[-1:])
    assert "oldest newspaper" not in render(URL, BEFORE, other, form="text", furniture=known)


def test_two_versions_that_differ_by_noise_alone_differ_by_nothing_that_matters():
    noise = dataclasses.replace(AFTER, extraction=version(2, *STORY, "3,518 comments").extraction)
    text = render(URL, BEFORE, noise, form="text")
    assert "No difference that matters." in text
    assert "3 paragraphs unchanged" in text
