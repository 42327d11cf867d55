"""The right to serve a space, for half a minute at a time: taken, renewed, given back.

A lease counts from before it was asked for, by the clock that runs on and by the one on the wall,
whichever has gone further: a process that was stopped, or a machine that slept, has none left.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from missive_desktop.errors import KnownError
from missive_desktop.team.calls import Calls
from missive_wire import limits, routes

_MARGIN = 2.0  # seconds that clocks may differ in


class Clocks(NamedTuple):
    monotonic: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time


class Lease:
    """One device's part in who serves a space; for any thread."""

    def __init__(self, calls: Calls, device: str, scope: str, clocks: Clocks | None = None) -> None:
        self._calls, self._device, self._scope = calls, device, scope
        self._clocks = clocks or Clocks()
        self._lock = threading.Lock()
        self._fence, self._until = 0, (0.0, 0.0)
        self.on_lost: Callable[[], None] = lambda: None
        self.holder = ""  # the device that serves it, as last heard
        self.server_ahead = 0.0  # seconds that the server's clock is ahead of ours

    @property
    def fence(self) -> int:
        """Return what goes into every change; 0: no lease."""
        return self._fence if self.remaining() > 0 else 0

    def remaining(self) -> float:
        """Return for how many seconds it surely lasts."""
        with self._lock:
            if not self._fence:
                return 0.0
            monotonic, wall = self._until
        left = min(monotonic - self._clocks.monotonic(), wall - self._clocks.wall())
        return max(0.0, left)

    def ask(self) -> float:
        """Take or renew it; return in how many seconds to ask again."""
        before = self._clocks.monotonic(), self._clocks.wall()
        request = routes.LeaseRequest(self._device, self._scope, self._fence)
        answer = self._calls.post(routes.LEASE, request, routes.LeaseAnswer)
        self.holder = answer.device
        if not answer.held:
            self.lose()
            now = self._clocks.wall() + self.server_ahead
            return min(limits.LEASE_RENEWAL, max(0.2, answer.until / 1000 - now))
        self.server_ahead = answer.until / 1000 - limits.LEASE - self._clocks.wall()
        with self._lock:
            self._fence = answer.fence
            span = limits.LEASE - _MARGIN
            self._until = before[0] + span, before[1] + span
        return float(limits.LEASE_RENEWAL)

    def refuted(self, fence: int) -> None:
        """The server took a change under this fence for stale: one that we have no more, mostly."""
        if fence == self._fence:
            self.lose()
            self.on_lost()

    def lose(self) -> None:
        """It is over, as somebody else's fence or our own clock says."""
        with self._lock:
            self._fence, self._until = 0, (0.0, 0.0)

    def release(self) -> None:
        """Give it back, so that another device need not wait for its end."""
        with self._lock:
            fence, self._fence = self._fence, 0
        if not fence:
            return
        request = routes.LeaseRequest(self._device, self._scope, fence, release=True)
        try:
            self._calls.post(routes.LEASE, request, routes.LeaseAnswer)
        except KnownError:
            return  # it ends by itself

    def server_ms(self) -> int:
        """Return the server's time, as well as it is known."""
        return int((self._clocks.wall() + self.server_ahead) * 1000)
