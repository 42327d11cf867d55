"""For those who do not watch: wait until a team's server knows all, and we know what it does."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from missive_desktop.domain import refusals
from missive_desktop.domain.team import PendingState
from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.space_requests import TellTeam
from missive_desktop.errors import KnownError
from missive_desktop.store import team_pending, team_scopes, teams
from missive_desktop.store.database import Connection
from missive_desktop.store.team_pending import Pending
from missive_wire import limits, routes
from missive_wire.feed import PullAnswer, PullRequest

_UNDER_WAY = (PendingState.WAITING, PendingState.SENT)
_PATIENCE = 4.0  # seconds after which an error is believed


class _Standing(NamedTuple):
    waiting: list[Pending]
    refused: list[Pending]
    errors: list[str]


def tell(runtime: Runtime, request: TellTeam) -> dict[str, Any]:
    """Wait until the servers know of what was done here, and (whole) we of what they have."""
    with runtime.reading() as conn:
        wanted = [row.id for row in teams.all_(conn) if request.team in (0, row.id)]
    for team in wanted:
        runtime.teams.start(team)
        runtime.teams.of(team).poke()
    begun = time.monotonic()
    with runtime.reading() as conn:
        while True:
            found = _standing(conn, wanted)
            left = found.waiting or (request.whole and not _all_read(runtime, conn, wanted))
            passed = time.monotonic() - begun
            patient = passed < (_PATIENCE if found.errors else request.seconds)
            if not left or not patient or runtime.stopping.is_set():
                break
            runtime.wait_for_change(0.2)
    return {
        "waiting": len(found.waiting),
        "refused": [
            [each.id, each.act, refusals.words(each.state, each.why)] for each in found.refused
        ],
        "errors": found.errors,
    }


def _standing(conn: Connection, wanted: Sequence[int]) -> _Standing:
    pending = [each for team in wanted for each in team_pending.open_(conn, team)]
    rows = [row for team in wanted if (row := teams.get(conn, team)) is not None]
    return _Standing(
        [each for each in pending if each.state in _UNDER_WAY],
        [each for each in pending if each.why],
        [row.error for row in rows if row.error],
    )


def _all_read(runtime: Runtime, conn: Connection, wanted: Sequence[int]) -> bool:
    """Ask the servers whether there is anything that is not here."""
    try:
        return all(_read(runtime, conn, team) for team in wanted)
    except KnownError:
        return False  # the running team says what is wrong


def _read(runtime: Runtime, conn: Connection, team: int) -> bool:
    running = runtime.teams.of(team)
    scopes = team_scopes.all_(conn, team)
    here = {row.scope: (row.e, row.hi) for row in scopes if row.e}
    asked = PullRequest(running.device, limits.SCHEMA, here, 0, 1)
    answer = running.calls.post(routes.PULL, asked, PullAnswer)
    past = {row.scope for row in scopes if row.e and (row.done or row.until > 0)}
    return not answer.scopes and set(answer.all) <= past
