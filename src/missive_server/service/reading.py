"""Handing out feeds: upwards (pull), downwards (backfill), and where each scope stands.

Access is looked up in the transaction that reads, so what is handed out is what may be read now.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from missive_server.database.work import Query, Work, first
from missive_server.errors import NotFound, Reset
from missive_server.service import rows
from missive_wire import limits
from missive_wire.feed import Backfill, BackfillRequest, Page, Position, PullAnswer, PullRequest
from missive_wire.frames import Change

_CHUNK = 100
_STATE = "s.id, s.epoch, s.seq, s.floor, s.acl, s.key_epoch, s.rekey, s.sum, s.count"


class State(NamedTuple):
    """Where a scope stands."""

    scope: str
    e: str
    head: int
    floor: int
    acl: int
    key: int
    rekey: int
    sum: str
    total: int  # rows


def readable(user: str) -> Work[dict[str, State]]:
    """Return the scopes that somebody may read."""
    found = yield Query(
        f"SELECT {_STATE} FROM access a JOIN scopes s ON s.id = a.scope"
        " WHERE a.user_ = $1 ORDER BY s.id",
        (user,),
    )
    return {each[0]: State(*each) for each in found}


def readers(scope: str) -> Work[tuple[State, frozenset[str]] | None]:
    """Return where a scope stands and who may read it; None: there is no such scope."""
    state = first((yield Query(f"SELECT {_STATE} FROM scopes s WHERE s.id = $1", (scope,))))
    if state is None:
        return None
    users = yield Query("SELECT user_ FROM access WHERE scope = $1", (scope,))
    return State(*state), frozenset(each[0] for each in users)


def heads(scopes: Iterable[str]) -> Work[dict[str, State]]:
    found = yield Query(f"SELECT {_STATE} FROM scopes s WHERE s.id = ANY($1)", (list(scopes),))
    return {each[0]: State(*each) for each in found}


def pull(user: str, request: PullRequest, now: int) -> Work[PullAnswer]:
    """Answer with what is new in the scopes asked for, no more than a page in all."""
    may = yield from readable(user)
    left = max(1, min(request.max, limits.PAGE_ROWS))
    room = limits.PAGE_BYTES
    pages: dict[str, Page] = {}
    for scope, position in request.cur.items():
        state = may.get(scope)
        if state is None or _current(state, position):
            continue
        if _other(state, position):
            pages[scope] = _page(state, state.head, state.head, reset=True)
            continue
        found: list[Sequence[Any]] = []
        full = left <= 0 or room <= 0
        if not full:
            found, room, full = yield from _upwards(scope, position[1], left, room)
            left -= len(found)
        to = (found[-1][1] if found else position[1]) if full else state.head
        pages[scope] = _page(state, position[1], to, found)
    revoked = tuple(scope for scope in request.cur if scope not in may)
    return PullAnswer(now=now, all=tuple(may), scopes=pages, revoked=revoked)


def change(scope: str, after: int, count: int = limits.PAGE_ROWS) -> Work[Change | None]:
    """Return what came after; None if that is more than so many rows, or too large for a frame."""
    state = first((yield Query(f"SELECT {_STATE} FROM scopes s WHERE s.id = $1", (scope,))))
    if state is None:
        return None
    now = State(*state)
    found, _, full = yield from _upwards(scope, after, count, limits.PAGE_BYTES)
    if full or after < now.floor:
        return None
    taken = tuple(map(rows.row, found))
    return Change(scope, now.e, after, now.head, now.acl, taken, sum=now.sum, count=now.total,
                  key=now.key, rekey=bool(now.rekey))  # fmt: skip


def backfill(user: str, request: BackfillRequest) -> Work[Backfill]:
    """Answer with older rows, newest first."""
    state = first(
        (
            yield Query(
                f"SELECT {_STATE} FROM access a JOIN scopes s ON s.id = a.scope"
                " WHERE a.user_ = $1 AND a.scope = $2",
                (user, request.scope),
            )
        )
    )
    if state is None:
        raise NotFound("There is nothing here for you.")
    now = State(*state)
    if request.e and request.e != now.e:
        raise Reset()
    below = request.below or now.head + 1
    count = max(1, min(request.max, limits.PAGE_ROWS))
    found, done = yield from _downwards(request, below, count)
    lo = 0 if done else int(found[-1][1])
    taken = tuple(map(rows.row, found))
    return Backfill(now.e, lo, now.head, now.acl, taken, done, key=now.key,
                    rekey=bool(now.rekey), sum=now.sum, count=now.total,
                    floor=now.floor)  # fmt: skip


def _current(state: State, position: Position) -> bool:
    return position == (state.e, state.head)


def _other(state: State, position: Position) -> bool:
    """Say whether a cursor belongs to another history than ours."""
    epoch, seq = position
    return epoch != state.e or seq < state.floor or seq > state.head


def _page(
    state: State, prev: int, to: int, found: Sequence[Sequence[Any]] = (), *, reset: bool = False
) -> Page:
    return Page(
        e=state.e,
        prev=prev,
        to=to,
        head=state.head,
        acl=state.acl,
        rows=tuple(map(rows.row, found)),
        more=to < state.head,
        reset=reset,
        floor=state.floor,
        sum=state.sum,
        count=state.total,
        key=state.key,
        rekey=bool(state.rekey),
    )


Chunk = tuple[list[Sequence[Any]], int, bool]


def _upwards(scope: str, after: int, count: int, room: int) -> Work[Chunk]:
    """Return rows, the room that is left, and whether there are more."""
    taken: list[Sequence[Any]] = []
    while True:
        asked = min(_CHUNK, count - len(taken) + 1)
        found = yield Query(
            f"SELECT {rows.COLUMNS} FROM entities"
            " WHERE scope = $1 AND seq > $2 ORDER BY seq LIMIT $3",
            (scope, after, asked),
        )
        for each in found:
            room -= rows.size(each)
            if len(taken) == count or (room < 0 and taken):
                return taken, 0, True
            taken.append(each)
        if len(found) < asked:
            return taken, room, False
        after = taken[-1][1]


def _downwards(
    request: BackfillRequest, below: int, count: int
) -> Work[tuple[list[Sequence[Any]], bool]]:
    """Return rows and whether there is nothing below them."""
    taken: list[Sequence[Any]] = []
    room = limits.PAGE_BYTES
    while True:
        asked = min(_CHUNK, count - len(taken) + 1)
        found = yield from _below(request, below, asked)
        for each in found:
            room -= rows.size(each)
            if len(taken) == count or (room < 0 and taken):
                return taken, False
            taken.append(each)
        if len(found) < asked:
            return taken, True
        below = taken[-1][1]


def _below(request: BackfillRequest, below: int, count: int) -> Work[Sequence[Sequence[Any]]]:
    select = f"SELECT {rows.COLUMNS} FROM entities WHERE scope = $1 AND seq < $2"
    newest = "ORDER BY seq DESC LIMIT $3"
    if request.conv:
        sql = f"{select} AND conv <> '' AND conv = $4"
        values: tuple[Any, ...] = (request.scope, below, count, request.conv)
        if request.types:
            sql, values = f"{sql} AND t = ANY($5)", (*values, list(request.types))
        return (yield Query(f"{sql} {newest}", values))
    if not request.types:
        return (yield Query(f"{select} {newest}", (request.scope, below, count)))
    merged: list[Sequence[Any]] = []
    for t in dict.fromkeys(request.types[:16]):  # each by its own index, then the newest of all
        merged += yield Query(f"{select} AND t = $4 {newest}", (request.scope, below, count, t))
    return heapq.nlargest(count, merged, key=lambda each: int(each[1]))
