"""The one writer: a thread that owns the writable connection; one function is one transaction.

What a transaction changed is published after COMMIT, never before, and never when it failed.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple, TypeVar

from missive_desktop.domain.changes import Changes
from missive_desktop.errors import DiskTrouble
from missive_desktop.store import raws
from missive_desktop.store.database import BUSY_MS, Connection, Store, open_writer, translate

T = TypeVar("T")
Work = Callable[[Connection, Changes], T]

_log = logging.getLogger(__name__)


class _Job(NamedTuple):
    work: Work[Any]
    durable: bool
    future: Future[Any]


_FOLD = _Job(lambda _conn, _changes: None, False, Future())


class Writer:
    """Runs functions on the writable connection, one transaction each, in the order given."""

    def __init__(self, store: Store, publish: Callable[[Changes], None]) -> None:
        self._publish = publish
        self._connection = open_writer(store)
        try:
            raws.recover(self._connection, store.packs)
        except BaseException:
            self._connection.close()
            raise
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work[T], *, durable: bool = False) -> Future[T]:
        """Run `work` in a transaction of its own; the future holds what it returns or raises.

        A commit survives the death of the process. One that must also survive the loss of power
        (the user's acts, drafts, the outbox) is `durable`: it waits for the disk.
        """
        future: Future[T] = Future()
        with self._closing:
            if self._closed:
                raise RuntimeError("the writer is closed")
            self._jobs.put(_Job(work, durable, future))
        return future

    def run(self, work: Work[T], *, durable: bool = False) -> T:
        """Submit and wait."""
        return self.submit(work, durable=durable).result()

    def fold(self) -> None:
        """Fold the journal into the file, and give its room back, once all before is committed.

        Readers go on; while one of them still reads from the journal, it stays as it is.
        """
        with self._closing:
            if not self._closed:
                self._jobs.put(_FOLD)

    def close(self) -> None:
        """Finish what is queued, fold the journal into the file, and stop."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            if job is _FOLD:
                self._fold()
                continue
            if not job.future.set_running_or_notify_cancel():
                continue
            try:
                result = self._transact(job)
            except BaseException as error:
                known = translate(error)
                if isinstance(known, DiskTrouble):
                    self._fold()
                job.future.set_exception(known)
            else:
                job.future.set_result(result)
            del job
        try:
            self._fold()
        finally:
            self._connection.close()

    def _fold(self) -> None:
        """Write the journal into the file and empty it; a full disk may be full of it."""
        try:
            # Never waits for a reader: who waits for the writer would wait too.
            self._connection.execute("PRAGMA busy_timeout = 0")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except DiskTrouble:
            pass  # the journal keeps what it holds
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")

    def _transact(self, job: _Job) -> Any:
        connection, changes = self._connection, Changes()
        if job.durable:  # cannot be changed inside a transaction
            connection.execute("PRAGMA synchronous = FULL")
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = job.work(connection, changes)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # a full disk may have rolled back already
                    connection.execute("ROLLBACK")
                raise
        finally:
            if job.durable:
                connection.execute("PRAGMA synchronous = NORMAL")
        if changes:
            try:
                self._publish(changes)
            except Exception:  # the data is safe; who listens must not stop the writer
                _log.exception("publishing a change failed")
        return result
