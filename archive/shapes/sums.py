"""Sums over days, and how long articles stand, as rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

if TYPE_CHECKING:
    from archive.db.sums import Day
    from archive.domain.survival import Point


class DayRow(TypedDict):
    """What was found on one day."""

    day: date
    """In UTC."""
    edits: int
    stealth: int
    """Edits that the page does not declare."""
    taken_down: int
    restored: int


class DaysRow(TypedDict):
    """What was found day by day, and in all."""

    days: list[DayRow]
    edits: int
    stealth: int
    stealth_share: float | None
    """The share of the edits that the page does not declare; null: there were none."""
    taken_down: int
    restored: int


def days_row(found: Iterable[Day]) -> DaysRow:
    """Days with their sums."""
    days: list[DayRow] = [
        {
            "day": one.day,
            "edits": one.edits,
            "stealth": one.stealth,
            "taken_down": one.taken_down,
            "restored": one.restored,
        }
        for one in found
    ]
    edits, stealth = sum(day["edits"] for day in days), sum(day["stealth"] for day in days)
    return {
        "days": days,
        "edits": edits,
        "stealth": stealth,
        "stealth_share": stealth / edits if edits else None,
        "taken_down": sum(day["taken_down"] for day in days),
        "restored": sum(day["restored"] for day in days),
    }


class PointRow(TypedDict):
    """A step of a survival curve: from this day on, until the next point."""

    day: int
    """Since an article was first seen."""
    at_risk: int
    """Articles that are known to have stood until this day."""
    gone: int
    """Of those, on this day."""
    share: float
    """Of all that still stands after it."""
    low: float
    """95 % confidence, from here …"""
    high: float
    """… to here."""


class SurvivalRow(TypedDict):
    """How long articles stand (Kaplan and Meier's estimate)."""

    articles: int
    gone: int
    """Those that were taken down."""
    points: list[PointRow]


def survival_row(points: Iterable[Point]) -> SurvivalRow:
    """A survival curve."""
    rows: list[PointRow] = [
        {
            "day": one.day,
            "at_risk": one.at_risk,
            "gone": one.gone,
            "share": round(one.share, 6),
            "low": round(one.low, 6),
            "high": round(one.high, 6),
        }
        for one in points
    ]
    return {
        "articles": rows[0]["at_risk"] if rows else 0,
        "gone": sum(row["gone"] for row in rows),
        "points": rows,
    }
