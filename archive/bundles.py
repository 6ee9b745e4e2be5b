"""An evidence bundle held against itself: a file, and nothing else, says whether it is whole and proven.

Knows what lies where in a bundle and what each file promises of the others. Needs no home, no database and no
network. Refuses to say whose the key is: who sees the bundle must know that from elsewhere (`expected`).

    captures.wacz              the records, with their index
    proofs.json                for each record: that it is in the log; for each head: that it goes on from the last
    heads/SIZE.txt, .sig       a tree head as it was signed, and the Ed25519 signature
    heads/SIZE.signed.txt      the same with key and signature: what was timestamped
    timestamps/*.tsr           RFC 3161 answers, as they came; NAME.roots.pem: what the archive judges them by
    tree-heads.public.pem      the key that signs the heads and the manifest
    finding.json …             what was found, in words and data; for people
    manifest-sha256.txt, .sig  the SHA-256 of all of these, as sha256sum writes it, and the Ed25519 signature
"""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from archive.errors import EnvironmentFailed, Misuse
from archive.warc import heads, timestamps
from archive.warc.heads import SignedHead
from archive.warc.proofs import Extension, Proof, check_extension, check_proof, extension_of, proof_of
from archive.warc.reader import members_of
from archive.warc.timestamps import Stamp
from archive.warc.wacz_checking import (
    Flaw,
    Unusable,
    check_package,
    document_in,
    hash_of,
    open_zip,
    opened,
    read_all,
)

PACKAGE: Final = "captures.wacz"
PROOFS: Final = "proofs.json"
PUBLIC_KEY: Final = "tree-heads.public.pem"
HEADS: Final = "heads/"
TIMESTAMPS: Final = "timestamps/"
ROOTS: Final = ".roots.pem"
FINDING: Final = "finding.json"
CAPTURE_LOG: Final = "capture-log.json"
MANIFEST: Final = "manifest-sha256.txt"
SIGNATURE: Final = "manifest-sha256.txt.sig"

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


def json_bytes(document: Mapping[str, Any]) -> bytes:
    """As documents stand in a bundle: for eyes, too."""
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def head_stem(signed: SignedHead) -> str:
    """Where the files of a head lie, without their ends."""
    return f"{HEADS}{signed.head.size:012}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A timestamp that holds."""

    name: str  #: of the token
    stamp: Stamp
    given: bool  #: by roots that were given; else by those in the bundle, whoever put them there


@dataclass(kw_only=True)
class Report:
    """What the check of a bundle or of a WACZ file found; all is well where there are no flaws."""

    flaws: list[Flaw] = field(default_factory=list)
    records: int = 0  #: that are whole and proven
    heads: list[SignedHead] = field(default_factory=list)
    bundle: bool = False  #: it is an evidence bundle, and not a bare WACZ file
    key: str = ""  #: the digest of the public key that signed it
    stamps: list[Judged] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)  #: tokens for which there is no root


def check(
    path: Path, *, expected: Ed25519PublicKey | None = None, roots: Sequence[x509.Certificate] = ()
) -> Report:
    """Check the bundle, or the bare WACZ file, at `path`.

    `expected` is the key that the bundle must be signed with, got from elsewhere; `roots` are certificates of
    timestamp authorities. Raises `EnvironmentFailed` for a file that is not there, `Misuse` for one that is
    neither a bundle nor a WACZ file.
    """
    report = Report()
    try:
        with open_zip(path) as file, tempfile.TemporaryDirectory(prefix="stet-verify-") as folder:
            names = set(file.namelist())
            if MANIFEST in names or PACKAGE in names:
                report.bundle = True
                report.flaws += _Check(file, report, expected, roots).run(Path(folder))
            elif "datapackage.json" in names:
                report.key = _collected(check_package(file, Path(folder)), report.flaws)
                report.records = _count(Path(folder))
            else:
                raise Misuse(f"{path}: is neither an evidence bundle nor a WACZ file")
    except zipfile.BadZipFile as error:
        raise Misuse(f"{path}: is no whole ZIP file ({error}); get it anew") from None
    except OSError as error:
        raise EnvironmentFailed(f"{path}: cannot be read: {error.strerror or error}") from error
    return report


def _collected(flaws: Generator[Flaw, None, str], into: list[Flaw]) -> str:
    """What the generator returns at its end; what it gives out before goes `into` a list."""
    while True:
        try:
            into.append(next(flaws))
        except StopIteration as end:
            return str(end.value)


def _count(folder: Path) -> int:
    return sum(1 for path in folder.iterdir() for _ in members_of(folder, path.name))


class _Check:
    def __init__(
        self,
        file: zipfile.ZipFile,
        report: Report,
        expected: Ed25519PublicKey | None,
        roots: Sequence[x509.Certificate],
    ) -> None:
        self._file = file
        self._report = report
        self._expected = expected
        self._roots = roots

    def run(self, folder: Path) -> Iterator[Flaw]:
        """All flaws."""
        yield from self._manifest()
        yield from self._package(folder)
        key = yield from self._key()
        if key is None:
            return
        yield from self._signature(key)
        yield from self._proofs(folder, key)
        yield from self._heads()
        yield from self._timestamps()
        yield from self._story(folder)

    def _manifest(self) -> Iterator[Flaw]:
        """Every file is listed and is what the list says, and nothing else is there."""
        try:
            lines = read_all(self._file, MANIFEST).decode("utf-8", "replace").splitlines()
        except Unusable as error:
            yield Flaw(MANIFEST, None, "manifest", str(error))
            return
        listed: dict[str, str] = {}
        for number, line in enumerate(lines, 1):
            match = _LINE.fullmatch(line)
            if match is None or match[2] in listed:
                yield Flaw(MANIFEST, None, "manifest", f"line {number} is none of a digest and a new file name")
            else:
                listed[match[2]] = match[1]
        there = Counter(self._file.namelist())
        for name, count in there.items():
            if count > 1:
                yield Flaw(name, None, "manifest", f"is there {count} times")
        for name in sorted(set(there) - set(listed) - {MANIFEST, SIGNATURE}):
            yield Flaw(name, None, "manifest", "is not listed in the manifest")
        for name, digest in sorted(listed.items()):
            try:
                if hash_of(self._file, name)[0] != digest:
                    yield Flaw(name, None, "manifest", "is not what the manifest says")
            except Unusable as error:
                yield Flaw(name, None, "manifest", str(error))

    def _package(self, folder: Path) -> Iterator[Flaw]:
        try:
            with opened(self._file, PACKAGE) as member, open_zip(member) as package:
                for flaw in check_package(package, folder, signed=True):
                    yield Flaw(f"{PACKAGE}: {flaw.file}", flaw.offset, flaw.kind, flaw.what)
        except Unusable as error:
            yield Flaw(PACKAGE, None, "package", str(error))
        except zipfile.BadZipFile as error:
            yield Flaw(PACKAGE, None, "package", f"is no whole ZIP file ({error})")

    def _key(self) -> Generator[Flaw, None, Ed25519PublicKey | None]:
        """The key in the bundle; None, once that is said, where there is none that can be used."""
        try:
            key = serialization.load_pem_public_key(read_all(self._file, PUBLIC_KEY))
        except Unusable as error:
            yield Flaw(PUBLIC_KEY, None, "signature", str(error))
            return None
        except (ValueError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PublicKey):
            yield Flaw(PUBLIC_KEY, None, "signature", "is no Ed25519 public key in PEM")
            return None
        self._report.key = heads.fingerprint(key)
        if self._expected is not None and heads.fingerprint(self._expected) != self._report.key:
            yield Flaw(PUBLIC_KEY, None, "signature", "is another key than the one that was expected")
        return key

    def _signature(self, key: Ed25519PublicKey) -> Iterator[Flaw]:
        try:
            key.verify(read_all(self._file, SIGNATURE), read_all(self._file, MANIFEST))
        except Unusable as error:
            yield Flaw(SIGNATURE, None, "signature", str(error))
        except InvalidSignature:
            yield Flaw(SIGNATURE, None, "signature", "does not fit the manifest, which was changed or forged")

    def _proofs(self, folder: Path, key: Ed25519PublicKey) -> Iterator[Flaw]:
        """Each record is in the log, and the heads are heads of one log."""
        try:
            proofs, extensions = _proofs_in(document_in(read_all(self._file, PROOFS)))
        except Unusable as error:
            yield Flaw(PROOFS, None, "proof", str(error))
            return
        except Misuse as error:
            yield Flaw("", None, "proof", str(error))
            return
        under = {proof.head.head.size: proof.head for proof in proofs.values()}
        for path in sorted(folder.iterdir()):
            for member in members_of(folder, path.name):
                where = f"archive/{path.name}"
                proof = proofs.pop((where, member.offset), None)
                if proof is None:
                    yield Flaw(f"{PACKAGE}: {where}", member.offset, "proof", "the record is not proven")
                    continue
                try:
                    check_proof(proof, member.raw, key)
                    self._report.records += 1
                except Misuse as error:
                    yield Flaw(f"{PACKAGE}: {where}", member.offset, "proof", str(error))
        for where, offset in sorted(proofs):
            yield Flaw(PROOFS, None, "proof", f"proves a record at byte {offset} of {where}, where none is")
        yield from self._chain(under, extensions, key)

    def _chain(
        self, under: Mapping[int, SignedHead], extensions: Sequence[Extension], key: Ed25519PublicKey
    ) -> Iterator[Flaw]:
        known = dict(under)
        for extension in extensions:
            try:
                check_extension(extension, key)
            except Misuse as error:
                yield Flaw(PROOFS, None, "proof", str(error))
            for signed in (extension.old, extension.new):
                if known.setdefault(signed.head.size, signed) != signed:
                    yield Flaw(PROOFS, None, "head", f"has two heads over {signed.head.size} records")
        self._report.heads = [known[size] for size in sorted(known)]
        linked = {(extension.old.head.size, extension.new.head.size) for extension in extensions}
        sizes = sorted(known)
        for old, new in pairwise(sizes):
            if (old, new) not in linked:
                yield Flaw(
                    PROOFS, None, "proof", f"does not show that the log of {new} goes on from that of {old}"
                )

    def _heads(self) -> Iterator[Flaw]:
        """The files for openssl say the same as the proofs."""
        expected: dict[str, bytes] = {}
        for signed in self._report.heads:
            stem = head_stem(signed)
            expected |= {f"{stem}.txt": heads.statement(signed.head), f"{stem}.sig": signed.signature}
            expected[f"{stem}.signed.txt"] = heads.text(signed)
        there = {name for name in self._file.namelist() if name.startswith(HEADS)}
        for name in sorted(there | set(expected)):
            try:
                if name not in expected:
                    yield Flaw(name, None, "head", "is of no head that a proof names")
                elif read_all(self._file, name) != expected[name]:
                    yield Flaw(name, None, "head", "is not the head that the proofs name")
            except Unusable as error:
                yield Flaw(name, None, "head", str(error))

    def _timestamps(self) -> Iterator[Flaw]:
        by_digest = {heads.digest(signed).removeprefix("sha256:")[:16]: signed for signed in self._report.heads}
        for name in sorted(self._file.namelist()):
            if not name.startswith(TIMESTAMPS) or name.endswith(ROOTS):
                continue
            token = timestamps.TOKEN.fullmatch(name.removeprefix(TIMESTAMPS))
            signed = by_digest.get(token[1]) if token else None
            if signed is None:
                yield Flaw(name, None, "stamp", "belongs to no head of this bundle")
            elif token is not None:
                yield from self._judge(name, signed, token[2])

    def _judge(self, name: str, signed: SignedHead, authority: str) -> Iterator[Flaw]:
        try:
            roots = self._roots or self._bundled(authority)
            if not roots:
                self._report.unjudged.append(name)
                return
            stamp = timestamps.check(read_all(self._file, name), signed, roots)
            self._report.stamps.append(Judged(name=name, stamp=stamp, given=bool(self._roots)))
        except (Misuse, Unusable) as error:
            yield Flaw(name, None, "stamp", str(error))

    def _bundled(self, authority: str) -> Sequence[x509.Certificate]:
        name = f"{TIMESTAMPS}{authority}{ROOTS}"
        if name not in self._file.namelist():
            return ()
        try:
            return x509.load_pem_x509_certificates(read_all(self._file, name))
        except ValueError:
            raise Unusable(f"cannot be judged: {name} holds no certificates in PEM") from None

    def _story(self, folder: Path) -> Iterator[Flaw]:
        """What the capture log and the finding name is there."""
        try:
            log = document_in(read_all(self._file, CAPTURE_LOG))
            finding = document_in(read_all(self._file, FINDING))
            named = {one["id"]: one["sha256"] for fetch in log["fetches"] for one in fetch["records"]}
            fetches = {str(fetch["fetch"]) for fetch in log["fetches"]}
            rests_on = set(finding["fetches"])
        except Unusable as error:
            yield Flaw(CAPTURE_LOG, None, "log", str(error))
            return
        except (TypeError, KeyError, AttributeError):
            yield Flaw(CAPTURE_LOG, None, "log", "is no capture log as Stet writes them")
            return
        for path in sorted(folder.iterdir()):
            for member in members_of(folder, path.name):
                named.pop(member.record.id, None)
        for record in sorted(named):
            yield Flaw(CAPTURE_LOG, None, "log", f"names the record {record}, which is not there")
        for fetch in sorted(rests_on - fetches):
            yield Flaw(FINDING, None, "log", f"rests on fetch {fetch}, which the capture log lacks")


def _proofs_in(document: Any) -> tuple[dict[tuple[str, int], Proof], list[Extension]]:
    try:
        records, extensions = document["records"], document["extensions"]
        proofs = {
            (str(one["file"]), int(one["offset"])): proof_of(
                {name: value for name, value in one.items() if name not in ("file", "offset")},
                f"{PROOFS}, record {number}",
            )
            for number, one in enumerate(records, 1)
        }
        if len(proofs) != len(records):
            raise Unusable("proves one record twice")
        found = [extension_of(one, f"{PROOFS}, extension {number}") for number, one in enumerate(extensions, 1)]
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Unusable("is no list of proofs as Stet writes them") from None
    return proofs, found
