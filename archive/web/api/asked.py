"""What may be asked: the parameters that several calls have."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Path, Query

from archive.domain.model import Standing as Standings
from archive.domain.times import parse_since, parse_time

LARGEST: Final = 2**63 - 1
TEXT = r"^[^\u0000-\u001f\u007f]*$"  # no database takes NUL, and nothing that is searched for has line breaks

Limit = Annotated[int, Query(ge=1, le=200, description="So many at most on this page.")]
Cursor = Annotated[
    str | None,
    Query(max_length=200, description="Where to go on, as `next` of the page before has it; never made up."),
]
Id = Annotated[int, Path(ge=1, le=LARGEST, examples=[1])]
Outlet = Annotated[
    str | None, Query(max_length=100, pattern=TEXT, description="Only of this outlet, by its name.")
]
Standing = Annotated[Standings | None, Query(description="Only articles of this standing.")]


def text(description: str, longest: int = 500) -> Any:
    """A parameter that is a text."""
    return Query(max_length=longest, pattern=TEXT, description=description)


_TIMES = "A time (ISO 8601, UTC where no zone is said) or a date."


def _since(
    since: Annotated[str | None, Query(max_length=60, description=f"Only at or after this. {_TIMES}")] = None,
) -> datetime | None:
    return None if since is None else parse_since(since)


def _until(
    until: Annotated[str | None, Query(max_length=60, description=f"Only at or before this. {_TIMES}")] = None,
) -> datetime | None:
    return None if until is None else parse_time(until)


Since = Annotated[datetime | None, Depends(_since)]
Until = Annotated[datetime | None, Depends(_until)]
