"""A device approved by the organization's recovery key, where none is left that could.

The server knows the key's public half since the organization was founded. It opens nothing for it:
what the key opens is opened on the device.
"""

from __future__ import annotations

from missive_server.auth import devices
from missive_server.auth.gate import Gate
from missive_server.auth.sessions import Session
from missive_server.auth.throttle import Try, forgive, pay
from missive_server.auth.trail import audited
from missive_server.core.values import Call, Caller, Outcome
from missive_server.database.work import Query, Work, first
from missive_server.errors import BadRequest, Conflict, Forbidden, Problem
from missive_server.service.writing import applied
from missive_wire.accounts import RECOVERY_LABEL, Recover, recovery_message, statement
from missive_wire.entities import Type
from missive_wire.ids import org_scope
from missive_wire.mutation import Mutation


async def recover(gate: Gate, session: Session, request: Recover) -> None:
    if session.must:
        raise Forbidden("Set up two-factor login first.", code="must")
    end = await gate.store.run(_recovered, session, request, gate.now())
    if isinstance(end, Problem):
        raise end
    gate.listeners.publish(end.published)


def _recovered(session: Session, request: Recover, now: int) -> Work[Outcome | Problem]:
    tries = (Try("code", session.user),)
    yield from pay(tries, now)
    row = first((yield Query("SELECT root FROM orgs WHERE id = $1", (session.org,))))
    assert row is not None  # of a session that was found a moment ago
    message = recovery_message(session.org, session.user, session.device)
    if not devices.signed(bytes(row[0]), statement(RECOVERY_LABEL, message), request.proof):
        yield from audited(session.org, session.user, session.device, "account.refused", now)
        return Forbidden("This is not the recovery key of your organization.", code="wrong")
    yield from forgive(tries)
    approved = yield from devices.approve(session.device)
    if approved:
        yield from audited(session.org, session.user, session.device, "device.recovered", now)
    if not request.cert:
        if not approved:
            raise Conflict("This device does not wait for approval.")
        return Outcome()
    identity = Mutation(
        0, "patch", org_scope(session.org), Type.MEMBER, session.user, "member.changed",
        {"cert": request.cert},
    )  # fmt: skip
    caller = Caller(session.user, session.device, session.org, server=True)
    outcome = yield from applied([Call(caller, (identity,))], now)
    if any(result.st != "ok" for result in outcome.answers[0].results):
        raise BadRequest
    return outcome
