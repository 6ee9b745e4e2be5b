"""Is the log what it was? Heads, leaves, timestamps and what others hold, checked against each other.

Knows in which order things are looked at, and says the first that is wrong. Refuses to write anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from archive.domain.merkle import Frontier
from archive.errors import Misuse
from archive.warc.heads import SignedHead, digest, fingerprint, read_heads, time_text, verify
from archive.warc.timestamps import Stamp, check_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `check_chain` found; all is well where `fault` is empty."""

    fault: str  #: the first thing that is wrong, in one line
    heads: tuple[SignedHead, ...] = ()
    stamps: tuple[tuple[int, str, Stamp], ...] = ()  #: the head's line, the authority's name, what it says
    unjudged: tuple[str, ...] = ()  #: tokens of authorities whose roots were not given
    uncovered: int = 0  #: records after the last head: kept, and not yet stood for


def check_chain(
    path: Path,
    leaves: Iterable[bytes],
    key: Ed25519PublicKey,
    *,
    tokens: Path | None = None,
    roots: Mapping[str, Sequence[x509.Certificate]] | None = None,
    known: Iterable[SignedHead] = (),
) -> Report:
    """Check a chain of heads against the log and against everything that others hold of it.

    `leaves` are leaf hashes in the log's order, best computed from the records themselves. `tokens` is the
    folder of timestamps and `roots` the certificates to trust, by authority. `known` are heads that were kept
    elsewhere: they alone show that the end of the log, heads and all, was cut off.

    A home's clock may be set back, so times that do not grow are no fault. Raises `EnvironmentFailed`.
    """
    heads: list[SignedHead] = []
    try:
        heads = read_heads(path)
        _check_links(path, heads, key)
        uncovered = _check_roots(path, heads, leaves)
        _check_known(path, heads, known)
        stamps, unjudged = check_tokens(heads, tokens, roots or {})
    except Misuse as fault:
        return Report(fault=str(fault), heads=tuple(heads))
    return Report(fault="", heads=tuple(heads), stamps=stamps, unjudged=unjudged, uncovered=uncovered)


def _check_links(path: Path, heads: Sequence[SignedHead], key: Ed25519PublicKey) -> None:
    if not heads:
        raise Misuse(f"{path}: there is no tree head; put the file back from a backup")
    before: SignedHead | None = None
    for number, signed in enumerate(heads, 1):
        where = f"{path}, line {number}"
        if signed.key != fingerprint(key):
            raise Misuse(f"{where}: the head is signed with another key, {signed.key}; it does not count")
        if not verify(signed, key):
            raise Misuse(f"{where}: the signature does not fit; the head was changed or forged")
        if signed.head.previous != (digest(before) if before else None):
            raise Misuse(f"{where}: does not follow the line before; heads were removed, added or reordered")
        if before and signed.head.size < before.head.size:
            raise Misuse(
                f"{where}: counts {signed.head.size} records after {before.head.size}; a log never shrinks"
            )
        before = signed


def _check_roots(path: Path, heads: Sequence[SignedHead], leaves: Iterable[bytes]) -> int:
    """Compute every head's root anew, in one pass; how many leaves come after the last head."""
    frontier = Frontier()
    rest = iter(leaves)
    for number, signed in enumerate(heads, 1):
        where, first, size = f"{path}, line {number}", frontier.size, signed.head.size
        while frontier.size < size and (leaf := next(rest, None)) is not None:
            frontier.append(leaf)
        if frontier.size < size:
            raise Misuse(f"{where}: counts {size} records and the log has {frontier.size}; some were removed")
        if frontier.root() != signed.head.root:
            span = f"records {first} to {size - 1} (from 0)" if first < size else "the same records"
            raise Misuse(f"{where}: has another root than {span}; one was changed, removed or moved")
    return sum(1 for _ in rest)


def _check_known(path: Path, heads: Sequence[SignedHead], known: Iterable[SignedHead]) -> None:
    there = {digest(signed) for signed in heads}
    for signed in known:
        if digest(signed) not in there:
            raise Misuse(
                f"{path}: lacks the head over {signed.head.size} records of {time_text(signed.head.time)} "
                f"that was kept elsewhere; heads were removed or rewritten"
            )
