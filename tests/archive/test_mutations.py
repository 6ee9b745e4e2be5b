"""Real article pages with altered nodes: noise is no change, and what an editor does is one.

The benchmark `mutations.py` on a sample: one page of thirty, each mutation once. The floors leave room for a
single page; the whole collection is measured by hand (docs/benchmarks.md).
"""

import random

import pytest

from archive.domain.steps import step
from benchmarks import alterations, mutations

EVERY = 30
#: Share of pages with a false edit, and of planted edits that are seen, in the sample.
OUTSIDE, INSIDE, SEEN = 0.02, 0.10, 0.97

READER = mutations.Reader(None)  # remembers: the page as it is stands on one side of most pairs

pytestmark = pytest.mark.skipif(
    not (mutations.CORPUS / "pages.tar.xz").is_file(), reason="no labelled pages beside the project"
)


@pytest.fixture(scope="module")
def pages():
    """The sampled pages, ready to be altered."""
    found = mutations.subjects(READER, EVERY)
    alterations.learn(found)
    return found


def shares(pages, cases):
    """Name of each mutation → how many of its pages were taken for an edit, and how many there are."""
    found = {}
    for group, name, mutation, inside in cases:
        verdicts = [
            step(*(READER.read(payload, page.url) for payload in altered)) is not None
            for page in pages
            if (altered := mutation(page, random.Random(f"{page.name}{group}{name}"), inside)) is not None
        ]
        found[name] = sum(verdicts), len(verdicts)
    return found


def share(found):
    """All mutations together."""
    return sum(taken for taken, _ in found.values()) / sum(count for _, count in found.values())


def of_group(group):
    return [case for case in mutations.cases() if case[0] == group]


def test_noise_outside_of_the_article_is_no_edit(pages):
    found = shares(pages, of_group("outside"))
    assert share(found) <= OUTSIDE, found


def test_noise_inside_of_the_article_seldom_is_one(pages):
    found = shares(pages, of_group("inside"))
    assert share(found) <= INSIDE, found


def test_planted_edits_are_seen(pages):
    found = shares(pages, of_group("edit"))
    assert share(found) >= SEEN, found
    assert found["headline"][0] == found["headline"][1]
    assert found["h1 alone"][0] == found["h1 alone"][1]
