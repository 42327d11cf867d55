"""Reading ahead: one thread receives while another digests and seals.

Without it the server waits while we work and we wait while it sends. What is read and not yet
taken is bounded in messages and in bytes. Knows nothing of mail but the size of a message.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

ITEMS = 256
BYTES = 16 << 20


def ahead(
    source: Iterator[T],
    size: Callable[[T], int],
    *,
    items: int = ITEMS,
    room: int = BYTES,
) -> Generator[T, None, None]:
    """Yield what `source` yields, read by a thread of its own; its error is raised at its place.

    Leaving early stops the thread and closes `source`, in that thread, before this returns. An
    item larger than `room` is read when nothing else waits.
    """
    reader = _Reader(source, size, items, room)
    reader.start()
    try:
        yield from reader.taken()
    finally:
        reader.stop()


class _Reader(Generic[T]):
    def __init__(
        self, source: Iterator[T], size: Callable[[T], int], items: int, room: int
    ) -> None:
        self._source, self._size, self._items, self._room = source, size, items, room
        self._queue: deque[T] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._stopped = False
        self._ended = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._read, name="fetch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def taken(self) -> Iterator[T]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._ended)
                if not self._queue:
                    break
                item = self._queue.popleft()
                self._bytes -= self._size(item)
                self._changed.notify_all()
            yield item
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join()

    def _read(self) -> None:
        try:
            for item in self._source:
                if not self._put(item):
                    break
        except BaseException as error:
            self._error = error
        finally:
            if isinstance(self._source, Generator):
                self._source.close()
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _put(self, item: T) -> bool:
        size = self._size(item)
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    self._stopped
                    or not self._queue
                    or (len(self._queue) < self._items and self._bytes + size <= self._room)
                )
            )
            if self._stopped:
                return False
            self._queue.append(item)
            self._bytes += size
            self._changed.notify_all()
            return True
