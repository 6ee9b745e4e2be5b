"""What of an answer can be seen at a glance: its marks and its few words. Pure.

Knows a page's markup without reading it as a story. Refuses to judge: `archive.domain.barriers` and its neighbours
do, with what is gathered here.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import regex

from archive.domain.model import Extraction
from archive.domain.pages import claims_article

_UNSEEN = regex.compile(r"<!--.*?(?:-->|\Z)|<(script|style|template|svg|iframe)\b.*?(?:</\1\s*>|\Z)", regex.DOTALL)
_NOSCRIPT = regex.compile(r"</?noscript\b[^<>]*>")
_TAG = regex.compile(r"<[^<>]*>")
_TITLE = regex.compile(r"<title\b[^<>]*>([^<]*)")
_LINK = regex.compile(r"<a\s[^<>]*href")
_META = regex.compile(r"<meta\b[^<>]*\bname\s*=\s*[\"']?description\b[^<>]*>")
_SAID = regex.compile(r"""\bcontent\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)')""")
_SPACE = regex.compile(r"\s+")
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}_]+")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_FOLDED = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "‑": "-", "\u00ad": "", "\u200c": " ", "ё": "е"})

_DOTTED = "i\u0307"  # what a Turkish capital I with its dot becomes in lower case

#: Letters that make a word where none are set apart by spaces: of Chinese, Japanese and Thai.
_LETTERS_PER_WORD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """An answer at a glance, in lower case. Of a page that claims to be an article only headers are looked at."""

    status: int
    host: str  #: that answered
    headers: tuple[tuple[str, str], ...]
    markup: str
    title: str
    text: str  #: the title and all the words that a reader without scripts sees, in one line
    count: int  #: how many words those are, or the story read from the page where that is more
    links: int
    claims: bool  #: the page says that it is an article

    def header(self, name: str) -> str:
        """The values of header `name`, joined; empty where there is none."""
        return ", ".join(value for key, value in self.headers if key == name)

    def cookie(self, *names: str) -> bool:
        """Whether a cookie whose name begins with one of `names` is set."""
        return any(key == "set-cookie" and value.lstrip().startswith(names) for key, value in self.headers)

    def within(self, words: int) -> bool:
        """Whether the page has at most so many words and does not say that it is an article."""
        return self.count <= words and not self.claims


def look(
    *, status: int, headers: Sequence[tuple[str, str]], markup: str, url: str, page: Extraction | None
) -> Looks:
    """What an answer looks like."""
    claims = page is not None and claims_article(page)
    lower = "" if claims else markup.lower().replace(_DOTTED, "i")
    text = words_of(lower)
    return Looks(
        status=status,
        host=(urlsplit(url).hostname or "").lower(),
        headers=tuple((name.lower(), value.lower()) for name, value in headers),
        markup=lower,
        title=fold(found[1]) if (found := _TITLE.search(lower)) else "",
        text=text,
        count=max(_count(text), _count(page.text) if page is not None else 0),
        links=len(_LINK.findall(lower)),
        claims=claims,
    )


def _count(text: str) -> int:
    return len(_WORD.findall(text)) + len(_UNSPACED.findall(text)) // _LETTERS_PER_WORD


def words_of(markup: str) -> str:
    """The words of a page that can be seen without scripts, folded, in one line; its description comes last."""
    described = [value for meta in _META.findall(markup) for pair in _SAID.findall(meta) for value in pair]
    return fold(" ".join([_TAG.sub(" ", _UNSEEN.sub(" ", _NOSCRIPT.sub(" ", markup))), *described]))


def fold(text: str) -> str:
    """`text` with its entities read, in one line, in lower case, with one kind of apostrophe."""
    return _SPACE.sub(" ", html.unescape(text).casefold().replace(_DOTTED, "i").translate(_FOLDED)).strip()
