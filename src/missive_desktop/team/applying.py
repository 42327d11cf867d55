"""Pages and frames into the store: one transaction each, rows, place, what is shown, together.

For one team one page at a time, whichever thread brings it: so what was read before the
transaction still holds in it, but for what the person does meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import NoticeKind, PendingState, Trouble
from missive_desktop.store import (
    indexing,
    team_blobs,
    team_notices,
    team_pending,
    team_rows,
    team_scopes,
    team_trail,
)
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection, Store
from missive_desktop.store.readers import Readers
from missive_desktop.store.team_rows import EntityRow, Key
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.store.writer import Writer
from missive_desktop.team import feed, opening, outbox, showing, submitting
from missive_desktop.team.feed import Verdict
from missive_desktop.team.opening import Opener, Ready
from missive_desktop.team.projecting import Projection
from missive_desktop.team.witness import Witness
from missive_wire.entities import Row
from missive_wire.feed import Backfill, Page
from missive_wire.frames import Change

_STEP = 500  # rows in one transaction
_ABOVE_ALL = 1 << 62
_WORDS = {
    Trouble.TAMPERED: "Something here is not what a member wrote. It is not shown.",
    Trouble.ROLLED_BACK: "The server showed an older text than before. The newer one is kept.",
}


@dataclass(frozen=True)
class TeamBooks:
    """What every part of a running team needs of the store."""

    store: Store
    writer: Writer
    team: int
    projection: Projection
    opener: Opener
    witness: Witness = field(default_factory=Witness)
    applying: threading.RLock = field(default_factory=threading.RLock)
    _readers: Readers = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_readers", Readers(self.store))  # it is frozen

    def reading(self) -> AbstractContextManager[Connection]:
        return self._readers.reading()

    def close(self) -> None:
        """Let go of the connections that nobody reads with."""
        self._readers.close()


class Taken(NamedTuple):
    """What came of a page. `types`: of the rows that were new; `freed`: no new key is asked for
    any more, or something has come back, so what waited for it may go."""

    verdict: Verdict
    differs: bool = False
    types: frozenset[str] = frozenset()
    freed: bool = False


def take(books: TeamBooks, name: str, page: Page | Change, asked: tuple[str, int]) -> Taken:
    """Take in a page of a pull, asked for from `asked` on, or a frame."""
    with books.applying, books.reading() as reader:
        scope = team_scopes.get(reader, books.team, name)
        if (
            scope is None
        ):  # none of ours, yet: its history is asked for once it is, with all of this
            return Taken(Verdict.KNOWN)
        if isinstance(page, Page):
            verdict = feed.judge_page(scope, page, asked)
        else:
            verdict = feed.judge_change(scope, page)
        if verdict is not Verdict.APPLY:
            return Taken(verdict, verdict is Verdict.KNOWN and feed.differs(scope, page))
        batch = _batch(books, reader, scope, page.rows)

        def stands(now: ScopeRow, held: feed.Held) -> ScopeRow:
            return feed.after_page(now, page, held)

        after, freed = _write(books, scope, batch, stands)
    types = frozenset(row.t for row in batch.rows)
    return Taken(verdict, feed.differs(after, page), types, freed)


def take_history(
    books: TeamBooks,
    name: str,
    page: Backfill,
    *,
    first: bool = False,
    ready: Ready | None = None,
    early: Sequence[object] = (),
) -> bool:
    """Take in a page of history; False where it no longer fits to where one stands.

    `ready`, `early`: its rows opened and prepared before, as far as nothing else is known of them.
    """
    with books.applying, books.reading() as reader:
        scope = team_scopes.get(reader, books.team, name)
        if scope is None or (not first and scope.e != page.e) or (first and scope.e):
            return False
        batch = _batch(books, reader, scope, page.rows, ready, early)
        _write(
            books,
            scope,
            batch,
            lambda now, held: feed.after_history(now, page, held, first=first),
        )
    return True


def take_some(books: TeamBooks, name: str, rows: Sequence[Row]) -> bool:
    """Take in rows that were asked for apart: where one stands stays the same."""
    with books.applying, books.reading() as reader:
        scope = team_scopes.get(reader, books.team, name)
        if scope is None:
            return False
        batch = _batch(books, reader, scope, rows)
        _write(books, scope, batch, _with)
    return True


def reopen(books: TeamBooks, name: str) -> int:
    """Open what waited for keys, or for its author; return how many rows that was."""
    count, below = 0, _ABOVE_ALL
    while True:
        with books.applying, books.reading() as reader:
            scope = team_scopes.get(reader, books.team, name)
            closed = team_rows.closed(reader, scope.id, below, _STEP) if scope else []
            if scope is None or not closed:
                return count
            below = closed[-1].seq
            tried = [opening.again(books.opener, name, row) for row in closed]
            rows = [row for row in tried if row is not None]
            batch = _prepared(books, reader, scope, rows, feed.held(scope))
            _write(books, scope, batch, _with)
            count += len(rows)


def sweep(books: TeamBooks, name: str) -> None:
    """Remove what did not come again after the scope was read anew."""
    while True:
        with books.applying, books.reading() as reader:
            scope = team_scopes.get(reader, books.team, name)
            left = team_rows.doubtful(reader, scope.id, _STEP) if scope is not None else []
            if scope is None or not left:
                return
            books.writer.run(partial(_remove, books, scope, left))


def begin_anew(books: TeamBooks, name: str, *, resync: bool) -> None:
    """Read a scope from its head down once more; what is here stays shown until then."""

    def work(conn: Connection, changes: Changes) -> None:
        scope = team_scopes.get(conn, books.team, name)
        if scope is None:
            return
        team_rows.doubt(conn, scope.id)
        resyncs = scope.resyncs + 1 if resync else 0
        team_scopes.save(conn, msgspec.structs.replace(feed.anew(scope), resyncs=resyncs))
        changes.teams.add(name)

    with books.applying:
        books.writer.run(work, durable=True)


class _Batch(NamedTuple):
    """Rows as they will be, and what is shown of them over what was `pending` then."""

    rows: list[EntityRow]
    held: feed.Held
    pending: Mapping[Key, showing.Pendings]
    prepared: object


def _batch(
    books: TeamBooks,
    reader: Connection,
    scope: ScopeRow,
    rows: Sequence[Row],
    ready: Ready | None = None,
    early: Sequence[object] = (),
) -> _Batch:
    known = team_rows.known(reader, scope.id, {(row.t, row.id) for row in rows})
    fresh = feed.news(rows, known)
    opened = opening.opened(books.opener, scope.scope, fresh, known, ready)
    held = feed.counted(scope, fresh, known)
    return _prepared(books, reader, scope, opened, held, early)


def _prepared(
    books: TeamBooks,
    reader: Connection,
    scope: ScopeRow,
    rows: list[EntityRow],
    held: feed.Held,
    early: Sequence[object] = (),
) -> _Batch:
    """Prepare what is shown. What is pending is looked at first: what changes from here on is
    noticed in the transaction."""
    pending = showing.pending_of(reader, scope, {(row.t, row.id) for row in rows})
    entities = showing.shown_rows(reader, scope, rows)
    return _Batch(rows, held, pending, books.projection.prepare(scope, entities, early))


def _write(
    books: TeamBooks,
    scope: ScopeRow,
    batch: _Batch,
    stands: Callable[[ScopeRow, feed.Held], ScopeRow],
) -> tuple[ScopeRow, bool]:
    """Return how the scope stands then, and whether something that waited may go now.

    `stands` is asked in the transaction: what is no page's to say (how far down, that a key is
    demanded) may have changed since the scope was read.
    """
    keys = {(row.t, row.id) for row in batch.rows}

    def work(conn: Connection, changes: Changes) -> tuple[ScopeRow, bool]:
        now = team_scopes.by_id(conn, scope.id)
        if now is None:  # the team was forgotten
            return scope, False
        team_rows.write(conn, scope.id, batch.rows)
        after = stands(now, batch.held)
        if after.floor > now.floor:
            gone = team_rows.forget_deleted(conn, scope.id, after.floor)
            after = _with(after, feed.without(feed.held(after), gone))
        team_scopes.save(conn, after)
        books.projection.project(conn, scope, batch.prepared, changes)
        _forget_erased(books, conn, scope, batch.rows)
        pending = showing.pending_of(conn, scope, keys)
        late = {key for key in keys if pending.get(key) != batch.pending.get(key)}
        again = _again(conn, scope, batch.rows, pending, changes)
        _settle(books, conn, after, late | again, changes)
        _report(books, conn, scope, batch.rows, changes)
        if batch.rows:
            changes.teams.add(scope.scope)
        return after, bool(again) or (now.rekey and not after.rekey)

    return books.writer.run(work)


def _again(
    conn: Connection,
    scope: ScopeRow,
    rows: Sequence[EntityRow],
    pending: Mapping[Key, showing.Pendings],
    changes: Changes,
) -> set[Key]:
    """Send again what was refused because what it was done to was not there, and now is."""
    there = {(row.t, row.id) for row in rows if row.op == "put"}
    ids = [
        id_
        for key, waits in pending.items()
        for id_, state, _ in waits
        if key in there and state == PendingState.GONE
    ]
    found = [each for id_ in ids if (each := team_pending.get(conn, id_)) is not None]
    again = outbox.awaited(found)
    team_pending.save(conn, again, changes)
    if again:
        changes.teams.add(team_pending.waiting(scope.team))
    return {(each.t, each.entity) for each in again}


def _forget_erased(
    books: TeamBooks, conn: Connection, scope: ScopeRow, rows: Sequence[EntityRow]
) -> None:
    """Of what was erased for good nothing stays: details, files, words in the index."""
    gone = {(row.t, row.id) for row in rows if row.op == "era"}
    if gone:
        team_trail.erase(conn, books.team, scope.scope, gone)
        team_blobs.remove_of(conn, books.team, scope.scope, {id_ for _, id_ in gone})
        indexing.note_stale(conn)


def _settle(
    books: TeamBooks, conn: Connection, scope: ScopeRow, late: set[Key], changes: Changes
) -> None:
    """Let go of accepted acts whose rows are here; show anew what was changed here meanwhile."""
    accepted = team_pending.accepted(conn, books.team)
    here = [id_ for id_, seqs in accepted.items() if is_here(conn, seqs, books.team)]
    done = [each for id_ in here if (each := team_pending.get(conn, id_)) is not None]
    settled = [msgspec.structs.replace(each, state=PendingState.DONE) for each in done]
    team_pending.save(conn, settled, changes)
    keys = {each.key for each in done} | {(scope.scope, t, id_) for t, id_ in late}
    submitting.show_keys(conn, books.team, keys, books.projection, changes)


def is_here(conn: Connection, seqs: dict[str, int], team: int) -> bool:
    """Tell whether all that an act became is among the rows here."""
    for name, seq in seqs.items():
        scope = team_scopes.get(conn, team, name)
        if scope is not None and scope.hi < seq:
            return False
    return True


def _report(
    books: TeamBooks,
    conn: Connection,
    scope: ScopeRow,
    rows: Sequence[EntityRow],
    changes: Changes,
) -> None:
    for trouble in {row.trouble for row in rows} & set(_WORDS):
        words = _WORDS[Trouble(trouble)]
        kind = NoticeKind.TAMPERED
        team_notices.add(conn, books.team, kind, scope.scope, words, now_ms(), changes)


def _remove(
    books: TeamBooks,
    scope: ScopeRow,
    rows: Sequence[EntityRow],
    conn: Connection,
    changes: Changes,
) -> None:
    keys = {(row.t, row.id) for row in rows}
    team_rows.remove(conn, scope.id, keys)
    gone = [msgspec.structs.replace(row, op="out", h={}, body="") for row in rows]
    entities = showing.shown_rows(conn, scope, gone)
    books.projection.project(conn, scope, books.projection.prepare(scope, entities), changes)
    changes.teams.add(scope.scope)


def _with(scope: ScopeRow, held: feed.Held) -> ScopeRow:
    total, rows = feed.as_kept(held)
    return msgspec.structs.replace(scope, sum=total, count=rows)
