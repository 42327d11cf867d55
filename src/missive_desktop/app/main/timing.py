"""How long the start took: printed where MISSIVE_TIMING is set, for the benchmark."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

_LOADED = time.monotonic()


def since_start() -> float:
    """Return milliseconds since the process began (Linux), else since this module was loaded."""
    with suppress(OSError, ValueError, IndexError):
        fields = Path("/proc/self/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        began = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return (time.clock_gettime(time.CLOCK_BOOTTIME) - began) * 1000
    return (time.monotonic() - _LOADED) * 1000


def mark(name: str) -> None:
    """Print `name` and the milliseconds since the start."""
    if os.environ.get("MISSIVE_TIMING"):
        print(f"{name} {since_start():.0f}", file=sys.stderr, flush=True)  # noqa: T201
