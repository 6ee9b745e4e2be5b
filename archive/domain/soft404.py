"""How an outlet says "not found" with status 200: learnt from addresses that cannot exist. Pure.

After Bar-Yossef, Broder, Kumar and Tomkins, "Sic transit gloria telae", WWW 2004: ask for a sibling of the address
with a long random name, and compare status, redirect target and words. What both pages have because one outlet
made them proves nothing, so the words that the article's own page had are not counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from archive.domain.model import Extraction
from archive.domain.pages import claims_article, same_address, shingles, words_of

#: Share of the shingles of the longer page that the other has. Chosen: pages with lists of latest stories vary. Of
#: the pairs of two articles of one host among 267 pages none comes so far, even where no furniture is taken off.
ALIKE: Final = 0.6

#: Shingles without which there is nothing to compare; then the title must do.
ENOUGH: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an outlet answered to an address that cannot exist."""

    shape: str  #: of the addresses beside it: `archive.domain.beside.shape`
    url: str  #: as asked for
    at: datetime
    status: int | None  #: of the last hop; None: no answer
    final_url: str
    title: str = ""
    text: str = ""  #: what a reader would read of it


def tells_truly(answers: Iterable[Answer]) -> bool:
    """Whether the outlet answers with 404 or 410 where there is nothing, as last seen."""
    last = max((each for each in answers if each.status is not None), key=lambda each: each.at, default=None)
    return last is not None and last.status in (404, 410)


def like_an_answer(
    page: Extraction, final_url: str, answers: Iterable[Answer], known: Extraction | None, *, redirected: bool
) -> str:
    """Why a page is what the outlet answers to addresses that cannot exist, in words; empty where it is not.

    `redirected`: whether `final_url` is where a redirect ended. `known` is the article as it was last read.
    """
    for answer in answers:
        if answer.status != 200:
            continue
        sent = not same_address(answer.url, answer.final_url)
        if redirected and sent and same_address(final_url, answer.final_url):
            return f"redirected to where the outlet sends those who ask for what cannot exist, {answer.final_url}"
        if _alike(page, answer, known):
            return "the page is what the outlet answers to an address that cannot exist"
    return ""


def _alike(page: Extraction, answer: Answer, known: Extraction | None) -> bool:
    if known is None and claims_article(page):
        return False
    titled = _same_title(page.title, answer.title, known)
    common = shingles(words_of(known.text)) if known is not None else set()
    ours, theirs = shingles(words_of(page.text)) - common, shingles(words_of(answer.text)) - common
    if len(ours) < ENOUGH or len(theirs) < ENOUGH:
        return titled and abs(len(ours) - len(theirs)) < ENOUGH
    share = len(ours & theirs) / max(len(ours), len(theirs))
    # Without the known words nobody can tell what is furniture of the outlet: then the title must be the same too.
    return share >= ALIKE and (known is not None or titled)


def _same_title(one: str, other: str, known: Extraction | None) -> bool:
    named = " ".join(words_of(one))
    return bool(named) and named == " ".join(words_of(other)) and (known is None or one != known.title)
