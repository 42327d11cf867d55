"""Entities as they are shown: what the server confirmed, with what is pending here on top. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from missive_desktop.domain.team import SHOWN, Entity
from missive_desktop.store.team_pending import Pending
from missive_desktop.store.team_rows import EntityRow
from missive_wire import shapes
from missive_wire.patching import patched


def shown(base: EntityRow | None, pending: Sequence[Pending], me: str) -> Entity | None:
    """Return the entity with its pending changes done to it, in order; None: there never was one.

    What was refused does not count. An accepted change counts until the row that holds it is here.
    """
    entity = of_row(base) if base is not None else None
    for change in pending:
        if change.state not in SHOWN or change.op == "note" or _is_in(base, change):
            continue
        entity = _changed(entity, change, me)
    if entity is None and pending:
        last = pending[-1]
        return Entity(last.t, last.entity, gone=True)
    return entity


def of_row(row: EntityRow) -> Entity:
    gone = not row.there
    return Entity(
        row.t, row.id, row.h, row.body, row.v, row.own, row.by, row.at, gone=gone, seq=row.seq
    )


def _is_in(base: EntityRow | None, change: Pending) -> bool:
    seq = change.seqs.get(change.scope, 0)
    return base is not None and 0 < seq <= base.seq


def _changed(entity: Entity | None, change: Pending, me: str) -> Entity | None:
    there = entity is not None and not entity.gone
    if change.op == "put":
        before = entity if there and entity is not None else Entity(change.t, change.entity, own=me)
        return msgspec.structs.replace(
            before,
            h=change.h,
            body=change.body or before.body,
            by=me,
            at=change.created,
            pending=True,
            gone=False,
        )
    if entity is None or not there:
        return entity
    if change.op == "del":
        return msgspec.structs.replace(entity, by=me, at=change.created, pending=True, gone=True)
    return msgspec.structs.replace(
        entity,
        h=patched(entity.h, change.h),
        body=change.body or entity.body,
        by=me,
        at=change.created,
        pending=True,
    )


def version(base: EntityRow | None, pending: Sequence[Pending]) -> tuple[str, int]:
    """Return the body that a further change starts from, and the version that it has."""
    body, bv = (base.body, base.bv) if base is not None else ("", 0)
    for change in pending:
        if change.state in SHOWN and change.body and change.bv > bv:
            body, bv = change.body, change.bv
    return body, bv


def rebased(based: str, mine: str, theirs: str) -> str | None:
    """Do to their body what was done to the one that mine was made from; None: both changed one.

    Bodies are JSON objects; what a field holds is replaced whole.
    """
    old, new, now = _fields(based), _fields(mine), _fields(theirs)
    if old is None or new is None or now is None:
        return None
    result = dict(now)
    for name in old.keys() | new.keys():
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if now.get(name) not in (before, after):
            return None
        if name in new:
            result[name] = after
        else:
            result.pop(name, None)
    return msgspec.json.encode(result).decode()


def _fields(body: str) -> dict[str, Any] | None:
    try:
        return shapes.read(body or "{}", dict[str, Any])
    except msgspec.MsgspecError:
        return None
