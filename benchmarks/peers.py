"""What other tools compare of a page: one line of JSON a page, by the libraries those tools use.

    .oracles/peers/bin/python benchmarks/peers.py PAGES.tar.xz < names > lines

Runs in an environment of its own (`make oracles`; `benchmarks/changes.py` starts it), because readability-lxml
wants other versions of what Stet uses too. Names of the archive's members come in, one a line; for each the
digest of what changedetection.io and diffengine would compare goes out. It knows nothing of Stet.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tarfile
import unicodedata

from inscriptis import get_text
from lxml import html
from readability import Document

_WHITE = str.maketrans("", "", "\r\n\t ")  # changedetection.io's default: white space is ignored
_PUNCTUATION = dict.fromkeys(i for i in range(sys.maxunicode) if unicodedata.category(chr(i)).startswith("P"))


def changedetection(page: str) -> str:
    """The whole page as text, white space ignored: what changedetection.io takes the digest of by default."""
    return get_text(page).translate(_WHITE) if page.strip() else ""


def diffengine(page: str) -> str:
    """Title and readability's summary without tags, white space and punctuation: diffengine's fingerprint."""
    document = Document(page)
    summary = html.fromstring(document.summary(html_partial=True)).text_content()
    return document.title() + "\0" + re.sub(r"\s+", "", summary).translate(_PUNCTUATION)


def digest(reading, page: str) -> str:  # noqa: ANN001
    try:
        text = reading(page)
    except Exception:  # noqa: BLE001 -- a page that a peer cannot read has no text there
        text = ""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def main() -> None:
    wanted = {line.strip() for line in sys.stdin}
    with tarfile.open(sys.argv[1]) as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            source = archive.extractfile(member) if name in wanted else None
            if source is None:
                continue
            page = source.read().decode("utf-8", "replace")
            line = {
                "page": name,
                "inscriptis": digest(changedetection, page),
                "readability": digest(diffengine, page),
            }
            print(json.dumps(line))


if __name__ == "__main__":
    main()
