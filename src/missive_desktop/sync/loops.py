"""A thread that works when it is woken or when its time has come, and backs off when that fails."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable

from missive_desktop.errors import Cancelled, KnownError
from missive_desktop.sync import backoff

_SLICE = 20.0  # seconds; how soon the end of a suspend is noticed

_log = logging.getLogger(__name__)

# Does the work; returns seconds until the next time, None for "when woken".
Work = Callable[[], float | None]


class Loop:
    """Runs `work` in a named thread until `stop`; errors go to `failed`, then it is tried again."""

    def __init__(
        self,
        name: str,
        work: Work,
        stop: threading.Event,
        failed: Callable[[KnownError], None],
        slept: Callable[[], None] | None = None,
    ) -> None:
        self._work, self._stop, self._failed, self._slept = work, stop, failed, slept
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Have the work done now, or once more if it is being done."""
        self._wake.set()

    def join(self, timeout: float) -> bool:
        """Wait for the end; False if it takes longer."""
        if self._thread is not threading.current_thread() and self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        tries = 0
        while not self._stop.is_set():
            self._wake.clear()
            wait: float | None
            try:
                wait = self._work()
                tries = 0
            except Cancelled:
                wait = None
            except KnownError as error:
                tries += 1
                wait = backoff.delay(tries, random.random())  # noqa: S311
                self._failed(error)
            except Exception:  # a bug: it is logged whole, and the account goes on
                if self._stop.is_set():
                    return  # what stopping cuts off is none
                _log.exception("%s failed", self._thread.name)
                tries += 1
                wait = backoff.delay(tries + 4, random.random())  # noqa: S311
            self._rest(wait)

    def _rest(self, wait: float | None) -> None:
        """Wait to be woken; one loop of each account looks for the end of a suspend meanwhile."""
        until = None if wait is None else time.monotonic() + wait
        while not self._stop.is_set():
            left = None if until is None else until - time.monotonic()
            if self._slept is not None:
                left = _SLICE if left is None else min(_SLICE, left)
            if left is not None and left <= 0:
                return
            wall, monotonic = time.time(), time.monotonic()
            if self._wake.wait(left):
                return
            if self._slept is not None and backoff.has_slept(
                left or 0.0, time.time() - wall, time.monotonic() - monotonic
            ):
                self._slept()
                return
