"""A log that cannot be rewritten unseen: the Merkle tree of RFC 9162 section 2.1 with SHA-256. Pure.

Knows how leaf hashes become a root, which hashes prove that a record is in a tree or that a tree is the
beginning of another, and how a stranger checks such a proof. Refuses to know what a record is, where hashes
are kept and who signs a root.

A leaf is taken over the *uncompressed* bytes of a record, so that a file may be compressed anew and every
proof still holds. All hashes are 32 bytes, trees are counted in leaves, and index 0 is the oldest leaf.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Final

from archive.errors import Misuse

HASH_BYTES: Final = 32
"""The length of a SHA-256 hash, the only one used: RFC 9162 section 10.2.1 knows no other."""

EMPTY: Final = sha256(b"").digest()
"""The root of the tree without a leaf (RFC 9162 section 2.1.1)."""

Subtree = Callable[[int, int], bytes]
"""`(start, end)` → the hash of the leaves from `start` up to but without `end`.

It is only asked for ranges as the RFC splits them, so every range but one that reaches to the end of the
tree is a whole power of two long and begins at a multiple of its length.
"""


def leaf_hash(record: bytes) -> bytes:
    """The leaf of one record: SHA-256(0x00 ‖ record). The prefix keeps a leaf from posing as a node."""
    return sha256(b"\0" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash above two others: SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\1" + left + right).digest()


def join(parts: Sequence[bytes]) -> bytes:
    """The root over whole subtrees that lie side by side, each smaller than the one to its left."""
    if not parts:
        return EMPTY
    joined = parts[-1]
    for part in reversed(parts[:-1]):
        joined = node_hash(part, joined)
    return joined


class Frontier:
    """The right edge of a growing tree: all that is needed to go on, one hash for each bit set in `size`."""

    __slots__ = ("_parts", "size")

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the right. Raises `ValueError` where it is not 32 bytes long."""
        if len(leaf) != HASH_BYTES:
            raise ValueError(f"a leaf hash has {HASH_BYTES} bytes, not {len(leaf)}")
        full = self.size
        while full & 1:  # two subtrees of one height become one
            leaf = node_hash(self._parts.pop(), leaf)
            full >>= 1
        self._parts.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        return join(self._parts)

    def to_json(self) -> str:
        """`{"size": 3, "hashes": ["…", "…"]}`, the highest subtree first, in lower-case hex."""
        return json.dumps({"size": self.size, "hashes": [part.hex() for part in self._parts]})

    @classmethod
    def from_json(cls, text: str) -> Frontier:
        """What `to_json` wrote. Raises `Misuse`."""
        try:
            kept = json.loads(text)
            size, parts = kept["size"], [bytes.fromhex(part) for part in kept["hashes"]]
            whole = type(size) is int and size >= 0 and len(parts) == size.bit_count()
        except (ValueError, TypeError, KeyError, RecursionError):
            whole = False
        if not whole or any(len(part) != HASH_BYTES for part in parts):
            raise Misuse(f"{text[:40]!r}: not the state of a Merkle tree; build it anew from the leaf hashes")
        frontier = cls()
        frontier.size, frontier._parts = size, parts
        return frontier


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes, in one pass and with O(log n) memory."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The path from leaf `index` to the root over `leaves`, lowest hash first; O(n)."""
    return prove_inclusion(_over(leaves), index, len(leaves))


def consistency_proof(leaves: Sequence[bytes], old: int, new: int) -> tuple[bytes, ...]:
    """What shows that the tree of the first `old` leaves is the beginning of that of the first `new`; O(n)."""
    if new > len(leaves):
        raise ValueError(f"there are {len(leaves)} leaves, not {new}")
    return prove_consistency(_over(leaves), old, new)


def _over(leaves: Sequence[bytes]) -> Subtree:
    return lambda start, end: root(leaves[start:end])


def prove_inclusion(subtree: Subtree, index: int, size: int) -> tuple[bytes, ...]:
    """As `inclusion_proof`, by O(log n) subtree hashes (RFC 9162 section 2.1.3.1, `PATH`).

    Raises `ValueError` for an index that the tree does not have.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    proof = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _left_size(end - start)
        if index < middle:
            proof.append(subtree(middle, end))
            end = middle
        else:
            proof.append(subtree(start, middle))
            start = middle
    return tuple(reversed(proof))


def prove_consistency(subtree: Subtree, old: int, new: int) -> tuple[bytes, ...]:
    """As `consistency_proof`, by O(log n) subtree hashes (RFC 9162 section 2.1.4.1, `SUBPROOF`).

    Empty where there is nothing to show: from the empty tree, and from a tree to itself. Raises `ValueError`
    where the tree would have shrunk.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves cannot have grown out of one of {old}")
    if old == 0:
        return ()
    proof = []
    start, end = 0, new
    while end != old:
        middle = start + _left_size(end - start)
        if old <= middle:
            proof.append(subtree(middle, end))
            end = middle
        else:
            proof.append(subtree(start, middle))
            start = middle
    if start > 0:  # otherwise what is left is the old tree itself, whose root the asker has
        proof.append(subtree(start, end))
    return tuple(reversed(proof))


def _left_size(size: int) -> int:
    """The largest power of two below `size` (the RFC's k); `size` is 2 or more."""
    return 1 << ((size - 1).bit_length() - 1)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that `leaf` is number `index` of the `size` leaves under `root`.

    The algorithm of RFC 9162 section 2.1.3.2, step by step. Nothing given here needs to be trusted but
    `root` and `size`, which a signed head states together.
    """
    if not 0 <= index < size or not _are_hashes(leaf, root, *proof):
        return False
    here, last = index, size - 1
    found = leaf
    for step in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = node_hash(step, found)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, step)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the `old` leaves under `old_root` are the first of the `new` under `new_root`.

    The algorithm of RFC 9162 section 2.1.4.2, step by step. The RFC leaves two cases out, which have empty
    proofs: a tree of the same size must be the same, and the empty tree is the beginning of every tree.
    """
    if not 0 <= old <= new or not _are_hashes(old_root, new_root, *proof):
        return False
    if old == new or old == 0:
        return not proof and old_root == (EMPTY if old == 0 else new_root) and (new > 0 or new_root == EMPTY)
    if not proof:
        return False
    steps = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    found_old = found_new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            found_old, found_new = node_hash(step, found_old), node_hash(step, found_new)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found_new = node_hash(found_new, step)
        here, last = here >> 1, last >> 1
    return last == 0 and found_old == old_root and found_new == new_root


def _are_hashes(*values: bytes) -> bool:
    """Whether each is 32 bytes long: with other lengths, one input of SHA-256 could be read in two ways."""
    return all(len(value) == HASH_BYTES for value in values)
