"""Stopping several at once: each takes its time, all together no longer than is given."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

STOP_WAIT = 1.2  # seconds


def stop_all(stops: Iterable[Callable[[], None]]) -> None:
    """Have all of them stop; what does not end in time ends with the process."""
    threads = [threading.Thread(target=stop, daemon=True) for stop in stops]
    for thread in threads:
        thread.start()
    end = time.monotonic() + STOP_WAIT
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
