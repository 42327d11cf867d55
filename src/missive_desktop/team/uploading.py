"""Files on their way up: some at a time, each going on where it broke off. What the server refuses
again and again is said, with the act that names it; who insists has it tried anew.

Who carries holds one part in memory. What has arrived is written down for all that did meanwhile,
in one commit, and told at once: what names a file waits for no other one.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import PendingState
from missive_desktop.errors import DiskTrouble, Offline, PeerBroken, Refused
from missive_desktop.store import team_blobs, team_pending
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection
from missive_desktop.store.team_blobs import BlobRow
from missive_desktop.team import submitting
from missive_desktop.team.applying import TeamBooks
from missive_desktop.team.blobs import PART, Stored, path_of
from missive_desktop.team.calls import Calls, Outdated, Problems, SignedOut
from missive_wire import routes

AT_A_TIME = 6
_AHEAD = 4 * AT_A_TIME  # handed out, so that nobody who carries waits for the commit
_TOGETHER = 12  # in one commit, if they arrive
_GATHERING = 0.1  # seconds within which they do: a commit costs more than carrying a mail
_GIVE_UP = 8  # tries that the server refused
_FIRST, _LONGEST = 5.0, 600.0  # seconds between them
_AT_ONCE = frozenset({"too_large"})  # nothing will change that
_REFUSED = "Its file could not be brought to the team's server: {}"


class _Outcome(NamedTuple):
    blob: BlobRow | None  # None: who carried can do no more
    error: Exception | None


class _Round(NamedTuple):
    """One round of carrying: what is to go up, what became of it."""

    todo: queue.SimpleQueue[BlobRow | None]
    done: queue.SimpleQueue[_Outcome]
    stop: threading.Event


class Uploads:
    """Carries the files of one team up; for one thread, which has others help."""

    def __init__(
        self,
        books: TeamBooks,
        calls: Calls,
        device: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._books, self._calls, self._device, self._clock = books, calls, device, clock
        self._after: dict[int, float] = {}  # refused: when to try it again

    def run(self, stop: threading.Event, arrived: Callable[[], None]) -> float | None:
        """Take up what waits and what comes meanwhile, the oldest first; return in how many
        seconds something that was refused is to be tried again."""
        round_ = _Round(queue.SimpleQueue(), queue.SimpleQueue(), stop)
        carriers: list[threading.Thread] = []
        begun: set[int] = set()
        flying = 0
        trouble: Exception | None = None
        try:
            with self._books.reading() as conn:
                while True:
                    if trouble is None and not stop.is_set():
                        flying += self._hand_out(conn, round_, begun, _AHEAD - flying)
                    if not flying:
                        break
                    while len(carriers) < min(AT_A_TIME, flying):
                        carriers.append(self._carrier(round_))
                    outcomes = _finished(round_, flying)
                    flying -= len(outcomes)
                    trouble = self._note(outcomes, arrived) or trouble
                    if any(each.blob is None for each in outcomes):
                        break
        finally:
            for _ in carriers:
                round_.todo.put(None)
        if trouble is not None:
            raise trouble
        return max(0.0, min(self._after.values()) - self._clock()) if self._after else None

    def _hand_out(self, conn: Connection, round_: _Round, begun: set[int], room: int) -> int:
        """Hand out as many as there is room for; return how many."""
        waiting = [
            blob
            for blob in team_blobs.waiting(conn, self._books.team, "up")
            if blob.id not in begun and blob.tries < _GIVE_UP
        ]
        now = self._clock()
        chosen = [b for b in waiting if self._after.get(b.id, now) <= now][: max(0, room)]
        for blob in chosen:
            self._after.pop(blob.id, None)
            begun.add(blob.id)
            round_.todo.put(blob)
        return len(chosen)

    def _note(self, outcomes: Sequence[_Outcome], arrived: Callable[[], None]) -> Exception | None:
        """Write down what arrived and what was refused; return what keeps all from going on."""
        there = [each.blob for each in outcomes if each.blob is not None and each.error is None]
        if there:
            self._books.writer.run(partial(_keep, there), durable=True)
            arrived()
        for blob, error in outcomes:
            if error is None:
                continue
            all_alike = isinstance(error, SignedOut | Outdated)
            about_it = isinstance(error, Refused | DiskTrouble) and not all_alike
            if blob is None or not about_it:
                return error
            final = isinstance(error, Problems) and error.code in _AT_ONCE
            tries = _GIVE_UP if final else blob.tries + 1
            self._books.writer.run(partial(self._failed, blob, tries, str(error)), durable=True)
            if tries < _GIVE_UP:
                wait = min(_LONGEST, _FIRST * 2**blob.tries)
                self._after[blob.id] = self._clock() + wait
        return None

    def _failed(
        self, blob: BlobRow, tries: int, words: str, conn: Connection, changes: Changes
    ) -> None:
        """Note it; in the end the act that waits for this file is refused, and what comes after
        it goes on. What a worker files, the worker sees to."""
        team_blobs.failed(conn, blob.id, tries, words)
        if tries < _GIVE_UP:
            return
        refused = [
            msgspec.structs.replace(
                each, state=PendingState.INVALID, why=_REFUSED.format(words), settled=now_ms()
            )
            for each in team_pending.of_blob(conn, blob.team, blob.scope, blob.hash)
            if not each.fence
        ]
        team_pending.save(conn, refused, changes)
        keys = {each.key for each in refused}
        submitting.show_keys(conn, blob.team, keys, self._books.projection, changes)
        changes.teams.add(team_pending.waiting(blob.team))

    # --- who carries ---------------------------------------------------------------------------

    def _carrier(self, round_: _Round) -> threading.Thread:
        thread = threading.Thread(target=self._carry, args=(round_,), name="carry", daemon=True)
        thread.start()
        return thread

    def _carry(self, round_: _Round) -> None:
        try:
            with self._books.reading() as conn:
                while (blob := round_.todo.get()) is not None:
                    round_.done.put(_Outcome(blob, self._tried(conn, blob, round_.stop)))
        except Exception as error:
            round_.done.put(_Outcome(None, error))

    def _tried(self, conn: Connection, blob: BlobRow, stop: threading.Event) -> Exception | None:
        try:
            self._take_up(conn, blob, stop)
        except Exception as error:
            return error
        return None

    def _take_up(self, conn: Connection, blob: BlobRow, stop: threading.Event) -> None:
        asked = routes.BlobRequest(self._device, blob.scope, blob.hash, blob.size)
        state = self._calls.post(routes.BLOBS, asked, routes.BlobState)
        source = Stored(conn, self._books.store, team_blobs.parts(conn, blob.id))
        path = path_of(blob.scope, blob.hash)
        while not state.done:
            if stop.is_set():
                raise Offline("Stopped.")
            source.seek(state.have)
            data = source.read(min(state.part, PART))
            if not data:
                raise Refused("It is no longer here, and the server does not have it.")
            before = state.have
            state = self._calls.put_part(path, before, data)
            if not state.done and state.have <= before:
                raise PeerBroken("The team's server did not take a file as it should.")


def _finished(round_: _Round, flying: int) -> list[_Outcome]:
    """Wait for one to end, and a moment for others of those that fly."""
    outcomes = [round_.done.get()]
    end = time.monotonic() + _GATHERING
    while len(outcomes) < min(_TOGETHER, flying):
        try:
            outcomes.append(round_.done.get(timeout=max(0.0, end - time.monotonic())))
        except queue.Empty:
            break
    return outcomes


def _keep(blobs: Sequence[BlobRow], conn: Connection, changes: Changes) -> None:
    now = now_ms()
    for blob in blobs:
        team_blobs.keep(conn, blob, now)
        changes.teams.add(blob.scope)
