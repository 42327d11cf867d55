"""What was done here on its way to the server: in order, exactly once, whatever breaks. Pure.

A pending act gets its number (`mid`) in the transaction before it is first sent, and keeps it until
it is answered: whoever hears a number twice answers as before. What was not accepted had no effect,
so it may be tried again under a new number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from missive_desktop.domain.team import PendingState
from missive_desktop.store.team_pending import Pending
from missive_desktop.team import overlay
from missive_wire import limits
from missive_wire.entities import Row, Type
from missive_wire.mutation import Result

_BYTES = limits.REQUEST // 2  # bodies grow by a third in JSON
_OVERHEAD = 512
_MADE_OF_CONTENT = "5"  # the version digit of a derived UUID
_VERSION_DIGIT = 14
_WHO_READS = frozenset({Type.MEMBER, Type.DEVICE, Type.SEAT, Type.INVITE, Type.GRANT})
_IN_TURN = frozenset(
    {"grant.made", "member.left", "seat.left"}
)  # to whoever was let in; one's last
SET_BACK = "The team's server lost this when it went back to an earlier state."

Held = Callable[[Pending], bool]  # not to be sent yet: a key, or a file that goes first, is missing


def batch(open_: Sequence[Pending], held: Held) -> list[Pending]:
    """Return what is to be sent next: what may be there already, as it was; else what waits.

    `open_` is in the order in which it was done. Of the same scope nothing overtakes what is held,
    but what decides who reads it: without a new key all the rest would be held for ever.
    """
    sent = sorted((p for p in open_ if p.state is PendingState.SENT), key=lambda p: p.mid)
    if sent:
        return sent
    chosen: list[Pending] = []
    size, stopped = 0, set()
    for each in open_:
        if each.state is not PendingState.WAITING:
            continue
        if each.scope in stopped and not _overtakes(each):
            continue
        if held(each):
            stopped.add(each.scope)
            continue
        size += len(each.body) + len(msgspec.json.encode(each.h)) + _OVERHEAD
        if len(chosen) == limits.MUTATIONS or (chosen and size > _BYTES):
            break
        chosen.append(each)
    return chosen


def _overtakes(each: Pending) -> bool:
    return each.t in _WHO_READS and not each.body and each.act not in _IN_TURN


# Key epoch and sealed body of an act, (0, b"") for one without a body, None while it has no key.
Seal = Callable[[Pending], tuple[int, bytes] | None]


def numbered(chosen: Sequence[Pending], last_mid: int, seal: Seal) -> list[Pending]:
    """Give numbers, and with them the bytes that are sent under it, to what has none yet.

    Nothing overtakes what cannot be sealed.
    """
    result: list[Pending] = []
    for each in chosen:
        if not each.mid:
            sealed = seal(each)
            if sealed is None:
                break
            last_mid += 1
            state = PendingState.SENT
            each = msgspec.structs.replace(
                each, mid=last_mid, state=state, k=sealed[0], sealed=sealed[1]
            )
        result.append(each)
    return result


class Answered(NamedTuple):
    """What became of what was sent; scopes that need a new key first."""

    rows: list[Pending]
    rekey: frozenset[str]


# The opened body of a row that stands in the way, or None where it does not open.
OpenRow = Callable[[str, Row], str | None]


def answered(
    sent: Iterable[Pending], results: Mapping[int, Result], now: int, open_row: OpenRow
) -> Answered:
    """Apply the server's answers. What has none stays as it is, to be sent again."""
    rows: list[Pending] = []
    rekey: set[str] = set()
    for each in sent:
        result = results.get(each.mid)
        if result is None:
            continue
        if result.st == "rekey":
            rekey.add(each.scope)
            rows.append(_again(each))
        elif result.st != "ok" and each.scope in rekey:
            rows.append(_again(each))  # it may only have failed for want of what went before it
        else:
            rows.append(_answered(each, result, now, open_row))
    return Answered(rows, frozenset(rekey))


def _answered(each: Pending, result: Result, now: int, open_row: OpenRow) -> Pending:
    if result.st == "ok":
        return _settled(each, PendingState.OK, now, seqs=result.seqs)
    if result.st == "gone" and each.op == "del":
        return _settled(each, PendingState.DONE, now)
    if result.st == "conflict" and result.cur is not None:
        if _same_content(each, result.cur):
            return _settled(each, PendingState.DONE, now)
        merged = _rebased(each, result.cur, open_row)
        if merged is not None:
            return merged
    state = PendingState(result.st)
    cur = msgspec.to_builtins(result.cur) if result.cur is not None else {}
    cur.pop("b", None)
    return msgspec.structs.replace(
        each, state=state, why=result.why, cur=cur, settled=now, seqs=result.seqs, sealed=b""
    )


def _settled(
    each: Pending, state: PendingState, now: int, *, seqs: Mapping[str, int] | None = None
) -> Pending:
    return msgspec.structs.replace(
        each, state=state, why="", cur={}, seqs=dict(seqs or {}), settled=now, k=0, sealed=b""
    )


def _again(each: Pending) -> Pending:
    return msgspec.structs.replace(each, mid=0, state=PendingState.WAITING, k=0, sealed=b"")


def _same_content(each: Pending, cur: Row) -> bool:
    """Tell whether somebody else has made the very same: an id that is made of the content."""
    derived = each.entity[_VERSION_DIGIT : _VERSION_DIGIT + 1] == _MADE_OF_CONTENT
    return each.op == "put" and derived and cur.op == "put" and not each.based


def _rebased(each: Pending, cur: Row, open_row: OpenRow) -> Pending | None:
    """Write the change of a body into the one that was faster; None where that is not possible."""
    if not each.body or cur.op != "put" or each.bv == cur.bv + 1 or not holds(each.pre, cur):
        return None
    theirs = open_row(each.scope, cur)
    if theirs is None:
        return None
    merged = overlay.rebased(each.based, each.body, theirs)
    if merged is None:
        return None
    return msgspec.structs.replace(_again(each), body=merged, based=theirs, bv=cur.bv + 1)


def holds(pre: Mapping[str, Any] | None, cur: Row) -> bool:
    """Tell whether what an act takes for granted is so in a row."""
    return all(
        value == cur.v if name == "v" else (value or None) == (cur.h.get(name) or None)
        for name, value in (pre or {}).items()
    )


def rewound(rows: Iterable[Pending], last_mid: int) -> list[Pending]:
    """Return what is to be offered again to a server that knows numbers up to `last_mid` only.

    It went back to a backup: whatever came after is not there. Nothing is left of what was done
    where access ended since: that is refused, until what was put aside of it comes back.
    """
    again = {PendingState.SENT, PendingState.OK, PendingState.DONE}
    return [
        _forgotten(each)
        if is_emptied(each)
        else msgspec.structs.replace(_again(each), seqs={}, settled=0)
        for each in rows
        if each.mid > last_mid and each.state in again
    ]


def emptied(each: Pending, why: str) -> Pending:
    """Return what was accepted where access has ended: nothing stays of what it was about."""
    return msgspec.structs.replace(
        _settled(each, PendingState.DONE, each.settled),
        h={}, pre=None, body="", based="", bv=0, why=why,
    )  # fmt: skip


def is_emptied(each: Pending) -> bool:
    return each.state is PendingState.DONE and bool(each.why)


def _forgotten(each: Pending) -> Pending:
    return msgspec.structs.replace(each, mid=0, state=PendingState.DENIED, why=SET_BACK)


def awaited(rows: Iterable[Pending]) -> list[Pending]:
    """Return, to be sent again, what was refused because something was not there that is now.

    After a server was set back, one member's act may come before the other's that it rests on.
    """
    return [
        msgspec.structs.replace(_again(each), why="", cur={}, settled=0)
        for each in rows
        if each.state is PendingState.GONE and each.op == "patch" and each.h
    ]
