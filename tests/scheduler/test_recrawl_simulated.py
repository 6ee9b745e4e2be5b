"""The simulator of `benchmarks/recrawl.py`, in small: the real policy against a fixed interval, at one budget."""

from __future__ import annotations

import statistics

import pytest

from benchmarks.recrawl import WORLDS, Ours, articles_of, calibrated, fixed, measure

DAYS = 40.0


@pytest.mark.parametrize("world", WORLDS)
def test_edits_are_seen_sooner_at_no_more_fetches(world):
    articles = articles_of(WORLDS[world], 250, DAYS, seed=5)
    budget = round(sum(each.until for each in articles))
    _, still = calibrated(articles, DAYS, budget, fixed, 1.0, -1.0)
    _, watched = calibrated(articles, DAYS, budget, Ours, 4.0, -0.5)
    one, other = measure("fixed", "", still), measure("ours", "", watched)
    assert other.looks == pytest.approx(one.looks, rel=0.03)
    assert statistics.fmean(other.edits) < statistics.fmean(one.edits) / 2
    assert statistics.median(other.edits) < statistics.median(one.edits) / 3
    assert statistics.fmean(other.removals) < statistics.fmean(one.removals)
    assert other.short > 2 * one.short
