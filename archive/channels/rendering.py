"""Events → a message that people read: subject, plain text, HTML, and the same as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from archive.domain.model import Extraction
from archive.domain.rules import Event, Pace

Pair = tuple[Extraction, Extraction]
"""The earlier and the later wording of a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """One message in all its forms."""

    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    document: Mapping[str, Any] = field(repr=False)


def render(
    events: Sequence[Event],
    *,
    rule: str,
    base_url: str,
    timezone: tzinfo,
    pace: Pace = Pace.AT_ONCE,
    diffs: Mapping[str, Pair] | None = None,
) -> Rendered:
    """Tell of `events`, which one rule took.

    `diffs` holds the two wordings of a change by the event's `subject`; where they are gone, the event's own words
    are shown. `base_url` is where the archive is served; without it there are no links to it.
    """
    raise NotImplementedError
