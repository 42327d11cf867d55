"""Keeps scopes in step upwards: pulls, frames, and what each of them leads to.

What goes beyond rows (history, keys, scopes that come and go) is told to a listener.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import NoticeKind
from missive_desktop.store import team_notices, team_pending, team_scopes, teams
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.team import applying, feed, patience
from missive_desktop.team.applying import Taken, TeamBooks
from missive_desktop.team.calls import Calls, Problems
from missive_desktop.team.feed import Verdict
from missive_desktop.team.patience import Patience
from missive_wire import limits, routes
from missive_wire.feed import Backfill, BackfillRequest, Page, Position, PullAnswer, PullRequest
from missive_wire.frames import (
    Beat,
    Bye,
    Change,
    FromServer,
    Granted,
    Poke,
    Present,
    Revoked,
    Welcome,
)
from missive_wire.ids import space_scope

_RESYNCED = "What is here was not what the server has. It is being read again."
_IN_VAIN = (
    "What is here is still not what the server says it has, though it was read again. Something may"
    " be missing. It is tried again later; tell who looks after the server."
)
_NO_SCOPE = (
    "The server names shared inboxes that cannot be, or more than a team can have. Those are left"
    " aside; tell who looks after the server."
)


class Listener(Protocol):
    """Told from the thread that reads; returns soon."""

    def heard(self, server_ms: int) -> None:
        """The server answered, and this is its clock."""

    def began(self, scope: str) -> None:
        """There is history to be read, from the head down."""

    def was_reset(self, scope: str) -> None:
        """The server has another history than before: it may have forgotten what we sent."""

    def learned(self, scope: str, types: frozenset[str]) -> None:
        """Rows of these types are new."""

    def freed(self, scope: str) -> None:
        """No new key is asked for any more, or something is back: what waited may be sent."""

    def revoked(self, scope: str) -> None:
        """This scope may not be read any more."""

    def present(self, frame: Present) -> None:
        """Somebody looks at something."""


class Closed(Exception):
    """The server said goodbye."""

    def __init__(self, bye: Bye) -> None:
        super().__init__(bye.why)
        self.bye = bye


class Reading:
    """The upward reader of one team; pulls and frames may come from different threads."""

    def __init__(
        self,
        books: TeamBooks,
        calls: Calls,
        device: str,
        listener: Listener,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._books, self._calls, self._device = books, calls, device
        self._listener, self._clock = listener, clock
        self._doubted: set[str] = set()  # their sum differed in a frame: a pull shall tell
        self._missed: set[str] = set()  # a frame came before there was a place to stand at
        self._tried: set[str] = set()  # read anew since this began, or since it was to wait
        self._later: dict[str, float] = {}  # read anew in vain: when to try once more
        self._pulling = threading.Lock()
        self._patience = Patience(clock)

    def positions(self) -> dict[str, Position]:
        """Return where we stand in each scope that was begun."""
        return _begun(self._rows())

    def _rows(self) -> list[ScopeRow]:
        with self._books.reading() as conn:
            return team_scopes.all_(conn, self._books.team)

    def verify(self, scope: str) -> None:
        """Compare a scope with the server at the next pull."""
        self._doubted.add(scope)

    def begun(self, scope: str) -> None:
        """The first page of a scope is here. What was told between its making and now is not."""
        if scope in self._missed:
            self._missed.discard(scope)
            self.pull()

    def pull(self, wait: int = 0) -> bool:
        """Ask for all news, waiting up to so many seconds for the first; tell whether any came."""
        came, still = False, 0
        with self._pulling:
            while True:
                rows = self._rows()
                asked, expected = _begun(rows), self._expected(rows)
                request = PullRequest(self._device, limits.SCHEMA, asked, wait, limits.PAGE_ROWS)
                answer = self._calls.post(routes.PULL, request, PullAnswer, wait=float(wait))
                self._listener.heard(answer.now)
                self._access(answer, expected)
                again = [
                    self._page(name, page, asked[name])
                    for name, page in answer.scopes.items()
                    if name in asked
                ]
                came = came or bool(answer.scopes)
                if not any(again):
                    break
                still = patience.moved(still, on=self.positions() != asked)
                wait = 0
            self._try_again()
            while self._doubted:
                self._compare(self._doubted.pop())
        return came

    def frame(self, frame: FromServer) -> None:
        """Take in one frame of the stream."""
        match frame:
            case Change():
                self._change(frame)
            case Poke():
                self._poke(frame)
            case Welcome():
                self._listener.heard(frame.now)
                self.pull()
            case Granted():
                self._granted([frame.scope])
            case Revoked():
                self._listener.revoked(frame.scope)
            case Present():
                self._listener.present(frame)
            case Bye():
                raise Closed(frame)
            case Beat():
                pass

    def _expected(self, rows: list[ScopeRow]) -> set[str]:
        """Return the scopes that the server must know of, for as long as we may read them: not a
        space that is being made here, which may not have reached it."""
        with self._books.reading() as conn:
            making = team_pending.spaces_being_made(conn, self._books.team)
        return {row.scope for row in rows} - {space_scope(each) for each in making}

    def _access(self, answer: PullAnswer, expected: set[str]) -> None:
        """`expected` is of before the question: what came meanwhile, the answer may not know."""
        rows = self._rows()
        for name in expected - set(answer.all):
            self._listener.revoked(name)
        at_hand = {row.scope for row in rows if row.e or not row.done}
        self._granted([name for name in answer.all if name not in at_hand])

    def _granted(self, names: list[str]) -> None:
        if not names:
            return
        with self._books.reading() as conn:
            team = teams.get(conn, self._books.team)
        held = {row.scope for row in self._rows()}
        ours = feed.readable(names, held, team.org, team.user) if team is not None else []
        if len(ours) < len(names):
            self._note("", _NO_SCOPE, NoticeKind.TAMPERED)
        for name in ours:
            self._books.writer.run(partial(self._ensure, name))
            self._listener.began(name)

    def _ensure(self, name: str, conn: Connection, changes: Changes) -> None:
        row = team_scopes.ensure(conn, self._books.team, name, changes)
        if row.done and not row.e:  # it was asked for before one might read it, or before it was
            team_scopes.save(conn, msgspec.structs.replace(row, done=False))

    def _page(self, name: str, page: Page, asked: Position) -> bool:
        """Take in a page; True when there is more to pull."""
        taken = applying.take(self._books, name, page, asked)
        self._follow(name, taken)
        if taken.differs:
            self._differs(name)
        return page.more or taken.verdict is Verdict.PULL

    def _compare(self, name: str) -> None:
        """Ask for sum and floor as they are at the head, and compare if we stand there."""
        with self._books.reading() as conn:
            row = team_scopes.get(conn, self._books.team, name)
        if row is None or not row.e:
            return
        request = BackfillRequest(self._device, limits.SCHEMA, name, row.e, 0, 1)
        try:
            now = self._calls.post(routes.BACKFILL, request, Backfill)
        except Problems as problem:
            if problem.code not in ("reset", "missing", "forbidden"):
                raise
            return  # the next pull says what has become of it
        if now.head != row.hi:
            return
        page = Page(
            now.e, row.hi, row.hi, now.head, now.acl, floor=now.floor, sum=now.sum,
            count=now.count, key=now.key, rekey=now.rekey,
        )  # fmt: skip
        self._page(name, page, (row.e, row.hi))

    def _change(self, change: Change) -> None:
        self._missed.add(change.scope)  # before it is known, for `begun` may come in between
        taken = applying.take(self._books, change.scope, change, ("", 0))
        if taken.verdict is not Verdict.BEGIN:
            self._missed.discard(change.scope)
        self._follow(change.scope, taken)
        if taken.differs:
            self._doubted.add(change.scope)
        if taken.differs or taken.verdict is Verdict.PULL:
            self.pull()

    def _poke(self, poke: Poke) -> None:
        with self._books.reading() as conn:
            row = team_scopes.get(conn, self._books.team, poke.scope)
        if row is None or row.e != poke.e or row.hi < poke.head:
            self.pull()

    def _follow(self, name: str, taken: Taken) -> None:
        if taken.verdict is Verdict.RESET:
            self._patience.anew(name)
            applying.begin_anew(self._books, name, resync=False)
            self._listener.was_reset(name)
            self._listener.began(name)
        elif taken.verdict is Verdict.BEGIN:
            self._listener.began(name)
        if taken.types:
            self._listener.learned(name, taken.types)
        if taken.freed:
            self._listener.freed(name)

    def _differs(self, name: str) -> None:
        """The rows here are not those of the server: read them again, and say so."""
        with self._books.reading() as conn:
            row = team_scopes.get(conn, self._books.team, name)
        if row is None:
            return
        wait = feed.resync_wait(row.resyncs) if name in self._tried else 0.0
        if wait:
            if name not in self._later:
                self._later[name] = self._clock() + wait
                self._note(name, _IN_VAIN)
            return
        self._tried.add(name)
        self._note(name, _RESYNCED)
        applying.begin_anew(self._books, name, resync=True)
        self._listener.began(name)

    def _try_again(self) -> None:
        """Doubt once more what was read anew in vain, where it has waited long enough."""
        now = self._clock()
        for name in [name for name, at in self._later.items() if at <= now]:
            del self._later[name]
            self._tried.discard(name)
            self._doubted.add(name)

    def _note(self, name: str, words: str, kind: NoticeKind = NoticeKind.RESYNCED) -> None:
        team = self._books.team
        self._books.writer.run(
            lambda conn, changes: team_notices.add(conn, team, kind, name, words, now_ms(), changes)
        )


def _begun(rows: list[ScopeRow]) -> dict[str, Position]:
    return {row.scope: (row.e, row.hi) for row in rows if row.e}
