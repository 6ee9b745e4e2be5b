"""How the archive stands, as `stet status` says it, and how it is set. Secrets are named, never shown."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from typing_extensions import TypedDict

from archive.overview import OutletStatus, Summary

if TYPE_CHECKING:
    from archive.settings import Settings

_LOGIN = re.compile(r"(?<=://)[^\s/@\"]*@")
_NAMED = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:\S.*")
_SECRET = re.compile("secret|password|token")
_ELSEWHERE = (("alerts", "channels"), ("alerts", "rules"))
"""What has rows of its own."""


class StatusRow(Summary):
    """What a person asks first."""

    outlets: list[OutletStatus]


class SettingRow(TypedDict):
    """A setting as it is."""

    section: str
    key: str
    value: Any
    """A span of time in seconds, a size in bytes; an address without its login, of a secret where it is kept."""
    default: bool
    """Nobody set it otherwise."""


def setting_rows(settings: Settings) -> list[SettingRow]:
    """All settings but channels and rules."""
    rows: list[SettingRow] = []
    for section in dataclasses.fields(settings):
        held = getattr(settings, section.name)
        usual = type(held)()
        for field in dataclasses.fields(held):
            if (section.name, field.name) in _ELSEWHERE:
                continue
            value = getattr(held, field.name)
            rows.append(
                {
                    "section": section.name,
                    "key": field.name,
                    "value": _plain(field.name, value),
                    "default": value == getattr(usual, field.name),
                }
            )
    return rows


def _plain(key: str, value: Any) -> Any:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(f"{key}.{name}", each) for name, each in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [_plain(key, each) for each in value]
    if isinstance(value, str):
        if value and _SECRET.search(key) and not _NAMED.fullmatch(value):
            return "…"
        return _LOGIN.sub("", value)
    return value if value is None or isinstance(value, bool | int | float) else str(value)
