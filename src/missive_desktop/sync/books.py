"""Where one account's mail is kept: what every part of its sync needs of the store.

Also the account's queue of tasks, as rows. Decisions are made elsewhere.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec

from missive_desktop.store import actions
from missive_desktop.store.database import Connection, Store, open_reader
from missive_desktop.store.writer import Writer
from missive_desktop.sync import tasks
from missive_desktop.sync.tasks import AnyTask, Queued
from missive_wire import shapes


@dataclass(frozen=True, slots=True)
class Books:
    """`truth` is held by whoever compares with the server or tells it what was done here.

    Else one thread would take a state from before another's act for a change made elsewhere.
    """

    store: Store
    writer: Writer
    account: int
    truth: threading.Lock = field(default_factory=threading.Lock)
    # Mails that went out, or not, whose fate a full disk could not take: written before all else.
    fates: dict[int, Callable[[], None]] = field(default_factory=dict)
    pulling: dict[int, int] = field(default_factory=dict)  # folder → newest UID under way

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read-only connection for this thread, closed at the end."""
        connection = open_reader(self.store)
        try:
            yield connection
        finally:
            connection.close()

    def queue(self, conn: Connection) -> list[Queued]:
        """Return what the server does not know yet, in order."""
        return queue(conn, self.account)


def queue(conn: Connection, account: int) -> list[Queued]:
    """Return what the server does not know yet, in order."""
    return [
        Queued(row.id, shapes.convert(row.payload, tasks.AnyTask), row.tries)
        for row in actions.pending(conn, account)
    ]


def enqueue(conn: Connection, account: int, task: AnyTask) -> int:
    kind = type(task).__name__
    return actions.queue(conn, account, kind, msgspec.to_builtins(task), int(time.time()))


def rewrite(conn: Connection, rows: Mapping[int, AnyTask | None]) -> None:
    """Replace tasks; None takes the row away."""
    for row, task in rows.items():
        if task is None:
            actions.done(conn, row)
        else:
            actions.update(conn, row, msgspec.to_builtins(task))
