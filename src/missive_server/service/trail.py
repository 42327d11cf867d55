"""The audit trail: noting what changes no row, and reading it.

Whoever reads a scope reads its trail. The details of what changed a row are shown to them; those
of what others read, opened or signed in with only to administrators.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from missive_server.core.trail import noted, recorded
from missive_server.core.values import Caller
from missive_server.database.work import Query, Work
from missive_server.service import roles
from missive_server.service.loading import lock_scopes
from missive_server.service.storing import AUDIT, audit_parameters
from missive_wire import limits, rules, shapes
from missive_wire.acts import ADMINS
from missive_wire.chain import Record, erased
from missive_wire.entities import Header
from missive_wire.routes import AuditPage, AuditRequest

_COLUMNS = "n, at, by_, device, act, h, d, t, id, seq, salt, details"
_header = shapes.decoder(dict[str, Any])


def note(
    scope: str,
    caller: Caller,
    act: str,
    now: int,
    t: str = "",
    target: str = "",
    details: Header | None = None,
) -> Work[None]:
    """Add a record of a login, a sensitive read or the like, in the transaction of that."""
    state = (yield from lock_scopes({scope})).get(scope)
    if state is None:
        return
    at = max(now, state.at)
    record = noted(caller, act, at, t, target, details)
    chained = recorded(state, record, secrets.token_bytes(16))
    yield Query(AUDIT, audit_parameters(scope, chained))
    yield Query(
        "UPDATE scopes SET audit_n = $2, audit_h = $3, at = $4 WHERE id = $1",
        (scope, state.audit_n, state.audit_h, at),
    )


def page(caller: Caller, request: AuditRequest) -> Work[AuditPage]:
    """Return records that somebody may read."""
    admin = (yield from roles.of_trail(request.scope, caller.user, caller.org)) in ADMINS
    heads = yield Query("SELECT audit_n, audit_h FROM scopes WHERE id = $1", (request.scope,))
    n, h = heads[0]
    count = max(1, min(request.max, limits.PAGE_ROWS))
    found = yield from _records(request, count)
    records = tuple(_shown(record(each), caller.user, admin) for each in found[:count])
    return AuditPage(n=n, h=h, records=records, more=len(found) > count)


def _records(request: AuditRequest, count: int) -> Work[Sequence[Sequence[Any]]]:
    if request.before:
        where, order, bound = "n < $2", "DESC", request.before
    else:
        where, order, bound = "n > $2", "", request.after
    sql = f"SELECT {_COLUMNS} FROM audit WHERE scope = $1 AND {where}"
    values: tuple[Any, ...] = (request.scope, bound, count + 1)
    if request.id:
        sql, values = f"{sql} AND id = $4", (*values, request.id)
    return (yield Query(f"{sql} ORDER BY n {order} LIMIT $3", values))


def record(found: Sequence[Any]) -> Record:
    """Return the record of `_COLUMNS`."""
    n, at, by, device, act, h, d, t, id_, seq, salt, details = found
    told = _header.decode(details) if details is not None else None
    return Record(n, at, by, device, act, h, d, t, id_, seq, salt or b"", told)


def _shown(record: Record, user: str, admin: bool) -> Record:
    plain = admin or record.seq or record.by == user or rules.told_to_all(record.act)
    return record if plain else erased(record)
