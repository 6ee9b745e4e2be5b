"""The shape of an address, and an address of that shape that cannot exist. Pure: chance is an argument."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_ENDING = re.compile(r"\.[a-z]{2,5}$", re.IGNORECASE)


def shape(url: str) -> str:
    """What is common to the addresses of an outlet's articles: host and path, each part by what it is made of."""
    parts = urlsplit(url)
    steps = [_kind(step) for step in parts.path.split("/") if step]
    return "/".join([parts.hostname or "", *steps])


def _kind(step: str) -> str:
    ending = found[0].lower() if (found := _ENDING.search(step)) else ""
    bare = step.removesuffix(ending) if ending else step
    return ("9" if bare.isdigit() else "a") + ending


def sibling(url: str, letters: str) -> str:
    """The address beside `url` whose last part is `letters`."""
    parts = urlsplit(url)
    folder, _, name = parts.path.rstrip("/").rpartition("/")
    ending = found[0] if (found := _ENDING.search(name)) else ""
    slash = "/" if parts.path.endswith("/") and name else ""
    return f"{parts.scheme}://{parts.netloc}{folder}/{letters}{ending}{slash}"
