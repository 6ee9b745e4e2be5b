"""Edits seen and false alarms on labelled real pairs, beside what other tools compare.

    python benchmarks/changes.py [--every N] [--cache FOLDER] [--list]

Reads the pairs of captures that lie beside the project (`../shared/corpus/changes`; NEWS_CORPUS names another
folder). Ours is the whole judgement: both sides extracted, sighted (a wall or a replaced page is never a
version), made comparable, classified. The baselines run on the same bytes in the same pass: raw bytes;
trafilatura's text; inscriptis as changedetection.io compares it and readability as diffengine does, both in an
environment of their own (`make oracles`; left out where it is absent).

`true` are the pairs labelled `text` whose recorded word diff changes words, links and mark-up apart. Where the
keeper recorded nothing, `none`, a pair counts as an edit after all when sentences of plain trafilatura's text
changed for good: what went stands in no later capture, what came in no earlier one. Such pairs (the keeper looks
at a part of the page only), and those with a capture that shows no document, are printed and counted apart.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import pickle
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from trafilatura import bare_extraction

from archive.domain.classify import Verdict
from archive.domain.model import Extraction, Presence
from archive.domain.rendering import as_text
from archive.domain.sightings import FetchFacts, sight
from archive.domain.steps import step
from archive.domain.wording import sentences, words
from archive.extraction import extract
from benchmarks import labelled
from benchmarks.labelled import Pair

ROOT = Path(__file__).resolve().parents[1]
_ADDRESS = re.compile(r"https?://\S+")
SENTENCE = 5  #: words
DIFF_SHOWN = 1_500  #: characters of a diff that is listed
PEERS = ROOT / ".oracles" / "peers" / "bin" / "python"
OURS = "stet"

SETS = ("true", "links", "upgrade", "none", "edits", "no document")
"""How pairs are counted. `links`: labelled `text`, but no word changed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What every comparer takes from one page."""

    extraction: Extraction
    digests: dict[str, str]  #: by the name of the comparer


@dataclass(frozen=True, slots=True)
class Judged:
    """One pair, its set, and who sees a change in it."""

    pair: Pair
    set: str
    seen: dict[str, bool]
    verdict: Verdict | None


def read(found: list[Pair], cache: Path | None) -> dict[str, Reading]:
    """Every page by every comparer; `cache` keeps the readings between two runs with the same rules."""
    wanted = sorted({name for pair in found for name in (pair.before, pair.after)})
    payloads = labelled.pages(wanted)
    urls = labelled.addresses(found, payloads)
    ours = _kept(cache, _rules(), wanted, lambda name: extract(payloads[name], url=urls[name]))
    plain = _kept(cache, "plain", wanted, lambda name: _plain(payloads[name]))
    peers = _peers(set(wanted), cache)
    return {name: Reading(ours[name], plain[name] | peers.get(name, {})) for name in wanted}


def _kept(cache: Path | None, label: str, names: list[str], reading: Callable[[str], Any]) -> dict[str, Any]:
    """`reading` of all `names`, from the file of that label in `cache` where it holds them."""
    kept = cache / f"{label}.pickle" if cache else None
    found = pickle.loads(kept.read_bytes()) if kept and kept.exists() else {}
    missing = [name for name in names if name not in found]
    began = time.process_time()
    found |= {name: reading(name) for name in missing}
    if missing:
        spent = (time.process_time() - began) / len(missing)
        print(f"{label}: {len(missing)} pages read, {1000 * spent:.0f} ms each", file=sys.stderr)
    if kept and missing:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps(found))
    return found


def _plain(payload: bytes) -> dict[str, str]:
    document = bare_extraction(payload, include_comments=False, with_metadata=False)
    text = str(document.text or "") if document else ""
    return {"raw bytes": hashlib.sha256(payload).hexdigest(), "trafilatura": text}


def _rules() -> str:
    """A name for the rules of extraction as they stand in the working tree."""
    sources = sorted((ROOT / "archive").rglob("*.py"))
    read_by = [path for path in sources if "extract" in str(path) or path.name in ("model.py", "urls.py")]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in read_by)).hexdigest()[:16]


def _peers(names: set[str], cache: Path | None) -> dict[str, dict[str, str]]:
    """The peers' digests by page; empty where their environment is absent."""
    kept = cache / "peers.json" if cache else None
    found: dict[str, dict[str, str]] = json.loads(kept.read_bytes()) if kept and kept.exists() else {}
    missing = sorted(names - set(found))
    if missing and not PEERS.exists():
        print("inscriptis and readability-lxml are left out: run `make oracles`", file=sys.stderr)
        return {}
    if missing:
        command = [str(PEERS), str(ROOT / "benchmarks" / "peers.py"), str(labelled.CORPUS / "pages.tar.xz")]
        lines = subprocess.run(command, input="\n".join(missing), stdout=-1, text=True, check=True).stdout
        for line in map(json.loads, lines.splitlines()):
            found[line["page"]] = {
                "inscriptis (changedetection.io)": line["inscriptis"],
                "readability (diffengine)": line["readability"],
            }
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(json.dumps(found))
    return found


def shows(page: Extraction, known: Extraction | None = None) -> bool:
    """Whether a page with status 200 shows its document, by the rules of sightings."""
    facts = FetchFacts(url="", final_url="", status=200, extraction=page)
    return sight(facts, known).presence is Presence.PRESENT


def compare(before: Extraction, after: Extraction) -> Verdict | None:
    """Our judgement of a pair; None where there is no change to tell."""
    if before == after or not shows(before) or not shows(after, before):
        return None
    return step(before, after)


def edited(found: list[Pair], readings: dict[str, Reading]) -> set[Pair]:
    """The pairs without a record whose sentences changed for good, judged by a reading that is not ours."""
    captures: defaultdict[str, dict[int, set[str]]] = defaultdict(dict)
    for pair in found:
        for name, when in ((pair.before, pair.before_time), (pair.after, pair.before_time + 1)):
            if shows(readings[name].extraction):
                captures[pair.document][when] = set(_sentences(readings[name]))
    held = set()
    for pair in found:
        seen = captures[pair.document]
        was, now = (seen.get(pair.before_time + n) for n in (0, 1))
        if pair.label != "none" or was is None or now is None:
            continue
        earlier = set().union(*(lines for when, lines in seen.items() if when <= pair.before_time))
        later = set().union(*(lines for when, lines in seen.items() if when > pair.before_time))
        if (was - now) - later or (now - was) - earlier:
            held.add(pair)
    return held


def _sentences(reading: Reading) -> Iterator[str]:
    """Plain trafilatura's sentences of some length, as their words; addresses are none."""
    text = _ADDRESS.sub(" ", reading.digests["trafilatura"])
    for line in text.splitlines():
        for sentence in sentences(line):
            if len(found := words(sentence)) >= SENTENCE:
                yield " ".join(found)


def judge(pair: Pair, readings: dict[str, Reading], held: set[Pair]) -> Judged:
    """Who sees a change in `pair`, and what it counts as."""
    before, after = readings[pair.before], readings[pair.after]
    names = before.digests.keys() & after.digests.keys()
    seen = {name: before.digests[name] != after.digests[name] for name in names}
    verdict = compare(before.extraction, after.extraction)
    seen[OURS] = verdict is not None
    counts = "edits" if pair in held else _set(pair, before.extraction, after.extraction)
    return Judged(pair, counts, seen, verdict)


def _set(pair: Pair, before: Extraction, after: Extraction) -> str:
    if not shows(before) or not shows(after):
        return "no document"
    if pair.label == "text":
        return "true" if pair.words_changed else "links"
    return pair.label


def table(judged: list[Judged]) -> str:
    """A line for each comparer: changes seen in each set, then recall, false alarms and precision."""
    sets = {name: [each for each in judged if each.set == name] for name in SETS}
    counted = [name for name in SETS if sets[name]]
    lines = [f"{'':<34}" + "".join(f"{f'{name} {len(sets[name])}':>16}" for name in counted)]
    lines[0] += f"{'recall':>9}{'alarms':>9}{'precision':>11}"
    for comparer in dict.fromkeys(name for each in judged for name in each.seen):
        seen = {name: sum(each.seen[comparer] for each in sets[name]) for name in SETS}
        line = f"{comparer:<34}" + "".join(f"{seen[name]:>16}" for name in counted)
        right = seen["true"]
        wrong = seen["none"] + seen["no document"]
        calm = len(sets["none"]) + len(sets["no document"])
        line += _share(right, len(sets["true"]), 9) + _share(wrong, calm, 9) + _share(right, right + wrong, 11)
        lines.append(line)
    return "\n".join(lines)


def _share(part: int, whole: int, width: int) -> str:
    return f"{part / whole:>{width}.1%}" if whole else f"{'-':>{width}}"


def odd(judged: list[Judged], *, all_of_them: bool) -> Iterator[str]:
    """Our misses and alarms, each with what was seen."""
    for each in judged:
        ours = each.seen[OURS]
        missed = each.set == "true" and not ours
        alarm = ours and each.set in ("none", "upgrade", "no document")
        if missed or alarm or (all_of_them and each.set in ("edits", "no document")):
            said = each.verdict.summary if each.verdict else "nothing seen"
            yield f"{'missed' if missed else each.set}: {each.pair}: {said}"
            if each.verdict and all_of_them:
                yield as_text(each.verdict.diff)[:DIFF_SHOWN]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only one pair of N")
    parser.add_argument("--cache", type=Path, metavar="FOLDER", help="keep readings here between runs")
    parser.add_argument("--list", action="store_true", help="print the diffs of misses and alarms too")
    chosen = parser.parse_args()
    if not labelled.present():
        print(f"{labelled.ABSENT}: nothing to measure", file=sys.stderr)
        return 1
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    found = labelled.pairs(every=chosen.every)
    readings = read(found, chosen.cache)
    held = edited(found, readings)
    judged = [judge(pair, readings, held) for pair in found]
    print(table(judged))
    for line in odd(judged, all_of_them=chosen.list):
        print(line)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
