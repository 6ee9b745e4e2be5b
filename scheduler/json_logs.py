"""Logs as JSON, an object a line. python-json-logger's door."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from archive.domain.times import iso
from scheduler.logs import discreet, fields


class JsonLines(JsonFormatter):
    """One JSON object a line. All of it is ASCII, so that no reader of lines finds an end where there is none."""

    for_machines = True

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """Time, level, logger, message, what it is about, and the traceback where there is one."""
        log_data |= {
            "time": iso(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname,
            "logger": record.name,
            "message": discreet(record.message or str(record.msg)),
            **{name: discreet(value) for name, value in fields(record).items()},
        }
        for key, name in (("exc_info", "exception"), ("stack_info", "stack")):
            if message_dict.get(key):
                log_data[name] = discreet(str(message_dict[key]))
