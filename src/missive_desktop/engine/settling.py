"""Waiting for a team's server to say that what was done is so, for acts that leave no doubt."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from missive_desktop.domain import refusals
from missive_desktop.domain.team import REFUSED, PendingState
from missive_desktop.engine.runtime import Runtime
from missive_desktop.errors import Offline, Refused
from missive_desktop.store import team_pending

if TYPE_CHECKING:
    from missive_desktop.team.team import Team

_WAIT = 30.0  # seconds


def wait_for(runtime: Runtime, team: Team, ids: list[int]) -> None:
    """Wait; Refused where the server does not want it, which is then dropped."""
    end = time.monotonic() + _WAIT
    with runtime.reading() as conn:
        while time.monotonic() < end and not runtime.stopping.is_set():
            rows = [row for id_ in ids if (row := team_pending.get(conn, id_)) is not None]
            if all(row.state in (PendingState.OK, PendingState.DONE) for row in rows):
                return
            refused = next((row for row in rows if row.state in REFUSED), None)
            if refused is not None:
                for row in rows:
                    if row.state in REFUSED:
                        team.drop(row.id)
                if refused.state is PendingState.CONFLICT:
                    raise Refused("Somebody else changed this just now.", "Look, and try again.")
                raise Refused(refusals.words(refused.state, refused.why))
            runtime.wait_for_change(0.2)
    raise Offline("The team's server did not answer; this is done as soon as it does.")
