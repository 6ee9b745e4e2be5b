"""What a reader asks a page for, by the fields of its form. Raises `Misuse`; an empty field asks for nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from starlette.requests import Request

from archive.domain.times import parse_since
from archive.errors import Misuse

LONGEST = 300


class Asked:
    """The fields of a request."""

    def __init__(self, request: Request) -> None:
        self._given = request.query_params

    def text(self, name: str) -> str | None:
        """Words, or a name."""
        given = " ".join(self._given.get(name, "").split()).replace("\0", "")
        if len(given) > LONGEST:
            raise Misuse(f"{name}: write no more than {LONGEST} letters")
        return given or None

    def one_of(self, name: str, known: Collection[str]) -> str | None:
        """One of these."""
        given = self.text(name)
        if given is not None and given not in known:
            raise Misuse(f"{name}: {given!r} is none of {', '.join(sorted(known))}")
        return given

    def some_of(self, name: str, known: Collection[str]) -> tuple[str, ...]:
        """Some of these."""
        given = tuple(dict.fromkeys(each for each in self._given.getlist(name)[:100] if each))
        for each in given:
            if each not in known:
                raise Misuse(f"{name}: {each[:60]!r} is none of {', '.join(sorted(known))}")
        return given

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self._given.get(name, "") not in ("", "0")

    def share(self, name: str) -> float:
        """A number from 0 to 1."""
        given = self.text(name)
        if given is None:
            return 0.0
        try:
            found = float(given)
        except ValueError:
            found = -1.0
        if not 0 <= found <= 1:
            raise Misuse(f"{name}: {given!r} is no number from 0 to 1")
        return found

    def since(self, name: str = "since") -> datetime | None:
        """The beginning of a day, or of a moment."""
        given = self.text(name)
        return None if given is None else parse_since(given)
