"""Outlets as TOML: reading, writing, and the set that ships.

The files beside this module describe outlets by what was known when they were written. No address in
them was tried from here: all seeds say `checked = false` until `stet outlet check` has looked.
"""

from __future__ import annotations

import difflib
import functools
import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Callable
from dataclasses import fields
from importlib import resources
from pathlib import Path
from typing import Any

import tomli_w

from archive.domain.model import Outlet, Seed, SeedKind
from archive.domain.urls import InvalidUrl, fetchable, in_scope
from archive.errors import EnvironmentFailed, Misuse
from crawler.sites import registrable

_NAME = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*")
_LANGUAGE = re.compile("[a-z]{2,3}")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[0-9a-f:]+)(?:/[^/?#\s]+)*")
#: Letters that Unicode does not decompose into a Latin one.
_LATIN = str.maketrans({"ı": "i", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "&": " and "})

_KINDS: dict[type, str] = {
    str: "text in quotes",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
}
_TYPES: dict[str, type] = {
    "name": str,
    "title": str,
    "aliases": list,
    "domains": list,
    "home": str,
    "seeds": list,
    "languages": list,
    "delay": float,
    "concurrency": int,
    "obey_robots": bool,
    "paused": bool,
    "closed": str,
    "notes": str,
}
_SEED_TYPES: dict[str, type] = {"url": str, "kind": str, "checked": bool}


def load(path: Path | str) -> Outlet:
    """The outlet in the TOML file at `path`. Raises `Misuse`, or `EnvironmentFailed` for the disk."""
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise Misuse(f"{file}: there is no such file; give the path of an outlet's TOML file") from error
    except UnicodeDecodeError as error:
        raise Misuse(f"{file}: is not UTF-8 text; TOML files are, save it as such") from error
    except OSError as error:
        raise EnvironmentFailed(f"{file}: cannot be read ({error.strerror}); check its permissions") from error
    return loads(text, str(file))


def loads(text: str, where: str = "outlet") -> Outlet:
    """The outlet in a TOML text. `where` names its origin in the one-line `Misuse` that bad input raises."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Misuse(f"{where}: is no valid TOML: {error}; correct that line") from error
    _check_keys(data, _TYPES, where)
    name = data.get("name", "")
    if not _NAME.fullmatch(name):
        raise Misuse(f"{where}: name: {name!r} is no short name; use a-z, 0-9 and hyphens, such as {slug(name)!r}")
    values = dict(data)
    for key in ("aliases", "domains", "languages"):
        values[key] = _texts(data.get(key, []), f"{where}: {key}")
    a_domain = "a bare host such as example.org, or a folder of one"
    _check_each(values["domains"], _DOMAIN.fullmatch, f"{where}: domains", a_domain)
    _check_each(values["languages"], _LANGUAGE.fullmatch, f"{where}: languages", "a code such as en")
    values["seeds"] = tuple(
        _seed(entry, f"{where}: seeds[{number}]") for number, entry in enumerate(data.get("seeds", []), 1)
    )
    values["home"] = _url(data["home"], f"{where}: home") if data.get("home") else ""
    _check_politeness(values, where)
    return Outlet(**values)


def _check_politeness(values: dict[str, Any], where: str) -> None:
    if values.get("delay", 0) < 0:
        raise Misuse(f"{where}: delay: {values['delay']} is negative; give seconds, such as 10.0")
    if values.get("concurrency", 1) < 1:
        raise Misuse(f"{where}: concurrency: {values['concurrency']} fetches nothing; give 1 or more")
    if "delay" in values:
        values["delay"] = float(values["delay"])


def _check_keys(data: dict[str, Any], types: dict[str, type], where: str) -> None:
    for key, value in data.items():
        if key not in types:
            near = difflib.get_close_matches(key, types, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known keys are {', '.join(types)}"
            raise Misuse(f"{where}: {key}: is no key of an outlet; {hint}")
        wanted = types[key]
        number = wanted is float and isinstance(value, int)
        if not (isinstance(value, wanted) or number) or (isinstance(value, bool) and wanted is not bool):
            raise Misuse(f"{where}: {key}: {value!r} is of the wrong kind; write {_KINDS[wanted]}")


def _texts(values: list[object], where: str) -> tuple[str, ...]:
    for value in values:
        if not isinstance(value, str) or not value.strip():
            raise Misuse(f"{where}: {value!r} is no text; write a list of texts in quotes")
    return tuple(str(value) for value in values)


def _check_each(values: tuple[str, ...], good: Callable[[str], object], where: str, wanted: str) -> None:
    for value in values:
        if not good(value):
            raise Misuse(f"{where}: {value!r} does not fit; write {wanted}")


def _seed(entry: object, where: str) -> Seed:
    if not isinstance(entry, dict):
        raise Misuse(f"{where}: is no table; write it as [[seeds]] with url and kind")
    _check_keys(entry, _SEED_TYPES, where)
    missing = [key for key in ("url", "kind") if key not in entry]
    if missing:
        raise Misuse(f"{where}: {missing[0]}: is missing; every seed has a url and a kind")
    if entry["kind"] not in list(SeedKind):
        raise Misuse(f"{where}: kind: {entry['kind']!r} is unknown; write one of {', '.join(SeedKind)}")
    return Seed(
        url=_url(entry["url"], f"{where}: url"),
        kind=SeedKind(entry["kind"]),
        checked=entry.get("checked", True),
    )


def _url(text: str, where: str) -> str:
    try:
        return fetchable(text)
    except InvalidUrl as error:
        raise Misuse(f"{where}: {error}") from error


def dumps(outlet: Outlet) -> str:
    """The outlet as TOML that `loads` reads back to an equal one; what is at its default is left out."""
    data: dict[str, Any] = {}
    for field in fields(Outlet):
        value = getattr(outlet, field.name)
        if field.name != "seeds" and (field.name == "name" or value != field.default):
            data[field.name] = list(value) if isinstance(value, tuple) else value
    if outlet.seeds:
        data["seeds"] = [
            {"url": seed.url, "kind": seed.kind.value, "checked": seed.checked} for seed in outlet.seeds
        ]
    return tomli_w.dumps(data, multiline_strings=False)


@functools.cache
def known() -> tuple[Outlet, ...]:
    """The outlets that ship, by name."""
    files = (file for file in resources.files(__name__).iterdir() if file.name.endswith(".toml"))
    found = (loads(file.read_text(encoding="utf-8"), file.name) for file in files)
    return tuple(sorted(found, key=lambda outlet: outlet.name))


def known_for(url: str) -> Outlet | None:
    """The shipped outlet that `url` (or a bare host) belongs to; the closest domain or folder wins."""
    address = url if "://" in url else f"//{url}"
    try:
        matches = [(len(d), outlet) for outlet in known() for d in outlet.domains if in_scope(address, d)]
    except ValueError:  # no URL that urlsplit could read
        return None
    return max(matches, key=lambda match: match[0])[1] if matches else None


def slug(host_or_title: str) -> str:
    """A short name for an outlet: `guardian-news` for `Guardian News`, `bbc` for `www.bbc.co.uk`."""
    text = host_or_title.strip().lower()
    if "." in text and not re.search(r"\s", text):
        host = re.split("[/:?#]", re.sub("^[a-z]+://", "", text), maxsplit=1)[0]
        text = registrable(host).partition(".")[0].removeprefix("xn--")
    latin = unicodedata.normalize("NFKD", text.translate(_LATIN)).encode("ascii", "ignore").decode()
    name = re.sub("[^a-z0-9]+", "-", latin).strip("-")[:40].strip("-")
    return name or "outlet-" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:8]
