"""What to do with a page or frame of a scope, and where one stands after it. Pure.

What is here of a scope are all rows with lo < seq <= hi. A frame counts only if it follows; the
same one twice does nothing. What is missing is asked for, never guessed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

import msgspec

from missive_desktop.store.team_rows import Key, Known
from missive_desktop.store.team_scopes import ScopeRow
from missive_wire import limits, sums
from missive_wire.entities import Row
from missive_wire.feed import Backfill, Page
from missive_wire.frames import Change
from missive_wire.ids import is_scope, org_scope, user_scope

_RESYNCS = 3  # in a row, at once; more would not help
_NEXT, _LONGEST = 600.0, 21_600.0  # seconds


class Verdict(Enum):
    APPLY = "apply"
    KNOWN = "known"
    PULL = "pull"  # something lies between, or it is of another epoch: ask
    BEGIN = "begin"  # nothing is here: history is read from the head down
    RESET = "reset"


def readable(names: Iterable[str], held: Collection[str], org: str, user: str) -> list[str]:
    """Return those of the scopes that a server names that one may have: one's own, that of the
    organization, spaces, and of these no more than any team has."""
    own = {org_scope(org), user_scope(user)}
    ours = [name for name in dict.fromkeys(names) if name in own or is_scope(name, "s")]
    here = [name for name in ours if name in held]
    fresh = [name for name in ours if name not in held]
    return [*here, *fresh[: max(0, limits.SCOPES - len(held))]]


def judge_change(scope: ScopeRow, change: Change) -> Verdict:
    """Judge a frame: it may be late, doubled or overtaken, so of itself it never resets."""
    if not scope.e:
        return Verdict.BEGIN
    if change.e != scope.e or change.prev > scope.hi:
        return Verdict.PULL
    return Verdict.KNOWN if change.to <= scope.hi else Verdict.APPLY


def judge_page(scope: ScopeRow, page: Page, asked: tuple[str, int]) -> Verdict:
    """Judge the answer to a pull that said `asked`."""
    if not scope.e:
        return Verdict.BEGIN
    if asked[0] != scope.e:
        return Verdict.KNOWN  # begun anew since it was asked
    if page.reset or page.e != scope.e:
        return Verdict.RESET
    if page.prev > scope.hi:
        return Verdict.PULL
    if page.to <= scope.hi and page.head <= scope.head and page.floor <= scope.floor:
        return Verdict.KNOWN
    return Verdict.APPLY


def news(rows: Sequence[Row], known: Mapping[Key, Known]) -> list[Row]:
    """Return those rows that are newer than what is here, each entity once."""
    newest: dict[Key, Row] = {}
    for row in rows:
        key = (row.t, row.id)
        old = known.get(key)
        there = newest.get(key)
        if (old is None or row.seq > old.seq) and (there is None or row.seq > there.seq):
            newest[key] = row
    return list(newest.values())


class Held(NamedTuple):
    """The sum over the rows that are here, and how many they are."""

    total: int
    rows: int


def held(scope: ScopeRow) -> Held:
    return Held(sums.from_text(scope.sum or "0"), scope.count)


def as_kept(at: Held) -> tuple[str, int]:
    return sums.as_text(at.total), at.rows


def counted(scope: ScopeRow, rows: Iterable[Row], known: Mapping[Key, Known]) -> Held:
    """Return sum and count once `rows` stand in place of what was here."""
    total, count = held(scope)
    for row in rows:
        old = known.get((row.t, row.id))
        before = 0
        if old is not None and old.seq > 0:  # a doubtful one was taken out when it came to be so
            before = sums.row_sum(old.op, row.t, row.id, old.v)
            count -= 1
        total = sums.moved(total, before, sums.row_sum(row.op, row.t, row.id, row.v))
        count += 1
    return Held(total, count)


def without(at: Held, gone: Iterable[tuple[str, str, str, int]]) -> Held:
    """Return sum and count without rows (op, t, id, v) that the server no longer keeps."""
    total, count = at
    for op, t, id_, v in gone:
        total = sums.moved(total, sums.row_sum(op, t, id_, v), 0)
        count -= 1
    return Held(total, count)


def after_page(scope: ScopeRow, page: Page | Change, at: Held) -> ScopeRow:
    """Return where one stands once a page or frame that follows was applied."""
    head = page.head if isinstance(page, Page) else page.to
    floor = page.floor if isinstance(page, Page) else 0
    stands = msgspec.structs.replace(
        scope,
        hi=max(scope.hi, page.to),
        head=max(scope.head, head),
        floor=max(scope.floor, floor),
        sum=sums.as_text(at.total),
        count=at.rows,
        acl=max(scope.acl, page.acl),
        key=max(scope.key, page.key),
        rekey=page.rekey,
    )
    agreed = stands.done and page.sum and stands.hi == head and not differs(stands, page)
    return msgspec.structs.replace(stands, resyncs=0) if agreed else stands


def after_history(scope: ScopeRow, page: Backfill, at: Held, *, first: bool) -> ScopeRow:
    """Return where one stands once a page of history was applied; the `first` one sets the head."""
    stands = msgspec.structs.replace(
        scope, lo=max(0, page.lo - 1), done=page.done, sum=sums.as_text(at.total), count=at.rows
    )
    if not first:
        return stands
    return msgspec.structs.replace(
        stands,
        e=page.e,
        hi=page.head,
        head=page.head,
        acl=max(scope.acl, page.acl),
        key=max(scope.key, page.key),
        rekey=page.rekey,
    )


def differs(scope: ScopeRow, page: Page | Change) -> bool:
    """Tell whether the rows here are not those of the server, where that can be said at all."""
    head = page.head if isinstance(page, Page) else page.to
    if not page.sum or not scope.done or scope.hi != head or page.e != scope.e:
        return False
    return (page.sum, page.count) != (scope.sum or sums.as_text(0), scope.count)


def resync_wait(resyncs: int) -> float:
    """Return how long to wait, in seconds, before a scope is read anew that was so often in vain:
    not at all for the first few, then ever longer."""
    if resyncs < _RESYNCS:
        return 0.0
    return float(min(_LONGEST, _NEXT * 2 ** min(resyncs - _RESYNCS, 10)))


def anew(scope: ScopeRow) -> ScopeRow:
    """Return where one stands before the first answer; rows that are here are doubtful."""
    return msgspec.structs.replace(
        scope, e="", hi=0, lo=0, done=False, head=0, floor=0, sum="", count=0
    )
