"""Having this computer serve a shared inbox from a mailbox, or no more."""

from __future__ import annotations

from typing import Any

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.serving import Options
from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.serving_requests import ServeInbox, Serving, StopServing
from missive_desktop.errors import Refused, UsageError
from missive_desktop.store import served, team_spaces, teams
from missive_desktop.store.database import Connection
from missive_desktop.team.spaces import acting
from missive_wire import rules

_SERVES = "send.started"  # who may do this may serve


def serve(runtime: Runtime, request: ServeInbox) -> dict[str, Any]:
    with runtime.reading() as conn:
        known = served.get(conn, request.scope)
    options = Options(request.archive_closed)
    if known is not None and known.account == request.account:
        runtime.writer.run(
            lambda conn, _: served.set_options(conn, request.scope, options), durable=True
        )
        return {}

    def work(conn: Connection, changes: Changes) -> None:
        space = team_spaces.get(conn, request.scope)
        team = teams.get(conn, space.team) if space else None
        if space is None or team is None or not space.account:
            raise UsageError("There is no such shared inbox here.")
        mine = acting.role(conn, space, team.user)
        if mine and not rules.may(mine, _SERVES):
            raise Refused(f"Your role in {space.name or 'this space'} does not allow this.")
        served.add(conn, request.scope, space.team, request.account, options, changes)

    runtime.writer.run(work, durable=True)
    runtime.workers.start(request.scope)
    return {}


def watch(runtime: Runtime, request: Serving) -> dict[str, Any]:
    """Serve without anybody who watches: nothing is prepared to be looked at."""
    runtime.teams.watch(request.on)
    runtime.workers.watch(request.on)
    return {}


def stop(runtime: Runtime, request: StopServing) -> dict[str, Any]:
    runtime.workers.stop(request.scope)
    row = runtime.writer.run(
        lambda conn, changes: served.remove(conn, request.scope, changes), durable=True
    )
    if row is None:
        raise UsageError("This shared inbox is not served from here.")
    return {}
