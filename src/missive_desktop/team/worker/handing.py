"""Handing a mailbox to another device: settings and password, sealed to that device alone.

The record stands in the space, so the server keeps it and members see that it is there; none of
them can open it. Only what an admin wrote is taken.
"""

from __future__ import annotations

import msgspec

from missive_desktop.domain.serving import Handed
from missive_desktop.domain.team import Intent
from missive_desktop.store import team_rows
from missive_desktop.store.database import Connection
from missive_desktop.store.team_rows import EntityRow
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.team.keys import primitives
from missive_desktop.team.keys.primitives import BoxKey
from missive_desktop.team.keys.roster import Roster
from missive_wire import shapes
from missive_wire.entities import Type
from missive_wire.ids import new_id


class _Body(msgspec.Struct, frozen=True):
    box: str


class _Inside(msgspec.Struct, frozen=True):
    """Bound to its place: nobody who sees a box in one space has another space served with it."""

    scope: str
    device: str
    what: Handed


def handed(scope: str, device: str, box: bytes, what: Handed) -> Intent:
    """Return what hands a mailbox to a device, by its public key."""
    inside = _Inside(scope, device, what)
    sealed = primitives.sealed_to(box, msgspec.json.encode(inside))
    body = msgspec.json.encode(_Body(primitives.text(sealed))).decode()
    header = {"device": device}
    return Intent("put", scope, Type.MAILBOX, new_id(), "mailbox.handed", header, body)


def withdrawn(scope: str, row: EntityRow) -> Intent:
    return Intent("del", scope, Type.MAILBOX, row.id, "mailbox.withdrawn")


def to_device(conn: Connection, scope: ScopeRow, device: str) -> list[EntityRow]:
    """Return what was handed to a device, the newest last."""
    rows = team_rows.of_type(conn, scope.id, Type.MAILBOX)
    return [row for row in rows if row.h.get("device") == device]


def by_admin(row: EntityRow, roster: Roster) -> bool:
    """Say whether an owner or admin signed for it; whom the server names does not count."""
    giver = roster.devices.get(row.signed)
    return not row.trouble and giver is not None and roster.is_admin(giver.user)


def opened(row: EntityRow, roster: Roster, key: BoxKey, scope: str, device: str) -> Handed | None:
    """Return what an admin handed to this device for this space; None for anything else."""
    if not by_admin(row, roster):
        return None
    try:
        body = shapes.read(row.body, _Body)
        inside = key.open(primitives.raw(body.box))
        found = shapes.read(inside or b"", _Inside)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return found.what if (found.scope, found.device) == (scope, device) else None
