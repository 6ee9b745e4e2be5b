"""The words of the pages: all are marked for translation, and German and Turkish have all of them.

`python -m tests.messages` writes down what is new; then it is to be translated.
"""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from babel.messages.pofile import read_po

from archive import home as homes
from archive.web.pages.languages import language
from tests.messages import LOCALE, TRANSLATED, catalogue, extracted
from tests.played import kept
from tests.serving import served

NOW = datetime(2026, 3, 2, 11, tzinfo=UTC)
HTML = "text/html"
PLACE = re.compile(r"%\((\w+)\)[sd]")


def forms(text) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)


def ids(catalog) -> set:
    return {message.id for message in catalog if message.id}


def test_what_is_to_be_translated_is_written_down():
    written = read_po(io.BytesIO((LOCALE / "stet.pot").read_bytes()))
    assert ids(written) == ids(extracted()), "run: python -m tests.messages"


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_is_complete(code):
    has = catalogue(code)
    assert ids(has) == ids(extracted()), "run: python -m tests.messages"
    assert [message.id for message in has if message.id and not all(forms(message.string))] == []
    assert not any(message.fuzzy for message in has if message.id)


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_fills_the_same_places_and_brings_no_markup(code):
    for message in catalogue(code):
        wanted = set(PLACE.findall(forms(message.id)[-1]))
        for text in forms(message.string) if message.id else ():
            assert set(PLACE.findall(text)) == wanted, message.id
            assert not re.search(r"[<>&]", text), text
            assert "%" not in PLACE.sub("", text), text


def test_numbers_and_times_are_written_as_in_the_language():
    at = datetime(2026, 3, 2, 8, 30, 5, tzinfo=UTC)
    said = {code: language(code) for code in ("en", "de", "tr")}
    assert [one.number(1234.5) for one in said.values()] == ["1,234.5", "1.234,5", "1.234,5"]
    assert [one.percent(0.25) for one in said.values()] == ["25%", "25\xa0%", "%25"]
    assert said["en"].moment(at) == "2 Mar 2026, 08:30 UTC"
    assert said["de"].date(date(2026, 3, 2)) == "02.03.2026"
    assert said["en"].ago(at, at + timedelta(minutes=5)) == "5 minutes ago"
    assert said["de"].ago(at, at + timedelta(hours=3)) == "vor 3 Stunden"
    assert said["tr"].ago(at + timedelta(days=4), at) == "4 gün sonra"
    spans = [timedelta(days=30), timedelta(hours=36), timedelta(seconds=90), timedelta(0)]
    assert [said["de"].length(span) for span in spans] == ["30 Tage", "36 Stunden", "90 Sekunden", "0 Sekunden"]
    assert said["en"].size(12_345_678) == "12.3 MB"


PAGES = """/ /changes /takedowns?restored=1 /articles /outlets /outlets/herald /search?q=denied /alerts /status
/settings"""


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_page_speaks_the_language(code):
    with served(homes.find(kept().home, {}), now=lambda: NOW) as site:
        for path in [*PAGES.split(), "/article/1", "/diff?change=1"]:
            reply = site.get(path, Accept=HTML, Cookie=f"language={code}")
            assert reply.status == 200, path
            assert f'<html lang="{code}"' in reply.text
            assert language(code).words.gettext("Takedowns") in reply.text
            assert ">Search<" not in reply.text
