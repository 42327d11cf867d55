"""How long what is here of a team may be shown while its server is not heard of: one part of it
counts the time, for any thread; what ran out goes by `purging`.
"""

from __future__ import annotations

import threading
import time

from missive_desktop.store import teams
from missive_desktop.store.clock import now_ms
from missive_desktop.team import purging
from missive_desktop.team.applying import TeamBooks
from missive_desktop.team.vault import Vault

_HEARD = 30_000  # ms between notes of when the server was last heard


class Expiry:
    def __init__(self, books: TeamBooks, vault: Vault) -> None:
        self._books, self._vault = books, vault
        self._heard_at = 0
        self._counting = threading.Lock()
        self._counted: float | None = None  # when time was, by a clock that nobody sets
        self._left = threading.Event()

    def heard(self, server_ms: int) -> None:
        now, team = now_ms(), self._books.team
        if abs(now - self._heard_at) < _HEARD:
            return
        self._heard_at = now
        self._books.writer.run(lambda conn, _: teams.set_heard(conn, team, server_ms, now))

    def look(self) -> None:
        """Take out of sight what is here, if the server was not heard for too long."""
        with self._counting:
            clock, since = time.monotonic(), self._counted
            self._counted = clock
            ran = None if since is None else int((clock - since) * 1000)
            if not purging.expire(self._books, ran):
                return
        self._vault.learn()
        self._left.set()

    def scrub(self) -> None:
        """Remove what is left of what was taken out of sight: that may take long."""
        if self._left.is_set():
            self._left.clear()
            purging.scrub(self._books)
