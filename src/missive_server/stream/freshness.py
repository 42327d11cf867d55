"""Whether this node has asked the database lately, and reading for somebody while access changes.

A node that was stopped for a while, or is cut off from the database, may hold what it must not
send any more: it sends nothing until it has asked again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

STALE = 3.0  # seconds without an answer of the database after which nothing is sent


class Freshness:
    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + STALE
        self._asked = asyncio.Event()

    def fresh(self) -> bool:
        return self._loop.time() < self._until

    def asked(self, begun: float) -> None:
        """The database was asked at `begun` of the loop's time, and all it said was heeded."""
        self._until = begun + STALE
        if self.fresh():
            self._asked.set()
            self._asked = asyncio.Event()

    async def refreshed(self) -> None:
        while not self.fresh():
            await self._asked.wait()


class Reading:
    """Something is being read for a person; `changed` says that their access changed meanwhile."""

    __slots__ = ("changed",)

    def __init__(self) -> None:
        self.changed = False


class Readings:
    def __init__(self) -> None:
        self._open: dict[str, set[Reading]] = {}

    @contextlib.contextmanager
    def of(self, user: str) -> Iterator[Reading]:
        reading = Reading()
        readings = self._open.setdefault(user, set())
        readings.add(reading)
        try:
            yield reading
        finally:
            readings.discard(reading)
            if not readings and self._open.get(user) is readings:
                del self._open[user]

    def changed(self, user: str) -> None:
        for reading in self._open.get(user, ()):
            reading.changed = True
