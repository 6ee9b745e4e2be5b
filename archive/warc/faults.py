"""What can be wrong with what is kept, and how it is said: one line with file and byte."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Kind(enum.StrEnum):
    """What is wrong, for scripts."""

    TORN = "torn"  #: the file ends inside a record
    DAMAGED = "damaged"  #: bytes that are no whole record
    FIELDS = "fields"  #: a header that is not as WARC/1.1 and our writer have it
    BLOCK = "block"  #: the block is not what its digest says
    PAYLOAD = "payload"  #: the payload is not what its digest says
    EXCHANGE = "exchange"  #: records of one exchange that do not fit together
    REFERENCE = "reference"  #: another record that is named is not there
    UNMARKED = "unmarked"  #: a response that was cut and does not say so
    NAME = "name"  #: the file has another name than its warcinfo record says
    LEFT = "left"  #: a file of a process that is gone, not repaired yet
    MISSING = "missing"  #: a file that should be there
    UNREADABLE = "unreadable"  #: the disk does not give the bytes
    INDEX = "index"  #: an index row that is not true
    UNINDEXED = "unindexed"  #: a capture without an index row
    SEAL = "seal"  #: the file is not the one that was sealed
    LOG = "log"  #: records that are not what the log has of them, or a log that is not what was signed
    HEAD = "head"  #: a tree head that does not count
    STAMP = "stamp"  #: a timestamp that does not hold


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it should be. `offset` is None where all of the file is meant."""

    file: str
    offset: int | None
    kind: Kind
    what: str

    def __str__(self) -> str:
        place = "" if self.offset is None else f" at byte {self.offset}"
        line = f"{self.file}{place}: {self.what}"  # which may quote what strangers wrote
        return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)


Finding = tuple[Kind, str]
