"""One small tree of errors that a person can act on.

Each message is one line: what, where, what to do. `exit_code` is what the `stet` command ends
with. A page that vanished is data, not an error, and never appears here.
"""

from __future__ import annotations


class StetError(Exception):
    """Anything that Stet itself reports; `str(error)` is the line for the user."""

    exit_code = 3


class Misuse(StetError):
    """The input is wrong: an argument, a file, a setting. Exit code 2."""

    exit_code = 2


class Conflict(Misuse):
    """The input is well formed, and what it is about is not such that this can be done to it."""


class Changed(Conflict):
    """Somebody else altered it since it was read."""


class NothingFound(StetError):
    """The question was well put and the answer is "none". Exit code 1."""

    exit_code = 1


class EnvironmentFailed(StetError):
    """Disk, database or network does not do what it must. Exit code 3."""

    exit_code = 3
