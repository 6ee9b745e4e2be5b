"""Is the log what it was? Heads, leaves, timestamps and what others hold, checked against each other.

Knows what each of them promises of the others and names each broken promise. Refuses to write anything, and to
know the records: whether they are the leaves is found out when they are read, in `archive.warc.checking`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from archive.domain.merkle import Frontier
from archive.errors import Misuse
from archive.warc.faults import Fault, Kind
from archive.warc.heads import SignedHead, digest, fingerprint, iter_heads, line_of, time_text, verify
from archive.warc.timestamps import Stamp, check_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `check_chain` found."""

    faults: tuple[Fault, ...]
    heads: tuple[SignedHead, ...] = ()
    stamps: tuple[tuple[int, str, Stamp], ...] = ()  #: the head's line, the authority's name, what it says
    unjudged: tuple[str, ...] = ()  #: tokens of authorities whose roots were not given
    uncovered: int = 0  #: records after the last head: kept, and not yet stood for


def check_chain(
    path: Path,
    leaves: Iterable[bytes] | None,
    key: Ed25519PublicKey,
    *,
    tokens: Path | None = None,
    roots: Mapping[str, Sequence[x509.Certificate]] | None = None,
    known: Iterable[SignedHead] = (),
) -> Report:
    """Check a chain of heads against the log and against everything that others hold of it.

    `leaves` are leaf hashes in the log's order, None where they cannot be had. `tokens` is the folder of
    timestamps and `roots` the certificates to trust, by authority. `known` are heads that were kept elsewhere:
    they alone show that the end of the log, heads and all, was cut off.

    A home's clock may be set back, so times that do not grow are no fault. Of the links between heads, and of
    their roots, the first that is wrong is told: those behind it follow from it. Raises `EnvironmentFailed`.
    """
    chain = _Chain(path)
    uncovered, roots_wrong = chain.check_roots(leaves) if leaves is not None else (0, [])
    judged = check_tokens(chain.heads, tokens, roots or {})
    folder = f"{path.parent.name}/{tokens.name}" if tokens is not None else ""
    faults = [
        *chain.faults,
        *chain.check_links(key),
        *roots_wrong,
        *chain.check_known(known),
        *(Fault(f"{folder}/{name}", None, Kind.STAMP, why) for name, why in judged.refused),
    ]
    return Report(
        faults=tuple(faults),
        heads=tuple(chain.heads),
        stamps=judged.stamps,
        unjudged=judged.unjudged,
        uncovered=uncovered,
    )


class _Chain:
    """The heads in a file, as far as they can be read, and where each stands in it."""

    def __init__(self, path: Path) -> None:
        self._file = f"{path.parent.name}/{path.name}"
        self.heads: list[SignedHead] = []
        self.faults: list[Fault] = []
        self._starts = [0]
        try:
            for signed in iter_heads(path):
                self.heads.append(signed)
                self._starts.append(self._starts[-1] + len(line_of(signed)))
        except Misuse as error:
            what = str(error).removeprefix(f"{path}, ")
            self.faults.append(Fault(self._file, self._starts[-1], Kind.HEAD, what))
        if not self.heads and not self.faults:
            what = "there is no tree head; put the file back from a backup"
            self.faults.append(Fault(self._file, None, Kind.HEAD, what))

    def _at(self, number: int, what: str, kind: Kind = Kind.HEAD) -> Fault:
        return Fault(self._file, self._starts[number - 1], kind, f"line {number}: {what}")

    def check_links(self, key: Ed25519PublicKey) -> Iterator[Fault]:
        """Whether each head is signed with `key` and names the one before it."""
        before: SignedHead | None = None
        for number, signed in enumerate(self.heads, 1):
            if what := _broken(before, signed, key):
                yield self._at(number, what)
                return
            before = signed

    def check_roots(self, leaves: Iterable[bytes]) -> tuple[int, list[Fault]]:
        """Compute every head's root anew, in one pass; how many leaves come after the last head."""
        frontier, rest = Frontier(), iter(leaves)
        for number, signed in enumerate(self.heads, 1):
            first, size = frontier.size, signed.head.size
            while frontier.size < size and (leaf := next(rest, None)) is not None:
                frontier.append(leaf)
            if frontier.size < size:
                what = f"counts {size} records and the log has {frontier.size}; some were removed"
                return 0, [self._at(number, what, Kind.LOG)]
            if frontier.root() != signed.head.root:
                span = f"records {first} to {size - 1} (from 0)" if first < size else "the same records"
                what = f"has another root than {span}; one was changed, removed or moved"
                return 0, [self._at(number, what, Kind.LOG)]
        return sum(1 for _ in rest), []

    def check_known(self, known: Iterable[SignedHead]) -> Iterator[Fault]:
        """Whether heads that somebody kept elsewhere are among these."""
        there = {digest(signed) for signed in self.heads}
        for signed in known:
            if digest(signed) not in there:
                what = (
                    f"lacks the head over {signed.head.size} records of {time_text(signed.head.time)} "
                    "that was kept elsewhere; heads were removed or rewritten"
                )
                yield Fault(self._file, None, Kind.HEAD, what)


def _broken(before: SignedHead | None, signed: SignedHead, key: Ed25519PublicKey) -> str:
    """Why a head does not count after the one before it; empty where it does."""
    if signed.key != fingerprint(key):
        return f"the head is signed with another key, {signed.key}; it does not count"
    if not verify(signed, key):
        return "the signature does not fit; the head was changed or forged"
    if signed.head.previous != (digest(before) if before else None):
        return "does not follow the line before; heads were removed, added or reordered"
    if before and signed.head.size < before.head.size:
        return f"counts {signed.head.size} records after {before.head.size}; a log never shrinks"
    return ""
