"""Signing in and out by a browser."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime

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
from archive.web.pages import words
from archive.web.pages.frame import page


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
            return _form(request, 403, words.TOO_OLD, back)
        name, password = given.maybe("name") or "", given.maybe("password") or ""
        address = request.client.host if request.client else ""
        try:
            secret = await run_in_threadpool(
                accounts.sign_in, self._database, self._throttle, name, password, address, self._now()
            )
        except accounts.TooOften:
            return _form(request, 429, words.TOO_OFTEN, back)
        if secret is None:
            return _form(request, 403, words.NO_MATCH, back)
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
    context = {"said": said, "token": bound_to(door), "back": back}
    answer = page(request, "sign_in.html", status=status, fields=[("Cache-Control", "no-store")], **context)
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
