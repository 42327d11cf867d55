"""What handlers need to act in a team: a line to its server, the team ready, a plan carried out."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextlib import closing

from missive_desktop.domain.team import TeamState
from missive_desktop.engine import settling
from missive_desktop.engine.runtime import Runtime
from missive_desktop.errors import LoginRefused, Offline, Refused, UsageError
from missive_desktop.store import team_scopes, teams
from missive_desktop.store.teams import TeamRow
from missive_desktop.team.calls import Calls
from missive_desktop.team.organizing import Plan
from missive_desktop.team.team import Team
from missive_wire.ids import org_scope

_PATIENCE = 30.0
_KEYS = 5.0  # what was done is done; who asked may only have to wait for its keys later
_STEP = 0.5


def row_of(runtime: Runtime, team: int) -> TeamRow:
    with runtime.reading() as conn:
        row = teams.get(conn, team)
    if row is None:
        raise UsageError("There is no such team.")
    return row


@contextlib.contextmanager
def line(runtime: Runtime, team: int) -> Iterator[tuple[TeamRow, Calls]]:
    """A connection of one's own, for the time of one handler: the team need not run."""
    row = row_of(runtime, team)
    with runtime.reading() as conn:
        token = teams.token(conn, team)
    with closing(Calls(row.url, row.settings, lambda: token)) as calls:
        yield row, calls


def ready(runtime: Runtime, team: int) -> Team:
    """Return a team that runs and knows who is who; raise what keeps it from that."""
    row = row_of(runtime, team)
    if row.state is TeamState.APPROVAL:
        raise Refused("This device was not approved yet.", "Approve it on another one of yours.")
    running = runtime.teams.of(team)
    running.start()
    end = time.monotonic() + _PATIENCE
    while not _knows(runtime, row, running):
        now = row_of(runtime, team)
        if now.state is TeamState.SIGNED_OUT:
            raise LoginRefused(now.error or "You are signed out of this team.", "Sign in again.")
        if now.state in (TeamState.OUTDATED, TeamState.REMOVED):
            raise Refused(now.error)
        if time.monotonic() > end:
            raise Offline(now.error or "The team's server cannot be reached.")
        runtime.wait_for_change(_STEP)
    return running


def _knows(runtime: Runtime, row: TeamRow, team: Team) -> bool:
    """Tell whether directory and keys are here, as far as they are to be had."""
    scope = org_scope(row.org)
    with runtime.reading() as conn:
        found = team_scopes.get(conn, row.id, scope)
    complete = found is not None and bool(found.e) and bool(found.done)
    known = team.vault.approved and row.user in team.vault.roster.members
    return complete and known and team.vault.newest(scope) is not None


def carry_out(runtime: Runtime, team: Team, plan: Plan) -> None:
    """Do what was planned; wait for the server's word, and for new keys to come back."""
    settling.wait_for(runtime, team, team.submit(plan.intents))
    end = time.monotonic() + _KEYS
    while not _has(team, plan) and time.monotonic() < end:
        runtime.wait_for_change(_STEP)


def _has(team: Team, plan: Plan) -> bool:
    """Tell whether new keys have come by their records: before, nothing can be done with them."""
    newest = team.vault.newest_of_all()
    return all(key.scope in newest and newest[key.scope].epoch >= key.epoch for key in plan.keys)
