"""Errors as `application/problem+json` (RFC 9457): one line that says what, where and what to do."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from archive.errors import Changed, Conflict, EnvironmentFailed, Misuse, NothingFound
from archive.web.answers import Answer, said

MEDIA_TYPE: Final = "application/problem+json"

log = logging.getLogger(__name__)


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str = Field(description="`about:blank`: the status says what kind of problem it is.")
    title: str = Field(description="The phrase of the status.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="One line: what, where, what to do.")


WHEN: Final[Mapping[int, str]] = {
    400: "What is asked for cannot be understood.",
    401: "Nobody is known to ask, and somebody must be.",
    403: "Whoever asks may not do this.",
    404: "There is no such thing here.",
    405: "This cannot be done here by this method.",
    408: "What is sent does not come whole within a minute.",
    413: "What is sent is larger than 1 MiB.",
    503: "The archive cannot be read just now; come again.",
}
"""Which errors every call may answer with."""


def problem(status: int, detail: str, fields: list[tuple[str, str]] | None = None) -> Answer:
    """An answer that is an error."""
    document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    head = [("Content-Type", MEDIA_TYPE), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]
    return Answer(
        status, [*(fields or []), *head], json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    )


def answers() -> dict[int | str, dict[str, Any]]:
    """The same for the OpenAPI document."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": when, "content": {MEDIA_TYPE: {"schema": schema}}} for status, when in WHEN.items()
    }


def install(app: FastAPI) -> None:
    """Let `app` answer so."""
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Misuse, _misuse)
    app.add_exception_handler(Conflict, _conflict)
    app.add_exception_handler(NothingFound, _nothing)
    app.add_exception_handler(EnvironmentFailed, _failed)
    app.add_exception_handler(Exception, _broken)


def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    words = {404: "there is no such call; openapi.json lists those that there are"}
    said = words.get(error.status_code, error.detail) if error.detail == "Not Found" else error.detail
    if error.status_code == 405:
        said = "this is not done by this method; openapi.json says which calls there are"
    return problem(error.status_code, said, [(n.title(), v) for n, v in (error.headers or {}).items()])


def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    return problem(400, f"{where}: {first['msg']}")


def _misuse(_request: Request, error: Exception) -> Response:
    return problem(400, str(error))


def _conflict(_request: Request, error: Exception) -> Response:
    return problem(412 if isinstance(error, Changed) else 409, str(error))


def _nothing(_request: Request, error: Exception) -> Response:
    return problem(404, said(error))


def _failed(_request: Request, error: Exception) -> Response:
    log.error("%s", error)  # it names files, which are nobody's business out there
    return problem(503, "the archive cannot read this just now; its log says why")


def _broken(_request: Request, _error: Exception) -> Response:
    # Starlette raises it again after that, so that the log has all of it.
    return problem(500, "this is a fault of ours; the log of the archive says more")
