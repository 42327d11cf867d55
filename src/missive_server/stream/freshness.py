"""Whether this node has asked the database lately, and whose access it saw change.

A node that was stopped for a while, or is cut off from the database, may hold what it must not
send any more: it sends nothing until it has asked again.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

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


class AccessLog:
    """Whose access changed lately, so that what was read for them before is not sent after."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._count = 0
        self._last: OrderedDict[str, int] = OrderedDict()
        self._forgotten = 0

    def mark(self) -> int:
        """Take this before reading."""
        return self._count

    def changed(self, user: str) -> None:
        self._count += 1
        self._last[user] = self._count
        self._last.move_to_end(user)
        if len(self._last) > self._most:
            _, self._forgotten = self._last.popitem(last=False)

    def since(self, user: str, mark: int) -> bool:
        """Whether what was read since `mark` may be what they may not see any more."""
        return self._last.get(user, self._forgotten) > mark
