"""What befalls a home: accidents, and people who cover their tracks. Each says what must be told of it.

A damage gets a `Victim` and returns the faults that `stet verify` must name, as (file, offset, kind). Who covers
his tracks leaves digests, seals, index and files in agreement with each other, and has all but the signing key.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from archive.domain import merkle
from archive.domain.merkle import leaf_hash
from archive.warc import framing, seals
from archive.warc.hashfile import HashFile
from archive.warc.heads import read_heads
from archive.warc.ledger import raw_records
from archive.warc.reader import Member
from archive.warc.rebuild import is_part_of
from archive.warc.recovery import is_principal

Expected = set[tuple[str, int | None, str]]


class Victim:
    """A home to be damaged, with words for its parts."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.files = sorted((home / "warcs").glob("*.warc.gz"))

    def members(self, path: Path) -> list[Member]:
        """The records of a file."""
        return list(raw_records(path.parent, path.name))

    def responses(self, path: Path) -> list[Member]:
        """The answers that were kept in a file, in full."""
        return [member for member in self.members(path) if member.record.type == "response"]

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        """The database, as somebody who knows SQL gets at it."""
        with closing(sqlite3.connect(self.home / "stet.db")) as connection, connection:
            yield connection

    def leaf(self, path: Path, member: Member) -> int:
        """The number that a record has in the log."""
        with HashFile(self.home / "log") as log:
            return list(log.leaves()).index(leaf_hash(member.raw))


def flip(path: Path, offset: int) -> None:
    """Turn one bit."""
    data = bytearray(path.read_bytes())
    data[offset] ^= 8
    path.write_bytes(data)


# Accidents -----------------------------------------------------------------------------------------


def torn_mid_record(victim: Victim) -> Expected:
    path = victim.files[-1]
    last = victim.members(path)[-1]
    path.write_bytes(path.read_bytes()[: last.offset + last.length // 2])
    return {(path.name, last.offset, "torn"), (path.name, None, "seal")}


def torn_gzip_header(victim: Victim) -> Expected:
    path = victim.files[-1]
    last = victim.members(path)[-1]
    path.write_bytes(path.read_bytes()[: last.offset + 5])
    return {(path.name, last.offset, "torn"), (path.name, None, "seal")}


def torn_trailer(victim: Victim) -> Expected:
    path = victim.files[-1]
    last = victim.members(path)[-1]
    path.write_bytes(path.read_bytes()[:-4])
    return {(path.name, last.offset, "torn"), (path.name, None, "seal")}


def zeros(victim: Victim) -> Expected:
    path = victim.files[1]
    first = victim.responses(path)[0]
    data = bytearray(path.read_bytes())
    data[first.offset + 100 : first.offset + 4196] = bytes(4096)
    path.write_bytes(data)
    return {(path.name, first.offset, "damaged"), (path.name, None, "seal")}


def bit_in_payload(victim: Victim) -> Expected:
    path = victim.files[1]
    page = victim.responses(path)[-1]
    flip(path, page.offset + page.length - 40)
    return {(path.name, page.offset, "damaged"), (path.name, page.offset, "index")}


def bit_in_header(victim: Victim) -> Expected:
    path = victim.files[0]
    page = victim.responses(path)[0]
    flip(path, page.offset + 40)
    return {(path.name, page.offset, "damaged"), (path.name, page.offset, "index")}


def bit_in_middle_file(victim: Victim) -> Expected:
    path = victim.files[len(victim.files) // 2]
    page = victim.responses(path)[-1]
    flip(path, page.offset + page.length // 2)
    return {(path.name, page.offset, "damaged"), (path.name, page.offset, "index")}


def torn_then_appended(victim: Victim) -> Expected:
    path = victim.files[-1]
    last = victim.members(path)[-1]
    path.write_bytes(path.read_bytes()[: last.offset + last.length // 2] + victim.files[0].read_bytes())
    return {(path.name, last.offset, "damaged"), (path.name, None, "seal")}


def missing_file(victim: Victim) -> Expected:
    victim.files[1].unlink()
    return {(victim.files[1].name, None, "missing")}


def swapped_files(victim: Victim) -> Expected:
    one, other = victim.files[0], victim.files[-1]
    aside = one.rename(one.with_name("aside"))
    other.rename(one)
    aside.rename(other)
    return {(path.name, 0, kind) for path in (one, other) for kind in ("name", "log")}


def truncated_index(victim: Victim) -> Expected:
    query = (
        "SELECT c.id, w.name, c.offset FROM captures c JOIN warcs w ON w.id = c.warc_id ORDER BY c.id DESC LIMIT 4"
    )
    with victim.database() as database:
        rows = list(database.execute(query))
        database.executemany("DELETE FROM captures WHERE id = ?", [(row[0],) for row in rows])
    return {(name, offset, "unindexed") for _, name, offset in rows}


def edited_row(victim: Victim) -> Expected:
    page = victim.responses(victim.files[2])[-1]
    with victim.database() as database:
        database.execute("UPDATE captures SET status = 404 WHERE record_id = ?", (page.record.id,))
    return {(victim.files[2].name, page.offset, "index")}


# People who cover their tracks -----------------------------------------------------------------------


def write_anew(victim: Victim, path: Path, records: list[bytes]) -> dict[int, tuple[int, int]]:
    """Make a file of `records`, and have index and seals agree with it; where each record lies now, by number."""
    before = {member.record.id: member.offset for member in victim.members(path)}
    packed = [zlib.compress(record, 6, 31) for record in records]
    path.write_bytes(b"".join(packed))
    after = victim.members(path)
    moved = [(m.offset, m.length, -before[m.record.id] - 1) for m in after if m.record.id in before]
    path.with_name(f"{path.name}.sha256").unlink()
    sha256 = seals.seal(path)
    with victim.database() as database:
        [[warc]] = database.execute("SELECT id FROM warcs WHERE name = ?", (path.name,))
        database.execute("UPDATE warcs SET sha256 = ?, size = ? WHERE id = ?", (sha256, path.stat().st_size, warc))
        for table in ("captures", "fetches"):
            # By way of negative numbers, as no two rows may be at one place in between.
            database.execute(f"UPDATE {table} SET offset = -offset - 1 WHERE warc_id = ?", (warc,))
            change = f"UPDATE {table} SET offset = ?, length = ? WHERE warc_id = {warc} AND offset = ?"
            database.executemany(change, moved)
            database.execute(f"DELETE FROM {table} WHERE warc_id = ? AND offset < 0", (warc,))
    return {number: (member.offset, member.length) for number, member in enumerate(after)}


def exchange(members: list[Member], first: Member) -> list[int]:
    """The numbers of the records of the exchange that begins with `first`."""
    return [n for n, m in enumerate(members) if m is first or is_part_of(m.record, first.record)]


def rewritten(raw: bytes) -> bytes:
    """A page with one word changed, and all lengths and digests of the record as they must be for that."""
    record = framing.parse(raw)
    head, _, packed = record.block.partition(b"\r\n\r\n")
    page = gzip.decompress(packed)
    assert b"people" in page
    entity = gzip.compress(page.replace(b"people", b"ghosts"), mtime=0)
    head = re.sub(rb"(?i)(content-length: )\d+", rb"\g<1>%d" % len(entity), head)
    block = head + b"\r\n\r\n" + entity
    new = {
        "WARC-Block-Digest": framing.digest(block),
        "WARC-Payload-Digest": framing.digest(entity),
        "Content-Length": str(len(block)),
    }
    headers = tuple((name, new.get(name, value)) for name, value in record.headers)
    return framing.serialise(framing.Record(headers, block))


def changed_record(victim: Victim) -> Expected:
    path, members, number, page = _changeable(victim)
    records = [member.raw for member in members]
    records[number] = rewritten(page.raw)
    payload = framing.parse(records[number]).get("WARC-Payload-Digest")
    changed = [page.record.id]
    looks = [n for n in _referring(members, page) if members[n].record.type == "revisit"]
    for n in looks:  # they say that they show the same
        revisit = members[n].record
        headers = tuple((k, payload if k == "WARC-Payload-Digest" else v) for k, v in revisit.headers)
        records[n] = framing.serialise(framing.Record(headers, revisit.block))
        changed.append(revisit.id)
    with victim.database() as database:
        for record_id in changed:
            database.execute("UPDATE captures SET digest = ? WHERE record_id = ?", (payload, record_id))
    places = write_anew(victim, path, records)
    return {(path.name, places[n][0], "log") for n in (number, *looks)}


def _changeable(victim: Victim) -> tuple[Path, list[Member], int, Member]:
    """A page of an article, edited soon after, so that nothing but the second look refers to it."""
    path = victim.files[1]
    members = victim.members(path)
    number, page = [(n, member) for n, member in enumerate(members) if member.record.type == "response"][-1]
    return path, members, number, page


def _referring(members: list[Member], page: Member) -> list[int]:
    """What refers to `page` in the same file: revisits, and its text."""
    return [n for n, m in enumerate(members) if framing.bare(m.record.get("WARC-Refers-To")) == page.record.id]


def removed_record(victim: Victim) -> Expected:
    path, members, number, page = _changeable(victim)
    gone = exchange(members, page)
    removed = [page.record.id]
    for n in _referring(members, page):
        gone += exchange(members, members[n]) if members[n].record.type == "revisit" else [n]
        removed.append(members[n].record.id)
    places = write_anew(victim, path, [m.raw for n, m in enumerate(members) if n not in gone])
    with victim.database() as database:
        for record_id in removed:
            database.execute("DELETE FROM captures WHERE record_id = ?", (record_id,))
    here = places.get(number, (path.stat().st_size, 0))[0]
    return {(path.name, here, "log")}


def reordered_log(victim: Victim) -> Expected:
    """Two exchanges change places in the file, and their leaves in the log."""
    path = victim.files[0]
    members = victim.members(path)
    firsts = [member for member in members if is_principal(member.record)][:2]
    one, other = (exchange(members, first) for first in firsts)
    order = [n for n in range(len(members)) if n < min(one)] + other + one
    order += [n for n in range(len(members)) if n not in order]
    write_anew(victim, path, [members[n].raw for n in order])
    _log_anew(victim, path)
    return {("log/heads.jsonl", 0, "log")}


def _log_anew(victim: Victim, path: Path) -> None:
    """Have the leaves of a file be those that it has now, and the hashes above them too."""
    with HashFile(victim.home / "log") as log:
        leaves = list(log.leaves())
    [span] = [line for line in _spans(victim) if line["warc"] == path.name]
    leaves[span["leaf"] : span["leaf"] + span["count"]] = [leaf_hash(m.raw) for m in victim.members(path)]
    for level in (victim.home / "log").glob("level-*"):
        level.unlink()
    with HashFile(victim.home / "log", write=True) as log:
        log.append(leaves)


def _spans(victim: Victim) -> list[dict]:
    return [json.loads(line) for line in (victim.home / "log" / "spans.jsonl").read_text().splitlines()]


def forged_head(victim: Victim) -> Expected:
    """A record is changed, the log computed anew, and the heads say so, though who does it has not the key."""
    changed = {victim.home / "warcs" / file for file, _, _ in changed_record(victim)}
    [path] = changed
    _log_anew(victim, path)
    chain = victim.home / "log" / "heads.jsonl"
    with HashFile(victim.home / "log") as log:
        leaves = list(log.leaves())
    lines, told = [json.loads(line) for line in chain.read_text().splitlines()], False
    starts, at = [], 0
    for line in chain.read_bytes().splitlines(keepends=True):
        starts.append(at)
        at += len(line)
    first = None
    for number, line in enumerate(lines):
        root = "sha256:" + merkle.root(leaves[: line["size"]]).hex()
        if line["root"] != root and not told:
            told, first = True, starts[number]
        line["root"] = root
    chain.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert len(read_heads(chain)) == len(lines)
    return {("log/heads.jsonl", first, "head")}


ACCIDENTS: dict[str, Callable[[Victim], Expected]] = {
    "torn mid-record": torn_mid_record,
    "torn gzip header": torn_gzip_header,
    "torn trailer": torn_trailer,
    "4 kB of zeros": zeros,
    "flipped bit in a payload": bit_in_payload,
    "flipped bit in a header": bit_in_header,
    "flipped bit in the middle file": bit_in_middle_file,
    "torn, then appended to": torn_then_appended,
    "missing file": missing_file,
    "swapped files": swapped_files,
    "truncated index": truncated_index,
    "edited database row": edited_row,
}
ATTACKS: dict[str, Callable[[Victim], Expected]] = {
    "removed record, tracks covered": removed_record,
    "changed record, digests made anew": changed_record,
    "reordered log": reordered_log,
    "forged head": forged_head,
}
DAMAGES = ACCIDENTS | ATTACKS


def copy_of(home: Path, folder: Path) -> Victim:
    """A home of one's own, to be damaged."""
    return Victim(Path(shutil.copytree(home, folder / "home")))
