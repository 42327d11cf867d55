"""Connections for reading that are kept for the next who reads: to open one takes longer than most
of what is read. Each is for one at a time, whichever thread that is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from missive_desktop.store.database import Connection, Store, open_reader

_IDLE = 4  # that are kept: each holds some of the file in memory


class Readers:
    """For any thread, until `close`; who still reads then goes on, and so may others."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        self._closed = False

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = open_reader(self._store, thread_bound=False)
        try:
            yield connection
        except BaseException:  # it may be in the midst of something
            connection.close()
            raise
        with self._lock:
            keep = not self._closed and len(self._idle) < _IDLE
            if keep:
                self._idle.append(connection)
        if not keep:
            connection.close()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
