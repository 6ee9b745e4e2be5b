"""Edits planted in a noisy newsroom: which of them are told, with which kind, and what is told besides.

    python benchmarks/newsroom.py [--articles 200] [--rounds 50] [--edits 100] [--quiet] [--brief]
    python benchmarks/newsroom.py --redesign [--articles 300]
    python benchmarks/newsroom.py --pairs [--languages en,ar] [--only digit,crops] [--turns 6]

Outlets in eight languages and five designs, with every kind of noise there is, are crawled over loopback every
two hours by the clock that the crawl is given; edits of every kind are made between the rounds. What counts is
what `stet changes` tells at the end. Each miss and each false alarm is printed with what differs.

With `--redesign` one outlet changes its template, and three of its stories are edited at the same time: one
notice and three changes must be told. With `--pairs` the rules alone look at two pages of a story, without
a crawl: every edit, and every kind of noise, in every language and design.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scheduler.newsroom.passages import LANGUAGES
from tests.homes import START, Place
from tests.judging import Trial, counted, differences, judge, report, told
from tests.newsroom import Newsroom
from tests.pairing import edited_pairs, noisy_pairs
from tests.redesigning import redesigned_with_edits


def noise(chosen: argparse.Namespace) -> int:
    """All edits under all noise."""
    with Newsroom(start=START) as room, tempfile.TemporaryDirectory(prefix="stet-newsroom-") as folder:
        trial = Trial(
            room,
            Path(folder),
            articles=chosen.articles,
            rounds=chosen.rounds,
            edits=chosen.edits,
            noisy=not chosen.quiet,
        )
        trial.play()
        verdict = trial.verdict()
        wanted = sum(bool(one.kind) for one in trial.planted)
        if not chosen.brief:
            print(report(trial, verdict))
        print(
            f"{len(trial.stories)} articles × {trial.rounds} rounds, {trial.fetches} fetches in"
            f" {trial.seconds:.0f} s: {len(verdict.found)}/{wanted} told with the right kind,"
            f" {len(verdict.mistaken)} with another, {len(verdict.missed)} missed,"
            f" {len(verdict.others)} others {dict(counted(verdict))},"
            f" {len(verdict.wrong_stealth)} declared ones called silent"
        )
        return int(len(verdict.found) < wanted or bool(verdict.others))


def redesign(chosen: argparse.Namespace) -> int:
    """One redesign, three edits."""
    began = time.perf_counter()
    with Newsroom(start=START) as room, tempfile.TemporaryDirectory(prefix="stet-newsroom-") as folder:
        place = Place(Path(folder) / "home", room)
        planted = redesigned_with_edits(room, place, articles=chosen.articles)
        rows = told(place)
        notices = [row for row in rows if row["kind"] == "redesign"]
        verdict = judge(planted, [row for row in rows if row["kind"] != "redesign"])
        for row in [*notices, *(row for _, row in verdict.found), *verdict.others]:
            print(f"    {row['kind']}: {row['summary']} {row['url']}")
        print(
            f"{chosen.articles} articles, {time.perf_counter() - began:.0f} s: {len(notices)} notices,"
            f" {len(verdict.found)}/{len(planted)} edits told with the right kind,"
            f" {len(verdict.others) + len(verdict.mistaken)} others"
        )
        return int(len(notices) != 1 or len(verdict.found) != len(planted) or bool(verdict.others))


def pairs(chosen: argparse.Namespace) -> int:
    """The rules alone."""
    languages = [code for code in chosen.languages.split(",") if code] or LANGUAGES
    names = [name for name in chosen.only.split(",") if name]
    wrong: Counter[str] = Counter()
    for what, found in (
        ("edits", edited_pairs(languages, names)),
        ("noise", noisy_pairs(languages, chosen.turns, names)),
    ):
        count = right = 0
        for pair in found:
            count, right = count + 1, right + pair.right
            if not pair.right:
                wrong[pair.name] += 1
                if not chosen.brief:
                    told_as = ", ".join(pair.told)
                    print(f"{pair.name} ({pair.where}): wanted {pair.wanted or 'nothing'}, told {told_as}")
                    print(differences(pair.before, pair.after))
        print(f"{what}: {right} of {count} pairs judged right")
    print(", ".join(f"{name} {count}" for name, count in wrong.most_common()))
    return int(bool(wrong))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=200, metavar="N")
    parser.add_argument("--rounds", type=int, default=50, metavar="N", help="fetches of each article")
    parser.add_argument("--edits", type=int, default=100, metavar="N", help="edits planted")
    parser.add_argument("--quiet", action="store_true", help="no noise: do the kinds alone hold")
    parser.add_argument("--brief", action="store_true", help="the figures alone")
    parser.add_argument("--redesign", action="store_true", help="a new template and three edits")
    parser.add_argument("--pairs", action="store_true", help="pairs of pages, without a crawl")
    parser.add_argument("--languages", default="", metavar="CODES", help="with --pairs: these languages only")
    parser.add_argument("--only", default="", metavar="NAMES", help="with --pairs: these edits and noises only")
    parser.add_argument("--turns", type=int, default=6, metavar="N", help="with --pairs: fetches under each noise")
    chosen = parser.parse_args()
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    if chosen.pairs:
        return pairs(chosen)
    return redesign(chosen) if chosen.redesign else noise(chosen)


if __name__ == "__main__":
    raise SystemExit(main())
