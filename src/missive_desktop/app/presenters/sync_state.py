"""How far each account and each team is, in one line and in detail. Knows no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from missive_desktop.app.presenters.link import Engine
from missive_desktop.domain.account import AccountState
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.domain.team import REFUSED, SHOWN, TeamState
from missive_desktop.engine.client import Health
from missive_desktop.engine.protocol import Changed, Notice, Progress, Sync, Trouble
from missive_desktop.errors import KnownError
from missive_desktop.store import (
    accounts,
    folders,
    team_lists,
    team_pending,
    team_scopes,
    team_spaces,
    teams,
)
from missive_desktop.store.accounts import AccountRow
from missive_desktop.store.database import Connection
from missive_desktop.store.teams import TeamRow


class Overall(StrEnum):
    UP_TO_DATE = "up_to_date"
    SYNCING = "syncing"
    OFFLINE = "offline"
    SIGN_IN = "sign_in"
    FAILED = "failed"
    STOPPED = "stopped"  # the engine itself
    APPROVAL = "approval"  # another device of this person has to approve this one
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
class SpaceSync:
    """A space of a team; `whole`: all of it that is wanted here has come."""

    name: str
    open: int
    whole: bool = True
    serves: str = ""  # the mailbox that this computer fetches and sends for it


@dataclass(frozen=True, slots=True)
class TeamSync:
    """One team in the detail; `since` when it was last heard of, where it is out of reach."""

    id: int
    name: str
    state: TeamState
    error: str
    spaces: tuple[SpaceSync, ...]
    since: int = 0  # unix seconds
    waiting: int = 0  # acts that its server has not got yet
    refused: int = 0  # acts that it did not take


@dataclass(frozen=True, slots=True)
class SyncState:
    """`done` of `total` messages while syncing; what needs the person stands in the detail."""

    overall: Overall
    done: int = 0
    total: int = 0
    accounts: tuple[AccountSync, ...] = ()
    teams: tuple[TeamSync, ...] = ()


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
        if changes.accounts or changes.folders or changes.teams:
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
    rows = accounts.all_(conn)
    found = tuple(_account(conn, row) for row in rows if row.settings.imap.host)
    known = tuple(_team(conn, row, rows) for row in teams.all_(conn))
    return summarize(found, known, stopped=health is not Health.ALIVE)


_NEEDS_PERSON = (TeamState.SIGNED_OUT, TeamState.OUTDATED, TeamState.LOCKED, TeamState.REMOVED)


def summarize(
    found: Sequence[AccountSync], known: Sequence[TeamSync] = (), *, stopped: bool = False
) -> SyncState:
    """Decide what one line says of several accounts: what needs the user comes first."""
    rows, teams_ = tuple(found), tuple(known)

    def shown(overall: Overall, done: int = 0, total: int = 0) -> SyncState:
        return SyncState(overall, done, total, rows, teams_)

    if stopped:
        return shown(Overall.STOPPED)
    states = {row.state for row in rows}
    of_teams = {team.state for team in teams_}
    if not rows and not teams_:
        return SyncState(Overall.EMPTY)
    if AccountState.REFUSED in states or of_teams & {TeamState.SIGNED_OUT, TeamState.MUST}:
        return shown(Overall.SIGN_IN)
    if AccountState.FAILED in states or of_teams.intersection(_NEEDS_PERSON):
        return shown(Overall.FAILED)
    if any(team.refused for team in teams_):
        return shown(Overall.FAILED)
    if TeamState.APPROVAL in of_teams:
        return shown(Overall.APPROVAL)
    busy = [row for row in rows if row.state in (AccountState.SYNCING, AccountState.NEW)]
    if busy:
        done, total = sum(row.stored for row in busy), sum(row.on_server for row in busy)
        return shown(Overall.SYNCING, done, total)
    if of_teams & {TeamState.NEW, TeamState.CONNECTING}:
        return shown(Overall.SYNCING)
    if AccountState.OFFLINE in states or TeamState.OFFLINE in of_teams:
        return shown(Overall.OFFLINE)
    return shown(Overall.UP_TO_DATE)


def of_team(conn: Connection, team: int) -> TeamSync | None:
    """Read how it is with one team."""
    row = teams.get(conn, team)
    return _team(conn, row, accounts.all_(conn)) if row is not None else None


def _team(conn: Connection, row: TeamRow, known: Sequence[AccountRow]) -> TeamSync:
    counts = team_lists.open_counts(conn)
    serving = {one.settings.address.lower() for one in known if one.settings.kind == "served"}
    spaces = []
    for space in team_spaces.mine(conn, row.id):
        scope = team_scopes.get(conn, row.id, space.scope)
        whole = scope is not None and scope.hi == scope.head
        serves = space.address if space.address.lower() in serving else ""
        spaces.append(SpaceSync(space.called, counts.get(space.account, 0), whole, serves))
    pending = team_pending.open_(conn, row.id)
    away = row.state in (TeamState.OFFLINE, TeamState.CONNECTING)
    return TeamSync(
        id=row.id,
        name=row.called,
        state=row.state,
        error=row.error,
        spaces=tuple(spaces),
        since=row.clock // 1000 if away else 0,
        waiting=sum(one.state in SHOWN for one in pending),
        refused=sum(one.state in REFUSED for one in pending),
    )


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
