"""Every kind of edit that a newsroom makes, ready to be made on a story that was published for it.

    story = publish_editable(herald)
    EDITS["not_added"].make(story)      # somewhere in the body, one "not"
    EDITS["not_added"].kind             # "negation"

The kinds are the words that Stet has for them; they stand here as text, so that the pretend outlet agrees with
our own mistakes in nothing but the spelling.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from archive.errors import Misuse
from scheduler.newsroom.passages import LANGUAGES, PEOPLE, Passage, passages
from scheduler.newsroom.sample import sample_paragraphs, sample_place, sample_title
from scheduler.newsroom.story import Story

if TYPE_CHECKING:
    from scheduler.newsroom.outlet import Outlet

_TOGETHER = 3  #: passages in a paragraph
_DIGITS = re.compile(r"\d{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One thing that an editor does."""

    says: str
    kind: str  #: among the change's kinds; empty where it is no edit
    how: Callable[[Story, bool], None]  #: `silently` as in the verbs of a story
    languages: tuple[str, ...] = LANGUAGES
    live: bool = False  #: of a live blog only
    after: str = ""  #: the edit that must have been made before, at an earlier time

    def make(self, story: Story, *, silently: bool = False) -> None:
        """Do it."""
        self.how(story, silently)


def publish_editable(outlet: Outlet, *, live: bool = False, **more: Any) -> Story:
    """A made-up story in which each of the EDITS can be made: the sample's paragraphs, passages between them."""
    language, seed = outlet.masthead.language, f"{outlet.host}/{len(outlet.stories) + 1}"
    known = list(passages(seed, language).items())
    turn = sum(map(ord, seed)) % len(known)
    sentences = [before for name, (before, _) in known[turn:] + known[:turn] if name != "note"]
    groups = [" ".join(sentences[n : n + _TOGETHER]) for n in range(0, len(sentences), _TOGETHER)]
    body: list[str] = []
    for sample, group in zip(sample_paragraphs(seed, language), groups, strict=False):
        body += [sample, group]
    people = PEOPLE.get(language, PEOPLE["en"])
    story = outlet.publish(
        sample_title(seed, language),
        body,
        author=people[turn % len(people)],
        standfirst=_first_sentence(f"{seed}/standfirst", language),
        caption=_first_sentence(f"{seed}/caption", language),
        image=f"/media/2026/{sum(map(ord, seed)):x}-{len(outlet.stories) + 1}.jpg",
        dateline="" if live else f"{sample_place(seed, language).upper()} (NA)",
        live=live,
        **more,
    )
    story.link(_passages(story)["link"][1], outlet.url("/reports/audit"), silently=True)
    return story


def _seed(story: Story) -> str:
    return f"{story.outlet.host}/{story.outlet.stories.index(story) + 1}"


def _passages(story: Story) -> dict[str, Passage]:
    return passages(_seed(story), story.outlet.masthead.language)


def _first_sentence(seed: str, language: str) -> str:
    return sample_paragraphs(seed, language)[0].split(". ")[0].rstrip(".") + "."


def _other(story: Story, what: str) -> str:
    return _first_sentence(f"{_seed(story)}/{what}/anew", story.outlet.masthead.language)


def _passage(name: str) -> Callable[[Story, bool], None]:
    def how(story: Story, silently: bool) -> None:
        before, after = _passages(story)[name]
        paragraphs = [" ".join(p.replace(before, after).split()) for p in story.words.paragraphs]
        if tuple(paragraphs) == story.words.paragraphs:
            raise Misuse(f"newsroom: {story.path} has no passage '{name}'; publish it with publish_editable()")
        story.rewrite([paragraph for paragraph in paragraphs if paragraph], silently=silently)

    return how


def _digit(story: Story, silently: bool) -> None:
    paragraphs = list(story.words.paragraphs)
    at = next(n for n, paragraph in enumerate(paragraphs) if _DIGITS.search(paragraph))
    paragraphs[at] = _DIGITS.sub(_another_digit, paragraphs[at], count=1)
    story.rewrite(paragraphs, silently=silently)


def _another_digit(number: re.Match[str]) -> str:
    return number[0][:1] + str((int(number[0][1]) + 4) % 10) + number[0][2:]


def _headline(story: Story, silently: bool) -> None:
    seed, language = _seed(story), story.outlet.masthead.language
    titles = (sample_title(f"{seed}/{n}", language) for n in range(99))
    story.retitle(next(title for title in titles if title != story.words.title), silently=silently)


def _headline_digit(story: Story, silently: bool) -> None:
    title = re.sub(r"\d", lambda digit: str((int(digit[0]) + 3) % 9 + 1), story.words.title, count=1)
    story.retitle(title, silently=silently)


def _standfirst(story: Story, silently: bool) -> None:
    story.change_standfirst(_other(story, "standfirst"), silently=silently)


def _caption(story: Story, silently: bool) -> None:
    story.change_caption(_other(story, "caption"), silently=silently)


def _byline(story: Story, silently: bool) -> None:
    people = PEOPLE.get(story.outlet.masthead.language, PEOPLE["en"])
    story.change_byline(next(name for name in people if name != story.words.author), silently=silently)


def _dateline(story: Story, silently: bool) -> None:
    place = sample_place(f"{_seed(story)}/dateline", story.outlet.masthead.language).upper()
    agency = "NA" if not story.words.dateline.startswith(place) else "PA"
    story.change_dateline(f"{place} ({agency})", silently=silently)


def _image(story: Story, silently: bool) -> None:
    story.change_image(f"/media/2026/another-{story.outlet.stories.index(story)}.jpg", silently=silently)


def _add(story: Story, silently: bool) -> None:
    more = sample_paragraphs(f"{_seed(story)}/more", story.outlet.masthead.language)[0]
    story.insert_paragraph(4, more, silently=silently)


def _drop(story: Story, silently: bool) -> None:
    story.drop_paragraph(3, silently=silently)


def _move(story: Story, silently: bool) -> None:
    story.move_paragraph(3, to=7, silently=silently)


def _relink(story: Story, silently: bool) -> None:
    story.link(_passages(story)["link"][1], story.outlet.url("/reports/audit-of-2025"), silently=silently)


def _unlink(story: Story, silently: bool) -> None:
    story.link(_passages(story)["link"][1], "", silently=silently)


def _correct(story: Story, silently: bool) -> None:
    story.correct(_passages(story)["note"][0], silently=silently)


def _post(story: Story, silently: bool) -> None:  # noqa: ARG001 — a live blog that goes on says so
    story.post(sample_paragraphs(f"{_seed(story)}/post", story.outlet.masthead.language)[0])


def _touch(story: Story, silently: bool) -> None:  # noqa: ARG001 — the date is all that there is to it
    story.touch()


def _paywall(story: Story, silently: bool) -> None:  # noqa: ARG001 — a wall is not an edit
    story.wall("paywall")


def _revert(story: Story, silently: bool) -> None:  # noqa: ARG001 — stamps come back with the words
    story.revert()


def _simple(says: str, kind: str, name: str, *, but: str = "") -> Edit:
    languages = tuple(language for language in LANGUAGES if language not in but.split())
    return Edit(says=says, kind=kind, how=_passage(name), languages=languages)


#: Each edit by its name, with the kind that a change must have that shows it.
EDITS: dict[str, Edit] = {
    "headline": Edit(says="another headline", kind="headline", how=_headline),
    "headline_digit": Edit(says="one digit in the headline", kind="headline", how=_headline_digit),
    "standfirst": Edit(says="another standfirst", kind="standfirst", how=_standfirst),
    "digit": Edit(says="one digit in one number", kind="numbers", how=_digit),
    "sum": _simple("another sum", "numbers", "sum"),
    "date": _simple("another month in a date", "numbers", "date"),
    "name_added": _simple("one more name", "names", "name_added"),
    "name_removed": _simple("a name less", "names", "name_removed"),
    "name_replaced": _simple("another name", "names", "name_replaced"),
    "place_replaced": _simple("another place", "names", "place_replaced", but="ar"),
    "company_replaced": _simple("another company", "names", "company_replaced", but="ar"),
    "quoted_name": _simple("one name in a quotation", "quotation", "quoted_name"),
    "quotation": _simple("one word in a quotation", "quotation", "quotation"),
    "quotation_removed": _simple("a quotation taken out", "quotation_removed", "quotation_removed"),
    "not_added": _simple("one 'not' more", "negation", "not_added"),
    "not_removed": _simple("one 'not' less", "negation", "not_removed"),
    "modality": _simple("a fact that is only alleged now", "modality", "modality"),
    "attribution": _simple("another source", "attribution", "attribution"),
    "words": _simple("one word of the body", "body", "words"),
    "typo": _simple("a slip of the keyboard mended", "typo", "typo"),
    "paragraph_added": Edit(says="one more paragraph", kind="paragraph_added", how=_add),
    "paragraph_removed": Edit(says="a paragraph less", kind="paragraph_removed", how=_drop),
    "paragraph_moved": Edit(says="a paragraph elsewhere", kind="paragraph_moved", how=_move),
    "link_target": Edit(says="a link that leads elsewhere", kind="link", how=_relink),
    "link_removed": Edit(says="a link that is none any more", kind="link", how=_unlink),
    "image": Edit(says="another picture", kind="image", how=_image),
    "caption": Edit(says="another caption", kind="caption", how=_caption),
    "byline": Edit(says="another author", kind="byline", how=_byline),
    "dateline": Edit(says="another dateline", kind="dateline", how=_dateline),
    "correction": Edit(says="a note of correction", kind="correction", how=_correct),
    "touch": Edit(says="a new date and not one other word", kind="date", how=_touch),
    "live_append": Edit(says="one more post of a live blog", kind="live_append", how=_post, live=True),
    "paywall": Edit(says="a wall before the rest of the text", kind="", how=_paywall),
    "revert": Edit(says="back to what it was", kind="revert", how=_revert, after="words"),
}
