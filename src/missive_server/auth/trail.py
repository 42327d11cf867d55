"""Signing in leaves its records in the trail of the organization, in the same transaction.

Who tries at an address that nobody has leaves them in a trail of its own, which nobody is shown:
it costs the same, and tells the server's admin that somebody tries.
"""

from __future__ import annotations

import secrets

from missive_server.core.values import new_scope
from missive_server.database.work import Query, Work
from missive_server.service.loading import lock_scopes
from missive_server.service.storing import AUDIT, audit_parameters, store_scopes
from missive_wire.chain import Record, appended
from missive_wire.entities import Header
from missive_wire.ids import new_id, org_scope

NOBODY = "00000000-0000-0000-0000-000000000000"
_SALT = 16


def audited(
    org: str, user: str, device: str, act: str, now: int, details: Header | None = None
) -> Work[None]:
    """Append a record to the organization's trail. It is about a device that somebody has."""
    scope = org_scope(org)
    there = yield from lock_scopes({scope})
    state = there.get(scope) or new_scope(scope, org, new_id(now), now)
    state.at = max(state.at, now)
    record = appended(
        state.head,
        scope,
        Record(
            n=0, at=state.at, by=user, device=device, act=act, h=b"", d=b"", id=device,
            salt=secrets.token_bytes(_SALT), details=details,
        ),
    )  # fmt: skip
    state.audit_n, state.audit_h = record.n, record.h
    yield from store_scopes({scope: state}, set(there))
    yield Query(AUDIT, audit_parameters(scope, record))
