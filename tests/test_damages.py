"""The damage table: whatever befalls a home, `stet verify` names it with file and byte."""

import json

import pytest

from scheduler.cli import run
from tests.damages import ATTACKS, DAMAGES, copy_of
from tests.played import kept


def verify(home, capsys, *options):
    code = run(["verify", "--home", str(home), "--json", *options])
    said = capsys.readouterr()
    return code, [json.loads(line) for line in said.out.splitlines()], said.err


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_each_damage_is_named_with_its_file_and_byte(damage, tmp_path, capsys):
    victim = copy_of(kept().home, tmp_path)
    expected = damage(victim)
    code, faults, _ = verify(victim.home, capsys)
    named = {(fault["file"], fault["offset"], fault["kind"]) for fault in faults}
    assert code == 1
    assert named >= expected
    if damage in ATTACKS.values():  # but for the log, nobody would know
        assert named == expected
