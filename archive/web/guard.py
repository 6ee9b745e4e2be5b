"""Who asks, and whether they may: what every page and every call of the API asks first."""

from __future__ import annotations

import hmac

from starlette.exceptions import HTTPException
from starlette.requests import Request

from archive.domain.rights import LOCAL, Person, Right


def person(request: Request) -> Person:
    """Who asks."""
    found = request.scope.get("stet.person", LOCAL)
    assert isinstance(found, Person)
    return found


def require(request: Request, right: Right) -> Person:
    """Who asks, where they may do this; else 403."""
    found = person(request)
    if found.right < right:
        raise HTTPException(403, f"{found.name} may not do this; it takes the right {right.name.lower()!r}")
    return found


def check_form(request: Request, brought: str) -> None:
    """Refuse a form that does not carry what `form_token` gave it."""
    if not hmac.compare_digest(brought.encode("utf-8", "replace"), form_token(request).encode()):
        raise HTTPException(403, "the form is not of this session; go back, load the page again, and repeat it")


def form_token(request: Request) -> str:
    """What a form carries along, by which an act is known to be meant."""
    return str(request.scope.get("stet.form_token", ""))
