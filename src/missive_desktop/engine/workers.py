"""Who serves shared inboxes from this profile: one worker for each, while somebody watches."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from missive_desktop.domain.changes import Changes
from missive_desktop.engine.protocol import Notice, Trouble
from missive_desktop.engine.syncs import Syncs
from missive_desktop.engine.teams import Teams
from missive_desktop.errors import KnownError, Offline, UsageError
from missive_desktop.store import served
from missive_desktop.store.database import Store, open_reader

if TYPE_CHECKING:
    from missive_desktop.team.worker.worker import Worker

_STOP_WAIT = 1.2


class Workers:
    """One running `Worker` for each mailbox that is served from here."""

    def __init__(
        self, store: Store, syncs: Syncs, teams: Teams, publish: Callable[[Notice], None]
    ) -> None:
        self._store, self._syncs, self._teams, self._publish = store, syncs, teams, publish
        self._running: dict[str, Worker] = {}
        self._lock = threading.Lock()
        self._watching = False
        syncs.guard = self.guard

    def watch(self, on: bool) -> None:
        """Serve from now on, or no more."""
        self._watching = on
        if not on:
            self.close()
            return
        with closing(open_reader(self._store)) as conn:
            rows = served.all_(conn)
        for row in rows:
            with contextlib.suppress(UsageError):  # the space is not here any more, or not yet
                self.start(row.scope)

    def start(self, scope: str) -> None:
        """Serve a space, if anything is served now."""
        # Heavy (httpx, PyNaCl): who serves nothing shall not wait for it.
        from missive_desktop.team.worker.worker import Worker

        with closing(open_reader(self._store)) as conn:
            row = served.get(conn, scope)
        if row is None or not self._watching:
            return
        self._syncs.start(row.account)
        team = self._teams.of(row.team)
        team.start()
        with self._lock:
            if scope in self._running:
                return
            worker = Worker(
                team,
                scope,
                _Box(self._syncs, row.account),
                lambda error: self._trouble(row.account, error),
            )
            self._running[scope] = worker
        worker.start()

    def stop(self, scope: str) -> None:
        with self._lock:
            worker = self._running.pop(scope, None)
        if worker is not None:
            worker.stop()

    def stop_team(self, team: int) -> None:
        """Stop before a team is stopped: its line is theirs."""
        with closing(open_reader(self._store)) as conn:
            scopes = [row.scope for row in served.all_(conn) if row.team == team]
        for scope in scopes:
            self.stop(scope)

    def committed(self, changes: Changes) -> None:
        """Something in the store changed; from the writer's thread."""
        for worker in list(self._running.values()):
            worker.committed(changes)

    def guard(self, account: int) -> None:
        """Raise where a mailbox's mail must not leave from here now."""
        for worker in list(self._running.values()):
            if worker.account == account:
                worker.guard()
                return
        with closing(open_reader(self._store)) as conn:
            if served.of_account(conn, account) is not None:
                raise Offline("This shared inbox is not served from here now.")

    def close(self) -> None:
        """Stop all at once, and give back what they held."""
        with self._lock:
            running = list(self._running.values())
            self._running.clear()
        threads = [threading.Thread(target=worker.stop, daemon=True) for worker in running]
        for thread in threads:
            thread.start()
        end = time.monotonic() + _STOP_WAIT
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _trouble(self, account: int, error: KnownError) -> None:
        self._publish(Trouble(account, type(error).__name__, str(error), error.advice))


class _Box:
    """The sync of one mailbox (`team.worker.ground.Mailbox`)."""

    def __init__(self, syncs: Syncs, account: int) -> None:
        self._syncs, self._account = syncs, account

    def poke(self) -> None:
        self._syncs.poke(self._account)

    def round(self) -> None:
        self._syncs.round(self._account)
