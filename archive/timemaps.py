"""TimeMaps: a list of captures as RFC 7089 link-format, as JSON, and as CDXJ lines. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from archive.domain.model import Capture
from archive.domain.times import iso
from archive.warc import cdxj

#: Where the web UI serves mementos; a relative reference, because the command line knows no host.
MEMENTO = "/web/{stamp}/{url}"


def render(url: str, captures: Sequence[Capture], form: str) -> str:
    """The TimeMap of `url` in `form`: `link`, `json` or `cdxj`."""
    if form == "cdxj":
        return "".join(f"{line}\n" for line in sorted(map(cdxj.line, captures), key=cdxj.sort_key))
    return _json(url, captures) if form == "json" else _link(url, captures)


def _link(url: str, captures: Sequence[Capture]) -> str:
    """RFC 7089 section 5: `application/link-format`, one link a line."""
    first, last = captures[0].timestamp, captures[-1].timestamp
    lines = [
        f'<{url}>; rel="original"',
        f'</timegate/{url}>; rel="timegate"',
        (
            f'</timemap/link/{url}>; rel="self"; type="application/link-format"; '
            f'from="{_date(first)}"; until="{_date(last)}"'
        ),
    ]
    for number, capture in enumerate(captures):
        rel = _rel(number, len(captures))
        lines.append(f'<{_uri(capture)}>; rel="{rel}"; datetime="{_date(capture.timestamp)}"')
    return ",\n".join(lines) + "\n"


def _rel(number: int, count: int) -> str:
    """`first` and `last` beside `memento` where they are due."""
    return " ".join(
        word for word, due in (("first", number == 0), ("last", number == count - 1), ("memento", True)) if due
    )


def _json(url: str, captures: Sequence[Capture]) -> str:
    """The shape that Memento aggregators use (`mementos.list` of `datetime` and `uri`)."""
    document = {
        "original_uri": url,
        "timegate_uri": f"/timegate/{url}",
        "mementos": {
            "first": _entry(captures[0]),
            "last": _entry(captures[-1]),
            "list": [_entry(capture) for capture in captures],
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _entry(capture: Capture) -> dict[str, object]:
    return {
        "datetime": iso(capture.timestamp),
        "uri": _uri(capture),
        "status": capture.status,
        "digest": capture.digest,
    }


def _uri(capture: Capture) -> str:
    return MEMENTO.format(stamp=cdxj.stamp(capture.timestamp)[:14], url=capture.url)


def _date(moment: datetime) -> str:
    """An HTTP date (RFC 9110 section 5.6.7), as RFC 7089 section 2.1.1 wants it."""
    return format_datetime(moment.replace(microsecond=0), usegmt=True)
