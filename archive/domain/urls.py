"""URLs: which bytes are asked for, what names an article, which key finds a capture.

Three forms of one URL, each with its own use; they are not interchangeable:

- `fetchable`: what is sent to the outlet. Cleaned as a browser cleans, nothing taken away.
- `normalise`: the identity form of an article's URL. Tracking, session ids and fragments are gone.
- `urlkey`: the SURT index key of *any* capture, as pywb and CDXJ readers compute it. Coarser than the
  others (it folds letter case), so it finds captures and must never decide what one article is.

A fourth is for comparing only: `archive.domain.identity.article_key`.

The module knows spelling only. It opens nothing, has no list of public suffixes, and does not know what
a page is or says: whether two URLs are one article is `identity`'s business. Any text gives a value or
`InvalidUrl`, never another error.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urljoin, urlsplit

import idna

from archive.domain.model import UrlKey
from archive.errors import Misuse

#: RFC 9110 section 4.1 asks servers to take 8,000 octets at least; no article needs more.
MAX_LENGTH = 8000

_DEFAULT_PORTS = {"http": 80, "https": 443}
#: What feeds and copied links carry at their ends: white space, controls, invisible marks.
_EDGES = "".join(map(chr, range(33))) + "\u00a0\u200b\u200e\u200f\u2060\u2028\u2029\ufeff"
_INNER = {ord(character): None for character in "\t\r\n"}  # browsers drop these (WHATWG URL 4.4)
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_HTTP = re.compile(r"(https?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")

# RFC 3986 section 2.3 (unreserved) and 3.3 (pchar); `[`, `]` and `|` go out raw from browsers.
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PATH = _UNRESERVED | frozenset("!$&'()*+,;=:@/")
_QUERY = _PATH | frozenset("?")
_RAW = frozenset("[]|")
_TRIPLET = re.compile("%([0-9A-Fa-f]{2})")


def word_set(text: str) -> frozenset[str]:
    """The words of a table that is written as text."""
    return frozenset(text.split())


class InvalidUrl(Misuse):
    """No http(s) URL that an article or an outlet can have. The message says what is wrong with it."""

    def __init__(self, url: str, problem: str) -> None:
        shown = url if len(url) <= 100 else url[:97] + "…"
        super().__init__(f"{shown!r} {problem}; give a full address such as https://example.org/story")
        self.url = url
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Parts:
    """A URL taken apart; path, query and fragment as written, without their marks."""

    scheme: str
    host: str  #: lower-case ASCII; IPv6 in brackets
    port: int | None  #: None for the default
    path: str  #: as written
    query: str
    fragment: str

    @property
    def origin(self) -> str:
        """Scheme, host and port, `https://example.org:8080`."""
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port is not None else "")


def split(url: str, base: str | None = None) -> Parts:
    """The parts of `url`, read as browsers read it. Raises `InvalidUrl`."""
    text = url.strip(_EDGES).translate(_INNER)
    if len(text) > MAX_LENGTH:
        raise InvalidUrl(url, f"is longer than {MAX_LENGTH} characters")
    if _FORBIDDEN.search(text):
        raise InvalidUrl(url, "holds control characters")
    head = re.match(r"[^?#]*", text)
    end = head.end() if head else 0
    text = text[:end].replace("\\", "/") + text[end:]  # else `http://good\@evil` has two readings
    if base is not None:
        try:
            text = urljoin(base, text)
        except ValueError as error:
            raise InvalidUrl(url, "cannot be read as a link") from error
    found = _HTTP.fullmatch(text)
    if found is None:
        raise InvalidUrl(url, "is no http or https address")
    scheme, authority, path, query, fragment = (part or "" for part in found.groups())
    if "@" in authority:
        raise InvalidUrl(url, "holds a user name or password")
    host, port = _authority(url, authority, scheme.lower())
    return Parts(scheme.lower(), host, port, path, query, fragment)


def _authority(url: str, authority: str, scheme: str) -> tuple[str, int | None]:
    found = re.fullmatch(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::(.*))?", authority, re.DOTALL)
    if found is None:
        problem = "has no valid IPv6 address" if "[" in authority else "has no valid host name"
        raise InvalidUrl(url, problem)
    host, digits = found[1], found[2] or ""
    if digits and not (digits.isascii() and digits.isdigit() and len(digits) < 6 and 0 < int(digits) < 65536):
        raise InvalidUrl(url, "has a port that is no number from 1 to 65535")
    port = int(digits) if digits and int(digits) != _DEFAULT_PORTS[scheme] else None
    return _host(url, host), port


def _host(url: str, host: str) -> str:
    """The host in lower-case ASCII: UTS 46 for names, one spelling for addresses."""
    name = unquote(host, errors="replace").lower()
    if name.startswith("["):
        return _address(url, name)
    name = _ascii_name(url, name).rstrip(".")
    labels = name.split(".")
    if not name or len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise InvalidUrl(url, "has no valid host name" if name else "names no host")
    if re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1]):  # WHATWG URL 3.5: ends in a number, so an address
        return _address(url, name)
    return name


def _ascii_name(url: str, name: str) -> str:
    if name.isascii():
        return name
    try:
        return idna.encode(name, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise InvalidUrl(url, "has no valid international host name") from error


def _address(url: str, host: str) -> str:
    try:
        if host.startswith("["):
            if not host.endswith("]") or "%" in host:  # a zone is of use on one machine only
                raise InvalidUrl(url, "has no valid IPv6 address")
            return f"[{ipaddress.IPv6Address(host[1:-1]).compressed}]"
        return str(ipaddress.IPv4Address(host))
    except ValueError as error:
        raise InvalidUrl(url, "has an address that is no plain IPv4 or IPv6 one") from error


def _percent(text: str, allowed: frozenset[str], *, decode: bool) -> str:
    """Percent-encoding in its normal form (RFC 3986 6.2.2), or merely made safe when `decode` is False."""
    out: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        triplet = _TRIPLET.match(text, position) if character == "%" else None
        if triplet:
            plain = chr(int(triplet[1], 16))
            known = decode and plain in _UNRESERVED
            out.append(plain if known else triplet[0].upper() if decode else triplet[0])
            position += 3
            continue
        if character in allowed or (character == "%" and not decode):
            out.append(character)
        else:
            out.extend(f"%{byte:02X}" for byte in character.encode())
        position += 1
    return "".join(out)


def _without_dots(path: str) -> str:
    """RFC 3986 section 5.2.4, surplus `..` dropped."""
    out: list[str] = []
    segments = path.split("/")
    for segment in segments:
        plain = segment.replace("%2e", ".").replace("%2E", ".")
        if plain == ".." and len(out) > 1:
            out.pop()
        elif plain not in (".", ".."):
            out.append(segment)
    if segments[-1].replace("%2e", ".").replace("%2E", ".") in (".", ".."):
        out.append("")
    return "/".join(out) if len(out) > 1 else "/"


def _checked(url: str, result: str) -> str:
    if len(result) > MAX_LENGTH:
        raise InvalidUrl(url, f"is longer than {MAX_LENGTH} characters")
    return result


def fetchable(url: str, base: str | None = None) -> str:
    """`url` made absolute and safe to send, asking for the same bytes: no parameter is dropped or moved."""
    parts = split(url, base)
    path = _without_dots(_percent(parts.path, _PATH | _RAW, decode=False) or "/")
    query = _percent(parts.query, _QUERY | _RAW, decode=False)
    return _checked(url, parts.origin + path + ("?" + query if query else ""))


# --- the identity form ------------------------------------------------------------------------------

# Parameters that say how a reader came, never what is read. Gathered from the documentation of the tools
# that set them (analytics, newsletters, social buttons, click identifiers) and from outlets' share links.
# courlan's list is not used: it also drops cid, eid, uid, source and keyword, which are article ids in many
# newsroom systems.
_TRACKING_PREFIXES = tuple(
    """
    utm_ utm- mtm_ matomo_ piwik_ hsa_ _hs __hs vero_ oly_ itm_ at_ mc_ mkt_ wt_ wt. fb_action fb_source
    fb_ref amp_js amp_gsa _branch_ __cft__ __xts__ __tn__ __twitter stm_ trk_ ga_ dm_i iterable_ sfmc_
    algolia_ pk_campaign pk_kwd pk_keyword pk_source pk_medium pk_content ns_mchannel ns_source ns_campaign
    ns_linkname ns_fee
    """.split()  # noqa: SIM905 - a table of words reads better so
)
_TRACKING = word_set(
    """
    fbclid gclid gclsrc gad_source gad_campaignid dclid gbraid wbraid msclkid yclid ymclid ysclid twclid
    ttclid li_fat_id igshid igsh mibextid rb_clickid zanpid epik srsltid _openstat wickedid guccounter
    guce_referrer guce_referrer_sig cmpid cmp intcmp int_cmp icmp icid intcid ito ftag xtor xtcr s_cid
    s_kwcid ef_id mbid smid smtyp smprod ocid soc_src soc_trk tsrc _ga _gl _ke _kx usqp aoh ampshare
    hsctatracking mkt_tok ck_subscriber_id vgo_ee spm scm srcref reflink ref_src ref_url referringsource
    replytocom share_id shareid sharetype share_token sharer echobox dlvrit ncid nsclick
    pinned_post_locator rss_id __s __source nr_email_referer cndid esrc bxid click_id affid aff_id hpid
    ltclid campaign_source rcmd_alg rcmd_id rcmd_pos
    """
)
#: Ordinary words: they track when their value is a word (`ref=twitter`)
#: and may name a story when it is a number.
_WEAK = word_set(
    """
    ref referrer referer referral source src from via share shared medium campaign feature partner rss
    origin nb
    """
)
#: By host (and its subdomains): what only there is known to be a share, gift or newsletter mark.
_OUTLET_TRACKING = {
    "bloomberg.com": word_set("srnd sref leadsource accesstoken embedded-checkout"),
    "cnn.com": word_set("cid hpt iref iid eref dlbk"),
    "ft.com": word_set("ftcamp segmentid accesstoken desktop token"),
    "medium.com": word_set("source sk gi"),
    "nytimes.com": word_set(
        """
    emc nl te nlid instance_id segment_id campaign_id user_id regi_id unlocked_article_code action
    pgtype region version hp clicksource rref searchresultposition auth login
    """
    ),
    "theguardian.com": word_set("filterkeyevents dcr"),
    "wsj.com": word_set("mod st ns mg tesla"),
}
_SESSION = word_set(
    """
    jsessionid phpsessid cfid cftoken zenid oscsid aspxautodetectcookiesupport
    """
)
_SESSION_IF_LONG = word_set("sid s session sessionid session_id sess")
_LONG_TOKEN = re.compile(r"(?=.*\d)(?=.*[a-z])[0-9a-z]{24,}", re.IGNORECASE)
_SESSION_IN_PATH = re.compile(
    r";(?:jsessionid|phpsessid)=[^/;]*|/\((?:[a-z]\([0-9a-z]{20,}\))+\)(?=/)|/\([0-9a-z]{24}\)(?=/.*\.aspx)",
    re.IGNORECASE,
)
#: Cache busters: a time in milliseconds, or a name that says so.
_CACHE_BUSTER = re.compile(r"_=\d{10,}|(?:nocache|cachebuster|cachebust)=.*", re.IGNORECASE)


@lru_cache(maxsize=8192)  # identity asks for the same few URLs of a visit about ten times
def normalise(url: str, base: str | None = None) -> str:
    """The identity form of an article's URL, absolute against `base`. Raises `InvalidUrl`.

    Scheme and `www.` stay, and so does a final slash: some outlets answer only one spelling, and this form
    can be fetched. `article_key` folds them. Parameters are sorted by name (equal names keep their order):
    no newsroom system is known to tell two orders apart, while share tools shuffle them freely. A fragment
    is dropped unless it is a hashbang, which names the page on the sites that still use it.
    """
    parts = split(url, base)
    path = _path(parts.path)
    query = _query(parts.query, parts.host)
    fragment = _percent(parts.fragment, _QUERY, decode=True) if parts.fragment[:1] == "!" else ""
    result = parts.origin + path + ("?" + query if query else "")
    return _checked(url, result + ("#" + fragment if len(fragment) > 1 else ""))


def _path(raw: str) -> str:
    path = _SESSION_IN_PATH.sub("", _percent(raw, _PATH, decode=True))
    path = re.sub(r"(?<!:)//+", "/", _without_dots(path or "/"))  # but an embedded http:// stays
    return path or "/"


def _query(raw: str, host: str) -> str:
    kept: list[tuple[str, str]] = []
    for pair in raw.split("&"):
        name, equals, value = re.sub(r"^(?:amp;)+", "", pair, flags=re.IGNORECASE).partition("=")
        if (name or value) and not _is_noise(unquote(name).lower(), unquote(value), host):
            allowed = _QUERY - {"&"}
            kept.append((_percent(name, allowed, decode=True), equals + _percent(value, allowed, decode=True)))
    return "&".join(name + rest for name, rest in sorted(kept, key=lambda pair: pair[0]))


def _is_noise(name: str, value: str, host: str) -> bool:
    if name in _TRACKING or name.startswith(_TRACKING_PREFIXES) or name in _SESSION:
        return True
    if name in _WEAK and not re.search(r"\d\d", value):
        return True
    if name.startswith("aspsessionid") or _CACHE_BUSTER.fullmatch(f"{name}={value}"):
        return True
    if name in _SESSION_IF_LONG and _LONG_TOKEN.fullmatch(value):
        return True
    if name == "page" and value.startswith("with:"):  # the Guardian's link to one block of a live blog
        return True
    return any(name in names and within(host, domain) for domain, names in _OUTLET_TRACKING.items())


def within(host: str, domain: str) -> bool:
    """Whether `host` is `domain` or lies below it; both in lower case."""
    return host == domain or host.endswith("." + domain)


def in_scope(url: str, scope: str) -> bool:
    """Whether `url` lies in `scope`: a domain, or a folder of one (`bbc.com/turkce`) where a site is shared."""
    parts = urlsplit(url)
    folder = scope.partition("/")[2]
    return within(parts.hostname or "", site_of(scope)) and (
        not folder or f"{parts.path}/".startswith(f"/{folder}/")
    )


def site_of(scope: str) -> str:
    """The domain of `scope`, without its folder and without `www.`."""
    return scope.partition("/")[0].lower().removeprefix("www.")


def scopes_over(url: str) -> list[str]:
    """All scopes that `url` lies in: its host and the domains above it, each bare and with its folders.

    None where it is no address: what others kept may name anything.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return []
    labels = (parts.hostname or "").split(".")
    domains = [".".join(labels[start:]) for start in range(len(labels))]
    steps = [step for step in parts.path.split("/") if step]
    folders = ["".join(f"/{step}" for step in steps[:depth]) for depth in range(len(steps) + 1)]
    return [domain + folder for domain in domains for folder in folders]


# --- the index key -----------------------------------------------------------------------------------

_KEY_SESSION_PATHS = tuple(
    re.compile(rf"(.*/)\({session}\)/([^?]+\.aspx.*)", re.DOTALL)
    for session in (r"(?:[a-z]\([0-9a-z]{24}\))+", "[0-9a-z]{24}")
)
_KEY_SESSIONS = tuple(
    re.compile(rf"(.*)(?:{session})(?:&(.*))?", re.DOTALL)
    for session in (
        "jsessionid=[0-9a-z]{32}",
        "phpsessid=[0-9a-z]{32}",
        "sid=[0-9a-z]{32}",
        "aspsessionid[a-z]{8}=[a-z]{24}",
        "cfid=[^&]+&cftoken=[^&]+",
    )
)


def urlkey(url: str) -> UrlKey:
    """The SURT of an http(s) URL, `com,example)/path?query`, as pywb and CDXJ readers compute it.

    Follows the Internet Archive's published rules: percent-encoding undone until nothing changes and then
    put back for what needs it; letters small; `www.` and `www7.`, user, default port, fragment, session ids,
    final slash and empty query off; parameters sorted as text. Raises `InvalidUrl`.
    """
    text = url.strip(_EDGES).translate(_INNER)
    found = _HTTP.fullmatch(text)
    if found is None or len(text) > 4 * MAX_LENGTH:
        raise InvalidUrl(url, "is no http or https address")
    scheme, authority, path, query, _ = (part or "" for part in found.groups())
    host, port = _key_authority(url, authority.rpartition("@")[2], scheme.lower())
    path = _key_path(_minimal(path)).lower()
    for session in _KEY_SESSION_PATHS:
        if match := session.fullmatch(path):
            path = match[1] + match[2]
    path = path.rstrip("/") if len(path) > 1 else path
    key = f"{host}{port}){path or '/'}"
    query = _minimal(query).lower()
    for session in _KEY_SESSIONS:  # each at most once, as the other implementations do
        if match := session.fullmatch(query):
            query = match[1] + (match[2] or "")
    return UrlKey(key + ("?" + "&".join(sorted(query.split("&"))) if query else ""))


def _key_authority(url: str, authority: str, scheme: str) -> tuple[str, str]:
    if authority.startswith("["):
        return _host(url, authority.partition("]")[0] + "]")[1:-1], ""
    host, _, port = authority.partition(":")
    name = re.sub(r"\.\.+", ".", unquote(host, errors="replace").lower()).strip(".")
    name = re.sub(r"^www\d*\.", "", _host(url, name))
    shown = port.lstrip("0") if port.isascii() and port.isdigit() else ""
    usual = {str(_DEFAULT_PORTS[scheme]), ""}
    return ",".join(reversed(name.split("."))), "" if shown in usual else f":{shown}"


def _minimal(text: str) -> str:
    """Percent-encoding undone until stable, then put back for controls, space, `#`, `%` and non-ASCII."""
    data = text.encode("utf-8", "surrogatepass")
    while (plain := re.sub(rb"%([0-9A-Fa-f]{2})", lambda match: bytes([int(match[1], 16)]), data)) != data:
        data = plain
    return "".join(chr(b) if 0x20 < b < 0x7F and b not in b"#%" else f"%{b:02x}" for b in data)


def _key_path(path: str) -> str:
    """Dot segments resolved (surplus ones stay) and then empty segments dropped, in that order."""
    out: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == ".." and out:
            out.pop()
        elif segment != ".":
            out.append(segment)
    return "/" + "/".join(segment for segment in out if segment)
