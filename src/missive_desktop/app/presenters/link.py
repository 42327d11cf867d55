"""The window's lasting link to the engine: started once, started again when it dies.

Presenters call through it and need not know whether the engine is still starting.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol

from missive_desktop.engine.client import EngineClient, Health, connect
from missive_desktop.engine.protocol import Notice, Request, Watch
from missive_desktop.engine.start import Reached
from missive_desktop.errors import KnownError
from missive_desktop.profile import Profile

RESTARTS = (0.5, 2.0, 10.0, 30.0)  # seconds to wait before each new start


class Engine(Protocol):
    """What presenters need of the engine."""

    async def call(self, request: Request) -> dict[str, Any]: ...


class EngineLink:
    """Calls wait until the engine is there; listeners outlive any one engine."""

    def __init__(self, profile: Profile, key: bytes, begun: Future[Reached] | None = None) -> None:
        self._profile = profile
        self._key = key
        self._begun = begun
        self._client: EngineClient | None = None
        self._ready = asyncio.Event()
        self._listeners: list[Callable[[Notice], None]] = []
        self._health: list[Callable[[Health], None]] = []
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    def subscribe(self, listener: Callable[[Notice], None]) -> None:
        self._listeners.append(listener)

    def on_health(self, listener: Callable[[Health], None]) -> None:
        self._health.append(listener)

    async def start(self) -> None:
        """Connect to the engine; raises what kept it from starting."""
        client = await connect(self._profile, self._key, self._begun)
        self._begun = None
        client.subscribe(self._heard)
        client.on_health(self._health_changed)
        self._client = client
        self._ready.set()
        # While a window is open, mail comes in and is made ready. What keeps it from that is told
        # by whatever else is asked for: what is here can still be read.
        with contextlib.suppress(KnownError):
            await client.call(Watch())

    async def call(self, request: Request) -> dict[str, Any]:
        await self._ready.wait()
        assert self._client is not None
        return await self._client.call(request)

    async def close(self) -> None:
        self._closing = True
        if self._task is not None:
            self._task.cancel()
        if self._client is not None:
            await self._client.close()

    def restart(self) -> None:
        """End an engine that hangs; a new one is started."""
        if self._client is not None:
            self._client.kill()

    def _heard(self, notice: Notice) -> None:
        for listener in tuple(self._listeners):
            listener(notice)

    def _health_changed(self, health: Health) -> None:
        for listener in tuple(self._health):
            listener(health)
        if health is Health.GONE and not self._closing:
            self._ready.clear()
            self._task = asyncio.get_running_loop().create_task(self._start_again())

    async def _start_again(self) -> None:
        for pause in RESTARTS:
            await asyncio.sleep(pause)
            try:
                await self.start()
            except KnownError:
                continue
            for listener in tuple(self._health):
                listener(Health.ALIVE)
            return
