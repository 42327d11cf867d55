"""What waits for one connection: so many frames and bytes, and above that pokes in their place.

A connection that keeps up has nothing here: its frames go straight to the socket.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from missive_server.stream.encoded import Frame, poke
from missive_wire.limits import FRAME_QUEUE, FRAME_QUEUE_BYTES

BRIEF = 16  # what may get lost waits only behind fewer frames than these


class Wire(Protocol):
    """The sending end of a socket."""

    def ready(self) -> bool:
        """Whether the socket takes more at once."""
        ...

    def write(self, data: bytes) -> None: ...


class Outgoing:
    __slots__ = ("_pokes", "_size", "_waiting", "_wire")

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._waiting: deque[Frame] | None = None  # made when needed: most never do
        self._size = 0
        self._pokes: dict[str, tuple[str, int]] | None = None

    @property
    def waiting(self) -> int:
        return len(self._waiting or ()) + len(self._pokes or ())

    def push(self, frame: Frame) -> None:
        if self._waiting is None and self._pokes is None and self._wire.ready():
            self._wire.write(frame.data)
        else:
            self._keep(frame)

    def _keep(self, frame: Frame) -> None:
        waiting = self._waiting if self._waiting is not None else deque[Frame]()
        self._waiting = waiting
        if frame.brief and len(waiting) >= BRIEF:
            return
        if frame.to:
            full = len(waiting) >= FRAME_QUEUE or self._size + len(frame.data) > FRAME_QUEUE_BYTES
            if full:
                self._drop_changes()
            if full or (self._pokes and frame.scope in self._pokes):
                self._pokes = self._pokes or {}
                self._pokes[frame.scope] = (frame.e, frame.to)
                return
        self._size += len(frame.data)
        waiting.append(frame)

    def _drop_changes(self) -> None:
        pokes = self._pokes or {}
        for frame in self._waiting or ():
            if frame.to:
                pokes[frame.scope] = (frame.e, frame.to)
        self._pokes = pokes
        self._hold([frame for frame in self._waiting or () if not frame.to])

    def _hold(self, frames: list[Frame]) -> None:
        self._waiting = deque(frames) if frames else None
        self._size = sum(len(frame.data) for frame in frames)

    def flush(self) -> None:
        """Send on: the socket takes more."""
        while self._wire.ready():
            if self._pokes:
                scope, (e, head) = self._pokes.popitem()
                self._wire.write(poke(scope, e, head).data)
            elif self._waiting:
                frame = self._waiting.popleft()
                self._size -= len(frame.data)
                self._wire.write(frame.data)
            else:
                self._pokes = self._waiting = None
                return

    def purge(self, scope: str) -> None:
        """Forget all that belongs to a scope."""
        if self._waiting:
            self._hold([frame for frame in self._waiting if frame.scope != scope])
        if self._pokes:
            self._pokes.pop(scope, None)
