"""A link: one end of a channel, with a thread that reads and a thread that writes.

Used by the engine for each client and by clients for their engine. `send` never waits. Knows
frames as bytes only, and no event loop: callbacks come on the reading thread.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from missive_desktop.engine.channel import Channel
from missive_desktop.errors import PeerBroken


class OwnedChannel(Channel, Protocol):
    """A channel whose reading half is let go by the thread that reads."""

    def close_incoming(self) -> None:
        """Called once, by the reading thread."""


class Link:
    """Sends and receives frames without ever blocking the caller."""

    def __init__(self, channel: OwnedChannel) -> None:
        self._channel = channel
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._stuck_since = 0.0
        self._closing = False
        self._change = threading.Condition()
        self._received: Callable[[bytes], None] = _ignore
        self._ended: Callable[[], None] = _nothing
        self._threads = (
            threading.Thread(target=self._read, name="link-read", daemon=True),
            threading.Thread(target=self._write, name="link-write", daemon=True),
        )

    def start(self, received: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        """Begin; `ended` is called once, after the last frame."""
        self._received, self._ended = received, ended
        for thread in self._threads:
            thread.start()

    @property
    def queued(self) -> int:
        """Bytes that wait to be sent."""
        return self._queued

    def stuck(self) -> float:
        """For how many seconds the other end has taken nothing of what waits for it."""
        since = self._stuck_since
        return time.monotonic() - since if self._queued and since else 0.0

    def send(self, payload: bytes) -> None:
        with self._change:
            if self._closing:
                return
            if not self._queued:
                self._stuck_since = time.monotonic()
            self._queue.append(payload)
            self._queued += len(payload)
            self._change.notify()

    def close(self, *, drain: float = 0.0) -> None:
        """Close the channel, after at most `drain` seconds for what is queued."""
        end = time.monotonic() + drain
        with self._change:
            while self._queued and not self._closing and (left := end - time.monotonic()) > 0:
                self._change.wait(left)
            self._closing = True
            self._change.notify_all()
        self._channel.close()

    def join(self, timeout: float) -> None:
        """Wait for the end of both threads."""
        for thread in self._threads:
            thread.join(timeout)

    def _read(self) -> None:
        try:
            while True:
                self._received(self._channel.receive())
        except (EOFError, PeerBroken):
            pass
        finally:
            with self._change:
                self._closing = True
                self._change.notify_all()
            self._channel.close()
            self._channel.close_incoming()
            self._ended()

    def _write(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the reader sees the end as well
            while True:
                with self._change:
                    while not self._queue and not self._closing:
                        self._change.wait()
                    if not self._queue:
                        break
                    payload = self._queue.popleft()
                self._channel.send(payload)
                with self._change:
                    self._queued -= len(payload)
                    self._stuck_since = time.monotonic()
                    self._change.notify_all()
        with self._change:
            self._closing = True
            self._queued = 0
            self._queue.clear()
            self._change.notify_all()
        self._channel.close()


def _ignore(_: bytes) -> None:
    """Nothing has been started yet."""


def _nothing() -> None:
    """Nothing has been started yet."""
