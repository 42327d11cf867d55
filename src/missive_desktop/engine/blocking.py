"""The engine as the command line sees it: one call after the other, without an event loop."""

from __future__ import annotations

import itertools
import queue
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from missive_desktop.engine import frames, start
from missive_desktop.engine.link import Link
from missive_desktop.engine.protocol import Answer, Call, Notice, Ping, Request
from missive_desktop.errors import EngineGone
from missive_desktop.profile import Profile

_PING_INTERVAL = 3.0
_HANG = 30.0


def _drop(_: Notice) -> None:
    """Nobody wants to know."""


class BlockingClient:
    """One connection to the profile's engine, for one thread."""

    def __init__(self, profile: Profile, key: bytes) -> None:
        self._reached = start.reach(profile, key)
        self.pid = self._reached.pid
        self._numbers = itertools.count(1)
        self._frames: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._link = Link(self._reached.channel)
        self._link.start(self._frames.put, lambda: self._frames.put(None))

    def __enter__(self) -> BlockingClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.close()

    def call(self, request: Request, notice: Callable[[Notice], None] = _drop) -> dict[str, Any]:
        """Send a request, hand notices on while it runs, return its result."""
        number = next(self._numbers)
        self._link.send(frames.encode(Call(number, request)))  # type: ignore[arg-type]
        return self._until(number, notice, None)

    def listen(self, notice: Callable[[Notice], None], until: Callable[[], bool]) -> None:
        """Hand notices on until `until()` is true; it is asked after each and every second."""
        while not until():
            self._until(-1, notice, 1.0, until)

    def _until(
        self,
        number: int,
        notice: Callable[[Notice], None],
        timeout: float | None,
        until: Callable[[], bool] = lambda: False,
    ) -> dict[str, Any]:
        end = None if timeout is None else time.monotonic() + timeout
        heard = time.monotonic()
        while end is None or time.monotonic() < end:
            try:
                wait = _PING_INTERVAL if end is None else max(0.0, end - time.monotonic())
                payload = self._frames.get(timeout=wait)
            except queue.Empty:
                if time.monotonic() - heard > _HANG:
                    raise EngineGone(
                        "The mail engine does not answer.", "End it, then try again."
                    ) from None
                self._link.send(frames.encode(Call(0, Ping())))
                continue
            if payload is None:
                self._frames.put(None)  # for the next call
                raise EngineGone("The mail engine has stopped.", "Try again.")
            heard = time.monotonic()
            message = frames.decode_reply(payload)
            if not isinstance(message, Answer):
                notice(message)
                if until():
                    return {}
            elif message.id == number:
                if message.error:
                    raise start.error_of(message)
                return message.result
        return {}

    def close(self) -> None:
        """Let go; an engine that serves nobody else ends, and that is waited for."""
        self._link.close(drain=1.0)
        self._link.join(5.0)
        self._reached.let_go(1.0)
