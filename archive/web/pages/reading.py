"""The pages about one article, and about one change: what is asked for, gathered and handed to the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from archive import memento
from archive.domain.gaps import TELLING
from archive.domain.times import iso, stamp
from archive.errors import Misuse
from archive.timemaps import safe
from archive.web.answers import plain
from archive.web.pages import article as articles
from archive.web.pages import comparing
from archive.web.pages.article import Asked, Page, address, diff_address, number_of
from archive.web.pages.comparing import Side, Step
from archive.web.pages.downloads import Downloads
from archive.web.pages.facing import shortened
from archive.web.pages.frame import page as render
from archive.web.pages.frame import paged
from archive.web.pages.timeline import Bin, Line, Mark, Span, Tick

if TYPE_CHECKING:
    from archive.web.app import Views

STEP_VIEWS: Final = ("inline", "beside")

MOST_STEPS: Final = 50
"""Steps of a standing that a page shows, the latest: an article that comes and goes may have hundreds."""


def routes(views: Views) -> list[BaseRoute]:
    """Where these pages are, and what can be taken away from them."""
    reading, downloads = Reading(views), Downloads(views)
    return [
        Route("/article", paged(reading.by_url)),
        Route("/article/{id:int}", paged(reading.article)),
        Route("/article/{id:int}/{form}", paged(downloads.of)),
        Route("/diff", paged(reading.diff)),
    ]


class Reading:
    """The pages of one home that show articles and changes."""

    def __init__(self, views: Views) -> None:
        self._views = views

    def by_url(self, request: Request) -> Response:
        """302 to the page of the article that an address leads to."""
        url = request.query_params.get("url", "").strip()
        if not url:
            raise Misuse("which article? write /article?url=https://www.example.org/story")
        with self._views.database.read() as connection:
            found = memento.article_at(connection, url)
        where = f"/article/{found.id}"
        return plain(302, where, [("Location", where)])

    def article(self, request: Request) -> Response:
        """One article."""
        asked = Asked.read(request.query_params)
        with self._views.database.read() as connection:
            article = articles.find(connection, request.path_params["id"])
            page = articles.page(connection, article, asked)
        shown = {"article": article, "page": page, **_of_article(page)}
        return render(request, "article.html", frames=["'self'"], **shown)

    def diff(self, request: Request) -> Response:
        """One change, or the step between any two versions of an article."""
        query = request.query_params
        view, whole = query.get("view") or "inline", query.get("all") == "1"
        if view not in STEP_VIEWS:
            raise Misuse(f"view {view[:40]!r}: there is none; there are {', '.join(STEP_VIEWS)}")
        change = number_of(query["change"], "change") if query.get("change") else None
        with self._views.database.read() as connection:
            if change is not None and not query.get("from"):
                step = comparing.step_of(connection, change, whole=whole)
            else:
                old, new = (number_of(query.get(name, ""), name) for name in ("from", "to"))
                step = comparing.step_between(connection, old, new, change, whole=whole)
        shown: dict[str, Any] = {"article": step.article, "step": step, "view": view}
        return render(request, "diff.html", **shown, **_of_diff(step, view))


# What the templates ask for -------------------------------------------------------------------------


def _hrefs() -> dict[str, Any]:
    return {
        "diff_href": diff_address,
        "memento_href": address,
        "framed_href": lambda memento: "/framed/" + memento.removeprefix("/web/"),
        "text_href": _text_href,
        "step_href": _step_href,
        "address": safe,
        "stamp": stamp,
    }


def _of_article(page: Page) -> dict[str, Any]:
    """Where the links of an article's page lead; what is looked at stays, but for what a link changes."""
    asked = replace(page.asked, view=page.view)
    text = page.shown.version.extraction.text if page.shown and page.view == "text" else ""
    shown, left = shortened(text)

    def mark_href(line: Line, mark: Mark) -> str:
        if len(mark.events) > 1:
            return span_href(line.around(mark))
        href = mark.event.href or "#life"
        return _query(asked, view="text", version=mark.event.number) + "#wording" if href[0] == "?" else href

    def span_href(span: Span | None) -> str:
        ends = (span.since, span.until) if span else (None, None)
        return _query(asked, since=ends[0], until=ends[1]) + "#life"

    return _hrefs() | {
        "paragraphs": shown.split("\n\n") if shown else [],
        "letters_left": left,
        "mark_href": mark_href,
        "span_href": span_href,
        "bin_href": lambda line, bin_: bin_.href or span_href(line.around(bin_)),
        "bin_parts": bin_parts,
        "tick_label": tick_label,
        "most_steps": MOST_STEPS,
        "view_href": lambda view: _query(asked, view=view),
        "version_href": lambda number: _query(asked, view="text", version=number),
        "letter_href": _query(asked, whole=True) + "#wording",
        "sense_href": _query(asked, whole=False) + "#wording",
    }


def _of_diff(step: Step, view: str) -> dict[str, Any]:
    here = {"from": step.before.version.id, "to": step.after.version.id}
    here |= {"change": step.change.id} if step.change else {}

    def query(**changes: Any) -> str:
        return "?" + urlencode({k: v for k, v in {**here, "view": view, **changes}.items() if v})

    return _hrefs() | {
        "view_href": lambda other: query(view=other, all="1" if step.whole else ""),
        "letter_href": query(all="1"),
        "sense_href": query(),
    }


def _query(asked: Asked, **changes: Any) -> str:
    """The parameters of a page that shows the same but for `changes`."""
    wanted = replace(asked, **changes)
    plain: Mapping[str, object] = {
        "view": wanted.view,
        "version": wanted.version,
        "old": wanted.old,
        "new": wanted.new,
        "all": "1" if wanted.whole else "",
        "since": iso(wanted.since),
        "until": iso(wanted.until),
    }
    return "?" + urlencode({name: value for name, value in plain.items() if value}, safe=":", quote_via=quote)


def _text_href(step: Step, side: Side) -> str:
    return f"/article/{step.article.id}/text?version={side.version.number}"


def _step_href(step: Step) -> str:
    if step.change is not None:
        return diff_address(step.change)
    return f"/diff?from={step.before.version.id}&to={step.after.version.id}"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: what the looks in it found, from where to where in it, 0 to 1 from below."""

    presence: str
    begin: float
    end: float


def bin_parts(of: Bin) -> Sequence[Part]:
    """The bar of a bin from below: what was there, what was gone, and then what nobody could see."""
    order = ["present", "gone"]
    found: list[Part] = []
    told = [(name, of.presences.get(name, 0)) for name in order]
    told.append(("", sum(number for name, number in of.presences.items() if name not in TELLING)))
    for name, number in told:
        begin = found[-1].end if found else 0.0
        if number:
            found.append(Part(name, begin, begin + number / of.looks))
    return found


def tick_label(tick: Tick) -> str:
    """What is written at a tick: as much of the time as tells it from its neighbours."""
    forms = {"year": "%Y", "month": "%Y-%m", "day": "%m-%d", "minute": "%H:%M", "second": "%H:%M:%S"}
    midnight = tick.step == "minute" and (tick.at.hour, tick.at.minute) == (0, 0)
    return tick.at.strftime(forms["day" if midnight else tick.step])
