"""Signing in and out by a browser."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from html import escape
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from archive import accounts
from archive.accounts import LASTS, Throttle
from archive.db.engine import Database
from archive.web import guard
from archive.web.answers import Answer
from archive.web.forms import local, read
from archive.web.gate import bound_to, cookie_name

_PAGE: Final = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sign in</title>
</head><body><main><h1>Sign in to Stet</h1>
{said}<form action="/sign-in" method="post">
<input type="hidden" name="_token" value="{token}"><input type="hidden" name="back" value="{back}">
<p><label>Name <input name="name" autocomplete="username" maxlength="64" required autofocus></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
<p><button>Sign in</button></p></form></main></body></html>
"""

_POLICY: Final = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


class Signing:
    """Where people sign in and out."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now, self._throttle = database, now, Throttle()

    def routes(self) -> list[Route]:
        """Where that is done."""
        return [
            Route("/sign-in", self.page, methods=["GET"]),
            Route("/sign-in", self.sign_in, methods=["POST"]),
            Route("/sign-out", self.sign_out, methods=["POST"]),
        ]

    def page(self, request: Request) -> Response:
        """The form."""
        return _form(request, 200, "", local(request.query_params.get("back", "/")))

    async def sign_in(self, request: Request) -> Response:
        """Begin a session; a new one, whatever cookie was brought, so that nobody can have planted it."""
        given = await read(request)
        back = local(given.maybe("back") or "/")
        door = request.cookies.get(cookie_name(request, "stet-door"), "")
        if not door or not secrets.compare_digest(bound_to(door), _ascii(given.maybe("_token") or "")):
            return _form(request, 403, "The form was too old. Please try again.", back)
        name, password = given.maybe("name") or "", given.maybe("password") or ""
        address = request.client.host if request.client else ""
        try:
            secret = await run_in_threadpool(
                accounts.sign_in, self._database, self._throttle, name, password, address, self._now()
            )
        except accounts.TooOften as error:
            return _form(request, 429, f"{error}".capitalize() + ".", back)
        if secret is None:
            return _form(request, 403, "Name and password do not belong together.", back)
        answer = Answer(303, [("Location", back), ("Cache-Control", "no-store")])
        _set(request, answer, "stet-session", secret)
        answer.delete_cookie(
            cookie_name(request, "stet-door"), secure=_tls(request), httponly=True, samesite="strict"
        )
        return answer

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        given = await read(request)
        token = guard.form_token(request)
        if not token:
            raise HTTPException(400, "nobody is signed in here by a session")
        guard.check_form(request, given.maybe("_token") or "")
        secret = request.cookies.get(cookie_name(request), "")
        person = guard.person(request)
        await run_in_threadpool(accounts.sign_out, self._database, secret, person, self._now())
        answer = Answer(303, [("Location", "/sign-in"), ("Cache-Control", "no-store")])
        answer.delete_cookie(cookie_name(request), secure=_tls(request), httponly=True, samesite="lax")
        return answer


def _form(request: Request, status: int, said: str, back: str) -> Response:
    door = request.cookies.get(cookie_name(request, "stet-door"), "") or secrets.token_urlsafe(32)
    text = _PAGE.format(
        said=f'<p role="alert">{escape(said)}</p>\n' if said else "", token=bound_to(door), back=escape(back)
    )
    head = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", _POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ]
    answer = Answer(status, head, text.encode())
    _set(request, answer, "stet-door", door)
    return answer


def _set(request: Request, answer: Response, name: str, secret: str) -> None:
    age = int(LASTS.total_seconds())
    named = cookie_name(request, name)
    answer.set_cookie(named, secret, max_age=age, secure=_tls(request), httponly=True, samesite="lax")


def _tls(request: Request) -> bool:
    return request.url.scheme == "https"


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()
