"""Edits planted in a noisy newsroom: all of them are told with the right kind, and nothing else."""

from __future__ import annotations

from tests.judging import Trial, report


def test_every_edit_is_told_and_no_noise(room, tmp_path):
    trial = Trial(room, tmp_path, articles=20, rounds=8, edits=12)
    trial.play()
    verdict = trial.verdict()
    assert report(trial, verdict) == ""
    assert len(verdict.found) == sum(bool(one.kind) for one in trial.planted)
