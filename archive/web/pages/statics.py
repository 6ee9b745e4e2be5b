"""Style sheets, scripts and pictures of the pages: read once, and served by a digest, so that they may be kept.

What comes from npm lies in `static/vendor` where `make vendor` brought it. Where it is not, pages do without.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from archive.errors import NothingFound
from archive.web.answers import Answer

_TYPES: Final[Mapping[str, str]] = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}

#: Of what npm brings, the files that pages ask for; the rest of a package is not served.
HTMX: Final = "vendor/htmx.org/dist/htmx.min.js"
UPLOT: Final = "vendor/uplot/dist/uPlot.iife.min.js"
UPLOT_STYLE: Final = "vendor/uplot/dist/uPlot.min.css"
_VENDORED: Final = (HTMX, UPLOT, UPLOT_STYLE)


@dataclass(frozen=True, slots=True)
class _File:
    digest: str
    media_type: str
    data: bytes


class Statics:
    """The files that are there."""

    @functools.cached_property
    def _files(self) -> Mapping[str, _File]:
        root = files("archive.web") / "static"
        ours = [each.name for each in root.iterdir() if each.name.rpartition(".")[2] in _TYPES]
        places = {name: _place(root, name) for name in (*ours, *_VENDORED)}
        return {name: _read(place) for name, place in places.items() if place.is_file()}

    def has(self, name: str) -> bool:
        """Whether this file is there."""
        return name in self._files

    def path(self, name: str) -> str:
        """Where it is served, by its digest."""
        return f"/static/{name}?v={self._files[name].digest}"

    def answer(self, request: Request) -> Response:
        """A file."""
        name = request.path_params["name"]
        file = self._files.get(name)
        if file is None:
            raise NothingFound("there is no such file")
        asked = request.query_params.get("v")
        fields = [
            ("ETag", f'"{file.digest}"'),
            ("Cache-Control", "public, max-age=31536000, immutable" if asked == file.digest else "no-cache"),
        ]
        if f'"{file.digest}"' in request.headers.get("if-none-match", ""):
            return Answer(304, fields)
        guards = [("X-Content-Type-Options", "nosniff"), ("Content-Security-Policy", "default-src 'none'")]
        return Answer(200, [("Content-Type", file.media_type), *fields, *guards], file.data)


def _place(root: Traversable, name: str) -> Traversable:
    for part in name.split("/"):
        root = root / part
    return root


def _read(place: Traversable) -> _File:
    data = place.read_bytes()
    return _File(hashlib.sha256(data).hexdigest()[:16], _TYPES[place.name.rpartition(".")[2]], data)


STATIC: Final = Statics()
