"""A home's log, as strangers and authorities see it: witnessed, checked with openssl alone, not to be forged."""

import base64
import json
import logging
import shlex
import shutil
import subprocess

import pytest

from archive import fixity
from archive.warc.heads import PRIVATE_KEY, read_heads, signing_key, text
from archive.warc.ledger import Ledger, raw_records
from archive.warc.proofs import check_proof
from scheduler.cli import run
from tests.authorities import OPENSSL, Desk, TimestampAuthority
from tests.damages import ATTACKS, Victim
from tests.homes import Place
from tests.played import ROOT

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")

REPORT = ["The minister denied on Tuesday that people had lost their homes when the harbour was sold."]


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    folder = tmp_path_factory.mktemp("authorities")
    return {name: TimestampAuthority(folder / name, f"{name} timestamps") for name in ("first", "second")}


class Street:
    """Where the authorities have their desks; each can be shut."""

    def __init__(self, authorities):
        self.authorities, self.shut = authorities, set()
        self.desk = Desk({f"/{name}": self._way(name) for name in authorities})

    def _way(self, name):
        def answer(query):
            return (503, b"") if name in self.shut else (200, self.authorities[name].answer(query))

        return answer

    def settings(self, *names, host="127.0.0.1", pause="0s", private="true"):
        """What a home's settings say of them, behind `[crawl]`."""
        tables = "".join(
            f'[fixity.authorities.{name}]\nurl = "http://{host}:{self.desk.port}/{name}"\n'
            f'roots = "{self.authorities[name].root}"\n'
            for name in names
        )
        return f'allow_private_addresses = {private}\n[fixity]\npause = "{pause}"\n{tables}'


@pytest.fixture
def street(authorities):
    street = Street(authorities)
    yield street
    street.desk.close()


def home_of(folder, room, herald, settings):
    place = Place(folder / "home", room, crawl=settings)
    place.watch(herald)
    return place


def verify(place, capsys, *options):
    code = run(["verify", "--home", str(getattr(place, "root", place)), *map(str, options)])
    said = capsys.readouterr()
    return code, said.out, said.err


def tokens(place):
    return sorted(path.name.split("-")[-1] for path in (place.root / "log" / "tokens").glob("*.tsr"))


def test_two_authorities_witness_each_pass_and_a_record_is_proven_under_their_word(
    tmp_path, room, herald, street, capsys
):
    place = home_of(tmp_path, room, herald, street.settings("first", "second"))
    story = herald.publish("Minister denies the report", REPORT)
    place.look()
    story.edit("denied", "confirmed")
    place.look()
    assert tokens(place) == ["first.tsr", "first.tsr", "second.tsr", "second.tsr"]
    code, out, err = verify(place, capsys)
    assert (code, out) == (0, "")
    assert "2 signed heads, witnessed by first at 2026-" in err
    [first, second, _] = place.captures(story)  # an edit is looked at twice
    with Ledger(place.home.log, place.home.warcs) as ledger:
        proof = ledger.prove(first.location.warc, first.location.offset)
        assert (proof.record, proof.head) == (first.record_id, ledger.heads[0])
        assert set(ledger.tokens(proof.head)) == {"first", "second"}
        assert ledger.prove(second.location.warc, second.location.offset).head == ledger.heads[1]
    record = next(m.raw for m in raw_records(place.home.warcs, first.location.warc) if m.record.id == proof.record)
    check_proof(proof, record, signing_key(place.home.keys).public_key())


def commands(heading):
    """The console lines of a section of docs/trust.md."""
    section = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8").partition(f"## {heading}\n")[2]
    block = section.partition("```console\n")[2].partition("```")[0]
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def test_what_the_document_tells_a_stranger_to_type_works(tmp_path, room, herald, street, authorities):
    """Openssl, sha256sum and a shell; no program of ours."""
    place = home_of(tmp_path, room, herald, street.settings("first"))
    herald.publish("Minister denies the report", REPORT)
    place.look()
    shutil.copy(authorities["first"].root, place.root / "roots.pem")
    [head] = [path.stem for path in (place.root / "log" / "tokens").glob("*.txt")]
    lines = commands("Checking it without us")
    assert len(lines) >= 5
    for line in lines:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", line.replace("HEAD", head).replace("NAME", "first")],
            cwd=place.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
    assert "openssl ts -verify" in "\n".join(lines)
    # And what was tampered with is refused by the same lines.
    path = place.root / "log" / "tokens" / f"{head}.txt"
    path.write_bytes(path.read_bytes().replace(b"size ", b"size 1"))
    for line in lines:
        if f"{head}.txt" in line.replace("HEAD", head):
            shown = shlex.split(line.replace("HEAD", head).replace("NAME", "first"))
            if shown[0] == "openssl":
                done = subprocess.run(shown, cwd=place.root, capture_output=True, check=False, timeout=60)
                assert done.returncode != 0, line


def test_an_authority_that_is_down_keeps_no_crawl_and_is_asked_again(
    tmp_path, room, herald, street, caplog, capsys
):
    place = home_of(tmp_path, room, herald, street.settings("first", "second"))
    herald.publish("Minister denies the report", REPORT)
    place.look()
    street.shut.add("second")
    with caplog.at_level(logging.WARNING):
        place.look()
    assert "timestamp authority second: " in caplog.text
    assert "the authority answered 503" in caplog.text
    assert tokens(place) == ["first.tsr", "first.tsr", "second.tsr"]
    street.shut.clear()
    place.look()
    assert tokens(place) == ["first.tsr"] * 3 + ["second.tsr"] * 3
    assert verify(place, capsys)[0] == 0


def test_what_an_authority_missed_is_asked_for_a_little_at_a_time(tmp_path, room, herald, street):
    place = home_of(tmp_path, room, herald, street.settings("first", "second"))
    place.look()
    street.shut.add("second")
    for _ in range(6):
        place.look()
    street.shut.clear()
    asked = len(street.desk.asked)
    place.look()
    assert len(street.desk.asked) - asked == 1 + 1 + fixity.BACKLOG
    for _ in range(2):
        place.look()
    assert tokens(place).count("second.tsr") == tokens(place).count("first.tsr") == 10


def test_an_authority_that_is_new_is_asked_about_the_newest_head_only(tmp_path, room, herald, street):
    place = home_of(tmp_path, room, herald, street.settings("first"))
    for _ in range(3):
        place.look()
    place.settings["crawl"] = street.settings("first", "second")
    place.look()
    assert tokens(place) == ["first.tsr"] * 4 + ["second.tsr"]


def test_an_authority_is_not_asked_more_often_than_the_settings_say(tmp_path, room, herald, street):
    place = home_of(tmp_path, room, herald, street.settings("first", pause="1h"))
    for _ in range(4):
        place.look(minutes=25)
    assert len(street.desk.asked) == len(tokens(place)) == 2


def test_an_authority_must_not_lead_into_our_own_network(tmp_path, room, herald, street, caplog):
    place = home_of(tmp_path, room, herald, street.settings("first", private="false"))
    with caplog.at_level(logging.WARNING):
        place.look()
    assert "127.0.0.1 is at 127.0.0.1, a loopback address; nothing is sent there" in caplog.text
    assert street.desk.asked == []
    assert len(read_heads(place.home.log / "heads.jsonl")) == 1


def witnessed_home(tmp_path, room, herald, street):
    """As the attacks need it: a story that is edited at once, and several passes."""
    place = home_of(tmp_path, room, herald, street.settings("first"))
    story = herald.publish("Minister denies the report", REPORT)
    place.look()
    story.edit("denied", "confirmed")
    place.look()
    story.edit("confirmed", "denied")
    place.look()
    return place


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_an_attack_on_a_witnessed_home_is_refused(attack, tmp_path, room, herald, street, capsys):
    place = witnessed_home(tmp_path, room, herald, street)
    assert verify(place, capsys)[0] == 0
    expected = attack(Victim(place.root))
    code, out, _ = verify(place, capsys, "--json")
    named = {(f["file"], f["offset"], f["kind"]) for f in map(json.loads, out.splitlines())}
    assert code == 1
    assert named >= expected


def test_not_even_the_owner_of_the_key_rewrites_what_was_witnessed(tmp_path, room, herald, street, capsys):
    """Records, log and heads made anew and signed with the right key: only the authority's word is against it."""
    place = witnessed_home(tmp_path, room, herald, street)
    kept = tmp_path / "kept.jsonl"
    shutil.copy(place.home.log / "heads.jsonl", kept)
    before = read_heads(kept)
    victim = Victim(place.root)
    ATTACKS["changed record, digests made anew"](victim)
    aside = place.home.log.rename(tmp_path / "log")
    with Ledger(place.home.log, place.home.warcs, write=True) as ledger:
        for path, old in zip(victim.files, before, strict=True):
            ledger.cover([path])
            ledger.publish(signing_key(place.home.keys), now=old.head.time)
    assert verify(place, capsys)[0] == 0
    code, out, _ = verify(place, capsys, "--known-head", kept)
    assert code == 1
    assert "log/heads.jsonl: lacks the head over" in out
    shutil.copytree(aside / "tokens", place.home.log / "tokens")
    code, out, _ = verify(place, capsys)
    assert code == 1
    assert "the timestamp belongs to no head; a head was removed or changed" in out


def test_a_log_that_is_gone_is_told_and_a_key_from_elsewhere_is_believed(tmp_path, room, herald, street, capsys):
    place = witnessed_home(tmp_path, room, herald, street)
    shutil.copy(place.home.keys / "tree-heads.public.pem", tmp_path / "kept.pem")
    assert verify(place, capsys, "--key", tmp_path / "kept.pem")[0] == 0
    shutil.rmtree(place.home.keys)
    signing_key(place.home.keys)  # another
    code, out, _ = verify(place, capsys)
    assert code == 1
    assert "the head is signed with another key" in out
    assert verify(place, capsys, "--key", tmp_path / "kept.pem")[0] == 0
    shutil.rmtree(place.home.log)
    code, out, _ = verify(place, capsys)
    assert code == 1
    assert out.startswith("log: there is no log, and a key that signed one")


def test_a_log_that_does_not_fit_keeps_nobody_from_capturing(tmp_path, room, herald, street, caplog, capsys):
    place = witnessed_home(tmp_path, room, herald, street)
    spans = place.home.log / "spans.jsonl"
    spans.write_bytes(spans.read_bytes().splitlines(keepends=True)[0])
    with caplog.at_level(logging.WARNING):
        place.look()
    assert "the log over what is kept is not up to date: " in caplog.text
    assert len(list(place.home.spool.glob("*.warc.gz"))) == 4
    code, out, _ = verify(place, capsys)
    assert code == 1
    assert out.startswith("log/spans.jsonl: tells of ")


def test_the_statement_in_the_heads_is_what_the_key_signed(tmp_path, room, herald, street):
    place = home_of(tmp_path, room, herald, street.settings("first"))
    place.look()
    [signed] = read_heads(place.home.log / "heads.jsonl")
    assert base64.b64encode(signed.signature) in text(signed)
    assert (place.home.keys / PRIVATE_KEY).stat().st_mode & 0o077 == 0
