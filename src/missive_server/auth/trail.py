"""Signing in leaves its records in the trail of the organization, in the same transaction.

Who tries at an address that nobody has leaves them in a trail of its own, which nobody is shown:
it costs the same, and tells the server's admin that somebody tries.
"""

from __future__ import annotations

from missive_server.core.values import Caller
from missive_server.database.work import Query, Work
from missive_server.service import trail
from missive_wire.chain import START
from missive_wire.entities import Header
from missive_wire.ids import org_scope

NOBODY = "00000000-0000-0000-0000-000000000000"


def audited(
    org: str, user: str, device: str, act: str, now: int, details: Header | None = None
) -> Work[None]:
    """Add a record, of what somebody did with a device, to the organization's trail."""
    caller = Caller(user, device, org)
    yield from trail.note(org_scope(org), caller, act, now, "device", device, details)


def nobodys_trail() -> Work[None]:
    """Have a trail for tries at addresses that nobody has."""
    yield Query(
        "INSERT INTO scopes (id, org, epoch, audit_h) VALUES ($1, $2, '', $3)"
        " ON CONFLICT (id) DO NOTHING",
        (org_scope(NOBODY), NOBODY, START),
    )
