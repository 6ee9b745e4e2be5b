"""How answers are written: JSON that is made here and not by the framework, entity tags, pages of lists.

FastAPI would hold every row against its model and write it anew, which takes longer than to make it. The rows are
made by functions whose types are the models, and a test holds answers against the OpenAPI document.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar, cast
from urllib.parse import urlencode

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from archive.acts.hands import Hands
from archive.db.cursors import Page
from archive.db.engine import Database
from archive.domain.times import iso
from archive.errors import EnvironmentFailed
from archive.home import Home
from archive.overview import OutletStatus, Summary
from archive.timemaps import Addresses
from archive.web.answers import Answer
from archive.web.pages.fresh import Fresh
from archive.web.replay import Fields

T = TypeVar("T")

MEDIA_TYPE: Final = "application/json"


class Listed(BaseModel, Generic[T]):
    """A page of a list."""

    items: list[T] = Field(description="What is on this page; it may be less than was asked for.")
    next: str | None = Field(description="Where the list goes on; null: it does not.")


@dataclass(slots=True)
class Desk:
    """What every call works with."""

    home: Home  #: as its settings are now
    database: Database
    now: Callable[[], datetime]
    addresses: Callable[[Request], Addresses]  #: those of mementos, as the request names us
    hands: Hands | None = None  #: None: nothing new is watched, and no channel is reached
    #: What `/status` says.
    status: Fresh[tuple[Summary, list[OutletStatus]]] = field(default_factory=lambda: Fresh(15))

    def able(self) -> Hands:
        """The hands, which must be there."""
        if self.hands is None:
            raise EnvironmentFailed("this server was started without hands; 'stet run' and 'stet serve' have them")
        return self.hands


def desk(request: Request) -> Desk:
    """The desk of the application that is asked."""
    return cast("Desk", request.app.state.desk)


def answer(
    request: Request, value: Mapping[str, Any], fields: Fields | None = None, *, version: str = ""
) -> Response:
    """A JSON object with its entity tag; 304 without it where the client has it already.

    `version` is what the thing itself is known by, if `If-Match` takes that.
    """
    body = written(value)
    tag = f'"{version}"' if version else f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    head = [("ETag", tag), ("Cache-Control", "private, no-cache"), *(fields or [])]
    if _has_it(request.headers.get("if-none-match"), tag):
        return Answer(304, head)
    return Answer(200, [*head, ("Content-Type", MEDIA_TYPE), ("X-Content-Type-Options", "nosniff")], body)


def page(request: Request, found: Page[Any], rows: Sequence[Mapping[str, Any]]) -> Response:
    """A page of a list whose rows are made of what was found."""
    if found.next is None:
        return answer(request, {"items": rows, "next": None})
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    where = f"{request.url.path}?{urlencode([*asked, ('cursor', found.next)])}"
    return answer(request, {"items": rows, "next": where}, [("Link", f'<{where}>; rel="next"')])


def whole(request: Request, rows: Sequence[Mapping[str, Any]]) -> Response:
    """A list that is so short that it has one page."""
    return answer(request, {"items": rows, "next": None})


def written(value: Mapping[str, Any]) -> bytes:
    """As JSON; times in ISO 8601 and UTC. What is no Unicode, as pages may have it, is replaced."""
    return json.dumps(value, ensure_ascii=False, default=_plain, separators=(",", ":")).encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON for {type(value).__name__}")


def _has_it(given: str | None, tag: str) -> bool:
    """RFC 9110 section 13.1.2; weak comparison."""
    if given is None:
        return False
    return given.strip() == "*" or tag.removeprefix("W/") in (
        each.strip().removeprefix("W/") for each in given.split(",")
    )
