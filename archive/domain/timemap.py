"""TimeMaps of other archives (RFC 7089): which mementos there are, and where the next page of the list is.

Pure: text goes in, links come out. Knows the link format (RFC 6690 section 2) as archives write it, and how
Wayback-style archives spell a memento. Any text gives a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w*!-]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s\",;]*))?)*)")
_PARAMETER = re.compile(r";\s*([\w*!-]+)\s*(?:=\s*(?:\"([^\"]*)\"|([^\s\",;]*)))?")
_MEMENTO = re.compile(r"(https?://[^\s]*?/)(\d{14}|\d{17})(?:[a-z]{2}_)?/(https?:/{1,2}[^\s]+|[^\s/]+\.[^\s]+)")
_RELATIONS = frozenset({"original", "self", "timegate", "timemap", "memento"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Memento:
    """One capture that another archive has."""

    url: str  #: of the raw memento, where `id_` asks for it as it was
    original: str  #: what it is a capture of
    at: datetime  #: to the second, or to the millisecond where the archive tells it


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A memento as the archive shows it to readers, however it spells its addresses."""

    url: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeMap:
    """One page of a list."""

    mementos: tuple[Memento, ...] = ()
    pages: tuple[str, ...] = ()  #: further TimeMaps that it names
    opaque: int = 0  #: mementos whose raw form cannot be told
    last: Shown | None = None  #: the newest memento whose time can be told
    links: int = 0  #: that only a TimeMap has; without any it is something else


def read(text: str, *, url: str) -> TimeMap:
    """What the TimeMap at `url` says."""
    mementos: list[Memento] = []
    pages: list[str] = []
    opaque = links = 0
    last: Shown | None = None
    for target, parameters in _LINK.findall(text):
        said = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(parameters)}
        relations = said.get("rel", "").lower().split()
        links += not _RELATIONS.isdisjoint(relations)
        address = _joined(url, target)
        if "memento" in relations:
            memento = raw(address, said.get("datetime", ""))
            opaque += memento is None
            mementos += [memento] if memento else []
            at = memento.at if memento else http_date(said.get("datetime", ""))
            if at is not None and (last is None or at >= last.at):
                last = Shown(url=address, at=at)
        elif ("timemap" in relations or "next" in relations) and "link-format" in said.get("type", "link-format"):
            pages.append(address)
    return TimeMap(
        mementos=tuple(mementos), pages=tuple(dict.fromkeys(pages)), opaque=opaque, last=last, links=links
    )


def _joined(url: str, target: str) -> str:
    """An address of the list, absolute; as it stands where it is none."""
    try:
        return urljoin(url, target)
    except ValueError:  # `http://[…`
        return target


def raw(url: str, said: str = "") -> Memento | None:
    """The raw form of the memento at `url`; None where it is not spelled as Wayback-style archives do.

    Its time is what 17 digits in the URL say, to the millisecond, or else `said`, an HTTP date, or 14 digits.
    """
    found = _MEMENTO.fullmatch(url)
    told = _stamp(found[2]) if found else None
    moment = told if found and len(found[2]) == 17 and told else http_date(said) or told
    if found is None or moment is None:
        return None
    original = found[3]
    original = (
        re.sub(r"^(https?):/+", r"\1://", original) if re.match("https?:/", original) else f"http://{original}"
    )
    return Memento(url=f"{found[1]}{found[2]}id_/{found[3]}", original=original, at=moment)


def http_date(text: str) -> datetime | None:
    """The time in an HTTP date (RFC 9110 section 5.6.7)."""
    try:
        moment = parsedate_to_datetime(text.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _stamp(digits: str) -> datetime | None:
    try:
        whole = datetime.strptime(digits[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        return whole.replace(microsecond=int(digits[14:] or 0) * 1000)
    except ValueError:
        return None


def address_of(archive: str, url: str) -> str:
    """Where `archive` has the TimeMap of `url`.

    `archive` is the address under which it has mementos, such as `https://web.archive.org/web/`, or one with
    `{url}` in it.
    """
    return archive.replace("{url}", url) if "{url}" in archive else f"{archive.rstrip('/')}/timemap/link/{url}"
