"""The engine as the window sees it: calls that are awaited, notices, and signs of life.

Works on any asyncio loop, qasync's included: threads hand frames to it. Knows no store and no Qt.
A dead engine fails every open call with `EngineGone`; `connect` again starts a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from concurrent.futures import Future
from enum import StrEnum
from typing import Any

from missive_desktop.engine import frames, start
from missive_desktop.engine.link import Link
from missive_desktop.engine.protocol import Answer, Call, FromEngine, Notice, Ping, Request
from missive_desktop.errors import EngineGone
from missive_desktop.profile import Profile

PING_INTERVAL = 3.0
HANG = 10.0  # seconds without a frame, although pinged

Listener = Callable[[Notice], None]


class Health(StrEnum):
    ALIVE = "alive"
    HUNG = "hung"  # the process lives and does not answer: offer a restart (`kill`, `connect`)
    GONE = "gone"


async def connect(
    profile: Profile, key: bytes, begun: Future[start.Reached] | None = None
) -> EngineClient:
    """Return a client of the profile's engine; starts one when none runs.

    `begun` is what `start.begin` returned, where the process was started before.
    """
    asked = start.begin(profile, key) if begun is None else begun
    return EngineClient(await asyncio.wrap_future(asked))


class EngineClient:
    """One connection to the engine. Belongs to the running loop; not for other threads."""

    def __init__(
        self, reached: start.Reached, *, ping_interval: float = PING_INTERVAL, hang: float = HANG
    ) -> None:
        self.pid = reached.pid
        self.health = Health.ALIVE
        self._reached = reached
        self._ping_interval = ping_interval
        self._hang = hang
        self._loop = asyncio.get_running_loop()
        self._heard = self._loop.time()
        self._numbers = itertools.count(1)
        self._open: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listeners: list[Listener] = []
        self._health_listeners: list[Callable[[Health], None]] = []
        self._gone = asyncio.Event()
        self._link = Link(reached.channel)
        self._link.start(self._from_thread, self._over)
        self._pinger = self._loop.create_task(self._ping())

    async def call(self, request: Request, *, timeout: float | None = None) -> dict[str, Any]:
        """Send a request and return its result; raises what the engine raised."""
        if self.health is Health.GONE:
            raise _gone()
        number = next(self._numbers)
        payload = frames.encode(Call(number, request))  # type: ignore[arg-type]
        future: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        self._open[number] = future
        self._link.send(payload)
        try:
            async with asyncio.timeout(timeout):
                return await future
        except TimeoutError:
            raise EngineGone("The mail engine took too long.", "Try again.") from None
        finally:
            self._open.pop(number, None)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each notice, on the loop; returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def on_health(self, listener: Callable[[Health], None]) -> Callable[[], None]:
        """Call `listener` when the engine hangs, comes back or ends; returns what ends it."""
        listeners = self._health_listeners
        listeners.append(listener)
        return lambda: listeners.remove(listener) if listener in listeners else None

    async def close(self, *, drain: float = 1.0, patience: float = 2.5) -> None:
        """Let go. An engine that was started from here and serves nobody else ends by itself."""
        self._pinger.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._pinger
        await asyncio.to_thread(self._link.close, drain=drain)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._gone.wait()
        await asyncio.to_thread(self._reached.let_go, patience)
        await asyncio.to_thread(self._link.join, 1.0)

    def kill(self) -> None:
        """End a hung engine at once."""
        self._reached.kill()

    def _soon(self, function: Callable[..., None], *arguments: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop was closed before the engine ended
            self._loop.call_soon_threadsafe(function, *arguments)

    def _from_thread(self, payload: bytes) -> None:
        """Decode on the reading thread, so that large answers cost the loop little."""
        self._soon(self._received, frames.decode_reply(payload))

    def _received(self, message: FromEngine) -> None:
        self._heard = self._loop.time()
        self._become(Health.ALIVE)
        if isinstance(message, Answer):
            future = self._open.get(message.id)
            if future is not None and not future.done():
                if message.error:
                    future.set_exception(start.error_of(message))
                else:
                    future.set_result(message.result)
            return
        for listener in tuple(self._listeners):
            listener(message)

    def _over(self) -> None:
        """The connection ended; on the reading thread, so that a closed loop does not matter."""
        self._soon(self._ended)
        self._reached.let_go(0.0)  # one that died ends a moment after its pipe

    def _ended(self) -> None:
        self._become(Health.GONE)
        self._pinger.cancel()
        for future in self._open.values():
            if not future.done():
                future.set_exception(_gone())
        self._gone.set()

    def _become(self, health: Health) -> None:
        if self.health in (health, Health.GONE):
            return
        self.health = health
        for listener in tuple(self._health_listeners):
            listener(health)

    async def _ping(self) -> None:
        """Ask for a sign of life again and again; time asleep does not count as silence."""
        while True:
            asked = self._loop.time()
            self._link.send(frames.encode(Call(0, Ping())))
            await asyncio.sleep(self._ping_interval)
            late = self._loop.time() - asked - self._ping_interval
            if late > 1.0:  # this process itself stood still: give the engine its time again
                self._heard = max(self._heard, self._loop.time() - self._ping_interval)
            if self._loop.time() - self._heard > self._hang:
                self._become(Health.HUNG)


def _gone() -> EngineGone:
    return EngineGone("The mail engine has stopped.", "It is started again at the next try.")
