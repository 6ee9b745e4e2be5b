"""Is a redesign taken for edits, and are edits made with it found.

    python benchmarks/redesigns.py [--every N] [--list]

Two sets. The labelled pairs of `shared/corpus/redesigns` (NEWS_CORPUS names another folder): one article before
and after its outlet changed its template; what we say of each, beside the digest of trafilatura's text in the run.

And made ones: the story of each labelled page of `shared/corpus/articles` put into the page of another outlet,
where that one's story stood, under its headline, with its structured data gone. So the words are the same to the
letter, and everything around them is real and another. Of each, further versions with one edit planted: a word in
a sentence, a "not", a number, a sentence gone, a paragraph gone, a paragraph put in, the headline.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lxml import html
from trafilatura import bare_extraction

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from archive.domain.classify import Verdict, classify
from archive.domain.dress import comparable, redesigned
from archive.domain.model import Extraction
from archive.domain.rendering import as_text
from archive.domain.wording import fold, sentences
from archive.extraction import extract
from archive.extraction.decoding import decode
from archive.extraction.tree import parse
from benchmarks.corpus import ABSENT, RealPage, present, real_pages

CORPUS = Path(os.environ.get("NEWS_CORPUS", Path(__file__).resolve().parents[2] / "shared" / "corpus"))
LEAST = 6  #: paragraphs of a story that is used
Story = tuple[str, list[str]]
"""Headline and paragraphs."""


def verdict(before: Extraction, after: Extraction) -> Verdict | None:
    """What is said of a pair across two templates."""
    return classify(*comparable(before, after))


def plain(payload: bytes) -> str:
    """Trafilatura's text as its own users take it."""
    found = bare_extraction(payload.decode("utf-8", "replace"), include_comments=False, deduplicate=False)
    return (found.text or "") if found is not None else ""


# The labelled pairs --------------------------------------------------------------------------------


def labelled() -> None:
    """Each pair, and what both say."""
    folder = CORPUS / "redesigns"
    with tarfile.open(folder / "pages.tar.xz") as archive:
        pages = {m.name.removeprefix("./"): archive.extractfile(m).read() for m in archive if m.isfile()}  # type: ignore[union-attr]
    rows = [json.loads(line) for line in (folder / "pairs.jsonl").read_text("utf-8").splitlines()]
    print(f"{len(rows)} labelled pairs")
    for row in rows:
        payloads = pages[row["before"]], pages[row["after"]]
        url = f"https://www.{row['outlet']}.com/{row['article']}"
        before, after = (extract(each, url=url, content_type="text/html") for each in payloads)
        told = verdict(before, after)
        dress = "another template" if redesigned(before, after) else "the same template"
        says = told.summary if told else "the same words"
        texts = [" ".join(plain(each).split()) for each in payloads]
        peer = "an edit" if texts[0] != texts[1] else "the same"
        print(f"  {row['outlet']:16} {row['article'][:34]:34}  {dress}: {says}  (trafilatura's digest: {peer})")
        if told is not None:
            print(as_text(told.diff))


# Made ones -----------------------------------------------------------------------------------------


def planted(story: Story) -> Iterator[tuple[str, Story]]:
    """The story with one edit each, amid it."""
    title, paragraphs = story
    middle = len(paragraphs) // 2
    text = paragraphs[middle]

    def instead(*new: str) -> Story:
        return title, [*paragraphs[:middle], *new, *paragraphs[middle + 1 :]]

    tokens = text.split(" ")
    if len(tokens) >= 8:
        yield "word", instead(" ".join([*tokens[:4], "otherwise", *tokens[5:]]))
        yield "not", instead(" ".join([*tokens[:4], "not", *tokens[4:]]))
    number = re.search(r"\d+", text)
    if number:
        yield "number", instead(f"{text[: number.start()]}{int(number[0]) + 1}{text[number.end() :]}")
    pieces = sentences(text)
    if len(pieces) > 2 and len(pieces[1].split()) >= 6:
        yield "sentence gone", instead("".join([pieces[0], *pieces[2:]]))
    if len(text.split()) >= 8 and text.rstrip()[-1:] in '.!?"”':
        yield "paragraph gone", instead()
    yield (
        "paragraph added",
        instead(text, "The office of the mayor did not answer any questions about it on Monday."),
    )
    words = title.split(" ")
    yield "headline", (" ".join([*words[:-1], "otherwise"]), paragraphs)


def put_into(story: Story, payload: bytes, theirs: Extraction) -> bytes | None:
    """The page with another story in it; None where its own paragraphs cannot be found."""
    tree = parse(decode(payload, content_type="text/html", url="").text)
    if tree is None:
        return None
    own = {fold(text) for text in theirs.paragraphs}
    places = [p for p in tree.iter("p") if fold(p.text_content()) in own]
    heads = list(tree.iter("h1"))
    if len(places) < LEAST or not heads:
        return None
    title, paragraphs = story
    first = places[0]
    for text in paragraphs:
        element = html.Element("p", dict(first.attrib))
        element.text = text
        first.addprevious(element)
    for place in places:
        place.drop_tree()
    _say(tree, heads[0], title)
    return bytes(html.tostring(tree, encoding="utf-8", doctype="<!doctype html>"))


def _say(tree: html.HtmlElement, head: html.HtmlElement, title: str) -> None:
    for child in list(head):
        child.drop_tree()
    head.text = title
    for element in tree.iter("title"):
        element.text = title
    for meta in tree.iter("meta"):
        if (meta.get("property") or meta.get("name") or "").endswith(":title"):
            meta.set("content", title)
    for script in [s for s in tree.iter("script") if "ld+json" in (s.get("type") or "")]:
        script.drop_tree()


def made(every: int, *, listing: bool) -> None:
    """Every story in the page of the next outlet that can take it."""
    pages = real_pages(every=every)
    read = {page.name: extract(page.payload, url=page.url("https"), content_type="text/html") for page in pages}
    good = [page for page in pages if len(read[page.name].paragraphs) >= LEAST and read[page.name].title]
    seen, alarms, peers, asked, found = 0, 0, 0, Counter[str](), Counter[str]()
    other_dress = 0
    for page, host in zip(good, good[1:] + good[:1], strict=True):
        before = read[page.name]
        story: Story = before.title, list(before.paragraphs)
        again = _again(story, host, read[host.name])
        if again is None or page.host == host.host:
            continue
        payload, after = again
        seen += 1
        other_dress += redesigned(before, after)
        told = verdict(before, after)
        alarms += told is not None
        peers += " ".join(plain(page.payload).split()) != " ".join(plain(payload).split())
        if told is not None and listing:
            print(f"-- {page.url('https')} in {host.host}: {told.summary}\n{as_text(told.diff)[:1500]}")
        for kind, edited in planted(story):
            planted_page = _again(edited, host, read[host.name])
            assert planted_page is not None
            asked[kind] += 1
            said = verdict(before, planted_page[1])
            found[kind] += said is not None and (told is None or said != told)
            if said is None and listing:
                print(f"-- {kind} missed: {page.url('https')} in {host.host}")
    print(f"\n{seen} stories put into the page of another outlet; another template: {other_dress}")
    if not seen:
        return
    for name, count in (("stet", alarms), ("trafilatura's digest", peers)):
        print(f"  taken for an edit: {name} {count} ({count / seen:.1%})")
    print(f"  edits planted with it {sum(asked.values())}, found {sum(found.values()) / sum(asked.values()):.1%}")
    for kind in asked:
        print(f"    {kind:16} {found[kind]:4} of {asked[kind]}")


def _again(story: Story, host: RealPage, theirs: Extraction) -> tuple[bytes, Extraction] | None:
    payload = put_into(story, host.payload, theirs)
    if payload is None:
        return None
    return payload, extract(payload, url=host.url("https"), content_type="text/html; charset=utf-8")


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    options.add_argument("--every", type=int, default=1, help="of the made ones, one story in so many")
    options.add_argument("--list", action="store_true", help="print what is taken for an edit, and what is missed")
    chosen = options.parse_args()
    if (CORPUS / "redesigns" / "pairs.jsonl").is_file():
        labelled()
    else:
        print("no labelled redesigns beside the project (shared/corpus/redesigns)")
    if present():
        made(chosen.every, listing=chosen.list)
    else:
        print(ABSENT)
