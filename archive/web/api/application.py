"""The FastAPI application of `/api/v1`, and its OpenAPI document, which says all that it answers."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from archive import comparing, overview
from archive.domain.rights import Right
from archive.shapes import articles as article_shapes
from archive.shapes import findings as finding_shapes
from archive.shapes import histories as history_shapes
from archive.shapes import outlets as outlet_shapes
from archive.shapes import state as state_shapes
from archive.shapes import sums as sum_shapes
from archive.shapes import takedowns as takedown_shapes
from archive.shapes import telling as telling_shapes
from archive.web import guard
from archive.web.api import acts, articles, findings, outlets, problems, state, telling, versions
from archive.web.api.answers import Desk, answer

PREFIX: Final = "/api/v1"

ROUTERS: Final[tuple[APIRouter, ...]] = (
    outlets.router,
    articles.router,
    versions.router,
    findings.router,
    telling.router,
    state.router,
    acts.router,
)
"""The calls."""

SHAPES: Final = (
    *(article_shapes, finding_shapes, history_shapes, outlet_shapes, sum_shapes, takedown_shapes),
    *(telling_shapes, state_shapes, comparing, overview),
)
"""Where the shapes are that the document tells of."""

ABOUT: Final = """\
What the reading room shows, as JSON. Lists come in pages: `next` (and a `Link` header) says where a list goes on.
Every answer has an entity tag, to be asked with again by `If-None-Match`. Errors are `application/problem+json`
(RFC 9457). Times are ISO 8601 in UTC."""


def create(desk: Desk) -> FastAPI:
    """The application that works at this desk."""
    app = FastAPI(
        title="Stet",
        version=version("stet"),
        description=ABOUT,
        openapi_url=None,  # it is served below, with an entity tag
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(_reader)],
        responses={304: {"description": "What the client has, by its `If-None-Match`."}, **problems.answers()},
        middleware=[Middleware(_HeadAsGet)],
    )
    app.state.desk = desk
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)

    @app.get("/openapi.json", include_in_schema=False)
    def openapi(request: Request) -> Response:
        return answer(request, document(app))

    return app


def _reader(request: Request) -> None:
    guard.require(request, Right.READ)


class _HeadAsGet:
    """Every call that can be got has a head; the server leaves the body out (RFC 9110 section 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self.app(scope, receive, send)


# The document -----------------------------------------------------------------------------------------


def document(app: FastAPI) -> dict[str, Any]:
    """What the application answers, as OpenAPI has it."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            servers=[{"url": PREFIX}],
        )
        schemas = made["components"]["schemas"]
        schemas["Problem"] = problems.Problem.model_json_schema()
        for name in (
            "HTTPValidationError",
            "ValidationError",
        ):  # FastAPI's own, in the place of which problems come
            schemas.pop(name, None)
        for path in made["paths"].values():
            for call in path.values():
                call["responses"].pop("422", None)
        for name, told in _told().items():
            for field, text in told.items():
                if field in schemas.get(name, {}).get("properties", {}):
                    schemas[name]["properties"][field]["description"] = text
        app.openapi_schema = made
    return app.openapi_schema


def _told() -> dict[str, dict[str, str]]:
    """Shape → field → what is written below it."""
    found = dict[str, dict[str, str]]()
    for module in SHAPES:
        for name, shape in vars(module).items():
            if isinstance(shape, type) and hasattr(shape, "__required_keys__"):
                found[name] = dict(_of(shape))
    return found


def _of(shape: type) -> Mapping[str, str]:
    """What is written below the fields of a shape and of those that it is made of."""
    told = dict[str, str]()
    for base in getattr(shape, "__orig_bases__", ()):
        if isinstance(base, type) and hasattr(base, "__required_keys__"):
            told |= _of(base)
    try:
        [body] = ast.parse(textwrap.dedent(inspect.getsource(shape))).body
    except (OSError, TypeError, ValueError, SyntaxError):  # it was made without a class statement
        return told
    if isinstance(body, ast.ClassDef):
        for field, text in zip(body.body, body.body[1:], strict=False):
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(text, ast.Expr)
            ):
                told[field.target.id] = " ".join(str(ast.literal_eval(text.value)).split())
    return told
