"""How often a server may send a reader back to the beginning, or on without an end, at one's own
cost. Who goes beyond it is left alone for a while, as any that does not work.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from missive_desktop.errors import PeerBroken

_MOST = 30  # times that one scope is begun anew
_SPAN = 600.0  # within so many seconds
_STILL = 3  # answers that say there is more and bring nothing

_ANEW = "The team's server makes this device read the same again and again."
_NOTHING = "The team's server says that there is more, and does not send it."


class Patience:
    """For one team; any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._anew: dict[str, deque[float]] = {}

    def anew(self, scope: str) -> None:
        """A scope is to be begun anew; PeerBroken where that was asked for too often of late."""
        now = self._clock()
        with self._lock:
            times = self._anew.setdefault(scope, deque(maxlen=_MOST))
            if len(times) == _MOST and now - times[0] < _SPAN:
                raise PeerBroken(_ANEW)
            times.append(now)


def moved(still: int, *, on: bool) -> int:
    """Return how many answers in a row brought nothing; PeerBroken for too many."""
    if on:
        return 0
    if still + 1 >= _STILL:
        raise PeerBroken(_NOTHING)
    return still + 1


def down(below: int, lo: int, *, done: bool) -> None:
    """PeerBroken unless a page of history leads further down than the one before."""
    if below and lo >= below and not done:
        raise PeerBroken(_NOTHING)
