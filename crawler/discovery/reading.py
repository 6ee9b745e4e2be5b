"""From bytes on the wire to text, links and times: what feeds, sitemaps and pages have in common.

Knows compression, character encodings, dates and anchors. Refuses to know what a feed or a sitemap is.
"""

from __future__ import annotations

import codecs
import html
import re
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import lxml.etree
import lxml.html
from w3lib.encoding import html_to_unicode

from archive.domain.urls import InvalidUrl, fetchable, normalise

#: Nothing larger is read, compressed or not. The sitemap protocol allows 50 MiB and no news feed comes near.
MAX_BYTES = 52_428_800

_GZIP = b"\x1f\x8b"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"<\?xml\b[^>]{0,200}\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # XML 1.0 section 2.2
#: What servers put into the header without looking; a declaration in the document knows better.
_CARELESS = frozenset({"iso-8859-1", "latin-1", "us-ascii", "ascii", "windows-1252"})


def unpacked(body: bytes, limit: int = MAX_BYTES) -> bytes:
    """`body` without gzip, whatever its headers said; at most `limit` bytes, a cut stream up to the cut."""
    for _ in range(2):  # some servers compress a file that is compressed already
        if not body.startswith(_GZIP):
            break
        reader = zlib.decompressobj(wbits=31)
        try:
            body = reader.decompress(body, limit)
        except zlib.error:
            return b""
    return body[:limit]


def as_text(body: bytes, content_type: str = "") -> str:
    """The text of an XML, JSON or plain document, declarations believed in the order of their worth.

    A byte order mark first; then UTF-8 whenever the bytes are valid UTF-8, for no other encoding looks
    like it by chance; then the header, unless it names a server's default; then the XML declaration.
    The XML declaration and what no XML document may hold are taken out.
    """
    text = _decoded(body, content_type)
    text = _NOT_XML.sub("", text).lstrip("\ufeff\u200b \t\r\n")
    return _XML_DECLARATION.sub("", text, count=1).lstrip()


def _decoded(body: bytes, content_type: str) -> str:
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    if body.startswith((b"<\x00", b"\x00<")):
        return body.decode("utf-16-le" if body[1] == 0 else "utf-16-be", "replace")
    try:
        return body.decode()
    except UnicodeDecodeError:
        pass
    header = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", content_type, re.IGNORECASE)
    found = _DECLARED.search(body[:1024])
    declared = found[1].decode("ascii") if found else ""
    names = [header[1] if header else "", declared]
    if names[0].lower() in _CARELESS and declared:
        names.reverse()
    for name in names:
        if name and not _is_utf(name) and (text := _try(body, name)) is not None:
            return text
    loose = body.decode("utf-8", "replace")
    good = sum(1 for character in loose if character > "\x7f" and character != "\ufffd")
    return loose if loose.count("\ufffd") * 4 < good else body.decode("windows-1252", "replace")


def _is_utf(name: str) -> bool:
    return name.lower().replace("_", "-") in {"utf-8", "utf8", "utf-16", "utf16"}


def _try(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except (LookupError, UnicodeError):
        return None


def root_of(text: str) -> str:
    """The local name of a document's first element, lower-case; empty when there is none."""
    head = re.sub(r"<!--.*?-->|<\?.*?\?>", "", text[:20_000], flags=re.DOTALL)
    found = re.match(r"\s*<(?:[\w.-]+:)?([A-Za-z][\w.-]*)", without_doctype(head))
    return found[1].lower() if found else ""


def without_doctype(text: str) -> str:
    """The document without its DOCTYPE, so that no entity of its own making is left to be expanded."""
    start = re.search("<!DOCTYPE", text[:20_000], re.IGNORECASE)  # it stands in the head
    found = _DOCTYPE.match(text, start.start()) if start else None
    return text[: found.start()] + text[found.end() :] if found else text


def plain(value: object) -> str:
    """One line of text: mark-up and entities resolved, white space single."""
    if not isinstance(value, str):
        return ""
    text = re.sub(r"<[A-Za-z/!][^<>]*>", " ", value) if "<" in value else value
    text = html.unescape(text) if "&" in text else text
    return " ".join(text.split())


def article_url(link: object, base: str) -> str:
    """The identity form of a link to an article; empty for what is none."""
    try:
        return normalise(_unescaped(link), base) if isinstance(link, str) and link.strip() else ""
    except InvalidUrl:
        return ""


def document_url(link: object, base: str) -> str:
    """The absolute address of a feed, sitemap or page, nothing dropped; empty for what is none."""
    try:
        return fetchable(_unescaped(link), base) if isinstance(link, str) and link.strip() else ""
    except InvalidUrl:
        return ""


def _unescaped(link: str) -> str:
    """Ampersands escaped once too often. No other entity: `&copy=2` is a parameter."""
    return re.sub("&(?:amp|#0?38|#x26);", "&", link)


def with_escaped_ampersands(text: str) -> str:
    """XML in which every bare `&` is one: parsers that mend a document drop it, and join what it parted."""
    return re.sub(r"&(?!(?:[A-Za-z_][\w.-]{0,31}|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)", "&amp;", text)


# --- dates -------------------------------------------------------------------------------------------

_ISO = re.compile(
    r"(\d{4})-?(\d\d)(?:-?(\d\d))?(?:[T\s]+(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?",
    re.IGNORECASE,
)
_WORDY = re.compile(
    r"(?:[^\W\d_]+\.?,?\s+)?(?:(\d{1,2})[\s.-]+([^\W\d_]+)\.?|([^\W\d_]+)\.?\s+(\d{1,2}),?)"
    r"[\s,-]+(\d{4}|\d\d)\b"
    r"(?:[\s,T]+(?:at\s+)?(\d{1,2}):?(\d\d)(?::(\d\d))?\s*([ap]\.?m\.?)?)?"
    r"\s*([^\W\d_]+|[+-]\d\d(?::?\d\d)?)?(?:\s*\(.*\))?",
    re.IGNORECASE,
)
_GMT_PLUS = re.compile(r"\b(?:GMT|UTC)\s*([+-])(\d{1,2})(?::?(\d\d))?$", re.IGNORECASE)
_ASCTIME = re.compile(r"\w{3} (\w{3})\s+(\d{1,2}) (\d\d:\d\d:\d\d)(?: (\w+))? (\d{4})")
#: The first letters name the month: English, Russian, Turkish, Arabic, French and others where they differ.
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan янв oca ene gen janv يناير كانون",
            "feb фев şub sub fév fev شباط فبراير",
            "mar мар mär آذار مارس",
            "apr апр nis avr abr نيسان أبريل",
            "may май мая mai mag أيار مايو",
            "jun июн haz juin giu حزيران يونيو",
            "jul июл tem juil lug تموز يوليو",
            "aug авг ağu agu aoû ago آب أغسطس",
            "sep сен eyl set أيلول سبتمبر",
            "oct окт eki okt out ott أكتوبر",
            "nov ноя kas نوفمبر",
            "dec дек ara déc dez dic ديسمبر",
        ),
        1,
    )
    for name in names.split()
}
#: RFC 5322 section 4.3 and the abbreviations that mean one thing in feeds. Others (IST, AST …) do not: a date
#: with one of them is not read at all.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 1, "cet": 1, "west": 1, "mez": 1, "cest": 2,
    "mesz": 2, "eet": 2, "sast": 2, "eest": 3, "msk": 3, "trt": 3, "est": -5, "edt": -4, "cst": -6, "cdt": -5,
    "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "jst": 9, "kst": 9, "hkt": 8, "aest": 10, "aedt": 11,
}  # fmt: skip


def moment(value: object) -> datetime | None:
    """A date as feeds and sitemaps write it, aware and in UTC; None where it cannot be known.

    A date without a zone is taken for UTC: it is at most 14 hours off, and only the order of discovery
    hangs on it. An unknown zone, an impossible date and one outside 1990–2100 are None.
    """
    if not isinstance(value, str) or not 4 < len(value) < 80:
        return None
    text = _GMT_PLUS.sub(lambda found: f"{found[1]}{found[2]:0>2}{found[3] or '00'}", value.strip())
    try:
        found = _iso(text) or _asctime(text) or _wordy(text)
    except (ValueError, OverflowError):
        return None
    return found if found is not None and 1990 <= found.year <= 2100 else None


def _iso(text: str) -> datetime | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) if part else 0 for part in found.groups()[:6])
    start = datetime(year, month, day or 1, tzinfo=_zone(found[7] or "z"))
    return (start + timedelta(hours=hour, minutes=minute, seconds=min(second, 59))).astimezone(UTC)


def _asctime(text: str) -> datetime | None:
    found = _ASCTIME.fullmatch(text)
    return _wordy(f"{found[2]} {found[1]} {found[5]} {found[3]} {found[4] or 'UTC'}") if found else None


def _wordy(text: str) -> datetime | None:
    found = _WORDY.fullmatch(text)
    if found is None:
        return None
    name = (found[2] or found[3]).lower()
    month = _MONTHS.get(name) or _MONTHS.get(name[:4]) or _MONTHS.get(name[:3])
    zone = _zone(found[10] or "z")
    if month is None or zone is None:
        return None
    year = int(found[5]) + (2000 if int(found[5]) < 70 else 1900 if int(found[5]) < 100 else 0)
    hour, half = int(found[6] or 0), (found[9] or "").lower()
    hour = hour % 12 + (12 if half.startswith("p") else 0) if half else hour
    minute, second = int(found[7] or 0), min(int(found[8] or 0), 59)
    return datetime(year, month, int(found[1] or found[4]), hour, minute, second, tzinfo=zone).astimezone(UTC)


def _zone(text: str) -> timezone | None:
    if text[0] in "+-":
        digits = text[1:].replace(":", "").ljust(4, "0")
        offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(-offset if text[0] == "-" else offset)
    hours = _ZONES.get(text.lower())
    return None if hours is None else timezone(timedelta(hours=hours))


# --- pages -------------------------------------------------------------------------------------------


def page_of(source: bytes | str) -> lxml.html.HtmlElement | None:
    """The tree of an HTML page, in the encoding that it and its bytes speak for; None when it is empty."""
    text = html_to_unicode(None, unpacked(source))[1] if isinstance(source, bytes) else source
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)  # lxml refuses text that declares an encoding
    text = _NOT_XML.sub("", text)
    if "<" not in text:
        return None
    try:
        parser = lxml.html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
        return lxml.html.document_fromstring(text.encode(), parser=parser)
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError, ValueError):
        return None


def base_of(page: lxml.html.HtmlElement, url: str) -> str:
    """What the page's links are relative to: its `<base href>`, else its own address."""
    for element in page.iter("base"):
        if href := element.get("href"):
            return document_url(href, url) or url
    return url


def elements(page: lxml.html.HtmlElement, *names: str) -> Iterator[lxml.html.HtmlElement]:
    """The page's elements of these names, in order."""
    for element in page.iter(*names):
        if isinstance(element, lxml.html.HtmlElement):
            yield element
