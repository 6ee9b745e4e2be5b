"""One frozen `Settings`, read once from `stet.toml` and the environment, and passed down.

Every key has a default. An unknown key is an error that names the nearest known one: a typo in
`confirmations` must not quietly leave a takedown unconfirmed. `STET_SECTION_KEY` in the
environment overrides the file. A value that could only fail later, in the middle of the night, is
refused here. `docs/settings.md` tells every key; a test holds it against the fields below.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import ipaddress
import json
import math
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from archive.alert_settings import ChannelSettings, channels_in, check_private, require_channels, rules_in
from archive.domain.rules import Rule
from archive.errors import EnvironmentFailed, Misuse
from archive.values import duration, refuse_unknown, size, zone


def _database(url: str, where: str) -> None:
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise Misuse(f"{where}: {url!r} is no database; write sqlite:///stet.db or postgresql+psycopg://…")
    if url.removeprefix("sqlite:///") in ("", ":memory:"):
        raise Misuse(f"{where}: {url!r} lives in memory and would lose all; write sqlite:///stet.db")


def _folder(text: str, where: str) -> None:
    if not text or "://" in text:
        raise Misuse(f"{where}: {text!r} is no folder; write a path, relative to the home or absolute")


def _warcs(text: str, where: str) -> None:
    if not text.startswith("s3://"):
        _folder(text, where)
    elif not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9!_.*'()-]+)*/?", text):
        # No user name and password either: what is in the settings is shown to others.
        raise Misuse(f'{where}: {text!r} is no place in a bucket; write "s3://bucket" or "s3://bucket/prefix"')


def _endpoint(text: str, where: str) -> None:
    if text and not re.fullmatch(r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:\d{1,5})?/?", text):
        raise Misuse(f'{where}: {text!r} is no endpoint; write "https://s3.example.org:9000"')


def _timezone(text: str, where: str) -> None:
    if zone(text) is None:
        raise Misuse(f'{where}: {text!r} is no time zone; write one as in "Europe/Vienna" or "UTC"')


LOG_FORMS = ("text", "json")


def _log(text: str, where: str) -> None:
    if text not in LOG_FORMS:
        raise Misuse(f"{where}: {text!r} is no form of logs; write one of {', '.join(LOG_FORMS)}")


def _region(text: str, where: str) -> None:
    if text and not re.fullmatch(r"[A-Za-z0-9-]+", text):
        raise Misuse(f'{where}: {text!r} is no region; write "eu-central-1"')


def _header(text: str, where: str) -> None:
    # It becomes part of a request header: RFC 9110 section 5.5 wants visible ASCII and blanks.
    if not (text.isascii() and text.isprintable()):
        raise Misuse(f"{where}: {text!r} cannot stand in a header; use printable ASCII on one line")


def _contact(text: str, where: str) -> None:
    _header(text, where)
    if text and "@" not in text and "://" not in text:
        raise Misuse(f'{where}: nobody can be reached at {text!r}; write "mailto:you@example.org" or a URL')


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthoritySettings:
    """Who is asked for timestamps, and by which certificates its answers are judged."""

    url: str
    roots: str  #: a PEM file, relative to the home or absolute


_AUTHORITY = re.compile("[a-z0-9][a-z0-9-]*")


def _authorities(value: Any, where: str) -> dict[str, AuthoritySettings]:
    if not isinstance(value, Mapping):
        raise Misuse(
            f"{where}: expected a table, got {value!r}; write [fixity.authorities.NAME] with url and roots"
        )
    return {name: _authority(name, given, f"{where}.{name}") for name, given in value.items()}


def _authority(name: str, given: Any, where: str) -> AuthoritySettings:
    if not _AUTHORITY.fullmatch(name):
        raise Misuse(f"{where}: give the authority a short name of a-z, 0-9 and '-'")
    if not isinstance(given, Mapping):
        raise Misuse(f"{where}: expected a table, got {given!r}; write url and roots below it")
    refuse_unknown(given, {"url": str, "roots": str}, where=where, what="key")
    url, roots = given.get("url", ""), given.get("roots", "")
    if not (isinstance(url, str) and re.fullmatch(r"https?://[^\s/]+\S*", url)):
        raise Misuse(f"{where} url: {url!r} is no http or https address of a timestamp authority; correct it")
    if not (isinstance(roots, str) and roots):
        raise Misuse(f"{where} roots: name the PEM file of the certificates by which its timestamps are judged")
    return AuthoritySettings(url=url, roots=roots)


def _authorities_in_text(text: str) -> dict[str, dict[str, str]]:
    """`name=url roots,…`, as an environment variable has it."""
    entries = [entry.strip().partition("=") for entry in text.split(",") if entry.strip()]
    return {name: dict(zip(("url", "roots"), value.split(None, 1), strict=False)) for name, _, value in entries}


def _port(number: int, where: str) -> None:
    if number > 65535:
        raise Misuse(f"{where}: {number} is no port; choose one from 1 to 65535, or 0 for any that is free")


def _proxies(addresses: Any, where: str) -> tuple[str, ...]:
    if not isinstance(addresses, list):
        raise Misuse(f'{where}: expected a list of addresses, got {addresses!r}; write ["127.0.0.1"]')
    for each in addresses:
        try:
            ipaddress.ip_address(each)
        except (ValueError, TypeError):
            raise Misuse(f'{where}: {each!r} is no address; write one as in "127.0.0.1"') from None
    return tuple(addresses)


def _base(text: str, where: str) -> None:
    if text and not re.fullmatch(r"https?://[A-Za-z0-9.\[\]:_-]+(?:/[A-Za-z0-9._~/-]*)?", text):
        raise Misuse(f"{where}: {text!r} is no address; write it as in https://archive.example.org")


def _archive(text: str, where: str) -> None:
    if text and not re.fullmatch(r"https?://[A-Za-z0-9.\[\]:_-]+/(?:[A-Za-z0-9._~/-]*/)?", text):
        raise Misuse(
            f"{where}: {text!r} is no Memento archive; write what stands before the URL in its TimeMaps,"
            ' such as "https://web.archive.org/web/timemap/link/"'
        )


_VANTAGE = re.compile("[a-z0-9][a-z0-9-]*")
_PROXY = re.compile(r"(?:http|socks5h?)://(?:[^\s:@/]+:[^\s@/]*@)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\]):\d{1,5}/?")


def _vantages(value: Any, where: str) -> dict[str, str]:
    """Other ways out: label → proxy."""
    if not isinstance(value, Mapping):
        raise Misuse(f'{where}: this is no table; write de = "socks5://127.0.0.1:1080" below [crawl.vantages]')
    for label, proxy in value.items():
        if not _VANTAGE.fullmatch(label):
            raise Misuse(f"{where}.{label}: give the vantage point a short label of a-z, 0-9 and '-'")
        if not (isinstance(proxy, str) and _PROXY.fullmatch(proxy)):
            example = '"http://host:3128" or "socks5://user:password@host:1080"'
            raise Misuse(f"{where}.{label}: this is no proxy; write {example}")  # it may hold a password
    return dict(value)


_LOGIN = re.compile(r"://[^\s/@\"]*@")

_SIZE = {"unit": "size", "least": 1}
_AT_LEAST_1 = {"least": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSettings:
    """Where things are kept."""

    database: str = field(default="sqlite:///stet.db", metadata={"check": _database})  #: a SQLAlchemy URL
    warcs: str = field(default="warcs", metadata={"check": _warcs})  #: a folder, or `s3://bucket/prefix`
    spool: str = field(default="warcs", metadata={"check": _folder})  #: where files are written, for a bucket
    rotate_size: int = field(default=1024**3, metadata=_SIZE)  #: of a WARC file; then the next begins
    rotate_age: timedelta = field(default=timedelta(hours=24), metadata=_AT_LEAST_1)
    rotate_idle: timedelta = field(default=timedelta(minutes=15), metadata=_AT_LEAST_1)
    reserve: int = field(default=256 * 1024**2, metadata={"unit": "size"})  #: stays free; nothing is fetched below
    patience: timedelta = timedelta(minutes=5)  #: with a full disk, before the pass is given up


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """How a bucket is reached; who we are there stands in the environment alone."""

    endpoint: str = field(default="", metadata={"check": _endpoint})  #: empty: the environment's, else Amazon's
    region: str = field(default="", metadata={"check": _region})  #: empty: the environment's
    allow_http: bool = False
    virtual_hosted: bool = False  #: the bucket's name is in the host's
    checksums: bool = True  #: sent along, for the server to check
    ca_bundle: str = ""
    keep_local: timedelta = timedelta(days=7)  #: for so long a file stays here once the bucket has it


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlSettings:
    """How outlets are visited."""

    contact: str = field(default="", metadata={"check": _contact})  #: goes into the User-Agent
    user_agent: str = field(default="", metadata={"check": _header})  #: empty: our own
    delay: float = 10.0  #: seconds between fetches of one host
    max_delay: float = 300.0  #: seconds; a host that asks for more is left for a later pass
    concurrency: int = field(default=64, metadata=_AT_LEAST_1)  #: fetches at once, over all hosts
    timeout: timedelta = field(default=timedelta(seconds=60), metadata={"least": 0.01})  #: for one whole answer
    max_bytes: int = field(default=32 * 1024**2, metadata=_SIZE)  #: of one answer; more is cut and marked
    max_redirects: int = 10
    robots_max_age: timedelta = timedelta(hours=24)  #: RFC 9309 section 2.4: not above a day
    discover_max_age: timedelta = timedelta(days=30)  #: older entries of seeds are passed over
    discover_limit: int = 1000  #: new articles of one seed in one pass
    allow_private_addresses: bool = False
    ca_bundle: str = ""
    extract_workers: int = 1  #: processes beside the crawling one; 0: none
    connect_to: Mapping[str, str] = field(default_factory=dict)  #: `host[:port]` → `address[:port]`
    vantages: Mapping[str, str] = field(default_factory=dict)  #: label → proxy: other ways out to see an outlet by


@dataclass(frozen=True, slots=True, kw_only=True)
class EditSettings:
    """When an edit is told."""

    confirm_after: timedelta = timedelta(seconds=60)
    reextract: bool = True  #: after an upgrade of the extractor, read some histories again after each pass


@dataclass(frozen=True, slots=True, kw_only=True)
class TakedownSettings:
    """When a missing article counts as taken down."""

    confirmations: int = field(default=3, metadata=_AT_LEAST_1)
    span: timedelta = timedelta(hours=24)
    offline_after: timedelta = timedelta(days=14)  #: an outlet of which nothing was seen for so long is offline
    sibling_every: timedelta = timedelta(days=7)  #: how often an outlet is asked for what cannot exist; 0: never
    second_opinion: str = field(default="", metadata={"check": _archive})  #: a Memento archive


@dataclass(frozen=True, slots=True, kw_only=True)
class FixitySettings:
    """Who witnesses what is kept, and how it is proven again and again."""

    authorities: Mapping[str, AuthoritySettings] = field(default_factory=dict)  #: by name; RFC 3161
    pause: timedelta = timedelta(hours=1)  #: between two timestamps of one authority
    scrub_rate: int = field(default=8 * 1024**2, metadata=_SIZE)  #: bytes a second that a scrub reads


@dataclass(frozen=True, slots=True, kw_only=True)
class RecrawlSettings:
    """How many fetches of articles there may be, and for whom."""

    per_day: int = field(default=50_000, metadata=_AT_LEAST_1)  #: fetches of articles, of all outlets together
    outlet_per_day: int = field(default=4_000, metadata=_AT_LEAST_1)  #: of one outlet


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonSettings:
    """What the daemon does beside fetching, and how it is watched."""

    rounds: int = field(default=16, metadata=_AT_LEAST_1)  #: outlets that are visited at the same time
    stop_within: timedelta = timedelta(seconds=30)  #: fetches under way may take so long to end
    silent_after: timedelta = timedelta(hours=3)  #: nothing good fetched for so long is told
    log: str = field(default="text", metadata={"check": _log})  #: lines for people, or `json`
    serve: bool = True  #: the web pages, /metrics and /healthz, at [web] host and port
    scrub_every: timedelta = timedelta(days=30)  #: everything kept is read and proven within so long; 0: never
    backups: str = ""  #: a folder for daily backups; empty: none
    keep_backups: int = field(default=7, metadata=_AT_LEAST_1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """Who is told of what, by which channel."""

    timezone: str = field(default="UTC", metadata={"check": _timezone})  #: of quiet hours and digests
    gather: timedelta = timedelta(minutes=1)  #: what comes within so long goes out as one message
    give_up_after: timedelta = timedelta(days=4)  #: a message that nobody takes is dead then
    channels: Mapping[str, ChannelSettings] = field(default_factory=dict)  #: by name
    rules: Mapping[str, Rule] = field(default_factory=dict)  #: by name


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """Where the archive is served."""

    host: str = "127.0.0.1"  #: the address to listen at
    port: int = field(default=8400, metadata={"check": _port})
    url: str = field(default="", metadata={"check": _base})  #: the public address; empty: the one that is asked
    proxies: tuple[str, ...] = ()  #: whose forwarded headers hold


@dataclass(frozen=True, slots=True, kw_only=True)
class WebsubSettings:
    """Where hubs tell us that a feed has news."""

    callback: str = field(default="", metadata={"check": _base})  #: our public address; empty: no hub is asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one home."""

    archive: ArchiveSettings = ArchiveSettings()
    storage: StorageSettings = StorageSettings()
    crawl: CrawlSettings = CrawlSettings()
    edits: EditSettings = EditSettings()
    takedowns: TakedownSettings = TakedownSettings()
    fixity: FixitySettings = FixitySettings()
    recrawl: RecrawlSettings = RecrawlSettings()
    daemon: DaemonSettings = DaemonSettings()
    alerts: AlertSettings = AlertSettings()
    web: WebSettings = WebSettings()
    websub: WebsubSettings = WebsubSettings()


TEMPLATE = """\
# Settings of this Stet home. Every key has a default; the common ones stand here.
# STET_SECTION_KEY in the environment overrides a key: STET_CRAWL_DELAY=30

[archive]
database = "sqlite:///stet.db"          # relative to this folder
warcs = "warcs"                         # the folder of the WARC files, or "s3://bucket/prefix"

[crawl]
contact = ""                            # required before the first fetch beyond loopback, such as
                                        # "mailto:archive@example.org"; it goes into the User-Agent
delay = 10.0                            # seconds between fetches of one host
allow_private_addresses = false         # true: also fetch from loopback and private networks
ca_bundle = ""                          # extra PEM file of trusted authorities

[crawl.connect_to]                      # as curl's --connect-to: host[:port] = address[:port]
# "www.example.org:443" = "127.0.0.1:8443"

[edits]
confirm_after = "60s"                   # second look before an edit is told

[takedowns]
confirmations = 3                       # so many fetches must find the article gone
span = "24h"                            # over at least this span
"""


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read `stet.toml` at `path`, then the environment. Raises `Misuse` for anything not understood."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise Misuse(f"{path}: there is no such file; 'stet init {path.parent}' makes a home") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misuse(f"{path}: not valid TOML: {error}; correct that place") from error
    except OSError as error:
        raise EnvironmentFailed(f"{path}: cannot be read: {error.strerror}; check its permissions") from error
    return parse(raw, where=str(path), environ=environ)


def parse(raw: Mapping[str, Any], *, where: str, environ: Mapping[str, str]) -> Settings:
    """Make `Settings` of a parsed TOML document and the environment's `STET_…` variables."""
    sections = _sections()
    refuse_unknown(raw, sections, where=where, what="section")
    overrides = _from_environment(environ, sections)
    made = {}
    for name, cls in sections.items():
        given = raw.get(name, {})
        if not isinstance(given, Mapping):
            raise Misuse(
                f"{where}: [{name}]: expected a table, got {given!r}; write [{name}] on a line of its own"
            )
        values = _section(cls, given, where=f"{where}: [{name}]")
        made[name] = cls(**(values | overrides.get(name, {})))
    settings = Settings(**made)
    private = settings.crawl.allow_private_addresses
    check_private(settings.alerts.channels, f"{where}: [alerts] channels", allowed=private)
    require_channels(settings.alerts.rules, settings.alerts.channels, f"{where}: [alerts] rules")
    return settings


def digest(settings: Settings) -> str:
    """What these settings are known by in the WARC files: equal settings have equal digests, in any process.

    Users and passwords in addresses do not count: who has the files and guesses all the rest must not be able to
    try out passwords. Nor does who is told of what: it is nobody's business, and changes nothing in what is kept.
    """
    plain = dataclasses.asdict(settings)
    del plain["alerts"]
    text = json.dumps(plain, default=str, sort_keys=True, ensure_ascii=False)
    text = _LOGIN.sub("://", text)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


_TABLES = (("alerts", "channels"), ("alerts", "rules"))
"""What is too much for a variable of the environment."""


def variables() -> dict[str, tuple[str, str]]:
    """Environment variable → section and key, for every key that one can hold."""
    return {
        f"STET_{section}_{f.name}".upper(): (section, f.name)
        for section, cls in _sections().items()
        for f in dataclasses.fields(cls)
        if (section, f.name) not in _TABLES
    }


def _sections() -> dict[str, type]:
    return {f.name: _kind(f) for f in dataclasses.fields(Settings)}


def _kind(spec: dataclasses.Field[Any]) -> type:
    default: Any = spec.default
    return type(default)


def _section(cls: type, given: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    known = {f.name: f for f in dataclasses.fields(cls)}
    refuse_unknown(given, known, where=where, what="key")
    return {key: _value(known[key], value, f"{where} {key}") for key, value in given.items()}


def _from_environment(environ: Mapping[str, str], sections: Mapping[str, type]) -> dict[str, dict[str, Any]]:
    """Sort `STET_CRAWL_DELAY=30` into `{"crawl": {"delay": 30.0}}`."""
    found: dict[str, dict[str, Any]] = {}
    names = variables()
    for variable, text in environ.items():
        if not variable.startswith("STET_") or variable == "STET_HOME":
            continue
        if variable not in names:
            near = difflib.get_close_matches(variable, [*names, "STET_HOME"], n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else "docs/settings.md lists those that there are"
            raise Misuse(f"environment: unknown variable {variable}; {hint}")
        section, key = names[variable]
        if (section, key) in _TABLES:
            raise Misuse(
                f"environment: {variable}: tables of [{section}] can stand in stet.toml alone; write it there"
            )
        spec = next(f for f in dataclasses.fields(sections[section]) if f.name == key)
        found.setdefault(section, {})[key] = _value(spec, _from_text(spec, text), f"environment: {variable}")
    return found


def _from_text(spec: dataclasses.Field[Any], text: str) -> Any:
    """A variable's text as TOML would have given it."""
    kind = _kind(spec)
    if spec.name in ("connect_to", "vantages"):
        pairs = [entry.partition("=") for entry in text.split(",") if entry.strip()]
        return {host.strip(): address.strip() for host, _, address in pairs}
    if spec.name == "proxies":
        return [each.strip() for each in text.split(",") if each.strip()]
    if spec.name == "authorities":
        return _authorities_in_text(text)
    if kind is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if kind in (int, float, timedelta) and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind in (float, timedelta) and re.fullmatch(r"-?\d+\.\d+", text):
        return float(text)
    return text


_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "text in quotes"}


def _value(spec: dataclasses.Field[Any], value: Any, where: str) -> Any:
    """`value` as the field wants it. Raises `Misuse`."""
    if spec.name == "connect_to":
        return _connect_to(value, where)
    if spec.name == "proxies":
        return _proxies(value, where)
    if spec.name == "authorities":
        return _authorities(value, where)
    if spec.name == "vantages":
        return _vantages(value, where)
    if spec.name == "channels":
        return channels_in(value, where)
    if spec.name == "rules":
        return rules_in(value, where)
    kind = _kind(spec)
    made = _read(spec, kind, value, where)
    exact = type(made) is kind  # a bool is an int to isinstance
    if not exact or (kind is float and not math.isfinite(made)):
        raise Misuse(f"{where}: expected {_NAMES[kind]}, got {value!r}")
    number = made.total_seconds() if kind is timedelta else made
    least = spec.metadata.get("least", 0)
    if kind in (int, float, timedelta) and number < least:
        raise Misuse(f"{where}: must be at least {least}, got {value!r}")
    if check := spec.metadata.get("check"):
        check(made, where)
    return made


def _read(spec: dataclasses.Field[Any], kind: type, value: Any, where: str) -> Any:
    if kind is timedelta:
        return duration(value, where)
    if spec.metadata.get("unit") == "size":
        return size(value, where)
    return float(value) if kind is float and type(value) is int else value


# `[` and `]` around IPv6 addresses; what stands between is for `crawler.wire_target` to judge.
_PLACE = re.compile(r"(\[[^\[\]\s]+\]|[^:\[\]\s]+)(:\d{1,5})?")


def _connect_to(value: Any, where: str) -> dict[str, str]:
    pairs = list(value.items()) if isinstance(value, Mapping) else [(value, "")]
    for place in (place for pair in pairs for place in pair):
        if not (isinstance(place, str) and _PLACE.fullmatch(place)):
            raise Misuse(f'{where}: {place!r} is no address; write "www.example.org:443" = "127.0.0.1:8443"')
    return dict(pairs)
