"""How values of the settings are written: spans of time, sizes, and keys that are known."""

from __future__ import annotations

import difflib
import re
import zoneinfo
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from archive.errors import Misuse

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_SIZES = {
    "": 1,
    "B": 1,
    "kB": 1000,
    "KiB": 1024,
    "MB": 1000**2,
    "MiB": 1024**2,
    "GB": 1000**3,
    "GiB": 1024**3,
}


def refuse_unknown(given: Mapping[str, Any], known: Mapping[str, Any], *, where: str, what: str) -> None:
    """Raise `Misuse` for a key that is not known, naming the nearest one that is."""
    for key in given:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"did you mean '{near[0]}'?" if near else "known are " + ", ".join(known)
            raise Misuse(f"{where}: unknown {what} '{key}'; {hint}")


def duration(value: Any, where: str) -> timedelta:
    """Read `"90s"`, `"24h"`, `"7d"` or a number of seconds."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)\s*", value) if isinstance(value, str) else None
    plain = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    try:
        if match is not None:
            return timedelta(seconds=float(match[1]) * _UNITS[match[2]])
        if plain:
            return timedelta(seconds=value)
    except (OverflowError, ValueError):  # above some 2.7 million years, or not a number
        pass
    raise Misuse(f'{where}: expected a duration such as "90s", "24h" or "7d", got {value!r}')


def size(value: Any, where: str) -> int:
    """Read `"32MiB"`, `"1GB"` or a number of bytes."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    match = re.fullmatch(r"\s*(\d{1,15})\s*([a-zA-Z]*)\s*", value) if isinstance(value, str) else None
    if match is None or match[2] not in _SIZES:
        raise Misuse(f'{where}: expected a size such as "32MiB" or "1GB", got {value!r}')
    return int(match[1]) * _SIZES[match[2]]


def zone(name: str) -> zoneinfo.ZoneInfo | None:
    """The time zone of this name; None where there is none."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return None
