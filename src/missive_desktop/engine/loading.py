"""Who is loading images just now, so that nothing is asked for twice at once or again and again."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator


class Loading:
    """What the threads of one engine tell each other about images."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._busy: set[int] = set()
        self._tried: set[int] = set()

    @contextlib.contextmanager
    def of(self, message: int) -> Iterator[None]:
        """Have the images of a message to oneself; who comes second finds what the first left."""
        with self._free:
            self._free.wait_for(lambda: message not in self._busy)
            self._busy.add(message)
        try:
            yield
        finally:
            with self._free:
                self._busy.discard(message)
                self._free.notify_all()

    def first_try(self, message: int) -> bool:
        """Whether nobody asked for this message's images by a rule since the start; notes it."""
        with self._free:
            first = message not in self._tried
            self._tried.add(message)
            return first
