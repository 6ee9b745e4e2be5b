"""Logs on stderr: lines for people, or JSON for whoever collects them (`scheduler.json_logs`).

Every library's lines go through here and look the same. Libraries that tell of each of their steps are asked for
warnings only, unless LOGLEVEL says DEBUG. What a line is about (outlet, URL, job) stands beside it: given by
`extra=` or, for all that is logged within it, by `about`. Refuses to let a page's words drive a terminal or end a
line, and to write down a password that stands in an address.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType, TracebackType
from typing import Any, Final

from archive.domain.times import iso
from archive.errors import Misuse
from archive.output import clean, say
from archive.settings import LOG_FORMS

FIELDS: Final = ("outlet", "url", "job", "rule", "channel")
"""What a line may be about."""

LOUD: Final = ("scrapy", "apscheduler", "uvicorn", "asyncio", "twisted", "urllib3", "apprise", "markdown")
"""Libraries that speak of each thing they do."""

_LOGIN: Final = re.compile(r"://[^/\s\"'@\\]*@")
_about: ContextVar[Mapping[str, str]] = ContextVar("about", default=MappingProxyType({}))


def start(form: str | None = None, level: str | None = None) -> None:
    """Send all logging to stderr, as `text` or `json`; without `form` as short lines for who runs a command.

    `$LOGLEVEL` outdoes `level`. May be called again. Raises `Misuse`.
    """
    wanted = os.environ.get("LOGLEVEL") or level or "WARNING"
    if wanted.upper() not in logging.getLevelNamesMapping():
        raise Misuse(f"environment: LOGLEVEL={wanted}: no such level; write DEBUG, INFO, WARNING or ERROR")
    if form not in (None, *LOG_FORMS):
        raise Misuse(f"--log {form}: there is no such form; write one of {', '.join(LOG_FORMS)}")
    if form is None:
        handler = logging.StreamHandler()
        handler.setFormatter(Lines(dated=False))
        logging.basicConfig(handlers=[handler], level=wanted.upper())
        return
    if form == "json":
        from scheduler.json_logs import JsonLines

        formatter: logging.Formatter = JsonLines()
    else:
        formatter = Lines(dated=True)
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=wanted.upper(), force=True)
    least = logging.getLogger().level
    for name in LOUD:
        logging.getLogger(name).setLevel(max(logging.WARNING, least) if least > logging.DEBUG else logging.NOTSET)
    logging.captureWarnings(True)
    sys.excepthook, threading.excepthook = _uncaught, _uncaught_in_thread


def last_words(message: str) -> None:
    """What a command says when it fails: a line for people, or one like all others where they are JSON."""
    if any(getattr(handler.formatter, "for_machines", False) for handler in logging.getLogger().handlers):
        logging.getLogger("stet").error("%s", message)
    else:
        say(f"stet: {message}")


@contextlib.contextmanager
def about(**what: str) -> Iterator[None]:
    """Within this block, and in the tasks and threads that it starts, lines are about this (`FIELDS`)."""
    token = _about.set({**_about.get(), **what})
    try:
        yield
    finally:
        _about.reset(token)


def fields(record: logging.LogRecord) -> dict[str, str]:
    """What the line is about; what it says itself counts before what stands around it."""
    known = {**_about.get(), **{name: getattr(record, name) for name in FIELDS if hasattr(record, name)}}
    return {name: str(known[name]) for name in FIELDS if known.get(name)}


def discreet(text: str) -> str:
    """`text` without the users and passwords of addresses."""
    return _LOGIN.sub("://", text)


class Lines(logging.Formatter):
    """`2026-11-25T14:30:05.123Z INFO scheduler.daemon: words (outlet=herald)`; undated where a command is run."""

    def __init__(self, *, dated: bool) -> None:
        super().__init__()
        self._dated = dated

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """All but the traceback: one line, whatever was in it."""
        dated = f"{iso(datetime.fromtimestamp(record.created, UTC))} " if self._dated else ""
        said = clean(f"{record.levelname} {record.name}: {record.message}")
        what = ", ".join(f"{name}={clean(value)}" for name, value in fields(record).items() if self._dated)
        return discreet(f"{dated}{said}{f' ({what})' if what else ''}")

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """The traceback, in which an address may stand."""
        return discreet(super().formatException(ei))


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("stet").critical("an error of ours: %s", error, exc_info=(kind, error, trace))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and args.exc_type is not SystemExit:
        _uncaught(args.exc_type, args.exc_value, args.exc_traceback)
