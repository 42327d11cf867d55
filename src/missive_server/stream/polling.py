"""Looking at the database: heads of the scopes that are listened to, and whether sessions last.

Where several nodes have no bus this is how they hear of each other; elsewhere it finds what the bus
lost, and what other programs wrote.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable

from missive_server import logs
from missive_server.errors import Problem, Trouble
from missive_server.stream.channel import Channel
from missive_server.stream.hub import Hub
from missive_server.stream.messages import Ended

CHUNK = 2000  # names in one query
SESSIONS = 1.0  # seconds between two looks at the sessions


class Polling:
    """`patient`: what is committed comes by other ways, and only what stays missing is read."""

    def __init__(self, hub: Hub, every: float, *, patient: bool) -> None:
        self._hub, self._every, self._patient = hub, every, patient
        self._loop = asyncio.get_running_loop()
        self._sessions_at = 0.0

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except (Trouble, Problem):
                pass  # once that lasts, nothing is sent
            except Exception as error:  # a bug, but without looking nothing would ever be sent
                logs.bug("polling", error)
            await asyncio.sleep(self._every)

    async def look(self) -> None:
        """Ask once, and heed what was said."""
        begun = self._loop.time()
        stale = not self._hub.freshness.fresh()
        if stale or begun >= self._sessions_at + SESSIONS:
            self._sessions_at = begun
            await self._sessions()
        for some in _chunks(self._hub.channels):
            await self._heads(some, stale=stale)
        self._hub.freshness.asked(begun)

    async def _heads(self, scopes: list[str], *, stale: bool) -> None:
        channels = {s: c for s in scopes if (c := self._hub.channels.get(s))}
        heads = await self._hub.truth.heads(channels)
        for scope, channel in channels.items():
            head = heads.get(scope)
            if head is None:
                channel.gone()
            if head is None or channel.noticed(head, patient=self._patient):
                if stale:
                    await _verified(channel, self._hub)
                self._hub.mend(channel)

    async def _sessions(self) -> None:
        for some in _chunks(self._hub.sessions()):
            living = await self._hub.truth.living(some)
            ended = [session for session in some if session not in living]
            self._hub.presence_is(living)
            if ended:
                self._hub.take_ended(Ended(sessions=tuple(ended)))


async def _verified(channel: Channel, hub: Hub) -> None:
    """After a pause nothing is sent before it is known who may still listen."""
    while channel.listeners and channel.doubtful():
        await channel.verify(hub.truth)


def _chunks(names: Iterable[str]) -> Iterable[list[str]]:
    rest = iter(tuple(names))
    return iter(lambda: list(itertools.islice(rest, CHUNK)), [])
