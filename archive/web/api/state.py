"""The archive itself, over the API: how it stands, how it is set, which tags there are."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from archive import overview
from archive.db import tags
from archive.shapes.state import SettingRow, StatusRow, setting_rows
from archive.web.api.answers import Desk, Listed, answer, desk, whole

router = APIRouter(tags=["state"])

At = Annotated[Desk, Depends(desk)]

LATELY: Final = timedelta(days=7)
"""For so long back visits are counted, as by 'stet status'."""


@router.get("/status", response_model=StatusRow)
def status(request: Request, at: At) -> Response:
    """What a person asks first: totals, outlets with their health in the last 7 days, disk, what comes next.

    Counted for all who ask within some seconds at once.
    """
    now = at.now()
    with at.database.read() as connection:
        summary, rows = at.status.get(
            "",
            lambda: (
                overview.summary(at.home, connection, now),
                overview.with_gaps(connection, now - LATELY, now),
            ),
        )
    # Where on the machine it lies is nobody's business out there.
    return answer(request, {**summary, "home": at.home.root.name, "outlets": rows})


@router.get("/settings", response_model=Listed[SettingRow])
def settings(request: Request, at: At) -> Response:
    """All settings as they are, without secrets. Channels and rules have calls of their own."""
    return whole(request, setting_rows(at.home.settings))


class TagCount(BaseModel):
    """A tag, and how many articles have it."""

    tag: str
    articles: int


@router.get("/tags", response_model=Listed[TagCount])
def list_tags(request: Request, at: At) -> Response:
    """Every tag that there is."""
    with at.database.read() as connection:
        found = tags.counted(connection)
    return whole(request, [{"tag": tag, "articles": count} for tag, count in found.items()])
