"""What a stranger is given: that a record is in the log, and that one head's log goes on from another's. Pure.

Knows how such a proof is written as JSON and how it is judged from a record's bytes and a public key alone.
Refuses to know where logs, records and keys lie.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from archive.domain import merkle
from archive.errors import Misuse
from archive.warc import framing
from archive.warc.framing import Malformed
from archive.warc.heads import SignedHead, fields_of, fingerprint, head_of, verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """That a record is leaf `index` of the log that `head` stands for."""

    record: str  #: its WARC-Record-ID, without angle brackets
    leaf: bytes  #: SHA-256(0x00 ‖ the uncompressed record)
    index: int
    path: tuple[bytes, ...]  #: the hashes beside the way to the root, lowest first
    head: SignedHead


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """That the log of head `old` is the beginning of the log of head `new`."""

    old: SignedHead
    new: SignedHead
    path: tuple[bytes, ...]


def proof_json(proof: Proof) -> dict[str, Any]:
    """As it stands in a bundle; `proof_of` reads it."""
    return {
        "record": proof.record,
        "leaf": _hex(proof.leaf),
        "index": proof.index,
        "path": [_hex(step) for step in proof.path],
        "head": fields_of(proof.head),
    }


def proof_of(document: Any, where: str) -> Proof:
    """What `proof_json` wrote. Raises `Misuse`, naming `where` it stands."""
    match document:
        case {"record": str(record), "leaf": leaf, "index": int(index), "path": list(path), "head": head}:
            return Proof(
                record=record,
                leaf=_hash(leaf, where),
                index=index,
                path=tuple(_hash(step, where) for step in path),
                head=head_of(head, where),
            )
    raise Misuse(f"{where}: is no proof of a record; get the bundle anew")


def extension_json(extension: Extension) -> dict[str, Any]:
    """As it stands in a bundle; `extension_of` reads it."""
    return {
        "old": fields_of(extension.old),
        "new": fields_of(extension.new),
        "path": [_hex(step) for step in extension.path],
    }


def extension_of(document: Any, where: str) -> Extension:
    """What `extension_json` wrote. Raises `Misuse`, naming `where` it stands."""
    match document:
        case {"old": Mapping() as old, "new": Mapping() as new, "path": list(path)}:
            steps = tuple(_hash(step, where) for step in path)
            return Extension(old=head_of(old, where), new=head_of(new, where), path=steps)
    raise Misuse(f"{where}: is no proof that a log goes on from another; get the bundle anew")


def check_proof(proof: Proof, record: bytes, key: Ed25519PublicKey) -> None:
    """Whether `record`, uncompressed, is in the log that the owner of `key` signed for. Raises `Misuse`."""
    if merkle.leaf_hash(record) != proof.leaf:
        raise Misuse(f"{proof.record}: the record's bytes are not those that were put into the log")
    if _id_of(record) != proof.record:
        raise Misuse(f"{proof.record}: the proof is that of another record, {_id_of(record)}")
    _check_signature(proof.head, key)
    head = proof.head.head
    if not merkle.verify_inclusion(proof.leaf, proof.index, head.size, proof.path, head.root):
        raise Misuse(f"{proof.record}: is not number {proof.index} of the {head.size} records under the head")


def check_extension(extension: Extension, key: Ed25519PublicKey) -> None:
    """Whether the log of the one head goes on as that of the other, both signed. Raises `Misuse`."""
    old, new = extension.old.head, extension.new.head
    _check_signature(extension.old, key)
    _check_signature(extension.new, key)
    if not merkle.verify_consistency(old.size, new.size, old.root, new.root, extension.path):
        raise Misuse(f"the log of {new.size} records does not go on from that of {old.size}; it was rewritten")


def _check_signature(signed: SignedHead, key: Ed25519PublicKey) -> None:
    if signed.key != fingerprint(key):
        raise Misuse(f"the head over {signed.head.size} records is signed with another key, {signed.key}")
    if not verify(signed, key):
        raise Misuse(f"the signature of the head over {signed.head.size} records does not fit; it is forged")


def _id_of(record: bytes) -> str:
    try:
        return framing.parse(record).id
    except Malformed as error:
        raise Misuse(f"the bytes are no WARC record: {error}") from None


def _hex(value: bytes) -> str:
    return f"sha256:{value.hex()}"


def _hash(text: Any, where: str) -> bytes:
    try:
        value = bytes.fromhex(text.removeprefix("sha256:"))
    except (AttributeError, ValueError, TypeError):
        value = b""
    if len(value) != merkle.HASH_BYTES or _hex(value) != text:
        raise Misuse(f"{where}: {str(text)[:80]!r} is no hash; get the bundle anew")
    return value
