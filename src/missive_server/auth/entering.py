"""Coming into an organization: what founding and joining have in common.

The newcomer brings what they are as mutations, like everything that changes shared state; the core
decides on them. Here it is made sure that afterwards they are what they were let in as.
"""

from __future__ import annotations

from collections.abc import Sequence

from missive_server.auth import devices, policy, sessions
from missive_server.auth.gate import Gate
from missive_server.auth.trail import NOBODY, audited
from missive_server.core.values import Call, Caller, Outcome
from missive_server.database.work import Query, Work
from missive_server.errors import BadRequest, Conflict
from missive_server.service.writing import applied
from missive_wire import limits
from missive_wire.accounts import (
    SECRET_BYTES,
    DeviceKeys,
    FoundRequest,
    JoinRequest,
    LoginAnswer,
    plain_address,
)
from missive_wire.entities import Type
from missive_wire.ids import is_id, org_scope, space_scope
from missive_wire.mutation import Mutation

Seats = tuple[tuple[str, str], ...]  # spaces and the kind of seat in each


def check(request: FoundRequest | JoinRequest) -> str:
    """Return the address; refuse what makes no sense before any work."""
    email = plain_address(request.email)
    ids = (request.org, request.user, request.device.id)
    devices.check(request.device)
    if not email:
        raise BadRequest("This is no mail address.")
    if not all(map(is_id, ids)) or NOBODY in ids or len(request.secret) != SECRET_BYTES:
        raise BadRequest
    if not 0 < len(request.muts) <= limits.MUTATIONS:
        raise BadRequest
    return email


def add_user(user: str, org: str, email: str, secret: str, now: int) -> Work[None]:
    """Add somebody with an address that nobody has who is a member of anything."""
    yield Query(
        "UPDATE users SET email = id WHERE email = $1 AND NOT EXISTS"
        " (SELECT 1 FROM members m WHERE m.org = users.org AND m.user_ = users.id)",
        (email,),
    )
    rows = yield Query(
        "INSERT INTO users (id, org, email, secret, made) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT DO NOTHING RETURNING id",
        (user, org, email, secret, now),
    )
    if not rows:
        raise Conflict("Somebody has this address here already.", code="taken")


def let_in(
    user: str,
    org: str,
    device: DeviceKeys,
    role: str,
    seats: Seats,
    muts: Sequence[Mutation],
    now: int,
    *after: Call,
) -> Work[Outcome]:
    """Do what the newcomer brings, and `after` it what the server does; all of it or nothing."""
    yield from devices.add(user, org, device, "approved", now)
    caller = Caller(user, device.id, org, joining=role, seats=seats)
    calls = [Call(caller, tuple(muts)), *after]
    outcome = yield from applied(calls, now)
    gone = _gone(muts, outcome)
    for answer in outcome.answers:
        if answer.refusal:
            raise BadRequest
        for result in answer.results:
            if result.st == "rekey":
                raise Conflict("Keys are being changed. Please try again soon.", code="rekey")
            if result.st != "ok" and (answer is not outcome.answers[0] or result.mid not in gone):
                raise BadRequest(f"Not taken in: {result.st}. {result.why}".strip())
    kept = tuple(each for each in seats if space_scope(each[0]) not in gone.values())
    if not _is_in(outcome, user, org, device.id, role, kept):
        raise BadRequest("Something is missing of what a newcomer brings.")
    return outcome


def _gone(muts: Sequence[Mutation], outcome: Outcome) -> dict[int, str]:
    """Return the seats (mid, scope) in spaces that were deleted since they were promised: who comes
    in does so without them."""
    results = {each.mid: each.st for each in outcome.answers[0].results}
    return {
        each.mid: each.scope
        for each in muts
        if each.t == Type.SEAT and results.get(each.mid) == "gone"
    }


def _is_in(outcome: Outcome, user: str, org: str, device: str, role: str, seats: Seats) -> bool:
    entity = outcome.rows.get((org_scope(org), Type.DEVICE.value, device))
    others = outcome.members.keys() - {(org, user)}
    found = {
        (scope, access.kind)
        for (scope, who), access in outcome.access.items()
        if access is not None and who == user and scope.startswith("s:")
    }
    return (
        outcome.members.get((org, user)) == role
        and not others
        and entity is not None
        and entity.h.get("user") == user
        and found == {(space_scope(space), kind) for space, kind in seats}
    )


def signed_in(user: str, org: str, device: str, act: str, now: int) -> Work[LoginAnswer]:
    """Open the newcomer's first session."""
    token = (yield from sessions.open_(user, org, device, now)).token
    yield from audited(org, user, device, act, now)
    must = yield from policy.demands_two_factor(org)
    return LoginAnswer("in", token, user, org, "approved", must)


def finish(gate: Gate, answer: LoginAnswer, outcome: Outcome) -> LoginAnswer:
    """Tell the others, now that it is committed."""
    gate.listeners.publish(outcome.published)
    return answer
