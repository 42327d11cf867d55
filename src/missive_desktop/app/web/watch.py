"""Watches over the process that draws a page: one that hangs or swells is ended, the window lives.

A mail can keep a renderer busy for minutes with a few kilobytes. What is not drawn in time, does
not answer any more or takes too much memory, is killed; the page then says that it crashed.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer

from missive_desktop.app.web.page import MailPage


class Limits(NamedTuple):
    """Seconds and bytes; tests shorten them."""

    drawn: float = 8.0  # until the first frame of a page
    answered: float = 6.0  # until an answer of a page that is drawn
    asked: float = 2.0  # between questions
    memory: int = 1_500_000_000  # of one renderer


class Watch(QObject):
    """One for each page. Times are monotonic seconds, 0 for nothing that is awaited."""

    def __init__(self, page: MailPage, limits: Limits) -> None:
        super().__init__(page)
        self._page = page
        self._limits = limits
        self._loading = 0.0
        self._asking = 0.0
        self._timer = QTimer(self, interval=round(limits.asked * 1000))
        self._timer.timeout.connect(self._look)
        page.crashed.connect(self.rest)

    def begin(self) -> None:
        """A page is being loaded."""
        self._loading, self._asking = time.monotonic(), 0.0
        self._timer.start()

    def drawn(self) -> None:
        """Its first frame is there."""
        self._loading = 0.0

    def rest(self) -> None:
        """There is nothing to watch."""
        self._loading = self._asking = 0.0
        self._timer.stop()

    @property
    def stuck(self) -> bool:
        """Say whether what was loaded keeps the renderer from taking another page soon."""
        return bool(self._loading) and time.monotonic() - self._loading > self._limits.asked

    def end_renderer(self) -> None:
        """Kill the process; the page says `crashed` when it is gone."""
        self.rest()
        pid = self._page.renderProcessPid()
        if pid > 0:
            with suppress(OSError):  # it is gone already
                os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)

    def _look(self) -> None:
        now, limits = time.monotonic(), self._limits
        if (
            (self._loading and now - self._loading > limits.drawn)
            or (self._asking and now - self._asking > limits.answered)
            or resident(self._page.renderProcessPid()) > limits.memory
        ):
            self.end_renderer()
        elif not self._loading and not self._asking:
            self._asking = now
            self._page.own_code("1", lambda _answer: self._answered())

    def _answered(self) -> None:
        self._asking = 0.0


def resident(pid: int) -> int:
    """Return the memory that a process holds, in bytes; 0 where it cannot be told."""
    if sys.platform != "linux" or pid <= 0:
        return 0  # elsewhere the time that it takes is what bounds it
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
