"""How long to wait before a host is asked again.

Pure: an outlet's wish, robots.txt and the answers go in, seconds come out. The waiting itself is
done by `crawler.gate`.
"""

from __future__ import annotations

from datetime import datetime

from archive.domain.model import HttpHead, Outlet
from archive.domain.timemap import http_date

#: Seconds to leave a host alone that answers 429 or 503 without saying for how long. RFC 6585
#: names no figure; a minute is what most rate limiters count in.
UNSAID = 60.0

#: The longest that an answer can make us leave a host alone. Some servers send a date years ahead by
#: mistake; a day later it costs one request to find out whether it was meant.
LONGEST_HOLD = 86_400.0

#: Captures of one URL are kept at least this far apart, because Memento and 14-digit indexes
#: cannot tell two captures of one second apart.
SAME_URL = 1.0


def delay(outlet: Outlet | None, *, home: float, crawl_delay: float | None) -> float:
    """Seconds between two fetches of one host: the longest of what anybody asks for.

    `crawl_delay` is robots.txt's Crawl-delay for us; it is followed only where robots.txt is.
    """
    own = outlet.delay if outlet is not None and outlet.delay is not None else home
    if crawl_delay is None or (outlet is not None and not outlet.obey_robots):
        return own
    return max(own, crawl_delay)


def hold(head: HttpHead, now: datetime) -> float | None:
    """Seconds to leave the host alone after this answer; None where it asks for nothing.

    RFC 9110 section 10.2.3: Retry-After is a number of seconds or an HTTP date. A date is one of the host's own
    clock, which its Date header tells; `now` stands in where there is none. Never more than `LONGEST_HOLD`.
    A memento (RFC 7089) says what its outlet asked for long ago, and nothing of its archive.
    """
    if head.status not in (429, 503) or head.get("memento-datetime"):
        return None
    value = head.get("retry-after").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST_HOLD)
    at = http_date(value)
    if at is None:
        return UNSAID
    said = http_date(head.get("date")) or now
    return min(max(0.0, (at - said).total_seconds()), LONGEST_HOLD)
