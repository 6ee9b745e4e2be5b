"""Calm and sight: real article pages with altered nodes, taken for an edit or not, and planted edits seen.

    python benchmarks/mutations.py [--every N] [--only WORDS] [--show N] [--alone] [--cache FILE]

Takes the labelled pages that lie beside the project (`../shared/corpus/articles`; NEWS_CORPUS names another
folder) and alters copies of them (`alterations.py`). A *false edit* is a page on which noise is taken for a
change: the lower the better. Noise outside and inside of the article's box, the smallest element that holds most
of the story, is counted separately. Then edits of the story are planted: how many are seen.

Ours is `archive.domain.steps.step` over two extractions, as the archive compares. Beside it, in the same pass
over the same bytes: a hash of trafilatura's text with its default settings and with `favor_precision`, and of
readability-lxml's text where that is installed. `--alone` leaves them out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import pickle
import random
import shelve
import sys
import tarfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lxml import html
from trafilatura import bare_extraction

from archive.domain import noise
from archive.domain.diff import diff
from archive.domain.model import Extraction
from archive.domain.rendering import as_text
from archive.domain.steps import step
from archive.domain.wording import fold
from archive.extraction import extract
from archive.extraction.decoding import decode
from benchmarks import alterations
from benchmarks.alterations import EDITS, FIELDS, NOISE, Mutation, Subject

try:
    from readability import Document
except ImportError:
    Document = None

CORPUS = (
    Path(os.environ.get("NEWS_CORPUS") or Path(__file__).resolve().parents[2] / "shared" / "corpus") / "articles"
)
SEED = 20261125
SHOWN = 700  #: characters of what was taken wrongly

Judge = Callable[[bytes, bytes, str], bool]  #: before, after, url → is there a change?


class Reader:
    """Extracts, and remembers what it has extracted; with a file, for the next run too."""

    def __init__(self, cache: Path | None) -> None:
        self.held: dict[str, bytes] | shelve.Shelf[bytes] = shelve.open(str(cache)) if cache else {}  # noqa: SIM115
        code = sorted(Path(sys.modules["archive.extraction"].__file__ or "").parent.glob("*.py"))
        self.rules = hashlib.sha256(b"".join(path.read_bytes() for path in code)).hexdigest()[:16]

    def read(self, payload: bytes, url: str) -> Extraction:
        """The extraction of a payload."""
        key = f"{self.rules}{hashlib.sha256(payload).hexdigest()}"
        if key not in self.held:
            self.held[key] = pickle.dumps(extract(payload, url=url, content_type="text/html"))
        return pickle.loads(self.held[key])


def ours(reader: Reader) -> Judge:
    """The archive's own judgement."""

    def judge(before: bytes, after: bytes, url: str) -> bool:
        return step(reader.read(before, url), reader.read(after, url)) is not None

    return judge


def by_text(read: Callable[[bytes], str]) -> Judge:
    """A change is another text, typography apart."""
    return lambda before, after, _: fold(read(before)) != fold(read(after))


def _trafilatura(payload: bytes, *, precise: bool) -> str:
    document = bare_extraction(payload, favor_precision=precise, include_comments=False, with_metadata=False)
    return str(document.text or "") if document else ""


def _readability(payload: bytes) -> str:
    try:
        return str(html.fromstring(Document(payload.decode()).summary()).text_content())
    except Exception:  # noqa: BLE001 -- some pages make it stumble; that is a text, too
        return ""


def judges(reader: Reader, alone: bool) -> dict[str, Judge]:
    """Who is asked, by the name of the column."""
    found = {"ours": ours(reader)}
    if not alone:
        found["trafilatura"] = by_text(lambda payload: _trafilatura(payload, precise=False))
        found["precise"] = by_text(lambda payload: _trafilatura(payload, precise=True))
        if Document is not None:
            found["readability"] = by_text(_readability)
    return found


def subjects(reader: Reader, every: int = 1) -> list[Subject]:
    """The pages that can be altered: those whose story is known and found in their tree."""
    rows = [json.loads(line) for line in (CORPUS / "articles.jsonl").read_text("utf-8").splitlines()]
    wanted = {row["page"]: row for row in rows[::every]}
    found = {}
    with tarfile.open(CORPUS / "pages.tar.xz") as archive:
        for member in archive:
            row = wanted.get(member.name.removeprefix("./"))
            source = archive.extractfile(member) if row else None
            if row is not None and source is not None:
                found[row["page"]] = _subject(reader, row, source.read())
    return [subject for name in wanted if (subject := found.get(name)) is not None]


def _subject(reader: Reader, row: dict[str, str], payload: bytes) -> Subject | None:
    url = row.get("url") or "https://news.example/story"
    read = reader.read(payload, url)
    gold = row.get("gold_text") or read.structured.article_body or ""
    characters = decode(payload, content_type="text/html", url=url).text
    return alterations.subject_of(row["page"], url, characters, gold, read.language)


def cases() -> Iterator[tuple[str, str, Mutation, bool]]:
    """Group, name, mutation, and whether inside of the box."""
    for name, (mutation, places) in NOISE.items():
        for inside in places:
            yield ("inside" if inside else "outside"), name, mutation, inside
    for name, mutation in FIELDS.items():
        yield "fields", name, mutation, False
    for name, mutation in EDITS.items():
        yield "edit", name, mutation, True


def measure(
    found: list[Subject], asked: dict[str, Judge], chosen: str, rounds: int, tell: Callable[[str], None]
) -> None:
    """Print a line per mutation: pages, and for each judge the share that it takes for an edit."""
    print(f"{'':<8} {'% of pages taken for an edit':<26} {'pages':>6}" + "".join(f"{name:>13}" for name in asked))
    totals: dict[str, list[dict[str, bool]]] = defaultdict(list)
    for group, name, mutation, inside in cases():
        if chosen and chosen not in f"{group} {name}":
            continue
        verdicts = []
        for subject in found:
            for turn in range(rounds):
                chance = random.Random(f"{SEED}{subject.name}{group}{name}{turn or ''}")
                altered = mutation(subject, chance, inside)
                if altered is None or altered[0] == altered[1]:
                    continue
                verdict = {who: judge(*altered, subject.url) for who, judge in asked.items()}
                verdicts.append(verdict)
                if verdict["ours"] is not (group == "edit"):
                    tell(f"\n{group}, {name}: {subject.name} ({subject.url})", *altered, subject.url)
        totals[group] += verdicts
        print(_line(group, name, verdicts, asked), flush=True)
    for group, verdicts in totals.items():
        print(_line(group, "all", verdicts, asked))


def _line(group: str, name: str, verdicts: list[dict[str, bool]], asked: dict[str, Judge]) -> str:
    shares = (sum(v[who] for v in verdicts) / len(verdicts) if verdicts else 0.0 for who in asked)
    return f"{group:<8} {name:<26} {len(verdicts):>6}" + "".join(f"{share:>13.1%}" for share in shares)


class Teller:
    """Shows the first few judgements of ours that are wrong."""

    def __init__(self, reader: Reader, left: int) -> None:
        self.reader, self.left = reader, left

    def tell(self, title: str, before: bytes, after: bytes, url: str) -> None:
        """Print the pair's differences."""
        if self.left <= 0:
            return
        self.left -= 1
        print(title)
        was, now = noise.comparable(self.reader.read(before, url), self.reader.read(after, url))
        verdict = step(was, now)
        print(f"   {verdict.kinds}: {verdict.summary}" if verdict else "   no change")
        blocks = [block for block in diff(was.text, now.text).blocks if block.old_text != block.new_text]
        for block in blocks[:6]:
            print(f"   {block.old}->{block.new} {as_text(type(diff('', ''))((block,)))[:SHOWN].strip()}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only one page of N")
    parser.add_argument(
        "--rounds", type=int, default=1, metavar="N", help="alter every page N times by each mutation"
    )
    parser.add_argument("--only", default="", metavar="WORDS", help="only mutations whose line holds these words")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="show N wrong judgements of ours")
    parser.add_argument("--alone", action="store_true", help="without the others")
    parser.add_argument("--cache", type=Path, metavar="FILE", help="keep extractions for the next run")
    chosen = parser.parse_args()
    if not (CORPUS / "pages.tar.xz").exists():
        print("no labelled pages beside the project (shared/corpus/articles): nothing to alter", file=sys.stderr)
        return 1
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    reader = Reader(chosen.cache)
    found = subjects(reader, chosen.every)
    alterations.learn(found)
    print(f"{len(found)} pages whose story is known and found in their tree\n")
    measure(found, judges(reader, chosen.alone), chosen.only, chosen.rounds, Teller(reader, chosen.show).tell)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
