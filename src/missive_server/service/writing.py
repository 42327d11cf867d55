"""The one way in which anything shared changes: calls that wait together are one transaction.

What was committed is published before it is answered, frames of one scope in the order of `seq`
unless two groups are on their way at once; a reader who misses one sees so by its `prev`.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence

from missive_server.core.applying import apply
from missive_server.core.values import Answer, Call, Outcome
from missive_server.database.store import Store
from missive_server.database.work import Work
from missive_server.errors import Busy, Error
from missive_server.service.loading import load
from missive_server.service.storing import store

Clock = Callable[[], int]
Publish = Callable[[Outcome], None]  # told of each transaction, after it

GROUP = 64  # calls in one transaction
MUTATIONS = 500  # and how many changes, if there are more than one call
WAITING = 1024  # calls that may wait


def milliseconds() -> int:
    return time.time_ns() // 1_000_000


def applied(calls: Sequence[Call], now: int) -> Work[Outcome]:
    """Decide and write calls; `outcome.published` is to be told after the commit."""
    snapshot = yield from load(calls, now)
    outcome = apply(snapshot, calls, now, secrets.token_bytes(32))
    yield from store(outcome, set(snapshot.scopes), now)
    return outcome


class Writer:
    """Collects calls while the ones before are being committed. Lives in one event loop."""

    def __init__(
        self, database: Store, publish: Publish, *, clock: Clock = milliseconds, flights: int = 1
    ) -> None:
        self._database = database
        self.publish = publish
        self._clock = clock
        self._flights = flights
        self._waiting: deque[tuple[Call, asyncio.Future[Answer]]] = deque()
        self._flying: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    async def mutate(self, call: Call) -> Answer:
        """Do what a caller wants; once this returned, it is done for good. Busy: nothing was."""
        if self._closed or len(self._waiting) >= WAITING:
            raise Busy()
        done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((call, done))
        self._start()
        return await done

    async def close(self) -> None:
        """Take nothing more, and finish what was taken."""
        self._closed = True
        while self._flying:
            await asyncio.wait(self._flying)

    def _start(self) -> None:
        while self._waiting and len(self._flying) < self._flights:
            group = [self._waiting.popleft()]
            changes = len(group[0][0].muts)
            while self._waiting and len(group) < GROUP:
                changes += len(self._waiting[0][0].muts)
                if changes > MUTATIONS:
                    break
                group.append(self._waiting.popleft())
            flight = asyncio.ensure_future(self._fly(group))
            self._flying.add(flight)
            flight.add_done_callback(self._landed)

    def _landed(self, flight: asyncio.Task[None]) -> None:
        self._flying.discard(flight)
        self._start()

    async def _fly(self, group: list[tuple[Call, asyncio.Future[Answer]]]) -> None:
        try:
            outcome = await self._commit([call for call, _ in group])
        except Exception as error:
            if len(group) > 1 and not isinstance(error, Error):
                for each in group:  # a bug that one of them meets must not harm the others
                    await self._fly([each])
                return
            for _, done in group:
                if not done.done():
                    done.set_exception(error)
            return
        for (_, done), answer in zip(group, outcome.answers, strict=True):
            if not done.done():
                done.set_result(answer)

    async def _commit(self, calls: list[Call]) -> Outcome:
        outcome = await self._database.run(applied, calls, self._clock())
        self.publish(outcome)
        return outcome
