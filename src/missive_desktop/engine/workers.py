"""Who serves shared inboxes from this profile: one worker for each, while somebody watches."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from missive_desktop.domain.changes import Changes
from missive_desktop.engine import adopting, ending
from missive_desktop.engine.protocol import Notice, Trouble
from missive_desktop.engine.syncs import Syncs
from missive_desktop.engine.teams import Teams
from missive_desktop.errors import KnownError, Offline, UsageError
from missive_desktop.store import served
from missive_desktop.store.database import Store, open_reader
from missive_desktop.store.writer import Writer

if TYPE_CHECKING:
    from missive_desktop.team.worker.worker import Worker

_PAUSE = 0.5  # seconds between looks at what was handed here

_log = logging.getLogger(__name__)


class Workers:
    """One running `Worker` for each mailbox that is served from here."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        syncs: Syncs,
        teams: Teams,
        publish: Callable[[Notice], None],
    ) -> None:
        self._store, self._writer, self._publish = store, writer, publish
        self._syncs, self._teams = syncs, teams
        self._running: dict[str, Worker] = {}
        self._lock = threading.Lock()
        self.watching = False
        syncs.guard = self.guard
        self._news = threading.Event()
        self._ended = threading.Event()
        self._adopting: threading.Thread | None = None

    def watch(self, on: bool) -> None:
        """Serve from now on, or no more."""
        self.watching = on
        if not on:
            self._stop_all()
            return
        if self._adopting is None:
            self._adopting = threading.Thread(target=self._adopt, name="adopting", daemon=True)
            self._adopting.start()
        self._news.set()
        self._start_all()

    def start(self, scope: str) -> None:
        """Serve a space, if anything is served now."""
        # Heavy (httpx, PyNaCl): who serves nothing shall not wait for it.
        from missive_desktop.team.worker.worker import Worker

        with closing(open_reader(self._store)) as conn:
            row = served.get(conn, scope)
        if row is None or not self.watching:
            return
        with self._lock:
            if scope in self._running:
                return
        self._syncs.start(row.account)
        team = self._teams.of(row.team)
        team.start()
        with self._lock:
            if scope in self._running or not self.watching or self._ended.is_set():
                return  # nobody would stop it any more
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
        if changes.teams:
            self._news.set()

    def guard(self, account: int) -> None:
        """Raise where a mailbox's mail must not leave from here now."""
        for worker in list(self._running.values()):
            if worker.account == account:
                worker.guard()
                return
        with closing(open_reader(self._store)) as conn:
            if served.of_account(conn, account) is not None:
                raise Offline("This shared inbox is not served from here now.")

    def step_back(self, scope: str) -> None:
        """Let another device serve from now on, and stand by."""
        worker = self._running.get(scope)
        if worker is not None:
            worker.step_back()

    def close(self) -> None:
        """Stop for good; what does not end in time ends with the process."""
        self._ended.set()
        self._news.set()
        self._stop_all()

    def _adopt(self) -> None:
        """Take in mailboxes that are handed to this device, and start what could not start yet."""
        while not self._ended.is_set():
            self._news.wait()
            self._news.clear()
            if not self.watching or self._ended.is_set():
                continue
            try:
                self._look()
            except KnownError:
                pass  # a full disk, say: it is tried again after the next change
            except Exception:  # a bug: the others go on
                _log.exception("taking in a mailbox failed")
            self._ended.wait(_PAUSE)

    def _look(self) -> None:
        for scope in (*adopting.withdrawn(self._store), *adopting.ended(self._store)):
            self.stop(scope)
            account = adopting.let_go(self._writer, scope)
            if account:
                self._syncs.stop(account)
        for team in self._teams.running():
            for came in adopting.new(self._store, team):
                adopting.take_in(self._writer, team.id, came)
        self._start_all()

    def _start_all(self) -> None:
        with closing(open_reader(self._store)) as conn:
            rows = served.all_(conn)
        for row in rows:
            with contextlib.suppress(UsageError):  # the space is not here any more, or not yet
                self.start(row.scope)

    def _stop_all(self) -> None:
        """Stop all at once, and give back what they held."""
        with self._lock:
            running = list(self._running.values())
            self._running.clear()
        ending.stop_all(worker.stop for worker in running)

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
