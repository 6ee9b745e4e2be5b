"""A text's pieces: words, marks, sentences; and what of them is merely typography.

It knows how to split text in any script without losing a character of it, and when two spellings
read the same. It refuses to compare: what lines up with what is `matching`'s business, and what was
edited is `diff`'s.
"""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import regex

_ENDS = ".!?…؟۔।"  # sentence ends that want white space after them
_WIDE_ENDS = "。！？｡"  # those that do not
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_LETTER = rf"[[\p{{L}}\p{{M}}\p{{N}}\p{{Cf}}\p{{Pc}}]--[{_UNSPACED}]]"
# UAX #29 with three departures: colon and slash join digits (14:30, 3/5/2026), a full stop joins
# digits only (a missing space after a sentence is no new word), and unspaced scripts fall into
# characters with their marks, katakana into runs, since words there need a dictionary.
# The first alternative and `[!-/:-@]` are cases of those after them; they halve the time.
_TOKEN = regex.compile(
    rf"""( [a-zA-Z]++ (?=[\ .,])
         | {_LETTER}++ (?: (?: ['’ʼ·‧״׳](?=\p{{L}}) | (?<=\p{{Nd}})[.,:/'’٫٬](?=\p{{Nd}}) ) {_LETTER}++ )*+
         | [!-/:-@](?=[\ -~]) | [\p{{Katakana}}ー]++ | [{_UNSPACED}]\p{{M}}*+ | (?!\s)\X | ) (\s*+)""",
    regex.VERSION1 | regex.VERBOSE,
)
_WORD = regex.compile(r"[\p{L}\p{N}\p{Sc}%‰]")  # what makes a token a word; money and per cent do too
# A letter alone before the stop is an initial or an abbreviation (J. Smith, the U.S. Senate, z. B. Berlin,
# г. Москва), and so are these, which stand before names and figures; a number before a German month is an ordinal.
# Others are taken for ends: one too many costs nothing but a coarser look. The look-behind on the ends themselves
# makes a row of a million dots cost a million steps and not their square.
_SHORT = (
    "Mr|Mrs|Ms|Mx|Dr|Prof|St|Gen|Col|Maj|Capt|Lt|Sgt|Gov|Sen|Rep|Rev|Hon|Pres|vs|ca|approx"
    "|Nr|Abs|Hr|Fr|bzw|Mme|Mlle|Sr|Sra|Srta|Dra|Gral|Doç|Av|Sn|Yrd|им|ул|гг|стр"
)
_MONTHS = "Jan|Jän|Feb|März|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez"
_SENTENCE_END = regex.compile(
    rf"(?<![{_ENDS}])(?<!(?<!\p{{L}})(?:\p{{L}}|{_SHORT})(?=\.))"
    rf"(?!(?<=\p{{Nd}})\.\s++(?:{_MONTHS}))"
    rf"[{_ENDS}]++[\p{{Pe}}\p{{Pf}}\p{{Pi}}\"']*+(?:\s»(?=\s))?+\s++(?!\p{{Ll}})"
    rf"|[{_WIDE_ENDS}][\p{{Pe}}\p{{Pf}}]*+\s*+"
)

Token = tuple[str, str]
"""A word, mark or character, and the white space after it."""


def _fold_table() -> dict[int, str]:
    """Code point → what it is when only its looks are taken away; "" where nothing remains."""
    table = dict.fromkeys(map(ord, "“”„‟«»″〝〞"), '"')
    table |= dict.fromkeys(map(ord, "‘’‚‛‹›′ʹʼ`´"), "'")
    table |= dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣"), "-")
    table |= {ord("…"): "...", ord("‥"): ".."}
    # soft hyphen, tatweel, zero-width space, word joiner, BOM; not the joiners ZWNJ and ZWJ, which spell
    table |= dict.fromkeys((0xAD, 0x640, 0x200B, 0x2060, 0xFEFF), "")
    table |= dict.fromkeys((0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "")  # bidi
    table |= dict.fromkeys(range(0xFE00, 0xFE10), "")  # variation selectors
    # Ligatures, Arabic presentation forms, half and full width. Not the rest of NFKC: 10² is not 102.
    for low, high in ((0xFB00, 0xFDFF), (0xFE70, 0xFEFE), (0xFF01, 0xFFEE)):
        for point in range(low, high + 1):
            plain = unicodedata.normalize("NFKC", chr(point))
            if plain != chr(point):
                table[point] = plain.translate(table)
    return table


_FOLDS = _fold_table()
DOUBLED = regex.compile(r"-{2,3}|''")  # dashes and quotation marks from a typewriter


def fold(text: str) -> str:
    """The text's words and punctuation in order, one space between, without what is typography only.

    Folded: the shape of quotation marks, dashes, ellipses and ligatures, width, soft hyphens, zero-width
    spaces, bidi marks, tatweel, variation selectors, canonical form (NFC), and all white space, so
    that paragraphs broken elsewhere are equal. Kept: case, digits and their script, accents,
    vowel signs, ZWNJ and ZWJ, and that a mark of punctuation stands there at all.
    """
    return " ".join(core for core, _ in _TOKEN.findall(DOUBLED.sub(undoubled, plain(text))) if core)


def words(text: str) -> list[str]:
    """The folded text's words in order: no punctuation. Unspaced scripts count by character."""
    return [token for token in fold(text).split(" ") if is_word(token)]


def is_word(token: str) -> bool:
    """Whether a token is a word, a figure or a sign of money, and no punctuation."""
    return token.isalnum() or _WORD.search(token) is not None


def same_words(a: str, b: str) -> bool:
    """Do the texts hold the same words and punctuation, typography and line breaks apart? See `fold`."""
    return a == b or fold(a) == fold(b)


def plain(text: str) -> str:
    """Without typography; ASCII is plain already."""
    if text.isascii():
        return text.replace("`", "'")
    folded = unicodedata.normalize("NFC", text).translate(_FOLDS)
    return unicodedata.normalize("NFC", folded)


def tokens(text: str) -> list[Token]:
    """Words, marks and single characters, each with the white space after it; joined, they are the text."""
    return [token for token in _TOKEN.findall(text) if any(token)]


def sentences(text: str) -> list[str]:
    """Sentences with the white space after them; joined, they are the text."""
    cuts = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
    return [text[a:b] for a, b in pairwise(cuts) if a < b]


def ends_sentence(token: Token) -> bool:
    """Whether a sentence may end in this token; most ends want white space after them."""
    core, space = token
    return bool(core) and (core in _WIDE_ENDS or (bool(space) and core in _ENDS))


def undoubled(match: regex.Match[str]) -> str:
    """What stands for something `DOUBLED`."""
    return "-" if match[0][0] == "-" else '"'
