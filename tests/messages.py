"""The words of the pages and their translations: python -m tests.messages.

Reads all templates and the vocabulary, writes `archive/web/locale/stet.pot`, and brings each catalogue up to date:
what is new stands there untranslated, what is used no more is gone.
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

WEB = Path(__file__).parents[1] / "archive" / "web"
LOCALE = WEB / "locale"
TRANSLATED = ("de", "tr")

#: Lines of a header that say when, by whom and by which program: what history says already.
_VARIES = (b'"POT-', b'"PO-Rev', b'"Gen', b'"Last-T', b'"Language-T', b'"Report', b'"Project')

METHODS = [("templates/**.html", "jinja2"), ("pages/**.py", "python")]
OPTIONS = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}


def extracted() -> Catalog:
    """All words that the pages have, without what changes from day to day."""
    found = _catalogue(None)
    for file, _, message, comments, context in extract_from_dir(WEB, METHODS, OPTIONS, strip_comment_tags=True):
        found.add(message, locations=[(file, 0)], auto_comments=comments, context=context)
    return found


def _catalogue(language: str | None) -> Catalog:
    heading = "# The words of Stet's pages."
    return Catalog(locale=language, project="Stet", charset="utf-8", fuzzy=False, header_comment=heading)


def catalogue(language: str) -> Catalog:
    """The translations of a language, as they are."""
    return read_po(io.BytesIO(path(language).read_bytes()), locale=language)


def path(language: str) -> Path:
    """Where they are."""
    return LOCALE / language / "LC_MESSAGES" / "stet.po"


def main() -> None:
    """Write the words down, and what of them is translated."""
    words = extracted()
    _write(LOCALE / "stet.pot", words)
    for language in TRANSLATED:
        kept = catalogue(language) if path(language).exists() else _catalogue(language)
        kept.update(words, no_fuzzy_matching=True)
        kept.obsolete.clear()
        _write(path(language), kept)


def _write(where: Path, words: Catalog) -> None:
    where.parent.mkdir(parents=True, exist_ok=True)
    text = io.BytesIO()
    write_po(text, words, omit_header=False, include_lineno=False, sort_output=True, width=110)
    stable = (line for line in text.getvalue().splitlines() if not line.startswith(_VARIES))
    where.write_bytes(b"\n".join(stable) + b"\n")


if __name__ == "__main__":
    main()
