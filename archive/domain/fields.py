"""Two extractions → what is to be said of each of their fields: headline, text, captions and the rest.

It knows which fields make a version distinct, how each is compared, and what its change weighs beside
those found in its sentences (`facts`, `speech`). It refuses to add up: `classify` does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import regex

from archive.domain.datelines import dateline
from archive.domain.diff import Block, BlockKind, Diff, diff, line_diff
from archive.domain.edits import Edits, Sentence, blank, edits, sentences_of
from archive.domain.facts import Sides, facts, name_key
from archive.domain.kinds import Kind, Place, Reason, shown, told
from archive.domain.lexicons import languages
from archive.domain.model import Extraction, Link
from archive.domain.naming import Names
from archive.domain.notes import Note, is_note, is_stamp, note
from archive.domain.numerals import has_time_of_day
from archive.domain.speech import quotations
from archive.domain.wording import fold, words

# How likely it is that a fact-checker wants to know of the field's change, whatever was changed in it; see
# `facts` and `speech` for that. Chosen, not measured: an order first.
HEADLINE = 0.45  # what most people read
STANDFIRST = 0.3
CORRECTION = 0.5  # the outlet itself says that something was wrong
UPDATE = 0.2
REMOVED = 0.4  # a paragraph; each further one adds a little
ADDED = 0.2
FURTHER, FURTHER_MOST = 0.03, 0.3
NOTE_REMOVED = 0.6  # the outlet takes back that it was wrong
MOVED = 0.08
BODY, REWRITTEN = 0.15, 0.45  # other words; and as the share of the words that changed goes to 1
SENTENCE_GONE, SENTENCE_CAME = 0.3, 0.15
NAME_NOWHERE = 0.35  # a name that went with its paragraph and stands nowhere any more
CAPTION = 0.12
BYLINE = 0.15
IMAGE = 0.08
LINK_TARGET, LINK_REMOVED, LINK_ADDED = 0.1, 0.07, 0.04
DATELINE = 0.07
LIVE = 0.06
TYPO = 0.04
PUNCTUATION = 0.03
DATE = 0.02

#: So many names that stand nowhere any more are told.
_NAMES_TOLD = 3
#: A note is quoted to this length.
_NOTE_SHOWN = 100
_LIVE_TYPE = "LiveBlogPosting"

Compared = tuple[str, str, str, list[str], list[str], list[str], list[list[str]], list[str], str, str]


def compared(extraction: Extraction) -> Compared:
    """The fields that make a version distinct, as they are compared."""
    return (
        fold(extraction.title),
        fold(extraction.standfirst),
        fold(extraction.text),
        sorted({fold(author) for author in extraction.authors}),
        sorted(map(fold, extraction.captions)),
        sorted(set(extraction.images)),
        sorted([fold(link.text), link.url] for link in set(extraction.links)),
        sorted({fold(stamp) for stamp in extraction.stamps}),
        _instant(extraction.published, extraction.structured.published),
        _instant(extraction.modified, extraction.structured.modified),
    )


def _instant(when: datetime | None, statement: str | None) -> str:
    """A date that the page states. One that was only guessed from the page moves with its furniture."""
    return when.astimezone(UTC).isoformat() if when and statement else ""


@dataclass(frozen=True, slots=True)
class Tally:
    """Words that came and went in headline and body, and the body's part of it in words."""

    added: int
    removed: int
    text: str  #: `3 words added and 2 removed in 1 paragraph`


def tally(before: Extraction, after: Extraction, body: Diff) -> Tally:
    """Count the words; paragraphs broken elsewhere hold words in marks that never left."""
    headline = line_diff(before.title, after.title)
    same = words(before.text) == words(after.text)
    by_block = [[edit.words for edit in block.edits] for block in (() if same else body.blocks)]
    removed = sum(len(old) for edits in by_block for old, _ in edits)
    added = sum(len(new) for edits in by_block for _, new in edits)
    touched = sum(any(old or new for old, new in edits) for edits in by_block)
    text = f"{many(added or removed, 'word')} {'added' if added else 'removed'}"
    text += f" and {removed:,} removed" if added and removed else ""
    text += f" in {many(touched, 'paragraph')}"
    return Tally(added + headline.words_added, removed + headline.words_removed, text)


def many(count: int, noun: str) -> str:
    """`1 word`, `2,000 words`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def reasons_of(before: Extraction, after: Extraction, body: Diff) -> list[Reason]:
    """All that is to be said of the step; never nothing where `compared` differs."""
    view = _View(before, after)
    found = [
        *_line(before.title, after.title, Place.HEADLINE, view),
        *_standfirst(before, after, view),
        *_text(before, after, body, view),
        *_captions(before, after, view),
        *_byline(before, after),
        *_images(before, after),
    ]
    if compared(before)[6] != compared(after)[6]:
        found += _links(before.links, after.links, said=bool(found))
    if not found:
        found.append(_only_dates(before, after))
    return found


class _View:
    """What is known of the two articles as wholes, worked out when it is first asked for."""

    def __init__(self, before: Extraction, after: Extraction) -> None:
        self.before, self.after = before, after
        self._sides: Sides | None = None

    @property
    def sides(self) -> Sides:
        """Languages and names."""
        if self._sides is None:
            language = self.after.language or self.before.language
            codes = languages(language, self.after.text or self.after.title or self.before.text)
            held = [list(sentences_of(_all_text(one))) for one in (self.before, self.after)]
            names = Names((sentence.cores for side in held for sentence in side), language)
            named = [
                frozenset(name_key(s.cores[n], codes) for s in side for n in names.among(s.cores)) for side in held
            ]
            self._sides = Sides(codes, names, *named)
        return self._sides


def _all_text(extraction: Extraction) -> str:
    return "\n\n".join([extraction.standfirst, extraction.text, *extraction.captions])


# Headline and standfirst.


def _line(old: str, new: str, place: Place, view: _View) -> Iterator[Reason]:
    if fold(old) == fold(new):
        return
    kind = Kind.HEADLINE if place is Place.HEADLINE else Kind.STANDFIRST
    name = "the headline" if place is Place.HEADLINE else "the standfirst"
    if words(old) == words(new):
        for one in (kind, Kind.PUNCTUATION):
            yield Reason(one, PUNCTUATION, f"only the punctuation of {name} changed", minor=True)
        return
    change = line_diff(old, new)
    found = edits(change)
    typo, reasons, _ = _sentence_facts(found, place, view)
    if typo and not found.gone and not found.come:
        yield Reason(kind, TYPO, f"only the spelling of {name} changed", minor=True)
        yield Reason(Kind.TYPO, TYPO, _spelling(found), minor=True)
        return
    if new and is_note(new) and not is_note(old):
        yield Reason(Kind.CORRECTION, CORRECTION, f"{name} says that it was corrected or updated: {shown(new)}")
    weight = HEADLINE if place is Place.HEADLINE else STANDFIRST
    yield Reason(kind, weight, _line_text(old, new, name, change))
    yield from reasons
    yield from quotations(change.blocks, old, new, place)


def _standfirst(before: Extraction, after: Extraction, view: _View) -> Iterator[Reason]:
    """A standfirst that only repeats the text, as meta descriptions do, has no news of its own."""
    texted = fold(before.text) != fold(after.text)
    if not (texted and _echoes(before) and _echoes(after)):
        yield from _line(before.standfirst, after.standfirst, Place.STANDFIRST, view)


def _echoes(extraction: Extraction) -> bool:
    start = regex.sub(r"[\s.…]+$", "", extraction.standfirst)
    return fold(start) in fold(extraction.text)


def _line_text(old: str, new: str, name: str, change: Diff) -> str:
    if not old or not new:
        return f"{name} {shown(new or old)} was {'put in' if new else 'taken out'}"
    worded = [edit for edit in change.edits if any(edit.words)]
    if len(worded) == 1 and len(worded[0].removed) + len(worded[0].added) < len(old):
        edit = worded[0]
        return f"{name} changed: {told('', shown(_trimmed(edit.removed)), shown(_trimmed(edit.added)))}"
    return f"{name} changed: {shown(old, 90)} became {shown(new, 90)}"


def _trimmed(text: str) -> str:
    return text.strip(" \t\n,;")


def _sentence_facts(found: Edits, place: Place, view: _View) -> tuple[bool, list[Reason], int]:
    """Whether all is a slip of spelling, what is to be said of single sentences, and how many words remain."""
    looked = [facts(pair, place, view.sides) for pair in found.pairs]
    reasons = [reason for one in looked for reason in one.reasons]
    return all(one.typo for one in looked), reasons, sum(one.rest for one in looked)


def _spelling(found: Edits) -> str:
    pair = found.pairs[0] if found.pairs else None
    if pair is None:
        return "only spelling changed"
    change = pair.changes[0]
    old, new = (
        " ".join(side.cores[n] for n in at) for side, at in ((pair.old, change.old), (pair.new, change.new))
    )
    return "only spelling changed: " + told("", shown(old), shown(new))


# The text.


def _text(before: Extraction, after: Extraction, body: Diff, view: _View) -> Iterator[Reason]:
    if fold(before.text) == fold(after.text):
        return
    notes = {n for n, block in enumerate(body.blocks) if _is_note_block(block)}
    place_before, body_blocks = _dateline(body.blocks)
    yield from place_before
    found = edits(Diff(body_blocks), skip=notes)
    typo, reasons, rest = _sentence_facts(found, Place.TEXT, view)
    said = list(quotations(body_blocks, before.text, after.text, Place.TEXT, skip=notes))
    yield from _notes(body.blocks, notes)
    yield from reasons
    yield from said
    yield from _paragraphs(after, body, found, notes)
    yield from _gone_names(found, view, reasons)
    quoted_only = bool(said) and not found.gone and not found.come
    yield from _rest(before, after, body, found, rest, typo=typo, explained=quoted_only or bool(reasons))


def _is_note_block(block: Block) -> bool:
    """A paragraph that is a note, or was one, and no other text."""
    texts = [text for text in (block.old_text, block.new_text) if text.strip()]
    return block.kind is not BlockKind.KEPT and bool(texts) and all(map(is_note, texts))


def _notes(blocks: Sequence[Block], notes: set[int]) -> Iterator[Reason]:
    """Notes of correction and updates that came, went or were worded anew; a stamp is only a date."""
    for n, block in enumerate(blocks):
        old, new = note(block.old_text), note(block.new_text)
        if block.kind in (BlockKind.KEPT, BlockKind.MOVED) or (old, new) == (None, None):
            continue
        said, kept = shown(block.new_text, _NOTE_SHOWN), new not in (None, Note.STAMP)
        if new is not None and kept and old in (None, Note.STAMP):
            weight = CORRECTION if new is Note.CORRECTION else UPDATE
            yield Reason(Kind.CORRECTION, weight, f"a note of {new.value} was put in: {said}")
        elif old is not None and old is not Note.STAMP and not block.new_text:
            text = f"a note of {old.value} was taken out: {shown(block.old_text)}"
            yield Reason(Kind.PARAGRAPH_REMOVED, NOTE_REMOVED, text)
        elif new is not None and kept and n in notes and any(any(edit.words) for edit in block.edits):
            yield Reason(Kind.CORRECTION, UPDATE, f"a note of {new.value} was worded anew: {said}")


def _dateline(blocks: Sequence[Block]) -> tuple[list[Reason], tuple[Block, ...]]:
    """The change of the first paragraph's dateline, and the blocks without it."""
    olds = [n for n, block in enumerate(blocks) if block.old == 0]
    news = [n for n, block in enumerate(blocks) if block.new == 0]
    old = dateline(blocks[olds[0]].old_text) if olds else ""
    new = dateline(blocks[news[0]].new_text) if news else ""
    if fold(old) == fold(new) or blocks[news[0]].kind is BlockKind.KEPT if news else True:
        return [], tuple(blocks)
    reason = Reason(
        Kind.DATELINE, DATELINE, told("the dateline", shown(_place(old)), shown(_place(new))), minor=True
    )
    kept = list(blocks)
    for n, taken, is_old in ((olds[0] if olds else -1, old, True), (news[0], new, False)):
        if n >= 0 and taken:
            kept[n] = _without_start(kept[n], taken, of_old=is_old)
    return [reason], tuple(kept)


def _place(line: str) -> str:
    return regex.sub(r"[\s\p{Pd}:]+$", "", line)


def _without_start(block: Block, start: str, *, of_old: bool) -> Block:
    """The block compared anew without the first characters of one side."""
    old, new = block.old_text, block.new_text
    old, new = (old.removeprefix(start), new) if of_old else (old, new.removeprefix(start))
    if block.kind in (BlockKind.REMOVED, BlockKind.ADDED) or not old or not new:
        runs = diff(old, new).blocks
        return Block(block.kind, block.old, block.new, runs[0].runs if runs else ())
    return Block(block.kind, block.old, block.new, line_diff(old, new).blocks[0].runs)


def _paragraphs(after: Extraction, body: Diff, found: Edits, notes: set[int]) -> Iterator[Reason]:
    """Paragraphs that came, went and moved; one whose sentences stand elsewhere did neither."""
    count: dict[BlockKind, list[Block]] = {BlockKind.ADDED: [], BlockKind.REMOVED: [], BlockKind.MOVED: []}
    for n, block in enumerate(body.blocks):
        told = block.kind in count and n not in notes and not blank(block)
        if told and (block.kind is BlockKind.MOVED or n not in found.shared):
            count[block.kind].append(block)
    added, removed, moved = count[BlockKind.ADDED], count[BlockKind.REMOVED], count[BlockKind.MOVED]
    if added and _goes_on(after, body, notes):
        what = f"the live blog went on: {many(len(added), 'paragraph')} added, {shown(added[0].new_text)}"
        yield Reason(Kind.LIVE_APPEND, LIVE, what, minor=True)
        added = []
    if added:
        weight = ADDED + min(FURTHER * (len(added) - 1), FURTHER_MOST)
        yield Reason(Kind.PARAGRAPH_ADDED, weight, _listed(added, "put in", [b.new_text for b in added]))
    if removed:
        weight = REMOVED + min(FURTHER * (len(removed) - 1), FURTHER_MOST)
        yield Reason(Kind.PARAGRAPH_REMOVED, weight, _listed(removed, "taken out", [b.old_text for b in removed]))
    if moved:
        yield Reason(Kind.PARAGRAPH_MOVED, MOVED, f"{many(len(moved), 'paragraph')} moved", minor=True)


def _listed(blocks: Sequence[Block], what: str, texts: Sequence[str]) -> str:
    if len(blocks) == 1:
        return f"a paragraph was {what}: {shown(texts[0])}"
    return f"{many(len(blocks), 'paragraph')} were {what}, the longest: {shown(max(texts, key=len))}"


def _goes_on(after: Extraction, body: Diff, notes: set[int]) -> bool:
    """Whether nothing but posts came: to what says it is a live blog, or in one piece, with a time of day."""
    others = [
        block
        for n, block in enumerate(body.blocks)
        if block.kind not in (BlockKind.KEPT, BlockKind.ADDED) and n not in notes and not block.typographic
    ]
    if others:
        return False
    if _LIVE_TYPE in after.structured.types:
        return True
    added = [block for n, block in enumerate(body.blocks) if block.kind is BlockKind.ADDED and n not in notes]
    places = [block.new or 0 for block in added]
    last = len(after.paragraphs) - 1
    in_one_piece = places[-1] - places[0] == len(places) - 1
    at_edge = places[0] <= 1 or places[-1] == last
    return in_one_piece and at_edge and any(has_time_of_day(block.new_text) for block in added)


def _gone_names(found: Edits, view: _View, reasons: Sequence[Reason]) -> Iterator[Reason]:
    """Names that went with a sentence and stand nowhere any more."""
    if not found.gone:
        return
    sides, names = view.sides, Counter[str]()
    for sentence in found.gone:
        for name in _names_of(sentence, sides):
            if all(name_key(part, sides.codes) not in sides.named_after for part in name):
                names[" ".join(name)] += 1
    said = " ".join(reason.text for reason in reasons)
    for gone, _ in names.most_common(_NAMES_TOLD):
        if gone not in said:
            yield Reason(Kind.NAMES, NAME_NOWHERE, f'the name "{gone}" stands nowhere any more')


def _names_of(sentence: Sentence, sides: Sides) -> list[list[str]]:
    spans, last = list[list[str]](), -2
    for n in sides.names.among(sentence.cores):
        if n == last + 1:
            spans[-1].append(sentence.cores[n])
        else:
            spans.append([sentence.cores[n]])
        last = n
    return spans


def _rest(
    before: Extraction, after: Extraction, body: Diff, found: Edits, rest: int, *, typo: bool, explained: bool
) -> Iterator[Reason]:
    """Other words of the text; where no word changed, its spelling or punctuation."""
    whole = {n for n, block in enumerate(body.blocks) if block.kind in (BlockKind.ADDED, BlockKind.REMOVED)}
    gone = [sentence for sentence in found.gone if sentence.block not in whole]
    come = [sentence for sentence in found.come if sentence.block not in whole and not is_note(sentence.text)]
    for ones, weight, what in ((gone, SENTENCE_GONE, "taken out"), (come, SENTENCE_CAME, "put in")):
        if ones:
            longest = max(ones, key=lambda one: len(one.words)).text
            more = f"{many(len(ones), 'sentence')} were" if len(ones) > 1 else "a sentence was"
            yield Reason(Kind.BODY, weight, f"{more} {what}: {shown(longest)}")
    if rest and not (explained and rest < 1):
        total = max(1, len(words(before.text)) + len(words(after.text)))
        share = min(1.0, rest / total)
        yield Reason(
            Kind.BODY, BODY + REWRITTEN * share, f"other words of the text changed: {percent(share)} of it"
        )
    if typo and found.pairs and not gone and not come:
        yield Reason(Kind.TYPO, TYPO, _spelling(found), minor=True)
    if words(before.text) == words(after.text) and not any(b.kind is BlockKind.MOVED for b in body.blocks):
        yield Reason(Kind.PUNCTUATION, PUNCTUATION, "only punctuation of the text changed", minor=True)


def percent(share: float) -> str:
    """`less than 1 %`, `12 %`."""
    return "less than 1 %" if share < 0.01 else f"{round(100 * share)} %"


# Captions, byline, pictures, links, dates.


def _captions(before: Extraction, after: Extraction, view: _View) -> Iterator[Reason]:
    was, now = (sorted(map(fold, one.captions)) for one in (before, after))
    if was == now:
        return
    kept = Counter(was) & Counter(now)
    olds, news = ([c for c in one.captions if not kept[fold(c)]] for one in (before, after))
    one_each = len(olds) == len(news) == 1
    change = line_diff(olds[0], news[0]) if one_each else diff("\n\n".join(olds), "\n\n".join(news))
    found = edits(change)
    typo, reasons, _ = _sentence_facts(found, Place.CAPTION, view)
    minor = (typo or not found.pairs) and not found.gone and not found.come
    text = f"a caption changed: {told('', shown(olds[0]) if olds else '', shown(news[0]) if news else '')}"
    yield Reason(Kind.CAPTION, TYPO if minor else CAPTION, text, minor=minor)
    yield from reasons


def _byline(before: Extraction, after: Extraction) -> Iterator[Reason]:
    was, now = ({fold(author): author for author in one.authors} for one in (before, after))
    if was.keys() == now.keys():
        return
    gone = [author for key, author in was.items() if key not in now]
    come = [author for key, author in now.items() if key not in was]
    olds, news = (" and ".join(f'"{author}"' for author in side) for side in (gone, come))
    text = told("the byline", olds, news) if gone and come else told("", olds, news, Place.BYLINE)
    yield Reason(Kind.BYLINE, BYLINE, text, minor=True)


def _images(before: Extraction, after: Extraction) -> Iterator[Reason]:
    was, now = set(before.images), set(after.images)
    if was == now:
        return
    gone, come = len(was - now), len(now - was)
    traded = min(gone, come)
    parts = [(traded, "exchanged"), (come - traded, "added"), (gone - traded, "taken out")]
    text = ", ".join(f"{many(count, 'picture')} {what}" for count, what in parts if count)
    yield Reason(Kind.IMAGE, IMAGE, text, minor=True)


def _links(was: Sequence[Link], now: Sequence[Link], *, said: bool) -> Iterator[Reason]:
    """Links that lead elsewhere, came or went; words of a link that changed are the text's business."""
    stood, stands = ({(fold(link.text), link.url) for link in side} for side in (was, now))
    gone = [pair for pair in dict.fromkeys((fold(link.text), link.url) for link in was) if pair not in stands]
    come = [pair for pair in dict.fromkeys((fold(link.text), link.url) for link in now) if pair not in stood]
    old_urls, new_urls = {url for _, url in stood}, {url for _, url in stands}
    targets, traded = dict(come), {text for text, _ in gone}
    found = list[Reason]()
    for text, url in gone:
        if text in targets:
            what = f"the link {shown(text)} leads to {targets[text]} and no longer to {url}"
            found.append(Reason(Kind.LINK, LINK_TARGET, what, minor=True))
        elif url not in new_urls:
            what = f"the link {shown(text)} to {url} was taken out"
            found.append(Reason(Kind.LINK, LINK_REMOVED, what, minor=True))
    for text, url in come:
        if url not in old_urls and text not in traded:
            what = f"the link {shown(text)} to {url} was put in"
            found.append(Reason(Kind.LINK, LINK_ADDED, what, minor=True))
    if not found and not said:
        found.append(Reason(Kind.LINK, LINK_ADDED, "a link stands on other words", minor=True))
    yield from found


def _only_dates(before: Extraction, after: Extraction) -> Reason:
    was, now = compared(before), compared(after)
    if was[8] != now[8]:
        which = "publication date"
    elif was[9] != now[9]:
        which = "modification date"
    else:
        which = "update stamp" if was[7] != now[7] or any(map(is_stamp, after.paragraphs)) else "setting"
    return Reason(Kind.DATE, DATE, f"only the {which} changed", minor=True)
