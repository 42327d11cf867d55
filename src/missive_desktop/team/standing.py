"""How it is with a team's server: kept in the store, and told where only the person can help."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import TeamState
from missive_desktop.errors import CertificateRefused, DiskTrouble, KnownError
from missive_desktop.store import teams
from missive_desktop.store.database import Connection
from missive_desktop.team.applying import TeamBooks
from missive_desktop.team.calls import Outdated, Problems, Removed, SignedOut


class Standing:
    """Told by the line alone; `back` is called when it works again, `out` (whether it is only this
    device) for who was taken out while they were away."""

    def __init__(
        self,
        books: TeamBooks,
        stop: threading.Event,
        trouble: Callable[[KnownError], None],
        back: Callable[[], None],
        out: Callable[[bool], None],
    ) -> None:
        self._books, self._stop, self._trouble, self._back = books, stop, trouble, back
        self._out, self._last = out, ""

    def said(self, error: KnownError | None) -> None:
        """The line works (None), or why it does not: keep that, and go on where it waited."""
        if error is None:
            if self._last != "":
                self._back()
            self._keep(TeamState.READY, "")
            self._last = ""
            return
        if isinstance(error, Removed):
            self._out(error.device)
        state = TeamState.OFFLINE
        if isinstance(error, SignedOut):
            state = TeamState.SIGNED_OUT
        elif isinstance(error, Outdated):
            state = TeamState.OUTDATED
        elif isinstance(error, Problems) and error.code == "must":
            state = TeamState.MUST
        self._keep(state, "" if state is TeamState.SIGNED_OUT else str(error))
        words = f"{type(error).__name__}{error}"
        news = isinstance(error, SignedOut | Outdated | CertificateRefused)
        if news and words != self._last and not isinstance(error, Removed):  # of that is a notice
            self._trouble(error)
        self._last = words

    def _keep(self, state: TeamState, words: str) -> None:
        team = self._books.team

        def work(conn: Connection, changes: Changes) -> None:
            row = teams.get(conn, team)
            if row is not None and row.state is not TeamState.REMOVED:
                teams.set_state(conn, team, state, words, changes)

        if not self._stop.is_set():
            with contextlib.suppress(DiskTrouble):  # said anew when the line has something to say
                self._books.writer.run(work)
