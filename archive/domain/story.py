"""The text of an article before and after → what is to be said of its paragraphs and sentences.

It knows notes of correction, datelines, live blogs that go on, paragraphs that came, went, moved or were
parted, and hands sentences that changed to `facts` and quotations to `speech`. It refuses to add up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import regex

from archive.domain.comparison import Both, many
from archive.domain.datelines import dateline
from archive.domain.diff import Block, BlockKind, Diff, diff, line_diff
from archive.domain.edits import Edits, Sentence, blank, edits
from archive.domain.facts import Found, Sides, name_key
from archive.domain.fields import CORRECTED, PUNCTUATION, TYPO, look, respelling
from archive.domain.kinds import Kind, Place, Reason, shown, told
from archive.domain.notes import Note, is_note, note
from archive.domain.numerals import has_time_of_day
from archive.domain.speech import quotations
from archive.domain.wording import fold

# How likely it is that a fact-checker wants to know. Chosen, not measured: an order first; see `facts`.
UPDATE = 0.2
NOTE_REMOVED = 0.6  # the outlet takes back that it was wrong
REMOVED = 0.4  # a paragraph; each further one adds a little
ADDED = 0.2
FURTHER, FURTHER_MOST = 0.03, 0.3
MOVED = 0.08
BODY, REWRITTEN = 0.15, 0.45  # other words; and as the share of the words that changed goes to 1
SENTENCE_GONE, SENTENCE_CAME = 0.3, 0.15
NAME_NOWHERE = 0.35  # a name that went with its sentence and stands nowhere any more
DATELINE = 0.07
LIVE = 0.06

#: Where more characters than that stand in paragraphs that changed, a hundred times an article, their
#: sentences are not looked into: about a second, and no newsroom's work.
LOOKED_INTO = 300_000
#: So many names that stand nowhere any more are told.
_NAMES_TOLD = 3
#: A note is quoted to this length.
_NOTE_SHOWN = 100
#: A dateline is looked for in so many paragraphs.
_DATED = 3
_LIVE_TYPE = "LiveBlogPosting"


def of_text(both: Both) -> list[Reason]:
    """All that is to be said of the text; nothing where only a stamp in it moved."""
    if both.was.text == both.now.text:
        return []
    blocks = both.body.blocks
    notes = {n for n, block in enumerate(blocks) if _is_note_block(block)}
    reasons, blocks = _dateline(blocks)
    reasons += _notes(blocks, notes)
    if sum(len(run.text) for block in blocks if block.edits for run in block.runs) > LOOKED_INTO:
        return [*reasons, *_coarse(both, blocks, notes)]
    found = edits(Diff(blocks), skip=notes)
    looked = look(found, Place.TEXT, both)
    spoken = quotations(blocks, both.before.text, both.after.text, Place.TEXT, skip=notes)
    whole = _whole(blocks, found, notes)
    reasons += [*looked.reasons, *spoken, *_paragraphs(both, blocks, whole, notes)]
    reasons += _gone_names(found, both, looked.reasons)
    reasons += _sentences(found, whole)
    reasons += _rest(both, found, looked, spoken)
    if not reasons and any(_touched(n, block, notes) for n, block in enumerate(blocks)):
        reasons.append(Reason(Kind.PARAGRAPH_MOVED, MOVED, "sentences stand in another order", minor=True))
    return reasons


def _coarse(both: Both, blocks: Sequence[Block], notes: set[int]) -> Iterator[Reason]:
    whole = _whole(blocks, Edits(), notes)
    yield from _paragraphs(both, blocks, whole, notes)
    if any(block.kind in (BlockKind.CHANGED, BlockKind.MOVED) and block.edits for block in blocks):
        share = 1 - both.body.similarity
        yield Reason(Kind.BODY, BODY + REWRITTEN * share, f"words of the text changed: {percent(share)} of it")


def _touched(n: int, block: Block, notes: set[int]) -> bool:
    return n not in notes and not blank(block) and not block.typographic


# Notes and datelines.


def _is_note_block(block: Block) -> bool:
    """A paragraph that is a note, or was one, and no other text."""
    if block.kind is BlockKind.KEPT:
        return False
    texts = [text for text in (block.old_text, block.new_text) if text.strip()]
    return bool(texts) and all(map(is_note, texts))


def _notes(blocks: Sequence[Block], notes: set[int]) -> Iterator[Reason]:
    """Notes of correction and updates that came, went or were worded anew; a stamp is only a date."""
    for n, block in enumerate(blocks):
        if block.kind in (BlockKind.KEPT, BlockKind.MOVED):
            continue
        old, new = (_told_by(text) for text in (block.old_text, block.new_text))
        text = shown(block.new_text, _NOTE_SHOWN)
        if new and not old:
            weight = CORRECTED if new is Note.CORRECTION else UPDATE
            yield Reason(Kind.CORRECTION, weight, f"a note of {new} was put in: {text}")
        elif old and not block.new_text:
            text = f"a note of {old} was taken out: {shown(block.old_text)}"
            yield Reason(Kind.PARAGRAPH_REMOVED, NOTE_REMOVED, text)
        elif new and n in notes and any(any(edit.words) for edit in block.edits):
            yield Reason(Kind.CORRECTION, UPDATE, f"a note of {new} was worded anew: {text}")


def _told_by(paragraph: str) -> Note | None:
    """The note that a paragraph is, if it is one and says more than when."""
    found = note(paragraph)
    return None if found is Note.STAMP else found


def _dateline(blocks: Sequence[Block]) -> tuple[list[Reason], tuple[Block, ...]]:
    """The change of the dateline, and the blocks without it; above it may stand the standfirst."""
    ranks = range(_DATED)
    olds = [n for rank in ranks for n, b in enumerate(blocks) if b.old == rank and dateline(b.old_text)]
    news = [n for rank in ranks for n, b in enumerate(blocks) if b.new == rank and dateline(b.new_text)]
    olds, news = olds or news, news or olds
    old = dateline(blocks[olds[0]].old_text) if olds else ""
    new = dateline(blocks[news[0]].new_text) if news else ""
    if fold(old) == fold(new) or not olds or not news:
        return [], tuple(blocks)
    kept = list(blocks)
    kept[olds[0]] = _without_start(kept[olds[0]], old, "")
    kept[news[0]] = _without_start(kept[news[0]], "", new)
    left, came = (shown(regex.sub(r"[\s\p{Pd}:]+$", "", line)) for line in (old, new))
    text = told("the dateline", left, came)
    return [Reason(Kind.DATELINE, DATELINE, text, minor=True)], tuple(kept)


def _without_start(block: Block, old_start: str, new_start: str) -> Block:
    """The block compared anew without the first characters of either side."""
    old, new = block.old_text.removeprefix(old_start), block.new_text.removeprefix(new_start)
    compared = line_diff(old, new) if old and new else diff(old, new)
    runs = tuple(run for part in compared.blocks for run in part.runs)
    return Block(block.kind, block.old, block.new, runs)


# Paragraphs.


def _whole(blocks: Sequence[Block], found: Edits, notes: set[int]) -> set[int]:
    """Paragraphs that came or went as such: at least half of their words stand in no other paragraph."""
    left = Counter[int]()
    for sentence in (*found.gone, *found.come):
        left[sentence.block] += len(sentence.words)
    whole = set[int]()
    for n, block in enumerate(blocks):
        came_or_went = block.kind in (BlockKind.ADDED, BlockKind.REMOVED) and n not in notes
        if came_or_went and left[n] >= found.moved[n] and not blank(block):
            whole.add(n)
    return whole


def _paragraphs(both: Both, blocks: Sequence[Block], whole: set[int], notes: set[int]) -> Iterator[Reason]:
    added = [block for n, block in enumerate(blocks) if n in whole and block.kind is BlockKind.ADDED]
    removed = [block for n, block in enumerate(blocks) if n in whole and block.kind is BlockKind.REMOVED]
    moved = sum(block.kind is BlockKind.MOVED and not blank(block) for block in blocks)
    if added and _goes_on(both, blocks, added, notes):
        text = f"the live blog went on: {many(len(added), 'paragraph')} added, {shown(added[0].new_text)}"
        yield Reason(Kind.LIVE_APPEND, LIVE, text, minor=True)
    elif added:
        text = _listed("put in", [block.new_text for block in added])
        yield Reason(Kind.PARAGRAPH_ADDED, ADDED + _further(added), text)
    if removed:
        text = _listed("taken out", [block.old_text for block in removed])
        yield Reason(Kind.PARAGRAPH_REMOVED, REMOVED + _further(removed), text)
    if moved:
        yield Reason(Kind.PARAGRAPH_MOVED, MOVED, f"{many(moved, 'paragraph')} moved", minor=True)


def _further(blocks: Sequence[Block]) -> float:
    return min(FURTHER * (len(blocks) - 1), FURTHER_MOST)


def _listed(what: str, texts: Sequence[str]) -> str:
    if len(texts) == 1:
        return f"a paragraph was {what}: {shown(texts[0])}"
    return f"{many(len(texts), 'paragraph')} were {what}, the longest: {shown(max(texts, key=len))}"


def _goes_on(both: Both, blocks: Sequence[Block], added: Sequence[Block], notes: set[int]) -> bool:
    """Whether nothing but posts came: to what says it is a live blog, or in one piece, with a time of day."""
    standing = (BlockKind.KEPT, BlockKind.ADDED)
    if any(block.kind not in standing and _touched(n, block, notes) for n, block in enumerate(blocks)):
        return False
    if _LIVE_TYPE in both.after.structured.types:
        return True
    places = [block.new or 0 for block in added]
    in_one_piece = places[-1] - places[0] == len(places) - 1
    at_edge = places[0] <= 1 or places[-1] == len(both.after.paragraphs) - 1
    return in_one_piece and at_edge and any(has_time_of_day(block.new_text) for block in added)


# Sentences and words.


def _gone_names(found: Edits, both: Both, told_already: Iterable[Reason]) -> Iterator[Reason]:
    """Names that went with a sentence and stand nowhere any more."""
    if not found.gone:
        return
    sides, names = both.sides, Counter[str]()
    for sentence in found.gone:
        for name in _names_of(sentence, sides):
            if all(name_key(part, sides.codes) not in sides.named_after for part in name):
                names[" ".join(name)] += 1
    said = " ".join(reason.text for reason in told_already)
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


def _sentences(found: Edits, whole: set[int]) -> Iterator[Reason]:
    """Sentences that came and went in paragraphs that stand."""
    gone = [sentence for sentence in found.gone if sentence.block not in whole]
    come = [sentence for sentence in found.come if sentence.block not in whole and not is_note(sentence.text)]
    for ones, weight, what in ((gone, SENTENCE_GONE, "taken out"), (come, SENTENCE_CAME, "put in")):
        if ones:
            longest = max(ones, key=lambda one: len(one.words)).text
            lead = "a sentence was" if len(ones) == 1 else f"{many(len(ones), 'sentence')} were"
            yield Reason(Kind.BODY, weight, f"{lead} {what}: {shown(longest)}")


def _rest(both: Both, found: Edits, looked: Found, spoken: Sequence[Reason]) -> Iterator[Reason]:
    """Words of which nothing else is said; where no word changed, its spelling or punctuation."""
    rest = looked.rest + (0 if spoken else looked.quoted)
    if rest:
        share = min(1.0, rest / max(1, len(both.words[0]) + len(both.words[1])))
        text = f"other words of the text changed: {percent(share)} of it"
        yield Reason(Kind.BODY, BODY + REWRITTEN * share, text)
    if looked.typo:
        yield Reason(Kind.TYPO, TYPO, respelling(found), minor=True)
    if both.same_words:
        yield Reason(Kind.PUNCTUATION, PUNCTUATION, "only punctuation of the text changed", minor=True)


def percent(share: float) -> str:
    """`less than 1 %`, `12 %`."""
    return "less than 1 %" if share < 0.01 else f"{round(100 * share)} %"
