"""Evidence over HTTP: the bundle of a finding, made when it is asked for.

To make one takes seconds and much reading, so that few are made at once, and whoever comes beyond that is asked to
come again. It changes nothing, as all that is served here: what no signed head stands for yet cannot be proven,
and the daemon signs one every so often.
"""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from archive import evidence
from archive.db.engine import Database
from archive.errors import NothingFound
from archive.home import Home
from archive.web.answers import Answer, plain

AT_ONCE: Final = 2
AGAIN: Final = "30"
"""Seconds after which whoever found them busy may come again. A bundle takes one to ten."""

NOT_YET: Final = "300"

FINDINGS: Final = {"change": "{}", "standing": "takedown:{}"}
"""What findings are called here, and by `archive.evidence`."""

PIECE: Final = 1 << 18

log = logging.getLogger(__name__)


class Bundles:
    """The evidence of one home."""

    def __init__(self, home: Home, database: Database) -> None:
        self._home, self._database = home, database
        self._making = threading.BoundedSemaphore(AT_ONCE)

    def of(self, request: Request) -> Response:
        """The bundle of a change, or of a step of a standing."""
        what, number = request.path_params["what"], request.path_params["id"]
        if what not in FINDINGS or number >= 2**63:
            raise NothingFound(f"there is evidence of {' and '.join(FINDINGS)}, by their numbers")
        with self._database.read() as connection:
            case = evidence.case_of(connection, FINDINGS[what].format(number))
        name = f"{case.name.replace(' ', '-')}.zip"
        fields = [
            ("Content-Type", "application/zip"),
            ("Content-Disposition", f'attachment; filename="{name}"'),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-cache"),
        ]
        if request.method == "HEAD":
            return Answer(200, fields)
        if not self._making.acquire(blocking=False):
            return plain(503, "other bundles are being made just now; come again", [("Retry-After", AGAIN)])
        try:
            file, size = self._make(case, name)
        except NothingFound as error:
            log.info("%s: not proven yet: %s", case.name, error)  # it names files
            return plain(
                503, "not all of its records are in a signed log yet; come again", [("Retry-After", NOT_YET)]
            )
        finally:
            self._making.release()
        answer = StreamingResponse(_pieces(file), background=BackgroundTask(file.close))
        head = [*fields, ("Content-Length", str(size))]
        answer.raw_headers = [(key.encode(), value.encode()) for key, value in head]
        return answer

    def _make(self, case: evidence.Case, name: str) -> tuple[IO[bytes], int]:
        """The bundle as an open file, which is gone once it is closed; and its size."""
        with tempfile.TemporaryDirectory(prefix="stet-") as folder:
            path = Path(folder) / name
            with self._database.read() as connection:
                evidence.export(self._home, connection, case, path)
            return path.open("rb"), path.stat().st_size


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
