"""What the window asks of the running teams: refused acts, older history, who looks at what."""

from __future__ import annotations

from typing import Any

from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.team_sync_requests import (
    DropPending,
    LookBack,
    RedoPending,
    SeeNotice,
    ShowPresence,
    WhoIsThere,
)
from missive_desktop.errors import UsageError
from missive_desktop.store import team_notices, team_pending, team_scopes
from missive_desktop.store.team_scopes import ScopeRow


def drop(runtime: Runtime, request: DropPending) -> dict[str, Any]:
    runtime.teams.of(_team_of(runtime, request.pending)).drop(request.pending)
    return {}


def redo(runtime: Runtime, request: RedoPending) -> dict[str, Any]:
    runtime.teams.of(_team_of(runtime, request.pending)).redo(request.pending)
    return {}


def see(runtime: Runtime, request: SeeNotice) -> dict[str, Any]:
    runtime.writer.run(lambda conn, changes: team_notices.see(conn, request.notice, changes))
    return {}


def look_back(runtime: Runtime, request: LookBack) -> dict[str, Any]:
    scope = _scope(runtime, request.scope)
    team = runtime.teams.of(scope.team)
    if request.conv:
        team.want(scope.scope, request.conv)
        return {}
    runtime.writer.run(lambda conn, _: team_scopes.set_until(conn, scope.id, request.until))
    team.look_back()
    return {}


def show(runtime: Runtime, request: ShowPresence) -> dict[str, Any]:
    scope = _scope(runtime, request.scope)
    presence = runtime.teams.of(scope.team).presence
    presence.show(request.scope, request.conv, request.state)
    return {}


def who(runtime: Runtime, _request: WhoIsThere) -> dict[str, Any]:
    seen = [
        [scope, conv, each.user, each.state]
        for team in runtime.teams.running()
        for (scope, conv), there in team.presence.everywhere().items()
        for each in there
    ]
    return {"seen": seen}


def _team_of(runtime: Runtime, pending: int) -> int:
    with runtime.reading() as conn:
        row = team_pending.get(conn, pending)
    if row is None:
        raise UsageError("This is done already.")
    return row.team


def _scope(runtime: Runtime, name: str) -> ScopeRow:
    with runtime.reading() as conn:
        row = team_scopes.by_name(conn, name)
    if row is None:
        raise UsageError("There is no such space here.")
    return row
