"""Devices that wait to be let in look from time to time whether they were, also unseen. No Qt."""

from __future__ import annotations

import asyncio
import contextlib

from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.domain.team import TeamState
from missive_desktop.engine.team_login_requests import TeamEntered
from missive_desktop.errors import KnownError
from missive_desktop.store import teams
from missive_desktop.store.database import Connection

LOOK_AGAIN = 10.0  # seconds


class Admission:
    """Has the engine take what it is given once it is let in; that, changes tell."""

    def __init__(self, conn: Connection, engine: Engine) -> None:
        self._conn = conn
        self._engine = engine
        self._looking = False
        self._tasks = Tasks(lambda error: None)

    def look(self) -> None:
        """Begin to look, if there is anything to wait for."""
        if not self._looking and self._waiting():
            self._looking = True
            self._tasks.start(self._look())

    def close(self) -> None:
        self._tasks.cancel()

    def _waiting(self) -> list[int]:
        return [row.id for row in teams.all_(self._conn) if row.state is TeamState.APPROVAL]

    async def _look(self) -> None:
        while waiting := self._waiting():
            for team in waiting:
                with contextlib.suppress(KnownError):  # the next time tells
                    await self._engine.call(TeamEntered(team=team))
            await asyncio.sleep(LOOK_AGAIN)
        self._looking = False
