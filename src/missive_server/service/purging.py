"""Removing what was taken away: devices say when it is done, and admins see which have not."""

from __future__ import annotations

from missive_server.core.values import Caller
from missive_server.database.work import Query, Work, first, keys
from missive_server.service import roles, rows, trail
from missive_wire import shapes
from missive_wire.entities import Type
from missive_wire.headers import Granted
from missive_wire.ids import org_scope, split_scope, user_scope
from missive_wire.routes import Unpurged


def unpurged(org: str, asks: str) -> Work[tuple[Unpurged, ...]]:
    """Return the devices that may still hold what their people lost; the owner and admins ask."""
    yield from roles.refuse_others(org, asks)
    taken = yield Query(
        "SELECT d.id, d.user_, d.seen, e.h, e.at FROM devices d"
        " JOIN entities e ON e.scope = 'u:' || d.user_ AND e.t = $2 AND e.op = 'put'"
        " WHERE d.org = $1 AND d.made <= e.at",
        (org, Type.SCOPE),
    )
    open_: list[Unpurged] = []
    for device, user, seen, h, at in taken:
        told = shapes.read(h, Granted)
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


def purged(caller: Caller, scope: str, now: int) -> Work[None]:
    """Note that a device removed what was taken away, once for each time that it was.

    A scope of one's own ends with its person: the organization remembers.
    """
    try:
        _, name = split_scope(scope)
    except ValueError:
        return
    since = 0
    if scope != user_scope(caller.user):
        told = first(
            (
                yield Query(
                    f"SELECT e.h, e.at FROM {rows.BY_KEY} WHERE e.op = 'put'",
                    (keys([(user_scope(caller.user), Type.SCOPE, name)]),),
                )
            )
        )
        if told is None or shapes.read(told[0], Granted) != Granted(scope, "revoked"):
            return
        since = told[1]
    where, target = _noted(caller.org, scope)
    said = yield Query(
        "SELECT 1 FROM audit WHERE scope = $1 AND id = $2 AND device = $3 AND at >= $4"
        " AND act = 'scope.purged' LIMIT 1",
        (where, target, caller.device, since),
    )
    if not said:
        yield from trail.note(where, caller, "scope.purged", now, Type.SCOPE, target)


def _noted(org: str, scope: str) -> tuple[str, str]:
    """Where the trail says that a scope was purged."""
    kind, name = split_scope(scope)
    return (org_scope(org) if kind == "u" else scope), name
