"""The stream of one node, put together: hub, presence, endpoint, the bus, and looking at heads."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from missive_server import logs
from missive_server.stream import waiting
from missive_server.stream.bus import Bus, Link
from missive_server.stream.endpoint import Endpoint, Room
from missive_server.stream.hub import Hub
from missive_server.stream.polling import Polling
from missive_server.stream.presence import Presence
from missive_server.stream.truth import Truth

ALONE = 0.5  # seconds between two looks at the heads where what is committed is heard of at once
TOGETHER = 0.25  # where looking is how nodes hear of each other
SWEEP = 5.0


@dataclass(frozen=True)
class Stream:
    """`hub.publish` and `hub.ended` take what this node commits; `endpoint` is `/v1/stream`."""

    hub: Hub
    presence: Presence
    endpoint: Endpoint
    bus: Bus | None

    @property
    def polls(self) -> int:
        """How many requests wait for news."""
        members = (each for group in self.hub.people.values() for each in group)
        return sum(isinstance(each, waiting.Waiter) for each in members)


@contextlib.asynccontextmanager
async def open_stream(
    truth: Truth, now: Callable[[], int], *, bus: Bus | None, several: bool, room: Room
) -> AsyncIterator[Stream]:
    """`several`: other nodes write to the same database, whether or not a bus joins them."""
    hub = Hub(truth)
    presence = Presence(hub)
    endpoint = Endpoint(hub, presence, now, room)
    heard_of = bus is not None or not several
    polling = Polling(hub, ALONE if heard_of else TOGETHER, patient=heard_of)
    tasks = [asyncio.create_task(polling.run()), asyncio.create_task(_sweep(presence, endpoint))]
    if bus is not None:
        tasks.append(asyncio.create_task(bus.run(Link(hub, presence, bus).heard)))
    for task in tasks:
        task.add_done_callback(_ended)
    try:
        yield Stream(hub, presence, endpoint, bus)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await hub.close()


async def _sweep(presence: Presence, endpoint: Endpoint) -> None:
    while True:
        await asyncio.sleep(SWEEP)
        endpoint.sweep()
        presence.sweep()


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        logs.bug("stream", error)
