"""The crash log: which bug, where, when. Types and places only, since a message may quote mail."""

from __future__ import annotations

import contextlib
import logging
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

_LIMIT = 256 << 10


def describe(error: BaseException) -> str:
    """Return the chain of exceptions as types with module, line and function."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        kind = type(current)
        lines.append(f"{kind.__module__}.{kind.__qualname__}")
        lines += [
            f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(current.__traceback__)
        ]
        current = current.__cause__ or current.__context__
    return "\n".join(lines)


class Handler(logging.Handler):
    """Takes what modules log as exceptions; their messages are left out, they may quote mail."""

    def __init__(self, report: Callable[[BaseException], None]) -> None:
        super().__init__()
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            self._report(error)


def write(log: Path, error: BaseException) -> None:
    """Append to the log; it starts anew when it has grown large. Never raises."""
    stamp = datetime.now(UTC).isoformat(timespec="seconds")
    with contextlib.suppress(OSError):
        fresh = log.exists() and log.stat().st_size > _LIMIT
        with log.open("w" if fresh else "a", encoding="utf-8") as file:
            file.write(f"{stamp} {describe(error)}\n\n")
