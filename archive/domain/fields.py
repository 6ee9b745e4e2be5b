"""An article before and after → what is to be said of its headline, standfirst, captions and the rest.

It knows how each field is compared and what its change weighs, beside what is found in its sentences
(`facts`) and quotations (`speech`). It refuses to look at the text, which is `story`'s, and to add up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import regex

from archive.domain.comparison import Both, link_key, many
from archive.domain.diff import Diff, diff, line_diff
from archive.domain.edits import Edits, edits
from archive.domain.facts import Found, facts
from archive.domain.kinds import Kind, Place, Reason, shown, told
from archive.domain.model import Extraction, Link
from archive.domain.notes import is_note, is_stamp
from archive.domain.speech import quotations
from archive.domain.wording import fold, words

# How likely it is that a fact-checker wants to know of the field's change, whatever was changed in it.
# Chosen, not measured: an order first.
HEADLINE = 0.45  # what most people read
STANDFIRST = 0.3
ECHOED = 0.001  # the text has said it
CORRECTED = 0.5  # the outlet itself says that something was wrong
CAPTION = 0.12
BYLINE = 0.15
IMAGE = 0.08
LINK_TARGET, LINK_REMOVED, LINK_ADDED = 0.1, 0.07, 0.04
TYPO = 0.04
PUNCTUATION = 0.03
DATE = 0.02

#: A headline that was put anew is quoted to this length.
_HEADLINE_SHOWN = 90
_ENDS = (" was taken out", " was put in")


def of_fields(both: Both) -> Iterator[Reason]:
    """All fields but the text, the links and the dates."""
    before, after = both.before, both.after
    yield from _line(before.title, after.title, Place.HEADLINE, both)
    if both.was.text != both.now.text and _echoes(before) and _echoes(after):
        yield from _echoed(both)
    else:
        yield from _line(before.standfirst, after.standfirst, Place.STANDFIRST, both)
    yield from _captions(both)
    yield from _byline(both)
    yield from _images(both)


# Headline and standfirst.


def _echoes(extraction: Extraction) -> bool:
    """A standfirst that only repeats the text, as meta descriptions do, has no news of its own."""
    start = regex.sub(r"[\s.…]+$", "", extraction.standfirst)
    return fold(start) in fold(extraction.text)


def _echoed(both: Both) -> Iterator[Reason]:
    """What is told of the text is told of a standfirst that is one of its paragraphs, too."""
    was, now = both.was.standfirst, both.now.standfirst
    stood, stands = ({fold(text) for text in one.paragraphs} for one in (both.before, both.after))
    if was != now and was in stood and now in stands:
        yield Reason(Kind.STANDFIRST, ECHOED, "the standfirst changed with the text", minor=True)


def _line(old: str, new: str, place: Place, both: Both) -> Iterator[Reason]:
    if fold(old) == fold(new):
        return
    kind = Kind.HEADLINE if place is Place.HEADLINE else Kind.STANDFIRST
    if words(old) == words(new):
        for one in (kind, Kind.PUNCTUATION):
            yield Reason(one, PUNCTUATION, f"only the punctuation of {place} changed", minor=True)
        return
    change = line_diff(old, new)
    found = edits(change)
    looked = look(found, place, both)
    if looked.typo:
        yield Reason(kind, TYPO, f"only the spelling of {place} changed", minor=True)
        yield Reason(Kind.TYPO, TYPO, respelling(found), minor=True)
        return
    if is_note(new) and not is_note(old):
        text = f"{place} says that it was corrected or updated: {shown(new)}"
        yield Reason(Kind.CORRECTION, CORRECTED, text)
    yield Reason(kind, HEADLINE if place is Place.HEADLINE else STANDFIRST, _reworded(old, new, place, change))
    yield from looked.reasons
    yield from quotations(change.blocks, old, new, place)


def _reworded(old: str, new: str, place: Place, change: Diff) -> str:
    if not old or not new:
        return f"{place} {shown(new or old)} was {'put in' if new else 'taken out'}"
    worded = [edit for edit in change.edits if any(edit.words)]
    if len(worded) == 1 and len(worded[0].removed) + len(worded[0].added) < len(old):
        return f"{place} changed: {told('', shown(worded[0].removed), shown(worded[0].added))}"
    return f"{place} changed: {shown(old, _HEADLINE_SHOWN)} became {shown(new, _HEADLINE_SHOWN)}"


def look(found: Edits, place: Place, both: Both) -> Found:
    """What is to be said of all sentences that became others."""
    looked = [facts(pair, place, both.sides) for pair in found.pairs]
    return Found(
        tuple(_without_moved([reason for one in looked for reason in one.reasons])),
        typo=bool(looked) and all(one.typo for one in looked) and not found.gone and not found.come,
        rest=sum(one.rest for one in looked),
        quoted=sum(one.quoted for one in looked),
    )


def _without_moved(reasons: Sequence[Reason]) -> list[Reason]:
    """Leave out what was taken out of one sentence and put into another."""
    left, came = ({one.text.removesuffix(end) for one in reasons if one.text.endswith(end)} for end in _ENDS)
    return [one for one in reasons if not any(one.text == both + end for both in left & came for end in _ENDS)]


def respelling(found: Edits) -> str:
    """What was a slip of spelling, the first of them."""
    first, both = found.pairs[0].changes[0], (found.pairs[0].old.cores, found.pairs[0].new.cores)
    old, new = (" ".join(cores[n] for n in at) for cores, at in zip(both, (first.old, first.new), strict=True))
    return "only spelling changed: " + told("", shown(old), shown(new))


# Captions, byline, pictures, links, dates.


def _captions(both: Both) -> Iterator[Reason]:
    if both.was.captions == both.now.captions:
        return
    kept = Counter(both.was.captions) & Counter(both.now.captions)
    olds, news = (
        [caption for caption in one.captions if not kept[fold(caption)]] for one in (both.before, both.after)
    )
    one_each = len(olds) == len(news) == 1
    change = line_diff(olds[0], news[0]) if one_each else diff("\n\n".join(olds), "\n\n".join(news))
    found = edits(change)
    looked = look(found, Place.CAPTION, both)
    minor = looked.typo or not (found.pairs or found.gone or found.come)
    text = f"a caption changed: {told('', shown(olds[0]) if olds else '', shown(news[0]) if news else '')}"
    if not olds and not news:
        text = "a caption stands more or less often"
    yield Reason(Kind.CAPTION, TYPO if minor else CAPTION, text, minor=minor)
    yield from looked.reasons


def _byline(both: Both) -> Iterator[Reason]:
    was, now = ({fold(author): author for author in one.authors} for one in (both.before, both.after))
    if was.keys() == now.keys():
        return
    gone = [author for key, author in was.items() if key not in now]
    come = [author for key, author in now.items() if key not in was]
    olds, news = (" and ".join(f'"{author}"' for author in side) for side in (gone, come))
    text = told("the byline", olds, news) if gone and come else told("", olds, news, Place.BYLINE)
    yield Reason(Kind.BYLINE, BYLINE, text, minor=True)


def _images(both: Both) -> Iterator[Reason]:
    was, now = set(both.was.images), set(both.now.images)
    if was == now:
        return
    gone, come = len(was - now), len(now - was)
    traded = min(gone, come)
    parts = [(traded, "exchanged"), (come - traded, "added"), (gone - traded, "taken out")]
    text = ", ".join(f"{many(count, 'picture')} {what}" for count, what in parts if count)
    yield Reason(Kind.IMAGE, IMAGE, text, minor=True)


def of_links(both: Both, *, said: bool) -> Iterator[Reason]:
    """Links that lead elsewhere, came or went; words of a link that changed are the text's business."""
    if both.was.links == both.now.links:
        return
    was, now = (_by_words(one.links) for one in (both.before, both.after))
    gone, come = ([pair for pair in side if pair not in set(other)] for side, other in ((was, now), (now, was)))
    old_urls, new_urls = ({url for _, url in side} for side in (was, now))
    targets, traded = dict(come), {text for text, _ in gone}
    found = list[tuple[float, str]]()
    for text, url in gone:
        if text in targets:
            found.append((LINK_TARGET, f"the link {shown(text)} leads to {targets[text]} and no longer to {url}"))
        elif url not in new_urls:
            found.append((LINK_REMOVED, f"the link {shown(text)} to {url} was taken out"))
    for text, url in come:
        if url not in old_urls and text not in traded:
            found.append((LINK_ADDED, f"the link {shown(text)} to {url} was put in"))
    if not found and not said:
        found.append((LINK_ADDED, "a link stands on other words"))
    yield from (Reason(Kind.LINK, weight, text, minor=True) for weight, text in found)


def _by_words(links: Sequence[Link]) -> list[tuple[str, str]]:
    return list(dict.fromkeys(map(link_key, links)))


def of_dates(both: Both) -> Reason:
    """What is to be said where nothing else is."""
    if both.was.published != both.now.published:
        which = "publication date"
    elif both.was.modified != both.now.modified:
        which = "modification date"
    else:
        stamped = both.was.stamps != both.now.stamps or any(
            is_stamp(paragraph) for one in (both.before, both.after) for paragraph in one.paragraphs
        )
        which = "update stamp" if stamped else "setting"
    return Reason(Kind.DATE, DATE, f"only the {which} changed", minor=True)
