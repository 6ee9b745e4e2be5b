"""Edits planted in a noisy newsroom: all of them are told with the right kind, and nothing else."""

from __future__ import annotations

from tests.judging import Trial, report

#: A template that shows the standfirst as the first paragraph of the text has it told as one, not as a standfirst.
KNOWN = {"standfirst"}


def test_every_edit_is_told_and_no_noise(room, tmp_path):
    trial = Trial(room, tmp_path, articles=11, rounds=8, edits=10)
    trial.play()
    verdict = trial.verdict()
    assert not verdict.missed, report(trial, verdict)
    assert not verdict.others, report(trial, verdict)
    assert {one.name for one, _ in verdict.mistaken} <= KNOWN, report(trial, verdict)
