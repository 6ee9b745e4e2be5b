"""Times as people and indexes write them, and as we write them for people. Pure; UTC throughout."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta

from archive.errors import Misuse

_DIGITS = re.compile(r"[0-9]{4}(?:[0-9]{2}){0,5}|[0-9]{17}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?")

#: A time of day and its zone, with the parts that may be left out: minute, second, fraction.
_CLOCK = re.compile(r"[T ][0-9]{2}(?::?([0-9]{2})(?::?([0-9]{2})([.,][0-9]+)?)?)?(?:Z|[+-][0-9:]+)?$")


def parse_time(text: str) -> datetime:
    """Read an ISO 8601 time or date, or 4 to 14 (or 17) digits as web archives write them.

    A time without a zone is UTC. A shortened one means its *end* ("2026-11-22" is the last moment of
    that day), because the question is what stood at or before it. Raises `Misuse`.
    """
    plain = text.strip()
    try:
        if _DIGITS.fullmatch(plain):
            return _from_digits(plain)
        if _DATE.fullmatch(plain):
            return _from_digits(plain.replace("-", ""))
        found = datetime.fromisoformat(plain) + _left_out(plain)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Misuse(f"{text!r}: not a time; write 2026-11-22, 2026-11-22T14:30Z or 20261122143000") from None


def parse_since(text: str) -> datetime:
    """As `parse_time`, but a shortened time means its beginning: "2026-11-22" is the first moment of that day."""
    moment, plain = parse_time(text), text.strip()
    if not (_DATE.fullmatch(plain) or (_DIGITS.fullmatch(plain) and len(plain) <= 14)):
        return moment - _left_out(plain)
    digits = plain.replace("-", "")
    return _from_digits(digits + "00000101000000"[len(digits) :] + "000")


def _left_out(text: str) -> timedelta:
    """From the beginning to the end of the hour, minute or second that a shortened time names."""
    clock = _CLOCK.search(text)
    if clock is None or clock[3]:
        return timedelta()
    unit = timedelta(seconds=1) if clock[2] else timedelta(minutes=1) if clock[1] else timedelta(hours=1)
    return unit - timedelta(microseconds=1)


def _from_digits(digits: str) -> datetime:
    fields = [int(digits[:4]), *(int(digits[i : i + 2]) for i in range(4, min(len(digits), 14), 2))]
    last = [9999, 12, 31, 23, 59, 59]
    micros = int(digits[14:]) * 1000 if len(digits) == 17 else 999_999
    year, month, day, hour, minute, second = [*fields, *last[len(fields) :]]
    if len(fields) < 3:
        day = calendar.monthrange(year, month)[1]
    return datetime(year, month, day, hour, minute, second, micros, tzinfo=UTC)


def stamp(moment: datetime | None) -> str:
    """For tables: `2026-11-22 14:30:05`; empty where there is none."""
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def iso(moment: datetime | None) -> str | None:
    """For JSON: `2026-11-22T14:30:05.123Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def ago(moment: datetime | None, now: datetime) -> str:
    """For people: `5 min ago`, `in 3 h`; empty where there is none."""
    if moment is None:
        return ""
    seconds = (now - moment).total_seconds()
    size = abs(seconds)
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if size >= 2 * length or (unit == "min" and size >= 60):
            words = f"{size / length:.0f} {unit}"
            break
    else:
        words = f"{size:.0f} s"
    return f"{words} ago" if seconds >= 0 else f"in {words}"
