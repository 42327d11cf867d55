"""Who was told to remove what was taken away, and has not said yet that it is done."""

from __future__ import annotations

import msgspec

from missive_server.database.work import Query, Work, keys
from missive_server.errors import Forbidden
from missive_wire.acts import ADMINS
from missive_wire.entities import Type
from missive_wire.headers import Granted
from missive_wire.ids import org_scope, split_scope
from missive_wire.routes import Unpurged


def unpurged(org: str, asks: str) -> Work[tuple[Unpurged, ...]]:
    """Return the devices that may still hold what their people lost; the owner and admins ask."""
    role = yield Query("SELECT role FROM members WHERE org = $1 AND user_ = $2", (org, asks))
    if not role or role[0][0] not in ADMINS:
        raise Forbidden("Only the owner and admins may ask this.")
    rows = yield Query(
        "SELECT d.id, d.user_, d.seen, e.h, e.at FROM devices d"
        " JOIN entities e ON e.scope = 'u:' || d.user_ AND e.t = $2 AND e.op = 'put'"
        " WHERE d.org = $1 AND d.made <= e.at",
        (org, Type.SCOPE),
    )
    open_: list[Unpurged] = []
    for device, user, seen, h, at in rows:
        told = msgspec.json.decode(h, type=Granted)
        if told.st == "revoked":
            open_.append(Unpurged(user, device, told.scope, at, seen))
    said = yield Query(
        "SELECT a.scope, a.id, a.device, MAX(a.at) FROM KEYS($1)"
        " JOIN audit a ON a.scope = k.value->>0 AND a.id = k.value->>1"
        " WHERE a.act = 'scope.purged' GROUP BY a.scope, a.id, a.device",
        (keys({_noted(org, each.scope) for each in open_}),),
    )
    done = {(scope, target, device): at for scope, target, device, at in said}
    return tuple(
        each for each in open_ if done.get((*_noted(org, each.scope), each.device), 0) < each.since
    )


def _noted(org: str, scope: str) -> tuple[str, str]:
    """Where the trail says that a scope was purged."""
    kind, name = split_scope(scope)
    return (org_scope(org) if kind == "u" else scope), name
