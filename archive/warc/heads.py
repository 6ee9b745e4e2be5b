"""Signed tree heads: a file in which each head names the one before it, and the key that signs them.

Knows how a head is written, signed and made durable, and never signs for a log that does not go on from the
last head. Refuses to know what the records say and when it is time for a new head.

A head as it is signed is five lines of ASCII, each ended by a line feed, so that anybody can rebuild it
with a text editor and check it with openssl:

    Stet tree head v1
    size 1200
    root sha256:<64 hex digits>
    time 2026-03-22T11:06:00.123Z
    previous sha256:<64 hex digits>

`previous` is the digest of the head before it, `none` for the first. The Ed25519 signature is over these
bytes. What a timestamp covers, and what the next head names, are these five lines and two more, the digest
of the public key (of its DER form) and the signature in base64:

    key sha256:<64 hex digits>
    signature <88 characters>
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from archive.domain import merkle
from archive.domain.model import Digest
from archive.errors import Misuse
from archive.warc.files import failed, sync_folder, write_new
from archive.warc.hashfile import HashFile

PRIVATE_KEY: Final = "tree-heads.key.pem"
PUBLIC_KEY: Final = "tree-heads.public.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeHead:
    """What the log was at a moment. `time` is aware and has milliseconds; `previous` is None in the first."""

    size: int
    root: bytes
    time: datetime
    previous: Digest | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHead:
    """A head and who stands for it."""

    head: TreeHead
    key: Digest  #: SHA-256 of the public key in DER: `openssl pkey -pubin -outform DER | sha256sum`
    signature: bytes  #: Ed25519 over `statement(head)`


def statement(head: TreeHead) -> bytes:
    """The five lines that are signed; see the top of this module."""
    return (
        f"Stet tree head v1\nsize {head.size}\nroot sha256:{head.root.hex()}\n"
        f"time {time_text(head.time)}\nprevious {head.previous or 'none'}\n"
    ).encode("ascii")


def text(signed: SignedHead) -> bytes:
    """The seven lines that are timestamped and that the next head names; see the top of this module."""
    signature = base64.b64encode(signed.signature).decode()
    return statement(signed.head) + f"key {signed.key}\nsignature {signature}\n".encode("ascii")


def digest(signed: SignedHead) -> Digest:
    """The digest of `text`, by which a head is named."""
    return Digest(f"sha256:{hashlib.sha256(text(signed)).hexdigest()}")


def fingerprint(key: Ed25519PublicKey) -> Digest:
    """The digest of a public key in DER."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Digest(f"sha256:{hashlib.sha256(der).hexdigest()}")


def sign(head: TreeHead, key: Ed25519PrivateKey) -> SignedHead:
    """Stand for `head`."""
    return SignedHead(head=head, key=fingerprint(key.public_key()), signature=key.sign(statement(head)))


def verify(signed: SignedHead, key: Ed25519PublicKey) -> bool:
    """Whether the owner of `key` signed exactly this head."""
    try:
        key.verify(signed.signature, statement(signed.head))
    except InvalidSignature:
        return False
    return signed.key == fingerprint(key)


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The key in `folder`, made at first use: PKCS#8 PEM with mode 0600, the public key beside it.

    A lost private key is never silently replaced, because heads by another key look forged. Raises `Misuse`
    for keys that do not fit and `EnvironmentFailed`.
    """
    private, public = folder / PRIVATE_KEY, folder / PUBLIC_KEY
    try:
        if not private.exists():
            if public.exists():
                raise Misuse(f"{private}: is missing, its public key is there; put it back from a backup")
            _make_key(folder)
        key = _load_private(private)
        if not public.exists():
            with contextlib.suppress(FileExistsError):
                write_new(public, _public_pem(key), 0o644)
    except OSError as error:
        raise failed(folder, "cannot keep the signing key", error) from error
    if fingerprint(public_key(public)) != fingerprint(key.public_key()):
        raise Misuse(f"{public}: does not belong to {private.name} beside it; put the right pair back")
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """Read an Ed25519 public key from a PEM file. Raises `Misuse` and `EnvironmentFailed`."""
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise failed(path, "cannot be read", error) from error
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise Misuse(f"{path}: is no Ed25519 public key in PEM; name the file that lies beside the signing key")
    return key


def _make_key(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with contextlib.suppress(FileExistsError):  # another process was quicker; its key is the key
        write_new(folder / PRIVATE_KEY, pem, 0o600)


def _load_private(path: Path) -> Ed25519PrivateKey:
    if path.stat().st_mode & 0o077:
        raise Misuse(f"{path}: others can read it; run 'chmod 600' on it, and replace it if somebody may have")
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Misuse(f"{path}: is no Ed25519 key in PEM without a password; put it back from a backup")
    return key


def _public_pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


_DIGEST: Final = re.compile("sha256:[0-9a-f]{64}")


def publish(path: Path, key: Ed25519PrivateKey, log: HashFile, *, now: datetime) -> SignedHead:
    """Add a head over all of `log` to the chain in `path`; durable on return.

    Before it signs, it proves to itself that the log goes on from the last head, so that neither a rewritten
    log nor a damaged file is ever stood for. Raises `Misuse` where it does not, and for another key than the
    last head's; `EnvironmentFailed` where the file cannot be written; it is then as it was.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            lines = _whole_lines(path)
            last = _parse(lines[-1], f"{path}, line {len(lines)}") if lines else None
            signed = _next_head(path, last, key, log, now)
            _extend(descriptor, sum(map(len, lines)), line_of(signed))
        finally:
            os.close(descriptor)
        sync_folder(path.parent)
    except OSError as error:
        raise failed(path, "does not take a tree head", error) from error
    return signed


def _next_head(
    path: Path, last: SignedHead | None, key: Ed25519PrivateKey, log: HashFile, now: datetime
) -> SignedHead:
    size, root = log.size, log.root()
    if last is not None:
        before = last.head
        if last.key != fingerprint(key.public_key()):
            raise Misuse(f"{path}: the last head was signed with another key; put that key back")
        if size < before.size:
            raise Misuse(
                f"{path}: the last head counts {before.size} records and {log.folder} has {size}; "
                f"run 'stet verify'"
            )
        proof = log.consistency_proof(before.size, size)
        if not merkle.verify_consistency(before.size, size, before.root, root, proof):
            raise Misuse(
                f"{path}: {log.folder} does not go on from the last head, over {before.size} records; "
                f"run 'stet verify'"
            )
    # To the millisecond, as it is written: what is returned is what will be read.
    moment = datetime.fromisoformat(time_text(now))
    return sign(TreeHead(size=size, root=root, time=moment, previous=digest(last) if last else None), key)


def _extend(descriptor: int, end: int, line: bytes) -> None:
    """Write and flush after `end`, where half a line may be that a crash left. Raises OSError."""
    os.ftruncate(descriptor, end)
    try:
        if os.write(descriptor, line) < len(line):
            raise OSError("the disk is full")
        os.fsync(descriptor)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, end)
        raise


def iter_heads(path: Path) -> Iterator[SignedHead]:
    """The heads of a chain, oldest first; none where there is no file yet.

    Raises `Misuse` for a line that is not as `publish` writes it. Half a line at the end is what a crash
    leaves; it was never told of and is passed over.
    """
    for number, line in enumerate(_whole_lines(path), 1):
        yield _parse(line, f"{path}, line {number}")


def read_heads(path: Path, *, last: int | None = None) -> list[SignedHead]:
    """The same as a list: all, or the `last` so many."""
    if last is None:
        return list(iter_heads(path))
    lines = _whole_lines(path)
    first = max(0, len(lines) - last)
    return [_parse(line, f"{path}, line {number}") for number, line in enumerate(lines[first:], first + 1)]


def line_of(signed: SignedHead) -> bytes:
    """A head as it stands in the file of its chain."""
    return json.dumps(fields_of(signed)).encode() + b"\n"


def _whole_lines(path: Path) -> list[bytes]:
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise failed(path, "cannot be read", error) from error
    if lines and (not lines[-1].endswith(b"\n") or b"\0" in lines[-1]):
        del lines[-1]
    return lines


def fields_of(signed: SignedHead) -> dict[str, Any]:
    """A head as JSON has it, in `heads.jsonl` and in proofs."""
    head = signed.head
    return {
        "size": head.size,
        "root": f"sha256:{head.root.hex()}",
        "time": time_text(head.time),
        "previous": head.previous,
        "key": signed.key,
        "signature": base64.b64encode(signed.signature).decode(),
    }


def head_of(fields: Any, where: str) -> SignedHead:
    """The head that `fields_of` wrote. Raises `Misuse` for one that is not written so."""
    try:
        digests = (fields["root"], fields["key"], *filter(None, [fields["previous"]]))
        if not all(map(_DIGEST.fullmatch, digests)) or type(fields["size"]) is not int or fields["size"] < 0:
            raise ValueError
        head = TreeHead(
            size=fields["size"],
            root=bytes.fromhex(fields["root"].removeprefix("sha256:")),
            time=datetime.fromisoformat(fields["time"]),
            previous=fields["previous"],
        )
        signed = SignedHead(head=head, key=fields["key"], signature=base64.b64decode(fields["signature"]))
        if fields_of(signed) != fields:  # nothing can hide in an odd spelling
            raise ValueError
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Misuse(f"{where}: is no tree head as Stet writes them; put the file back from a backup") from None
    return signed


def _parse(line: bytes, where: str) -> SignedHead:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        fields = None
    signed = head_of(fields, where)
    if line_of(signed) != line:
        raise Misuse(f"{where}: is no tree head as Stet writes them; put the file back from a backup")
    return signed


def time_text(moment: datetime) -> str:
    """As it stands in a head: UTC, to the millisecond, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
