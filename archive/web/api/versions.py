"""Versions, what differs between two of them, and captures with all that leads to their bytes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from archive import comparing, memento, wacz
from archive.comparing import Comparison
from archive.db import articles, findings, lookups, record
from archive.db.engine import Connection
from archive.db.findings import Version
from archive.domain.model import Capture
from archive.errors import Misuse, NothingFound
from archive.extractor import EXTRACTOR
from archive.shapes.articles import CaptureLinks, TextRow, WholeCaptureRow, text_row, whole_capture_row
from archive.warc import cdxj
from archive.web.answers import Answer
from archive.web.api.answers import Desk, answer, desk
from archive.web.api.asked import LARGEST, Id

router = APIRouter(tags=["versions"])

At = Annotated[Desk, Depends(desk)]


@router.get("/versions/{id}", response_model=TextRow)
def one_version(request: Request, at: At, id: Id) -> Response:  # noqa: A002 - as the path has it
    """A version with its text."""
    with at.database.read() as connection:
        found = _version(connection, id)
    return answer(request, text_row(found))


def _version(connection: Connection, version_id: int) -> Version:
    found = lookups.version(connection, version_id)
    if found is None:
        raise NothingFound(f"version {version_id}: there is none of this id here")
    return found


_FROM = Query(ge=1, le=LARGEST, alias="from", description="The id of the earlier version.")
_TO = Query(ge=1, le=LARGEST, description="The id of the later version, of the same article and extractor.")
_CHANGE = Query(ge=1, le=LARGEST, description="The id of a change, in the place of `from` and `to`.")
_WHOLE = Query(description="To the letter, with what is mere noise.")


@router.get("/diff", response_model=Comparison)
def diff(
    request: Request,
    at: At,
    start: Annotated[int | None, _FROM] = None,
    to: Annotated[int | None, _TO] = None,
    change: Annotated[int | None, _CHANGE] = None,
    whole: Annotated[bool, _WHOLE] = False,
) -> Response:
    """What differs between two versions, word by word; paragraphs that moved are told as such."""
    with at.database.read() as connection:
        if change is not None and start is None and to is None:
            step = findings.change(connection, change)
            if step is None:
                raise NothingFound(f"change {change}: there is none of this id here")
            pair = step.from_version, step.to_version
        elif change is None and start is not None and to is not None:
            step, pair = None, (start, to)
        else:
            raise Misuse("diff: give the ids of two versions, from and to, or that of a change")
        before, after = (_version(connection, one) for one in pair)
        if before.article_id != after.article_id:
            raise Misuse(f"diff: {pair[0]} and {pair[1]} are versions of two articles; give two of one")
        if before.extraction.extractor != after.extraction.extractor:
            raise Misuse(f"diff: {pair[0]} and {pair[1]} were read by different extractors; give two of one")
        article = articles.by_id(connection, after.article_id)
        furniture = comparing.furniture_between(connection, article, before, after)
    made = comparing.document(article.url, before, after, change=step, furniture=furniture, whole=whole)
    return answer(request, made)


# Captures ---------------------------------------------------------------------------------------------


@router.get("/captures/{id}", response_model=WholeCaptureRow)
def one_capture(request: Request, at: At, id: Id) -> Response:  # noqa: A002
    """A capture, what it shows, and where it is to be had: as a memento, raw, as text, as WARC, as WACZ."""
    with at.database.read() as connection:
        capture = _capture(connection, id)
        version = findings.wording_of(connection, id, EXTRACTOR)
        way = record.vantages_of(connection, [capture]).get(id)
        article = lookups.article_of_capture(connection, id)
    addresses, below = at.addresses(request), request.url.path
    links: CaptureLinks = {
        "memento": addresses.memento(capture),
        "raw": addresses.memento(capture, "id_"),
        "text": addresses.memento(capture, "te_") if version is not None else None,
        "timemap": addresses.timemap(capture.url, "link"),
        "warc": f"{addresses.base}{below}/warc",
        "wacz": f"{addresses.base}{below}/wacz",
    }
    row = whole_capture_row(capture, way, article=article, version=version.id if version else None, links=links)
    return answer(request, row)


def _capture(connection: Connection, capture_id: int) -> Capture:
    found = lookups.capture(connection, capture_id)
    if found is None:
        raise NothingFound(f"capture {capture_id}: there is none of this id here")
    return found


def _as_file(capture: Capture, data: bytes, media_type: str, end: str) -> Response:
    name = f"capture-{capture.id}-{cdxj.stamp(capture.timestamp)}.{end}"
    head = [
        ("Content-Type", media_type),
        ("Content-Disposition", f'attachment; filename="{name}"'),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "private, no-cache"),
    ]
    return Answer(200, head, data)


@router.get(
    "/captures/{id}/warc",
    response_class=Response,
    responses={200: {"description": "A WARC file.", "content": {"application/warc": {}}}},
)
def warc_of_capture(at: At, id: Id) -> Response:  # noqa: A002
    """Its records as they lie in the archive, and those of what a revisit repeats: a WARC file of its own."""
    with at.database.read() as connection:
        capture = _capture(connection, id)
        data = memento.records(at.home, connection, capture)
    return _as_file(capture, data, "application/warc", "warc.gz")


@router.get(
    "/captures/{id}/wacz",
    response_class=Response,
    responses={200: {"description": "A WACZ file.", "content": {"application/wacz+zip": {}}}},
)
def wacz_of_capture(at: At, id: Id) -> Response:  # noqa: A002
    """The same as a WACZ file, which replay tools open."""
    with at.database.read() as connection:
        capture = _capture(connection, id)
        data = wacz.of_capture(at.home, connection, capture)
    return _as_file(capture, data, "application/wacz+zip", "wacz")
