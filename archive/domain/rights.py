"""Who asks, and what they may. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final


class Right(enum.IntEnum):
    """What somebody may do; each right holds those below it."""

    NONE = 0  #: sign in
    READ = 1  #: see everything that is kept, and take it away
    EDIT = 2  #: tag, note, acknowledge, snooze, make rules, pause outlets
    ADMIN = 3  #: accounts, tokens, the audit log


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who asks, signed in or at the machine itself."""

    name: str
    right: Right
    token: str = ""  #: the name of the API token by which they ask; empty: a browser


#: Whoever reaches a server that listens at loopback alone: they are at the machine, and need no login.
LOCAL: Final = Person(name="local", right=Right.ADMIN)
