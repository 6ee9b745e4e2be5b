"""TimeMaps: a list of captures as RFC 7089 link-format, as JSON, and as CDXJ lines. Pure.

Also the one place that knows how the addresses of Memento are spelt. Texts come in pieces, one a capture, so
that a long history need not be in memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Final
from urllib.parse import quote

from archive.domain.model import Capture
from archive.domain.times import iso
from archive.warc import cdxj

FORMS: Final = {
    "link": "application/link-format",
    "json": "application/json",
    "cdxj": "text/x-cdxj; charset=utf-8",
}
"""The forms of a TimeMap and their media types; CDXJ has none that is registered."""

#: All that RFC 3986 lets stand in a URI, and `%`: imported captures have URLs as others wrote them.
_STANDS = "%/:?[]@!$&'()*+,;=-._~"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the TimeGate, the TimeMaps and the mementos of a URL are, below `base`.

    The command line knows no host; without `base` they are relative references.
    """

    base: str = ""

    def timegate(self, url: str) -> str:
        """The TimeGate of `url`."""
        return f"{self.base}/timegate/{safe(url)}"

    def timemap(self, url: str, form: str) -> str:
        """The TimeMap of `url` in one of the `FORMS`."""
        return f"{self.base}/timemap/{form}/{safe(url)}"

    def memento(self, capture: Capture, how: str = "") -> str:
        """The address of `capture`, which stays its own: 17 digits, where 14 may be those of two captures."""
        return self.at(cdxj.stamp(capture.timestamp), capture.url, how)

    def at(self, stamp: str, url: str, how: str = "") -> str:
        """The address of what stood at `url` at this time."""
        return f"{self.base}/web/{stamp}{how}/{safe(url)}"


def safe(url: str) -> str:
    """`url` as it can stand between `<` and `>` and in a header; without fragment, which names no resource."""
    return quote(url.partition("#")[0], safe=_STANDS)


def render(url: str, captures: Sequence[Capture], form: str, addresses: Addresses = Addresses()) -> str:
    """The TimeMap of `url` in `form`: `link`, `json` or `cdxj`."""
    if form == "cdxj":
        captures = by_key(captures)
    return "".join(pieces(url, captures, form, addresses, first=captures[0], last=captures[-1]))


def by_key(captures: Iterable[Capture]) -> list[Capture]:
    """Captures in the order of index lines: an article may have been fetched by several URLs."""
    return sorted(captures, key=lambda each: (cdxj.sort_key(each.urlkey), each.timestamp))


def pieces(
    url: str, captures: Iterable[Capture], form: str, addresses: Addresses, *, first: Capture, last: Capture
) -> Iterator[str]:
    """The same of captures that are read as they are asked for, in their order; `first` and `last` are of them."""
    if form == "cdxj":
        return (f"{line}\n" for line in cdxj.lines(captures))
    if form == "json":
        return _json(url, captures, addresses, first, last)
    return _link(url, captures, addresses, first, last)


def _link(
    url: str, captures: Iterable[Capture], addresses: Addresses, first: Capture, last: Capture
) -> Iterator[str]:
    """RFC 7089 section 5: `application/link-format`, one link a line."""
    yield f'<{safe(url)}>; rel="original",\n'
    yield f'<{addresses.timegate(url)}>; rel="timegate",\n'
    yield f'<{addresses.timemap(url, "link")}>; rel="self"; type="{FORMS["link"]}"; {span(first, last)}'
    for capture in captures:
        words = {"first": capture.id == first.id, "last": capture.id == last.id}
        rel = " ".join([word for word, due in words.items() if due] + ["memento"])
        yield ",\n" + link(addresses.memento(capture), rel, capture)
    yield "\n"


def link(uri: str, rel: str, capture: Capture) -> str:
    """A link to a memento, as RFC 7089 section 2.2.4 has it."""
    return f'<{uri}>; rel="{rel}"; datetime="{http_date(capture.timestamp)}"'


def span(first: Capture, last: Capture) -> str:
    """From when until when a TimeMap goes (RFC 7089 section 5)."""
    return f'from="{http_date(first.timestamp)}"; until="{http_date(last.timestamp)}"'


def _json(
    url: str, captures: Iterable[Capture], addresses: Addresses, first: Capture, last: Capture
) -> Iterator[str]:
    """The shape that Memento aggregators use (`mementos.list` of `datetime` and `uri`)."""
    head = {"original_uri": safe(url), "timegate_uri": addresses.timegate(url)}
    ends = {"first": _entry(first, addresses), "last": _entry(last, addresses)}
    yield json.dumps(head)[:-1] + ', "mementos": ' + json.dumps(ends)[:-1] + ', "list": ['
    comma = "\n"
    for capture in captures:
        yield comma + json.dumps(_entry(capture, addresses))
        comma = ",\n"
    yield "\n]}}\n"


def _entry(capture: Capture, addresses: Addresses) -> dict[str, object]:
    return {
        "datetime": iso(capture.timestamp),
        "uri": addresses.memento(capture),
        "status": capture.status,
        "digest": capture.digest,
    }


def http_date(moment: datetime) -> str:
    """An HTTP date (RFC 9110 section 5.6.7), as RFC 7089 section 2.1.1 wants it."""
    return format_datetime(moment.replace(microsecond=0), usegmt=True)
