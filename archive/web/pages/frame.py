"""How a page is made: its template in the reader's language, and what stands around it. Jinja2's door.

Everything that is put into a template is escaped. A page may load our own styles, scripts and pictures and nothing
else, and no page of ours may be framed by another.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from archive.domain.excerpts import direction
from archive.domain.rights import LOCAL, Right
from archive.domain.times import iso
from archive.errors import Misuse, NothingFound
from archive.web import guard
from archive.web.answers import Answer, said
from archive.web.pages import languages, statics, words
from archive.web.pages.languages import Language
from archive.web.replay import Fields

HTML: Final = "text/html; charset=utf-8"

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; frame-src {frames}"
)

View = Callable[[Request], Response]


def paged(view: View) -> View:
    """The same view; what goes wrong in it is said on a page, to those who read pages."""

    @functools.wraps(view)
    def answer(request: Request) -> Response:
        try:
            return view(request)
        except (Misuse, NothingFound, HTTPException) as error:
            if not wants_html(request):
                raise
            if isinstance(error, HTTPException):
                return refusal(request, error.status_code, error.detail)
            return refusal(request, 400 if isinstance(error, Misuse) else 404, said(error))

    return answer


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wrote into a form that was refused: it must not be lost."""

    target: str  #: of the form
    fields: Sequence[tuple[str, str]]
    again: bool  #: it may be sent again from where it is shown

    @property
    def written(self) -> list[tuple[str, str]]:
        """What they typed."""
        return [(name, value) for name, value in self.fields if name in words.FIELDS]

    @property
    def rest(self) -> list[tuple[str, str]]:
        """What came with it."""
        return [(name, value) for name, value in self.fields if name not in words.FIELDS]


def refusal(
    request: Request,
    status: int,
    line: str,
    *,
    back: str = "/",
    draft: Draft | None = None,
    fields: Fields | None = None,
) -> Answer:
    """A page that says why something was not done, with a way back and with what was written."""
    told: dict[str, Any] = {"said": line, "why": words.REFUSED.get(status, ""), "labels": words.FIELDS}
    return page(request, "error.html", status=status, fields=fields, back=back, draft=draft, **told)


def wants_html(request: Request) -> bool:
    """Whether a browser asks; programs that take anything get what is made for programs."""
    return "text/html" in request.headers.get("accept", "")


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    frames: Sequence[str] = (),
    fields: Fields | None = None,
    **context: Any,
) -> Answer:
    """A page: `template` with `context`, and with what every page shows.

    `frames` are the origins of which it may show a page within itself.
    """
    language = languages.of(request)
    text = _environment(language.code).get_template(template).render({**_around(request, language), **context})
    head = [
        ("Content-Type", HTML),
        ("Content-Language", language.code),
        ("Content-Security-Policy", _POLICY.format(frames=" ".join(frames) or "'none'")),
        ("Referrer-Policy", "same-origin"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "private, no-cache"),
        ("Vary", "Accept, Accept-Language, Cookie"),
    ]
    return Answer(status, [*head, *(fields or [])], text.encode("utf-8", "replace"))


def remember(request: Request, answer: Response, name: str, value: str) -> None:
    """Have the browser remember something for a year; nothing that anybody else should not know."""
    secure = request.url.scheme == "https"
    answer.set_cookie(name, value, max_age=languages.YEAR, secure=secure, httponly=True, samesite="lax")


def _around(request: Request, language: Language) -> dict[str, Any]:
    """What every page shows, whatever it is about."""
    person = guard.person(request)
    return {
        "language": language,
        "languages": languages.LANGUAGES,
        "path": request.url.path,
        "here": _here(request),
        "person": person,
        "may_read": person.right >= Right.READ,
        "signed_in": person.right >= Right.READ and person is not LOCAL,
        "may_edit": person.right >= Right.EDIT,
        "done": words.DONE.get(request.query_params.get("done", ""), ""),
        "link": functools.partial(_link, request),
        "form_token": guard.form_token(request),
        "moment": functools.partial(_moment, language),
        "day": functools.partial(_day, language),
        "ago": functools.partial(_ago, language),
    }


def _here(request: Request) -> str:
    """The address of the page within the site, for a link that leads back."""
    return _link(request, after=request.query_params.get("after"))


def _link(request: Request, path: str | None = None, **changed: str | None) -> str:
    """The same page for something else: fields of its form are given anew, or (None) left out.

    What was asked for anew begins with its first page.
    """
    fresh = {"after": None, "done": None, **changed}
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in fresh and value]
    query = urlencode([*kept, *((name, value) for name, value in fresh.items() if value is not None)])
    return (path or request.url.path) + (f"?{query}" if query else "")


def _time(at: datetime, shown: str, kind: str) -> Markup:
    """A time that our script turns into the reader's zone; without script it stands there in UTC."""
    utc = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return Markup('<time datetime="{}" title="{}" data-as="{}">{}</time>').format(iso(at), utc, kind, shown)


def _moment(language: Language, at: datetime | None) -> Markup | str:
    return "" if at is None else _time(at, language.moment(at), "moment")


def _day(language: Language, at: datetime | None) -> Markup | str:
    return "" if at is None else _time(at, language.day(at), "day")


def _ago(language: Language, at: datetime | None, now: datetime | None = None) -> Markup | str:
    return "" if at is None else _time(at, language.ago(at, now or datetime.now(UTC)), "ago")


@functools.cache
def _environment(code: str) -> Environment:
    """Templates in one language. They are read once."""
    language = languages.language(code)
    made = Environment(
        loader=PackageLoader("archive.web"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(language.words, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(
        number=language.number,
        percent=language.percent,
        size=language.size,
        duration=language.length,
        as_json=lambda value: json.dumps(value, ensure_ascii=False),
    )
    made.globals.update(
        static=statics.STATIC.path,
        has_static=statics.STATIC.has,
        HTMX=statics.HTMX,
        UPLOT=statics.UPLOT,
        UPLOT_STYLE=statics.UPLOT_STYLE,
        direction=direction,
        word=lambda name: language.words.gettext(words.WORDS[name]) if name in words.WORDS else _plain(name),
        date=language.date,
    )
    return made


def _plain(name: str) -> str:
    return name.replace("_", " ")
