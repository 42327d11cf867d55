"""What the server takes away goes from here, and that is said: admins see who has not done so."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial

from missive_desktop.errors import KnownError
from missive_desktop.store import teams
from missive_desktop.team import purging
from missive_desktop.team.applying import TeamBooks
from missive_desktop.team.calls import Calls
from missive_desktop.team.vault import Vault
from missive_wire import routes
from missive_wire.frames import Purged
from missive_wire.routes import PurgedAnswer, PurgedRequest

_log = logging.getLogger(__name__)
_TRIES = 3
_PAUSE = 1.0  # seconds
_AT_ONCE = 500


class Purges:
    """Told by the line; `say` sends a frame, or says that there is no stream."""

    def __init__(
        self,
        books: TeamBooks,
        vault: Vault,
        calls: Calls,
        device: str,
        say: Callable[[Purged], bool],
    ) -> None:
        self._books, self._vault, self._calls = books, vault, calls
        self._device, self._say = device, say

    def revoked(self, scope: str) -> None:
        """A scope may not be read any more."""
        self._purge(partial(purging.revoke, self._books, scope))

    def taken_out(self, device: bool) -> None:
        """This person, or only this device, was taken out of the team."""
        self._purge(partial(purging.taken_out, self._books, device=device))

    def _purge(self, purge: Callable[[], list[str]]) -> None:
        with self._books.reading() as conn:
            token = teams.token(conn, self._books.team)  # which may go with the rest
        gone = purge()
        self._vault.learn()
        unsaid = [each for each in gone if not self._say(Purged(each))]
        if unsaid:
            with closing(self._calls.beside(token)) as calls:
                self._post(calls, unsaid)

    def _post(self, calls: Calls, scopes: Sequence[str]) -> None:
        for start in range(0, len(scopes), _AT_ONCE):
            request = PurgedRequest(self._device, tuple(scopes[start : start + _AT_ONCE]))
            for left in reversed(range(_TRIES)):
                try:
                    calls.post(routes.PURGED, request, PurgedAnswer)
                    break
                except KnownError as error:
                    if not left:
                        _log.warning("it was not said what was removed: %s", type(error).__name__)
                    time.sleep(_PAUSE if left else 0.0)
