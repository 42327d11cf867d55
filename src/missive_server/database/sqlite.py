"""SQLite: one thread writes, a few read; what waits together is committed together.

Each transaction of a group runs under a savepoint of its own, so that one that fails leaves its
neighbours alone. WAL and synchronous FULL: what was answered survives a power cut.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from missive_server.database.dialect import for_sqlite, sqlite_parameters
from missive_server.database.work import Again, Query, Rows, Work
from missive_server.errors import Busy, Full, Trouble

P = ParamSpec("P")
T = TypeVar("T")

GROUP = 64  # transactions in one commit
WAITING = 1024  # transactions that may wait
READERS = 3
READS = 512  # reads that may wait
_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_TOOBIG}
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


@dataclass
class _Job:
    start: Callable[[], Work[Any]]
    done: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = field(default=None)


class SqliteStore:
    """The database in one file. Made and closed in the event loop that uses it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._waiting = 0
        self._reading = 0
        self._closed = False
        self._local = threading.local()
        self._readers = ThreadPoolExecutor(READERS, "reader")
        self._connections: list[sqlite3.Connection] = []
        writer = connect(path)
        self._thread = threading.Thread(target=self._write, args=(writer,), name="writer")
        self._thread.start()

    @property
    def dialect(self) -> str:
        return "sqlite"

    @property
    def waiting(self) -> int:
        return self._waiting

    async def run(self, work: Callable[P, Work[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._closed or self._waiting >= WAITING:
            raise Busy()
        job = _Job(lambda: work(*args, **kwargs), self._loop.create_future())
        self._waiting += 1
        self._jobs.put(job)
        try:
            result: T = await asyncio.shield(job.done)
            return result
        finally:
            if job.done.done():
                self._waiting -= 1
            else:  # given up by who asked; it is done all the same
                job.done.add_done_callback(self._given_up)

    def _given_up(self, done: asyncio.Future[Any]) -> None:
        self._waiting -= 1
        if not done.cancelled():
            done.exception()

    async def read(self, work: Callable[P, Work[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._closed or self._reading >= READS:
            raise Busy()
        self._reading += 1
        try:
            return await self._loop.run_in_executor(
                self._readers, self._read, lambda: work(*args, **kwargs)
            )
        finally:
            self._reading -= 1

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._readers.shutdown)
        for connection in self._connections:
            connection.close()

    # --- in the threads ------------------------------------------------------------------

    def _read(self, start: Callable[[], Work[T]]) -> T:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = connect(self._path, reading=True)
            self._connections.append(connection)
        with translated():
            connection.execute("BEGIN")
            try:
                return drive(connection, start())
            finally:
                connection.execute("ROLLBACK")

    def _write(self, connection: sqlite3.Connection) -> None:
        last = False
        while not last:
            first = self._jobs.get()
            if first is None:
                break
            group = [first]
            with contextlib.suppress(queue.Empty):
                while len(group) < GROUP:
                    job = self._jobs.get_nowait()
                    if job is None:
                        last = True
                        break
                    group.append(job)
            _commit_together(connection, group)
            with contextlib.suppress(RuntimeError):  # the loop ended without us
                self._loop.call_soon_threadsafe(_answer, group)
        connection.close()


def connect(path: Path, *, reading: bool = False) -> sqlite3.Connection:
    """Open a connection that any one thread at a time may use."""
    with translated():
        connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        connection.execute("PRAGMA busy_timeout = 10000")
        _keep_a_log(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA cache_size = {-2048 if reading else -16384}")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA journal_size_limit = 67108864")
        if reading:
            connection.execute("PRAGMA query_only = ON")
        return connection


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Turn WAL on; the busy timeout does not hold for that."""
    for _ in range(100):
        with contextlib.suppress(sqlite3.OperationalError):
            if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] == "wal":
                return
        time.sleep(0.05)
    connection.execute("PRAGMA journal_mode = WAL")


def drive(connection: sqlite3.Connection, work: Work[T]) -> T:
    """Take a transaction's generator to its end."""
    try:
        asked = next(work)
        while True:
            rows: Rows = ()
            if isinstance(asked, Query):
                rows = connection.execute(
                    for_sqlite(asked.sql), sqlite_parameters(asked.params)
                ).fetchall()
            else:
                connection.executemany(for_sqlite(asked.sql), asked.rows)
            asked = work.send(rows)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        work.close()


def _commit_together(connection: sqlite3.Connection, group: list[_Job]) -> None:
    """Run all in one transaction; if it cannot be committed, none of them happened."""
    try:
        with translated():
            connection.execute("BEGIN IMMEDIATE")
            for job in group:
                _run_one(connection, job)
                if not connection.in_transaction:  # a full disk rolls everything back
                    raise job.error or Trouble("The database gave up a transaction.")
            connection.execute("COMMIT")
    except BaseException as error:
        with contextlib.suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        for job in group:
            job.error = job.error or error


def _run_one(connection: sqlite3.Connection, job: _Job) -> None:
    connection.execute("SAVEPOINT one")
    try:
        with translated():
            job.result = drive(connection, job.start())
    except Again as error:  # nobody else writes: it would say the same for ever
        raise AssertionError("no other writer") from error
    except BaseException as error:
        job.error = error
        if connection.in_transaction:
            connection.execute("ROLLBACK TO one")
    if connection.in_transaction:
        connection.execute("RELEASE one")


def _answer(group: list[_Job]) -> None:
    for job in group:
        if job.done.done():
            continue
        if job.error is not None:
            job.done.set_exception(job.error)
        else:
            job.done.set_result(job.result)


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn what the environment does to the database into our errors; bugs stay what they are."""
    try:
        yield
    except sqlite3.OperationalError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _FULL:
            raise Full("The disk of the server is full. Nothing was changed.") from error
        if code in _LOCKED:
            raise Busy() from error
        if code == sqlite3.SQLITE_ERROR:
            raise  # wrong SQL
        raise Trouble("The database cannot be used just now.") from error
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
            raise Trouble("The database file is damaged.") from error
        raise
