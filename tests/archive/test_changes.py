"""A floor on labelled real pairs: words that changed are seen, noise and interstitials are not.

The pairs lie beside the project; where they are absent these tests are skipped. `benchmarks/changes.py` does the
same with all of them, beside what other tools see.
"""

import pytest

from archive.extraction import extract
from benchmarks import labelled
from benchmarks.changes import compare, shows
from benchmarks.labelled import recorded_words, sides

RECORD = "\n".join(  # noqa: FLY002 -- a line each, as it is read
    [
        "--- a/Terms.md",
        "+++ b/Terms.md",
        "@@ -1,3 +1,3 @@",
        " ## Who pays",
        "~",
        " See the ",  # a piece ends with the white space after it
        "-[plan](https://old.example/a_(b)).",
        "+[plan](https://new.example/c).",
        "~",
    ]
)


def test_a_record_of_another_address_changes_no_words():
    before, after = sides(RECORD)
    assert "old.example" in before
    assert "new.example" in after
    assert recorded_words(before) == recorded_words(after) == ["Who", "pays", "See", "the", "plan"]


def test_a_record_of_other_words_does():
    before, after = sides(RECORD.replace("[plan](https://new", "[drawing](https://new"))
    assert (recorded_words(before)[-1], recorded_words(after)[-1]) == ("plan", "drawing")


@pytest.fixture(scope="module")
def pairs():
    if not labelled.present():
        pytest.skip(labelled.ABSENT)
    found = labelled.pairs()
    true = [pair for pair in found if pair.words_changed]
    calm = [pair for pair in found if pair.label != "text"]
    return true[::5], calm[::40]


@pytest.fixture(scope="module")
def extracted(pairs):
    found = [pair for side in pairs for pair in side]
    payloads = labelled.pages(name for pair in found for name in (pair.before, pair.after))
    urls = labelled.addresses(found, payloads)
    return {name: extract(payloads[name], url=url, content_type="text/html") for name, url in urls.items()}


def test_words_that_changed_are_seen(pairs, extracted):
    missed = [str(pair) for pair in pairs[0] if compare(extracted[pair.before], extracted[pair.after]) is None]
    assert missed == []


def test_noise_and_interstitials_are_no_change(pairs, extracted):
    alarms = [str(pair) for pair in pairs[1] if compare(extracted[pair.before], extracted[pair.after])]
    assert alarms == []


def test_an_interstitial_shows_no_document():
    page = b"<title>Moved</title><p>You should be redirected quickly, if not click <a href=/x>here</a>.</p>"
    assert not shows(extract(page, url="https://terms.example/", content_type="text/html"))
