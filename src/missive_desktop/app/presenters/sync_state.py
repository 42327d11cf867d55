"""How far each account is, in one line and in detail. Knows no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from missive_desktop.app.presenters.link import Engine
from missive_desktop.domain.account import AccountState
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.engine.client import Health
from missive_desktop.engine.protocol import Changed, Notice, Progress, Sync, Trouble
from missive_desktop.errors import KnownError
from missive_desktop.store import accounts, folders
from missive_desktop.store.accounts import AccountRow
from missive_desktop.store.database import Connection


class Overall(StrEnum):
    UP_TO_DATE = "up_to_date"
    SYNCING = "syncing"
    OFFLINE = "offline"
    SIGN_IN = "sign_in"
    FAILED = "failed"
    STOPPED = "stopped"  # the engine itself
    EMPTY = "empty"  # no account that syncs


@dataclass(frozen=True, slots=True)
class FolderState:
    name: str
    stored: int
    on_server: int
    error: str


@dataclass(frozen=True, slots=True)
class AccountSync:
    """One account in the detail: `error` is a plain sentence or empty."""

    id: int
    address: str
    state: AccountState
    error: str
    folders: tuple[FolderState, ...]

    @property
    def stored(self) -> int:
        return sum(min(folder.stored, folder.on_server) for folder in self.folders)

    @property
    def on_server(self) -> int:
        return sum(folder.on_server for folder in self.folders)


@dataclass(frozen=True, slots=True)
class SyncState:
    """`done` of `total` messages while syncing; the account to sign in to otherwise."""

    overall: Overall
    done: int = 0
    total: int = 0
    accounts: tuple[AccountSync, ...] = ()


class SyncView(Protocol):
    def show_sync(self, state: SyncState) -> None: ...


class SyncPresenter:
    """Follows notices and shows the state."""

    def __init__(self, conn: Connection, engine: Engine, view: SyncView) -> None:
        self._conn = conn
        self._engine = engine
        self._view = view
        self._health = Health.ALIVE
        self._running: dict[int, tuple[int, int]] = {}

    def load(self) -> None:
        self._view.show_sync(read(self._conn, self._health, self._running))

    def notice(self, notice: Notice) -> None:
        """Take in progress and trouble; changes come merged through `changed`."""
        if isinstance(notice, Progress):
            self._progress(notice)
        elif isinstance(notice, Trouble):
            self._running.pop(notice.account, None)
            self.load()
        else:
            assert isinstance(notice, Changed)

    def changed(self, changes: Changes) -> None:
        if changes.accounts or changes.folders:
            self.load()

    def health_changed(self, health: Health) -> None:
        self._health = health
        self._running.clear()
        self.load()

    async def retry(self, account: int) -> None:
        """Try an account (0: all) again now."""
        try:
            await self._engine.call(Sync(account=account))
        except KnownError:
            self.load()  # what went wrong stands beside the account

    def _progress(self, notice: Progress) -> None:
        if notice.total and notice.done >= notice.total:
            self._running.pop(notice.account, None)
        else:
            self._running[notice.account] = (notice.done, notice.total)


def read(
    conn: Connection,
    health: Health = Health.ALIVE,
    running: dict[int, tuple[int, int]] | None = None,
) -> SyncState:
    """Read the state of all accounts."""
    found = tuple(_account(conn, row) for row in accounts.all_(conn) if row.settings.imap.host)
    return summarize(found, stopped=health is not Health.ALIVE)


def summarize(found: Sequence[AccountSync], *, stopped: bool = False) -> SyncState:
    """Decide what one line says of several accounts: what needs the user comes first."""
    rows = tuple(found)
    if stopped:
        return SyncState(Overall.STOPPED, accounts=rows)
    states = {row.state for row in rows}
    if not rows:
        return SyncState(Overall.EMPTY)
    if AccountState.REFUSED in states:
        return SyncState(Overall.SIGN_IN, accounts=rows)
    if AccountState.FAILED in states:
        return SyncState(Overall.FAILED, accounts=rows)
    busy = [row for row in rows if row.state in (AccountState.SYNCING, AccountState.NEW)]
    if busy:
        done, total = sum(row.stored for row in busy), sum(row.on_server for row in busy)
        return SyncState(Overall.SYNCING, done, total, rows)
    if AccountState.OFFLINE in states:
        return SyncState(Overall.OFFLINE, accounts=rows)
    return SyncState(Overall.UP_TO_DATE, accounts=rows)


def _account(conn: Connection, row: AccountRow) -> AccountSync:
    shown = [
        folder
        for folder in folders.for_account(conn, row.id)
        if folder.selectable and folder.role not in (Role.STARRED, Role.IMPORTANT)
    ]
    return AccountSync(
        id=row.id,
        address=row.settings.address,
        state=row.state,
        error=row.error,
        folders=tuple(
            FolderState(item.name, item.stored, item.on_server, item.error) for item in shown
        ),
    )
