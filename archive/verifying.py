"""`stet verify`: what was kept is still there, whole, as it was, and as it was signed and witnessed."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.domain.times import stamp
from archive.errors import Misuse, NothingFound
from archive.options import SINCE, Example, opened, with_home, with_json
from archive.output import clean_lines, json_line, say, tell
from archive.values import size

if TYPE_CHECKING:
    from archive.db.engine import Database
    from archive.fixity import Proof
    from archive.home import Home
    from archive.warc.faults import Fault
    from archive.warc.heads import SignedHead


class Size(click.ParamType[int]):
    """A number of bytes, as settings have it."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it; what is no size is said with the option's name."""
        try:
            return size(int(value) if str(value).isdecimal() else value, "here")
        except Misuse as error:
            self.fail(str(error).removeprefix("here: "), param, ctx)


@click.command(
    cls=Example,
    example="""
    stet verify
    stet verify --oldest 1GiB --rate 10MiB
    stet verify --known-head kept-elsewhere.jsonl --json
    stet verify --offline takedown.zip --roots authority.pem""",
)
@click.option(
    "--offline",
    "bundle",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="BUNDLE",
    help="Check an evidence bundle or a WACZ file instead, with nothing but that file.",
)
@click.option(
    "--roots",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --offline: root certificates, in PEM, by which to judge its timestamps.",
)
@click.option("--file", "names", multiple=True, metavar="NAME", help="Only this WARC file; may be repeated.")
@click.option("--since", type=SINCE, help="Only WARC files that were written to at this time or later.")
@click.option(
    "--oldest",
    type=Size(),
    help="Only closed files, those that were not proven for longest, up to this size in all.",
)
@click.option(
    "--rate", type=Size(), help="Read so many bytes a second at most. [default with --oldest: the setting's]"
)
@click.option(
    "--known-head",
    "known",
    type=click.Path(path_type=Path),
    help="A file of lines of log/heads.jsonl that were kept elsewhere: all of them must still be there.",
)
@click.option("--key", type=click.Path(path_type=Path), help="The public key in PEM, if you kept it elsewhere.")
@with_json
@with_home
def verify(
    home: str | None,
    as_json: bool,
    names: tuple[str, ...],
    since: datetime | None,
    oldest: int | None,
    rate: int | None,
    known: Path | None,
    key: Path | None,
    bundle: Path | None,
    roots: Path | None,
) -> None:
    """Prove every WARC file, record, digest, seal and index row, and the log over all records.

    Each fault is named with file and byte; exit code 1 where there is one. The log is held against its heads,
    their signatures and timestamps whichever files are chosen. Each file is read once, and when it was proven is
    remembered (see 'stet status'). A crawl may be running meanwhile.
    """
    if bundle is not None:
        if names or any(choice is not None for choice in (since, oldest, rate, known)):
            raise Misuse("stet verify: of the other choices only --key, --roots and --json go with --offline")
        from archive import offline

        offline.verify(bundle, key=key, roots=roots, as_json=as_json)
        return
    if roots is not None:
        raise Misuse("stet verify: --roots goes with --offline; the settings name those of the home's authorities")
    if oldest is not None and (names or since is not None):
        raise Misuse("stet verify: --oldest chooses the files itself; leave --file and --since out")
    with opened(home) as (found, database):
        from archive import fixity

        only = _chosen(found, database, names, since)
        wanted = fixity.Wanted(only=only, known=_known(known), key=key, rate=rate)
        if oldest is None:
            faults = fixity.prove(found, database, wanted, now=_now)
        else:
            faults = fixity.scrub(found, database, wanted, budget=oldest, now=_now)
        count, proof = _tell(faults, as_json=as_json)
    if count:
        raise NothingFound(f"{found.warcs[-1]}: {_many(count, 'fault')}, named above")
    say(f"{found.warcs[-1]}: no fault in {_many(proof.files, 'file')}{_of_the_log(proof)}")


def _now() -> datetime:
    return datetime.now(UTC)


def _chosen(home: Home, database: Database, names: tuple[str, ...], since: datetime | None) -> set[str] | None:
    """The names of the files that are meant; None: all."""
    from archive.db import files

    if not names and since is None:
        return None
    chosen = {Path(name).name.removesuffix(".open") for name in names}
    if since is not None:
        with database.read() as connection:
            chosen |= set(files.sealed_since(connection, since))
        paths = [path for end in ("", ".open") for path in home.spool.glob(f"*.warc.gz{end}")]
        late = [path for path in paths if path.stat().st_mtime >= since.timestamp()]
        chosen |= {path.name.removesuffix(".open") for path in late}
    return chosen


def _known(path: Path | None) -> list[SignedHead]:
    from archive.warc.heads import read_heads

    if path is None:
        return []
    heads = read_heads(path)
    if not heads:
        raise Misuse(f"{path}: holds no tree head; name a file of lines of log/heads.jsonl")
    return heads


def _tell(faults: Generator[Fault, None, Proof], *, as_json: bool) -> tuple[int, Proof]:
    """Print the faults as they are found; how many there were, and what was looked at."""
    count = 0
    while True:
        try:
            fault = next(faults)
        except StopIteration as end:
            return count, end.value
        count += 1
        row = {"file": fault.file, "offset": fault.offset, "kind": fault.kind.value, "what": fault.what}
        tell(json_line(row) if as_json else clean_lines(str(fault)))


def _of_the_log(proof: Proof) -> str:
    """What the log says, for people."""
    if not proof.logged:
        return "; no log yet, the next crawl begins one"
    said = f", {_many(proof.records, 'record')}, {_many(proof.heads, 'signed head')}"
    for name, latest in {name: one for _, name, one in proof.stamps}.items():
        said += f", witnessed by {name} at {stamp(latest.time)} UTC"
    if proof.unjudged:
        said += f"; {_many(proof.unjudged, 'timestamp')} of authorities that the settings do not name"
    if proof.uncovered:
        said += f"; {_many(proof.uncovered, 'record')} not in the log yet"
    return said


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
