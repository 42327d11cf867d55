"""Logs: one JSON object a line on standard error, of ids and numbers only.

Never contents, tokens, mail or network addresses, nor the text of foreign exceptions, which may
quote any of them: of an exception its type and the places in our code are kept.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from contextvars import ContextVar
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")
log = logging.getLogger("missive.server")


def event(name: str, /, level: int = logging.INFO, **values: str | int | float | bool) -> None:
    """Log that something happened. Values are ids, counts, durations and fixed words."""
    if log.isEnabledFor(level):
        log.log(level, name, extra={"values": values})


def bug(name: str, error: BaseException) -> None:
    """Log an exception that nobody expected: where it came from, not what it says."""
    places = [f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in _frames(error)]
    event(name, logging.ERROR, error=type(error).__name__, at=" < ".join(places))


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    return traceback.extract_tb(error.__traceback__)[:-9:-1]


class Lines(logging.Formatter):
    """Ours as they are; of other libraries' records only the name, for their texts are not ours."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": round(record.created, 3),
            "level": record.levelname.lower(),
            "event": record.msg if record.name == log.name else record.name,
        }
        if rid := request_id.get():
            line["request"] = rid
        line |= getattr(record, "values", {})
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=True, default=lambda value: type(value).__name__)


def start(level: str) -> None:
    """Send everything that is logged in this process to standard error as lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.Formatter.converter = time.gmtime
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    log.setLevel(level.upper())
