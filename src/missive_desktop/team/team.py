"""One running team: its threads, what wakes them, and how it is with the server.

Threads: `line` reads what is new, `history` what was, `acts` takes out what was done here, `files`
carries blobs, `keys` hands keys to who misses them and looks to the lease, `trail` verifies what
the server says was done. Each survives what goes wrong in it; state and errors stand in the store.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import Intent
from missive_desktop.errors import KnownError, Offline, UsageError
from missive_desktop.store import team_scopes, teams
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection, Store
from missive_desktop.store.writer import Writer
from missive_desktop.sync.loops import Loop
from missive_desktop.team import applying, aside, submitting
from missive_desktop.team.applying import TeamBooks
from missive_desktop.team.blobs import Files
from missive_desktop.team.calls import Calls, Outdated, SignedOut
from missive_desktop.team.connection import Line
from missive_desktop.team.expiry import Expiry
from missive_desktop.team.history import STRUCTURE, History
from missive_desktop.team.keeping import Keeping
from missive_desktop.team.knocking import Knocking
from missive_desktop.team.presence import Presence
from missive_desktop.team.projecting import Projection
from missive_desktop.team.purged import Purges
from missive_desktop.team.reading import Reading
from missive_desktop.team.restored import Restored
from missive_desktop.team.sending import Sending
from missive_desktop.team.standing import Standing
from missive_desktop.team.trail import Trail
from missive_desktop.team.uploading import Uploads
from missive_desktop.team.vault import Vault
from missive_wire.entities import Type
from missive_wire.frames import Present, Purged, Showing

_log = logging.getLogger(__name__)
_MINUTE = 60.0
_SOON = 1.0
_OPENING = 3.0
_STOP_WAIT = 2.0
_AFTER_BUG = 30.0  # seconds
_STRUCTURE = frozenset(STRUCTURE)

Trouble = Callable[[KnownError], None]


class Team:
    """Keeps one team in step. `trouble` and `shown` are called from its threads."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        team: int,
        projection: Projection,
        *,
        trouble: Trouble = lambda error: None,
        shown: Callable[[], None] = lambda: None,
    ) -> None:
        self.vault = Vault(store, writer, team)
        self.books = TeamBooks(store, writer, team, projection, self.vault, self.vault.witness)
        with self.books.reading() as conn:
            row = teams.get(conn, team)
        if row is None:
            raise UsageError("There is no such team.")
        self.expiry = Expiry(self.books, self.vault)
        self.id, self.device, self._trouble = team, row.device, trouble
        self.calls = Calls(row.url, row.settings, self._token)
        self.presence = Presence(row.user, shown, self._say)
        self._stop, self._starting = threading.Event(), threading.Lock()
        self._reading = Reading(self.books, self.calls, row.device, self)
        self._history = History(
            self.books, self.calls, row.device, self.learned, self.was_reset,
            self._reading.verify, self._reading.begun,
        )  # fmt: skip
        self._sending = Sending(self.books, self.calls)
        self.files = Files(self.books, self.calls)
        self._uploads = Uploads(self.books, self.calls, row.device)
        self._keeping = Keeping(self.books, self.vault)
        self.trail = Trail(self.books, self.calls, row.device)
        self._knocking = Knocking(self.books, self.calls, self.vault, self.submit)
        self._purges = Purges(self.books, self.vault, self.calls, row.device, self._say)
        self._state = Standing(
            self.books, self._stop, trouble, self._wake_all, self._purges.taken_out
        )
        self._line = Line(
            self.calls, self._reading, row.device, self._token, self._stop, self._state.said
        )
        name = f"-team-{team}"
        self._line_thread = threading.Thread(target=self._run_line, name="line" + name, daemon=True)
        self._acts = Loop("acts" + name, self._act, self._stop, self._aside)
        self._past = Loop("history" + name, self._read_past, self._stop, self._aside)
        carry = partial(self._uploads.run, self._stop, self._acts.wake)
        self._blobs = Loop("files" + name, carry, self._stop, self._aside)
        self._keys = Loop("keys" + name, self._keep, self._stop, self._aside, self.again)
        self._trail = Loop("trail" + name, self._verify, self._stop, self._aside)
        self._loops = (self._acts, self._past, self._blobs, self._keys, self._trail)
        self._restored = threading.Event()
        self._restored.set()  # at the start, too, the server may know less than it did
        self._back = Restored(self.books, self.vault, self.calls, row.device)
        self._closed = threading.Event()
        self._closed.set()  # and may let only owners in
        self._caught_up = False

    # --- for the engine ----------------------------------------------------------------------

    def start(self) -> None:
        """Keep the team in step from now on; several may ask for it at once."""
        with self._starting:
            if self._line_thread.ident is not None or self._stop.is_set():
                return
            self.expiry.look()
            self.expiry.scrub()
            for loop in self._loops:
                loop.start()
            self._line_thread.start()

    def stop(self) -> None:
        """Stop all; what does not end in time ends with the process."""
        self._stop.set()
        self._line.wake()
        for loop in self._loops:
            loop.wake()
        self.calls.close()
        end = time.monotonic() + _STOP_WAIT
        if self._line_thread.ident is not None:
            self._line_thread.join(_STOP_WAIT)
        for loop in self._loops:
            loop.join(max(0.0, end - time.monotonic()))
        self._history.close()
        self.files.close()
        self.books.close()

    def poke(self) -> None:
        """Something was done here: tell the server."""
        self._acts.wake()
        self._blobs.wake()

    def again(self) -> None:
        """Connect anew, at once: signed in again, back from sleep, the network came back."""
        self._line.again()
        self._wake_all()

    def submit(self, intents: Sequence[Intent]) -> list[int]:
        """Do something: it is shown at once, is on the disk, and goes to the server in order."""
        ids = self.books.writer.run(partial(self._submit, intents), durable=True)
        self.poke()
        return ids

    def redo(self, pending: int) -> None:
        projection = self.books.projection
        self.books.writer.run(
            lambda conn, changes: submitting.redo(conn, pending, projection, changes), durable=True
        )
        self.poke()

    def drop(self, pending: int) -> None:
        projection = self.books.projection
        self.books.writer.run(
            lambda conn, changes: submitting.drop(conn, pending, projection, changes), durable=True
        )

    def want(self, scope: str, conv: str) -> None:
        """Fetch all of a conversation, however old."""
        self._history.want(scope, conv)
        self._past.wake()

    def catch_up(self) -> None:
        """Ask for all news now, and wait for it."""
        self._reading.pull()

    def look_back(self) -> None:
        """Go on into the past: somebody asked for older history than is fetched by itself."""
        self._past.wake()

    # --- told by the reader --------------------------------------------------------------------

    def heard(self, server_ms: int) -> None:
        self.expiry.heard(server_ms)

    def began(self, scope: str) -> None:
        self._past.wake()
        self._trail.wake()

    def was_reset(self, scope: str) -> None:
        self._restored.set()
        self._closed.set()
        self._acts.wake()

    def learned(self, scope: str, types: frozenset[str]) -> None:
        """Keys and certificates first: with them the rest opens. The trail needs none of it."""
        if Type.CHECKPOINT in types:
            self._trail.wake()
        if types & _STRUCTURE:
            self.vault.learn()
            for name in sorted(self.vault.openable()):
                applying.reopen(self.books, name)
                aside.unpack(self.books, name)
            self._keys.wake()
            self._acts.wake()
        if Type.DEVICE in types:
            self._trail.wake()  # who waited may be in

    def freed(self, scope: str) -> None:
        self._acts.wake()

    def revoked(self, scope: str) -> None:
        self._purges.revoked(scope)

    def present(self, frame: Present) -> None:
        self.presence.take(frame)

    # --- the threads ---------------------------------------------------------------------------

    def _run_line(self) -> None:
        while not self._stop.is_set():
            try:
                self._line.run()
            except Exception:  # a bug: it is logged whole, and the others go on
                _log.exception("%s failed", self._line_thread.name)
                self._stop.wait(_AFTER_BUG)

    def _act(self) -> float | None:
        if self._restored.is_set():
            self._sending.compare()
            self._blobs.wake()  # files may have to go up again
            self._restored.clear()
        while not self._stop.is_set() and self._sending.push():
            pass
        return None

    def _read_past(self) -> float | None:
        while not self._stop.is_set() and self._history.step():
            pass
        self._acts.wake()  # what an act was done to may have come back
        self._trail.wake()
        return None

    def _verify(self) -> float | None:
        # Mail and what is said of it come first: who did it long ago is read once those are here.
        whole = self.trail.check(back=self._history.rests)
        self._knocking.look()
        return None if whole else _SOON

    def _keep(self) -> float | None:
        if not self._caught_up:
            self._catch_up()
        self.expiry.look()
        self.expiry.scrub()
        intents, wait = self._keeping.due(time.monotonic())
        intents += self._back.due()
        if intents:
            self.submit(intents)
        if self._closed.is_set() and self._back.settled():
            self._closed.clear()
        return min(_MINUTE, wait, _OPENING if self._closed.is_set() else _MINUTE)

    def _catch_up(self) -> None:
        """Keys may have come just before this program ended: what they open waits for that."""
        self.vault.learn()
        with self.books.reading() as conn:
            names = [row.scope for row in team_scopes.all_(conn, self.id)]
        for name in names:
            applying.reopen(self.books, name)
            aside.unpack(self.books, name)
        self._acts.wake()
        self._caught_up = True

    def _submit(self, intents: Sequence[Intent], conn: Connection, changes: Changes) -> list[int]:
        return submitting.submit(conn, self.id, intents, now_ms(), self.books.projection, changes)

    def _token(self) -> str:
        with self.books.reading() as conn:
            return teams.token(conn, self.id)

    def _say(self, frame: Purged | Showing) -> bool:
        return self._line.say(frame)

    def _wake_all(self) -> None:
        for loop in self._loops:
            loop.wake()

    def _aside(self, error: KnownError) -> None:
        """The line tells how it is with the server; the other threads only try again."""
        if not isinstance(error, SignedOut | Outdated | Offline):
            self._trouble(error)
