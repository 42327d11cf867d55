"""The teams of this profile: each runs from when somebody watches, all stop together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import TeamState
from missive_desktop.engine import ending
from missive_desktop.engine.protocol import Changed, Notice, Trouble
from missive_desktop.errors import KnownError, UsageError
from missive_desktop.store import teams
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Store, open_reader
from missive_desktop.store.team_pending import waiting
from missive_desktop.store.writer import Writer

if TYPE_CHECKING:
    from missive_desktop.team.team import Team

_IDLE = frozenset({TeamState.REMOVED, TeamState.APPROVAL})  # there is nothing to keep in step
PRESENCE = "presence"  # among `Changes.teams`: somebody came, went or types


class Teams:
    """One running `Team` for each organization that this profile is signed in to."""

    def __init__(self, store: Store, writer: Writer, publish: Callable[[Notice], None]) -> None:
        self._store, self._writer, self._publish = store, writer, publish
        self._running: dict[int, Team] = {}
        self._lock = threading.Lock()
        self._making = threading.Lock()  # takes a while, in which the writer's thread asks who runs
        self._closed = False
        self.watching = False

    def watch(self, on: bool) -> None:
        """Keep all teams in step from now on, or none."""
        self.watching = on
        if on:
            self.forget_old()
            for team in self._known():
                self.start(team)
        else:
            for team in list(self._running):
                self.stop(team)

    def start(self, team: int) -> None:
        """Keep one team in step from now on."""
        self.of(team).start()

    def of(self, team: int) -> Team:
        """Return a team as it runs, or as it would."""
        # Heavy (httpx, websockets, PyNaCl): who has no team shall not wait for it.
        from missive_desktop.team.spaces.projection import SpaceProjection
        from missive_desktop.team.team import Team

        with self._making:
            running = self._running.get(team)
            if running is None:
                running = Team(
                    self._store,
                    self._writer,
                    team,
                    SpaceProjection(self._store.packs),
                    trouble=self._trouble,
                    shown=self._shown,
                )
                with self._lock:
                    self._running[team] = running
                if self._closed:
                    running.stop()  # nobody else would any more
        return running

    def expire(self) -> None:
        """Nobody shall be shown what ran out while no program ran, not even for a moment."""
        with closing(open_reader(self._store)) as conn:
            over = teams.over(conn, now_ms())
        for row in over:
            self.of(row.id).expiry.look()

    def running(self) -> list[Team]:
        with self._lock:
            return list(self._running.values())

    def committed(self, changes: Changes) -> None:
        """Something was done to shared state, by whomever here: let the server know at once."""
        if changes.teams:
            for team in self.running():
                if waiting(team.id) in changes.teams:
                    team.poke()

    def by_org(self, org: str) -> Team:
        with closing(open_reader(self._store)) as conn:
            row = teams.by_org(conn, org)
        if row is None:
            raise UsageError("There is no such team.")
        return self.of(row.id)

    def restart(self, team: int) -> None:
        """Go on with changed settings, keys or session."""
        self.stop(team)
        if self.watching and team in self._known():
            self.start(team)

    def stop(self, team: int) -> None:
        with self._lock:
            running = self._running.pop(team, None)
        if running is not None:
            running.stop()

    def close(self) -> None:
        """Stop all at once; what does not end in time ends with the process."""
        with self._lock:
            self._closed = True
            running = list(self._running.values())
            self._running.clear()
        ending.stop_all(team.stop for team in running)

    def _known(self) -> list[int]:
        with closing(open_reader(self._store)) as conn:
            return [row.id for row in teams.all_(conn) if row.state not in _IDLE]

    def forget_old(self) -> None:
        """Forget what was kept for who gets access back, once that is too long ago."""
        with closing(open_reader(self._store)) as conn:
            if not teams.all_(conn):
                return
        from missive_desktop.team import aside  # heavy, as above

        self._writer.run(lambda conn, _: aside.forget(conn, now_ms()))

    def _trouble(self, error: KnownError) -> None:
        self._publish(Trouble(0, type(error).__name__, str(error), error.advice))

    def _shown(self) -> None:
        self._publish(Changed(Changes(teams={PRESENCE})))
