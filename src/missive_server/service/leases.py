"""Who serves a shared inbox: one device at a time, and a fence that goes up with each new one.

A change that carries an old fence is refused in the transaction that would make it, so a worker
that slept past its lease does no harm. Clocks may jump: a lease never counts for longer than one.
"""

from __future__ import annotations

from missive_server.core.values import Caller
from missive_server.database.work import Query, Work, first
from missive_server.errors import Forbidden, NotFound
from missive_server.service import roles, trail
from missive_wire import limits, rules, shapes
from missive_wire.headers import Mailbox
from missive_wire.routes import LeaseAnswer, LeaseRequest

_SPAN = limits.LEASE * 1000


def hold(caller: Caller, request: LeaseRequest, now: int) -> Work[LeaseAnswer]:
    """Take, renew or give back the lease of a space."""
    yield from _allowed(caller, request.scope)
    yield Query(
        "INSERT INTO leases (scope, device, fence, until) VALUES ($1, '', 0, 0)"
        " ON CONFLICT (scope) DO NOTHING",
        (request.scope,),
    )
    held = first(
        (
            yield Query(
                "SELECT device, fence, until FROM leases WHERE scope = $1 FOR UPDATE",
                (request.scope,),
            )
        )
    )
    assert held is not None
    device, fence, until = held[0], held[1], min(held[2], now + _SPAN)
    living, mine = until > now, device == caller.device
    if request.release:
        if living and mine and request.fence == fence:
            yield from _write(request.scope, device, fence, now)
        return LeaseAnswer(False, 0, now, "")
    if living and not mine:
        if until < held[2]:  # the clock went back: count from now
            yield from _write(request.scope, device, fence, until)
        return LeaseAnswer(False, 0, until, device)
    if not (living and request.fence == fence):
        fence += 1
        yield from trail.note(request.scope, caller, "lease.taken", now, details={"fence": fence})
    yield from _write(request.scope, caller.device, fence, now + _SPAN)
    return LeaseAnswer(True, fence, now + _SPAN, caller.device)


def _write(scope: str, device: str, fence: int, until: int) -> Work[None]:
    yield Query(
        "UPDATE leases SET device = $2, fence = $3, until = $4 WHERE scope = $1",
        (scope, device, fence, until),
    )


def _allowed(caller: Caller, scope: str) -> Work[None]:
    role = yield from roles.in_scope(scope, caller.user, caller.org)
    if not scope.startswith("s:"):
        raise NotFound
    if not rules.may_serve(role, handed=(yield from _handed(scope, caller.device))):
        raise Forbidden("This device may not serve this inbox before an admin hands it over.")


def _handed(scope: str, device: str) -> Work[bool]:
    """Tell whether the mailbox was handed to a device, and not taken back since."""
    found = yield Query(
        "SELECT h FROM entities WHERE scope = $1 AND t = 'mailbox' AND op = 'put'", (scope,)
    )
    return any(shapes.read(h, Mailbox).device == device for (h,) in found)
