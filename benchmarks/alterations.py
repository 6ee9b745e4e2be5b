"""A real article page → altered copies of it: noise that leaves the story alone, and planted edits of it.

Knows the page's tree, which of its texts are the story's (those that stand in a text made by hand, or in the
page's own JSON-LD), and the *box*: the smallest element that holds most of them. Knows nothing of any extractor
and of what is compared. Everything depends on the chance that is handed in, so a seed repeats a run.

Noise comes in several mark-ups: with telling class names, with hashed ones, without any; as paragraph, `div`,
`section`, `aside` and list. It comes into a page that had none, or stands on both sides with other words.
"""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from lxml import etree, html

from archive.domain.wording import words
from benchmarks import phrases
from benchmarks.phrases import in_language

Slot = tuple[int, str]  #: the number of an element in document order, and `text` or `tail`
Altered = tuple[bytes, bytes]  #: a page before and after

_UNREAD = frozenset(["script", "style", "noscript", "template", "head", "title", "textarea", "svg"])
_INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "em", "font", "i", "img", "mark", "q", "s", "small",
    "span", "strong", "sub", "sup", "time", "u", "wbr", "ins", "del",
})  # fmt: skip
_CERTAIN = 12  # letters in a row that stand in the story are no coincidence
_MOST = 0.7  # of the story's letters: the box holds at least so many
_FOUND = 0.6  # a page whose tree shows less of the story than this cannot be altered with certainty
_BLOCK_TAGS = (
    "div",
    "section",
    "ul",
    "ol",
    "aside",
    "p",
    "figure",
    "table",
    "nav",
    "li",
    "footer",
    "form",
    "header",
)


def letters(text: str) -> str:
    """The words without anything between them, to find a text whatever its spaces and marks."""
    return "".join(words(text)).lower()


@dataclass(slots=True, kw_only=True)
class Subject:
    """A page that can be altered, with what was found out about it."""

    name: str
    url: str
    language: str
    tree: html.HtmlElement = field(repr=False)
    slots: list[Slot] = field(default_factory=list, repr=False)  #: texts that are not the story's
    story: list[Slot] = field(default_factory=list, repr=False)  #: those that are
    blocks: list[int] = field(default_factory=list, repr=False)  #: elements that are whole paragraphs of the story
    box: int = 0
    headline: int | None = None  #: the `h1` that repeats what the head says

    @property
    def base(self) -> bytes:
        """The page as it is."""
        return Draft(self).payload()


class Draft:
    """One copy of a subject's tree, to be altered."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.tree = copy.deepcopy(subject.tree)
        self.elements: list[html.HtmlElement] = list(self.tree.iter())

    def payload(self, encoding: str = "utf-8") -> bytes:
        """The page as bytes; the charset is in the head as well."""
        return bytes(etree.tostring(self.tree, encoding=encoding, method="html", doctype="<!DOCTYPE html>"))

    def get(self, slot: Slot) -> str:
        """The text in a slot."""
        return getattr(self.elements[slot[0]], slot[1]) or ""

    def put(self, slot: Slot, text: str) -> None:
        """Another text into a slot."""
        setattr(self.elements[slot[0]], slot[1], text)

    def outside(self, element: html.HtmlElement) -> bool:
        """Whether an element lies outside of the box."""
        box = self.elements[self.subject.box]
        return element is not box and all(above is not box for above in element.iterancestors())


def subject_of(name: str, url: str, characters: str, gold: str, language: str) -> Subject | None:
    """The page ready to be altered; None where too little of the gold text is found in it."""
    tree = html.document_fromstring(
        characters.encode(), parser=html.HTMLParser(encoding="utf-8", remove_comments=True)
    )
    _declare_utf8(tree)
    subject = Subject(name=name, url=url, language=language, tree=tree)
    elements = list(tree.iter())
    numbers = {id(element): number for number, element in enumerate(elements)}
    told, lines = letters(gold), {letters(line) for line in gold.splitlines()}
    weight: dict[int, int] = {}
    for number, element in enumerate(elements):
        for slot in ((number, "text"), (number, "tail")):
            home = element if slot[1] == "text" else element.getparent()
            text = letters(getattr(element, slot[1]) or "")
            if not text or home is None or _unread(home):
                continue
            if _told(text, home, told, lines):
                subject.story.append(slot)
                for above in (home, *home.iterancestors()):
                    weight[numbers[id(above)]] = weight.get(numbers[id(above)], 0) + len(text)
            else:
                subject.slots.append(slot)
    found = weight.get(0, 0)
    if found < _FOUND * len(told) or not told:
        return None
    subject.box = max(number for number, held in weight.items() if held >= _MOST * found)
    subject.blocks = _paragraphs(subject, elements, numbers)
    subject.headline = _headline(tree, numbers)
    return subject if len(subject.blocks) >= 2 else None


def _declare_utf8(tree: html.HtmlElement) -> None:
    head = tree.find("head")
    for meta in list(tree.iter("meta")):
        if meta.get("charset") or (meta.get("http-equiv") or "").lower() == "content-type":
            meta.drop_tree()
    if head is not None:
        head.insert(0, etree.fromstring('<meta charset="utf-8"/>'))


def _unread(element: html.HtmlElement) -> bool:
    return any(e.tag in _UNREAD for e in (element, *element.iterancestors()))


def _told(text: str, home: html.HtmlElement, told: str, lines: set[str]) -> bool:
    """Whether a text is the story's: by itself, or as a part of a paragraph that is."""
    if len(text) >= _CERTAIN:
        return text in told
    block = next(e for e in (home, *home.iterancestors()) if e.tag not in _INLINE)
    whole = letters(str(block.text_content()))
    return text in lines or (len(whole) >= _CERTAIN and whole in told)


def _paragraphs(subject: Subject, elements: list[html.HtmlElement], numbers: dict[int, int]) -> list[int]:
    """Elements in the box whose whole text is the story's, eight words or more, that hold no other block.

    Captions are left out: a text made by hand often has them, and they are a field of their own.
    """
    foreign = {numbers[id(above)] for slot in subject.slots for above in _around(elements, slot)}
    found = dict.fromkeys(
        numbers[id(next(e for e in _around(elements, slot) if e.tag not in _INLINE))] for slot in subject.story
    )
    box = elements[subject.box]
    return [
        number
        for number in found
        if number not in foreign
        and box in elements[number].iterancestors()
        and not any(_is_caption(above) for above in _around(elements, (number, "text")))
        and all(child.tag in _INLINE or child.tag == "br" for child in elements[number].iterdescendants())
        and len(words(str(elements[number].text_content()))) >= 8
    ]


def _is_caption(element: html.HtmlElement) -> bool:
    return element.tag in ("figcaption", "figure") or "caption" in (element.get("class") or "").lower()


def _around(elements: list[html.HtmlElement], slot: Slot) -> Iterator[html.HtmlElement]:
    element = elements[slot[0]]
    if slot[1] == "text":
        yield element
    yield from element.iterancestors()


def _headline(tree: html.HtmlElement, numbers: dict[int, int]) -> int | None:
    title = set(words(" ".join(tree.xpath("//title/text() | //meta[@property='og:title']/@content")).lower()))
    for heading in tree.iter("h1"):
        shown = words(str(heading.text_content()).lower())
        if len(shown) >= 4 and len([w for w in shown if w in title]) >= 0.8 * len(shown):
            return numbers[id(heading)]
    return None


# Noise that alters what is there.

Mutation = Callable[[Subject, random.Random, bool], Altered | None]
"""Subject, chance, and whether inside of the box → two pages; None where the page gives no occasion."""


def _own_slots(draft: Draft, inside: bool) -> list[Slot]:
    """Texts that are not the story's nor the headline's, on one side of the box."""
    top = {id(e) for h in draft.tree.iter("h1") for e in h.iter()}
    return [
        slot
        for slot in draft.subject.slots
        if id(draft.elements[slot[0]]) not in top
        and draft.outside(next(_around(draft.elements, slot))) is not inside
    ]


_DATED = re.compile(r"date|time|publish|updat|byline|stamp", re.IGNORECASE)


def _is_field(element: html.HtmlElement) -> bool:
    """Whether it is a caption or a date: fields of their own, and an edit where they change."""
    return _is_caption(element) or element.tag == "time" or bool(_DATED.search(element.get("class") or ""))


def counters(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """Every digit in texts that are neither the story's nor captions nor dates."""
    return _other_digits(subject, chance, inside, fields=False)


def field_digits(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """Every digit in captions and dates: they are fields of their own, so an edit of them may well be told."""
    return _other_digits(subject, chance, inside, fields=True)


def _other_digits(subject: Subject, chance: random.Random, inside: bool, *, fields: bool) -> Altered | None:
    draft, altered = Draft(subject), False
    for slot in _own_slots(draft, inside):
        if any(map(_is_field, list(_around(draft.elements, slot))[:4])) is not fields:
            continue
        text = draft.get(slot)
        changed = re.sub(r"\d", lambda _: str(chance.randint(0, 9)), text)
        draft.put(slot, changed)
        altered |= changed != text
    return (subject.base, draft.payload()) if altered else None


def exchanged(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """Texts of links that are not the story's: other headlines."""
    draft = Draft(subject)
    slots = [
        slot
        for slot in _own_slots(draft, inside)
        if len(words(draft.get(slot))) >= 4 and any(e.tag == "a" for e in _around(draft.elements, slot))
    ]
    for slot in slots:
        draft.put(slot, chance.choice(HEADLINES))
    return (subject.base, draft.payload()) if slots else None


def dropped(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """One block without a word of the story."""
    draft = Draft(subject)
    kept = {id(above) for slot in subject.story for above in _around(draft.elements, slot)}
    kept |= {id(above) for h in draft.tree.iter("h1") for above in (h, *h.iterancestors())}
    told = {id(draft.elements[number]) for number in subject.blocks}
    blocks = [
        element
        for element in draft.tree.iter(*_BLOCK_TAGS)
        if id(element) not in kept | told
        and draft.outside(element) is not inside
        and words(str(element.text_content()))
        and not _unread(element)
    ]
    if not blocks:
        return None
    chance.choice(blocks).drop_tree()
    return subject.base, draft.payload()


def list_items(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """Items of lists that are not the story's: one goes, one comes, in every list."""
    draft = Draft(subject)
    kept = {id(above) for slot in subject.story for above in _around(draft.elements, slot)}
    kept |= {id(above) for h in draft.tree.iter("h1") for above in h.iterancestors()}
    lists = [e for e in draft.tree.iter("ul", "ol") if id(e) not in kept and draft.outside(e) is not inside]
    items = [[item for item in one if item.tag == "li"] for one in lists]
    altered = False
    for one in filter(None, items):
        altered = True
        fresh = copy.deepcopy(chance.choice(one))
        for element in fresh.iter():
            if words(element.text or ""):
                element.text = chance.choice(HEADLINES)
        one[0].addprevious(fresh)
        if len(one) > 2:
            chance.choice(one).drop_tree()
    return (subject.base, draft.payload()) if altered else None


def tokens(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """Nonces, scripts, meta tokens, class hashes, data attributes."""
    del inside
    draft = Draft(subject)
    for element in draft.tree.iter():
        if element.tag in ("script", "style"):
            element.set("nonce", f"{chance.getrandbits(64):x}")
        if element.tag == "script" and element.text and "ld+json" not in (element.get("type") or ""):
            element.text += f"\nwindow.t={chance.random()};"
        if element.get("class") and chance.random() < 0.3:
            element.set("class", f"{element.get('class')} css-{chance.getrandbits(24):x}")
        if element.tag in ("div", "section", "article", "p"):
            element.set("data-rid", f"{chance.getrandbits(32):x}")
    return subject.base, draft.payload()


def attributes(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """All attributes in another order."""
    del inside
    draft = Draft(subject)
    for element in draft.tree.iter():
        items = element.items()
        chance.shuffle(items)
        element.attrib.clear()
        for name, value in items:
            element.set(name, value)
    return subject.base, draft.payload()


def typography(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """Quotation marks, dashes, ellipses, spaces, soft hyphens in every text, the story's too."""
    del inside
    draft = Draft(subject)
    swaps = [("“", '"'), ("”", '"'), ("’", "'"), ("‘", "'"), ("…", "..."), ("—", "–"), ("\u00a0", " ")]
    for slot in subject.story + subject.slots:
        text = draft.get(slot)
        for curly, straight in swaps:
            text = text.replace(curly, straight)
        if chance.random() < 0.5:
            text = re.sub(r"(?<=\w) (?=\w)", lambda m: "\u00a0" if chance.random() < 0.1 else m[0], text)
            text = re.sub(r"(?<=\w{4})(?=\w{4})", lambda _: "\u00ad" if chance.random() < 0.05 else "", text)
        draft.put(slot, text)
    return subject.base, draft.payload()


def encodings(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """Every letter beyond ASCII as a character reference, other white space between elements."""
    del inside
    draft = Draft(subject)
    for element in draft.tree.iter():
        if element.tail and not element.tail.strip() and element.tag not in _INLINE:
            element.tail = "\n" + " " * chance.randint(0, 8)
    return subject.base, draft.payload("ascii")


def recropped(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """Other sizes in the addresses of pictures."""
    del inside
    draft, size, altered = Draft(subject), chance.randint(300, 1900), False
    for image in draft.tree.iter("img", "source"):
        for name in ("src", "srcset", "data-src", "data-srcset"):
            value = image.get(name)
            if value and not value.startswith("data:"):
                sized = re.sub(r"\b(w|width|h|height|q|resize|fit)=\d+", rf"\g<1>={size}", value)
                sized = re.sub(r"([-_/])\d{2,4}x\d{2,4}(?=[./_-])", rf"\g<1>{size}x{size // 2}", sized)
                if sized == value and "," not in value:
                    sized = f"{value}{'&' if '?' in value else '?'}w={size}&crop={chance.randint(1, 9)}"
                image.set(name, sized)
                altered = True
    return (subject.base, draft.payload()) if altered else None


# Noise that is put in.

Block = Callable[["Planting"], str]


@dataclass(slots=True)
class Planting:
    """What a block is made of: a mark-up that stays, words that vary."""

    language: str
    shape: random.Random
    chance: random.Random

    def say(self, table: dict[str, list[str]]) -> str:
        """A variant, with a number in it."""
        number = self.chance.choice([self.chance.randint(2, 59), self.chance.randint(100, 9_999)])
        return escape(self.chance.choice(in_language(table, self.language)).format(n=number))

    def cls(self, *telling: str) -> str:
        """A class attribute: telling, hashed, or none."""
        name = self.shape.choice(
            [*telling, f"x{self.shape.getrandbits(28):x}", f"sc-{self.shape.getrandbits(20):x}", ""]
        )
        return f' class="{name}"' if name else ""

    def wrapped(self, parts: Sequence[str], *telling: str) -> str:
        """The texts in one of several mark-ups."""
        cls = self.cls(*telling)
        kind = self.shape.randrange(7)
        if kind == 0:
            return f"<div{cls}>" + "".join(f"<p>{part}</p>" for part in parts) + "</div>"
        if kind == 1:
            return f"<section{cls}><h3>{parts[0]}</h3>" + "".join(f"<p>{p}</p>" for p in parts[1:]) + "</section>"
        if kind == 2:
            return f"<div{cls}><div>" + "</div><div>".join(parts) + "</div></div>"
        if kind == 3:
            return f"<aside{cls}>" + "".join(f"<p>{part}</p>" for part in parts) + "</aside>"
        if kind == 4:
            return f"<ul{cls}>" + "".join(f"<li>{part}</li>" for part in parts) + "</ul>"
        if kind == 5:
            return f"<div{cls}><span>" + "</span> <span>".join(parts) + "</span></div>"
        return f"<p{cls}>" + "<br>".join(parts) + "</p>"

    def link(self, text: str) -> str:
        """An anchor."""
        return f'<a href="/news/{self.chance.getrandbits(24):x}">{text}</a>'

    def headline(self) -> str:
        """Another story's."""
        return escape(self.chance.choice(HEADLINES))


def _ad(p: Planting) -> str:
    parts = [p.say(phrases.ADS)] + ([p.say(phrases.ADS)] if p.shape.random() < 0.5 else [])
    return p.wrapped(parts, "ad-slot", "advertisement", "werbung", "banner", "sponsored-content")


def _newsletter(p: Planting) -> str:
    text = p.say(phrases.NEWSLETTERS)
    form = '<form action="/nl"><input type="email" name="mail"><button>OK</button></form>'
    return p.wrapped(
        [text, *([form] if p.shape.random() < 0.4 else [])], "newsletter", "signup", "nl-box", "promo"
    )


def _app(p: Planting) -> str:
    text = p.say(phrases.APPS)
    return p.wrapped([p.link(text) if p.shape.random() < 0.4 else text], "app-promo", "follow-us", "social")


def _related(p: Planting) -> str:
    parts = [p.say(phrases.RELATED), *(p.link(p.headline()) for _ in range(p.shape.randint(1, 4)))]
    if p.shape.random() < 0.5:
        items = "</li><li>".join(parts[1:])
        return f"<aside{p.cls('related', 'teaser')}><h4>{parts[0]}</h4><ul><li>{items}</li></ul></aside>"
    return p.wrapped(parts, "related", "teaser", "recommended")


def _more(p: Planting) -> str:
    label, link = p.say(phrases.MORE), p.link(p.headline())
    kinds = (
        f"<p{p.cls('read-more')}>{label} {link}</p>",
        f"<p><strong>{label} {link}</strong></p>",
        f"<p>{label} {escape(p.headline()) if p.shape.random() < 0.3 else link}</p>",
        f"<div{p.cls('inline-related')}><span>{label}</span> {link}</div>",
        f"<ul><li>{label} {link}</li></ul>",
        f"<p><em>{label}</em><br>{link}</p>",
        f"<h3>{label} {link}</h3>",
    )
    return p.shape.choice(kinds)


def _consent(p: Planting) -> str:
    return p.wrapped([p.say(phrases.CONSENT), "<button>OK</button>"], "cookie-banner", "consent", "gdpr", "cmp")


def _comments(p: Planting) -> str:
    rows = [
        f"<b>user{p.chance.randint(1, 999)}</b> {p.say(phrases.COMMENTS)}" for _ in range(p.shape.randint(1, 4))
    ]
    return p.wrapped([p.say(phrases.COMMENT_HEADS), *rows], "comments", "comment-list", "discussion", "kommentare")


def _breaking(p: Planting) -> str:
    return p.wrapped([f"{p.say(phrases.BREAKING)}: {p.link(p.headline())}"], "breaking", "ticker", "alert-bar")


def _donation(p: Planting) -> str:
    return p.wrapped([p.say(phrases.DONATIONS)], "donate", "support-us", "appeal")


def _ago(p: Planting) -> str:
    text = p.say(phrases.AGO)
    return p.shape.choice(
        [f"<time{p.cls('ago')}>{text}</time>", f"<p>{text}</p>", f"<div{p.cls('meta')}><span>{text}</span></div>"]
    )


def _shares(p: Planting) -> str:
    return p.wrapped(
        [p.say(phrases.COUNTS), *([p.say(phrases.COUNTS)] if p.shape.random() < 0.5 else [])],
        "share-count",
        "social",
        "meta",
    )


def _ticker(p: Planting) -> str:
    names = ("DAX", "Dow Jones", "BIST 100", "EUR/USD", "Brent", "Gold", "BTC")
    rows = [f"{name} {_price(p.chance)}" for name in p.shape.sample(names, p.shape.randint(1, 4))]
    return p.wrapped(rows, "ticker", "markets", "live-scores")


def _price(chance: random.Random) -> str:
    return (
        f"{chance.randint(1, 40_000):,}.{chance.randint(10, 99)} {chance.choice('+-')}{chance.random() * 3:.2f}%"
    )


def inserted(block: Block, *, below: bool = False) -> Mutation:
    """The mutation that plants a block: it comes, or it stands on both sides with other words.

    With `below` it stands where comments do: after the story.
    """

    def mutate(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
        shape, place, both = chance.random(), chance.random(), chance.random() < 0.4

        def planted(turn: int) -> bytes:
            draft = Draft(subject)
            planting = Planting(subject.language, random.Random(f"{shape}"), random.Random(f"{shape}{turn}"))
            _plant(draft, block(planting), random.Random(f"{place}"), inside, below)
            return draft.payload()

        return planted(1) if both else subject.base, planted(2)

    mutate.__doc__ = block.__doc__
    return mutate


def _plant(draft: Draft, markup: str, chance: random.Random, inside: bool, below: bool) -> None:
    # More than one element where the mark-up is no valid nesting: a form ends a paragraph.
    put = _anchor(draft, chance, inside, below)
    for element in reversed([e for e in html.fragments_fromstring(markup) if not isinstance(e, str)]):
        put(element)


def _anchor(draft: Draft, chance: random.Random, inside: bool, below: bool) -> Callable[[html.HtmlElement], None]:
    """Where a block is put in: a method that takes it."""
    if inside:
        blocks = draft.subject.blocks
        # Seldom after the last: what stands there is harder to tell from the story's end.
        at = len(blocks) - 1 if below or chance.random() < 0.15 else chance.randrange(len(blocks) - 1)
        return draft.elements[blocks[at]].addnext
    box = draft.elements[draft.subject.box]
    body = draft.tree.find("body")
    where = chance.choice(["after", "bottom"] if below else ["before", "after", "top", "bottom"])
    if body is None or box is body or where in ("top", "bottom"):
        holder = box if body is None else body
        return (lambda element: holder.insert(0, element)) if where == "top" else holder.append
    return box.addprevious if where == "before" else box.addnext


#: Name → mutation, and whether it is tried outside (False) and inside (True) of the box.
NOISE: dict[str, tuple[Mutation, tuple[bool, ...]]] = {
    "tokens, nonces, scripts": (tokens, (False,)),
    "attribute order": (attributes, (False,)),
    "typography": (typography, (False,)),
    "entities, white space": (encodings, (False,)),
    "re-cropped pictures": (recropped, (False,)),
    "digits not of the story": (counters, (False, True)),
    "related headlines": (exchanged, (False, True)),
    "a block dropped": (dropped, (False, True)),
    "list items": (list_items, (False, True)),
    "ad with words": (inserted(_ad), (False, True)),
    "newsletter": (inserted(_newsletter), (False, True)),
    "app, follow us": (inserted(_app), (False, True)),
    "related box": (inserted(_related), (False, True)),
    "READ MORE": (inserted(_more), (False, True)),
    "consent banner": (inserted(_consent), (False, True)),
    "comments": (inserted(_comments, below=True), (False, True)),
    "breaking bar": (inserted(_breaking), (False, True)),
    "donation appeal": (inserted(_donation), (False, True)),
    "relative time": (inserted(_ago), (False, True)),
    "share counts": (inserted(_shares), (False, True)),
    "live ticker": (inserted(_ticker), (False, True)),
}


# Planted edits.


def _sentence_slots(draft: Draft) -> list[Slot]:
    """Texts of the story's paragraphs that are long enough to lie inside a sentence."""
    told = {id(e) for number in draft.subject.blocks for e in draft.elements[number].iter()}
    return [
        slot
        for slot in draft.subject.story
        if len(words(draft.get(slot))) >= 6 and id(next(_around(draft.elements, slot))) in told
    ]


def _rewritten(
    subject: Subject, chance: random.Random, pattern: str, change: Callable[[str], str]
) -> Altered | None:
    """One match of a pattern in the story, replaced."""
    draft = Draft(subject)
    found = [(slot, m) for slot in _sentence_slots(draft) for m in re.finditer(pattern, draft.get(slot))]
    if not found:
        return None
    slot, match = chance.choice(found)
    text = draft.get(slot)
    draft.put(slot, text[: match.start()] + change(match[0]) + text[match.end() :])
    return subject.base, draft.payload()


def word(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """One word replaced by another one of the story."""
    del inside
    others = sorted({w for slot in subject.story for w in words(Draft(subject).get(slot)) if len(w) > 3})
    return _rewritten(
        subject,
        chance,
        r"\b[^\W\d_]{4,}\b",
        lambda old: chance.choice([w for w in others if w.lower() != old.lower()]),
    )


def digit(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """One digit of one number."""
    del inside
    return _rewritten(subject, chance, r"\d", lambda old: chance.choice([d for d in "123456789" if d != old]))


def negation(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """A "not" after a word."""
    del inside
    no = phrases.NEGATIONS.get(subject.language, "not")
    return _rewritten(subject, chance, r"(?<=\w)\s(?=\w)", lambda space: f" {no}{space}")


def name(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """A word with a capital inside a sentence."""
    del inside
    return _rewritten(
        subject, chance, r"(?<=[a-zà-ÿ] )[A-Z][a-zà-ÿ]{2,}\b", lambda old: "Miller" if old != "Miller" else "Baker"
    )


def paragraph_deleted(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """One paragraph of the story, the first and the last among them."""
    del inside
    draft = Draft(subject)
    draft.elements[chance.choice(subject.blocks)].drop_tree()
    return subject.base, draft.payload()


def _added(draft: Draft, markup: str, at: int) -> None:
    draft.elements[draft.subject.blocks[at]].addnext(html.fragment_fromstring(markup))


def _tag(draft: Draft) -> str:
    tags = [draft.elements[number].tag for number in draft.subject.blocks]
    return max(set(tags), key=tags.count)


def paragraph_added(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """A paragraph of another story, like the others around it."""
    del inside
    draft, tag = Draft(subject), _tag(Draft(subject))
    text = chance.choice(PROSE.get(subject.language) or PROSE["en"])
    _added(draft, f"<{tag}>{escape(text)}</{tag}>", chance.randrange(len(subject.blocks)))
    return subject.base, draft.payload()


def correction(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """A note of correction, at the story's end or below its first paragraph."""
    del inside
    draft, note = Draft(subject), escape(chance.choice(in_language(phrases.NOTES, subject.language)))
    shape = chance.choice(
        [
            "<p>{}</p>",
            "<p><em>{}</em></p>",
            "<p><i>{}</i></p>",
            '<div class="correction"><p>{}</p></div>',
            "<p><strong>{}</strong></p>",
        ]
    )
    _added(draft, shape.format(note), chance.choice([0, len(subject.blocks) - 1]))
    return subject.base, draft.payload()


def _other_headline(old: str, chance: random.Random) -> str:
    """A headline with one word replaced, one more, one less, or another one altogether."""
    pieces = old.split()
    at = chance.randrange(min(len(pieces), 6))  # the outlet's name may follow
    kind = chance.randrange(4)
    if kind == 0 or len(pieces) < 3:
        return chance.choice([other for other in HEADLINES if other != old])
    fresh = {1: ["Miller"], 2: [pieces[at], "not"], 3: []}[kind]
    return " ".join([*pieces[:at], *fresh, *pieces[at + 1 :]])


def _set_text(element: html.HtmlElement, text: str) -> None:
    for child in list(element):
        element.remove(child)
    element.text = text


def headline(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """The headline wherever the page has it: `h1`, `title`, `og:title`, JSON-LD."""
    del inside
    draft = Draft(subject)
    shown = draft.elements[subject.headline] if subject.headline is not None else None
    metas = draft.tree.xpath("//meta[@property='og:title' or @name='twitter:title' or @property='twitter:title']")
    title = next(draft.tree.iter("title"), None)
    old = shown if shown is not None else title
    if old is None or not words(str(old.text_content())) or (shown is None and list(draft.tree.iter("h1"))):
        return None  # which of its headings is the headline, only a person could tell
    new = _other_headline(" ".join(str(old.text_content()).split()), chance)
    if shown is not None:
        _set_text(shown, new)
    for meta in metas:
        meta.set("content", new)
    if title is not None:
        title.text = new
    for script in draft.tree.iter("script"):
        if "ld+json" in (script.get("type") or "") and script.text:
            told = json.dumps(new)
            script.text = re.sub(
                r'("headline"\s*:\s*)"(?:[^"\\]|\\.)*"', lambda m, told=told: m[1] + told, script.text
            )
    return subject.base, draft.payload()


def headline_alone(subject: Subject, chance: random.Random, inside: bool) -> Altered | None:
    """The `h1` and nothing else."""
    del inside
    if subject.headline is None:
        return None
    draft = Draft(subject)
    shown = draft.elements[subject.headline]
    _set_text(shown, _other_headline(" ".join(str(shown.text_content()).split()), chance))
    return subject.base, draft.payload()


#: Neither noise nor surely an edit: printed apart.
FIELDS: dict[str, Mutation] = {"digits in captions, dates": field_digits}

EDITS: dict[str, Mutation] = {
    "one word": word,
    "one digit": digit,
    "a negation": negation,
    "a name": name,
    "paragraph deleted": paragraph_deleted,
    "paragraph added": paragraph_added,
    "correction note": correction,
    "headline": headline,
    "h1 alone": headline_alone,
}

#: Headlines and paragraphs of the other pages, filled by whoever reads them (see `learn`).
HEADLINES: list[str] = []
PROSE: dict[str, list[str]] = {}


def learn(subjects: Sequence[Subject]) -> None:
    """Take headlines and paragraphs from the pages, for use on others; what was learnt before is forgotten."""
    HEADLINES.clear()
    PROSE.clear()
    for subject in subjects:
        elements = list(subject.tree.iter())
        if subject.headline is not None:
            HEADLINES.append(" ".join(str(elements[subject.headline].text_content()).split()))
        texts = (" ".join(str(elements[number].text_content()).split()) for number in subject.blocks[1:6])
        PROSE.setdefault(subject.language, []).extend(
            t for t in texts if 15 <= len(words(t)) <= 60 and t[-1] in '.!?"”'
        )
