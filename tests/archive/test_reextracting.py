"""The rule by which pages that were read again become readings of the versions that are known."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from archive.db.findings import Version
from archive.db.readings import Shown
from archive.domain import classify
from archive.domain.model import Extraction
from archive.extractor import EXTRACTOR
from archive.reextracting import Plan, _captures
from tests.homes import START

OLD = "older/0+stet.0"


def page(text: str) -> Extraction:
    return Extraction(extractor=EXTRACTOR, title="Basin closes", text=f"The basin closes in {text}.")


def seen(capture: int, payload: int, reading: int, number: int, extractor: str) -> Shown:
    at = START + timedelta(hours=capture)
    return Shown(
        capture_id=capture, payload=payload, at=at, version_id=reading, number=number, extractor=extractor
    )


def version(id_, number, extraction, capture, span) -> Version:
    return Version(
        id=id_,
        article_id=1,
        number=number,
        extraction=extraction,
        fingerprint=classify.fingerprint(extraction),
        capture_id=capture,
        first_seen=span[0],
        last_seen=span[1],
    )


@st.composite
def histories(draw):
    """Captures of an article, each with a payload and a version; today's extractor read some of them too."""
    payloads = draw(st.lists(st.integers(0, 5), min_size=1, max_size=12))
    numbers = draw(st.lists(st.integers(0, 3), min_size=6, max_size=6))
    texts = draw(st.lists(st.sampled_from(["May", "June", "July", "August"]), min_size=6, max_size=6))
    late = draw(st.integers(0, len(payloads)))
    shown, known = [], {}
    for n, payload in enumerate(payloads):
        number, at = numbers[payload], START + timedelta(hours=n)
        shown.append(seen(n, payload, number or 10 + payload, number, OLD))
        if n >= late:  # a visit after the upgrade
            extraction = page(texts[payload])
            key = classify.fingerprint(extraction)
            made = known.setdefault(key, version(100 + len(known), number, extraction, n, (at, at)))
            shown.append(seen(n, payload, made.id, made.number, EXTRACTOR))
    lost = draw(st.sets(st.integers(0, 5)))
    pages = {payload: page(text) for payload, text in enumerate(texts) if payload not in lost}
    return shown, list(known.values()), pages


@settings(deadline=None)
@given(histories())
def test_each_capture_that_was_read_shows_one_reading_of_what_it_says(history):
    shown, known, pages = history
    captures = _captures(shown)
    plan = Plan(captures, known, pages)
    done = {each.capture_id for each in shown if each.extractor == EXTRACTOR}
    repeated = {each.payload for each in shown if each.capture_id in done}
    for capture in captures:
        if capture.id in done or capture.payload in pages or capture.payload in repeated:
            assert capture.id in plan.shown
        if capture.id in plan.shown and capture.payload in pages and capture.id not in done:
            assert plan.shown[capture.id].fingerprint == classify.fingerprint(pages[capture.payload])
    added = [capture for reading in plan.readings.values() for capture in reading.added]
    assert sorted(added) == sorted(set(plan.shown) - done)  # each once, and nothing twice


@settings(deadline=None)
@given(histories())
def test_a_reading_has_the_lowest_number_of_the_versions_that_read_so(history):
    shown, known, pages = history
    captures = _captures(shown)
    plan = Plan(captures, known, pages)
    for reading in plan.readings.values():
        theirs = {c.number for c in captures if plan.shown.get(c.id) is reading}
        theirs |= {version.number for version in known if version.id == reading.id}
        assert reading.number == min(theirs - {0}, default=0)
        assert reading.number in {each.number for each in shown}  # never a new one


@settings(deadline=None)
@given(histories())
def test_what_was_done_is_not_done_again(history):
    """As after a kill between two articles, or when `--apply` is called once more."""
    shown, known, pages = history
    plan = Plan(_captures(shown), known, pages)
    ids = {id(reading): reading.id or 200 + n for n, reading in enumerate(plan.readings.values())}
    made = [c for c in _captures(shown) if c.id in plan.shown and c.today is None]
    written = [seen(c.id, c.payload, ids[id(plan.shown[c.id])], plan.shown[c.id].number, EXTRACTOR) for c in made]
    written = sorted([*shown, *written], key=lambda each: each.capture_id)
    again = [version(ids[id(r)], r.number, r.extraction, r.capture_id, r.span) for r in plan.readings.values()]
    twice = Plan(_captures(written), again, pages)
    assert {r.fingerprint: (r.number, r.span, r.added) for r in twice.readings.values()} == {
        r.fingerprint: (r.number, r.span, []) for r in plan.readings.values()
    }
