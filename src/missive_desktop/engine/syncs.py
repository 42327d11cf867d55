"""The syncs of all accounts: made when first needed, stopped together, their news passed on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

from missive_desktop.engine import ending
from missive_desktop.engine.protocol import Notice, Progress, Trouble
from missive_desktop.errors import KnownError, UsageError
from missive_desktop.store import accounts, actions
from missive_desktop.store.accounts import AccountRow
from missive_desktop.store.database import Store, open_reader
from missive_desktop.store.writer import Writer

if TYPE_CHECKING:
    from missive_desktop.sync.account import AccountSync

_AT_ONCE = 4  # accounts synced beside each other


class Syncs:
    """One `AccountSync` for each account that has a server."""

    def __init__(self, store: Store, writer: Writer, publish: Callable[[Notice], None]) -> None:
        self._store = store
        self._writer = writer
        self._publish = publish
        self._running: dict[int, AccountSync] = {}
        self._lock = threading.Lock()
        self.watching = False
        self.guard: Callable[[int], None] = lambda account: None  # before a mail leaves

    def start(self, account: int) -> None:
        """Keep one account in step from now on."""
        self._of(account).start()

    def watch(self, on: bool) -> None:
        """Keep all accounts in step from now on, or none."""
        self.watching = on
        if on:
            for row in self._with_server():
                self.start(row.id)
        else:
            for account in list(self._running):
                self.stop(account)

    def poke(self, account: int = 0) -> None:
        """Something was done here: let the account (0: all with a queue) tell its server."""
        if account:
            if self._has_server(account):
                self._of(account).poke()
            return
        with closing(open_reader(self._store)) as conn:
            waiting = actions.accounts(conn)
        for each in waiting:
            self._of(each).poke()

    def each(self, account: int, work: Callable[[AccountSync], None]) -> list[dict[str, Any]]:
        """Do something for one account or (0) all beside each other; say what came of each."""
        rows = [row for row in self._with_server() if account in (0, row.id)]
        if account and not rows:
            raise UsageError("There is no such account, or it has no server.")
        if len(rows) == 1:
            return [self._try(rows[0], work)]
        with ThreadPoolExecutor(_AT_ONCE, "sync") as pool:
            return list(pool.map(lambda row: self._try(row, work), rows))

    def round(self, account: int) -> None:
        """Bring one account in step, now, in this thread; raises KnownError."""
        self._of(account).sync_once()

    def stop(self, account: int) -> None:
        with self._lock:
            sync = self._running.pop(account, None)
        if sync is not None:
            sync.stop()

    def restart(self, account: int) -> None:
        """Go on with changed settings."""
        self.stop(account)
        if self.watching:
            self.start(account)

    def close(self) -> None:
        """Stop all at once; what does not end in time ends with the process."""
        with self._lock:
            syncs = list(self._running.values())
            self._running.clear()
        ending.stop_all(sync.stop for sync in syncs)

    def _try(self, row: AccountRow, work: Callable[[AccountSync], None]) -> dict[str, Any]:
        result = {"address": row.settings.address, "error": "", "advice": ""}
        try:
            work(self._of(row.id))
        except KnownError as error:
            result["error"], result["advice"] = str(error), error.advice
        return result

    def _of(self, account: int) -> AccountSync:
        # Heavy (IMAPClient): what needs no server shall not wait for it.
        from missive_desktop.sync.account import AccountSync

        with self._lock:
            sync = self._running.get(account)
            if sync is None:
                sync = AccountSync(
                    self._store,
                    self._writer,
                    account,
                    trouble=lambda error: self._trouble(account, error),
                    guard=lambda: self.guard(account),
                    progress=lambda folder, done, total: self._publish(
                        Progress(account, folder, done, total)
                    ),
                )
                self._running[account] = sync
        return sync

    def _trouble(self, account: int, error: KnownError) -> None:
        self._publish(Trouble(account, type(error).__name__, str(error), error.advice))

    def _with_server(self) -> list[AccountRow]:
        with closing(open_reader(self._store)) as conn:
            return [row for row in accounts.all_(conn) if row.settings.imap.host]

    def _has_server(self, account: int) -> bool:
        return any(row.id == account for row in self._with_server())
