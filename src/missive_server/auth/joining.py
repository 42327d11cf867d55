"""Joining by invitation: who has the link's secret comes in, once, as what was promised.

Of all that can be wrong with an invitation the answer is the same, so nobody learns which there
are.
"""

from __future__ import annotations

import hmac
from typing import NamedTuple

import msgspec

from missive_server.auth.entering import Seats, add_user, check, finish, let_in, signed_in
from missive_server.auth.gate import Gate
from missive_server.auth.tokens import hash_of
from missive_server.core.values import Call, Caller, Outcome
from missive_server.database.work import Query, Work, first
from missive_server.errors import NotFound, Restored
from missive_server.service import rows
from missive_server.service.loading import lock_scopes
from missive_wire.accounts import InvitationAnswer, InvitationRequest, JoinRequest, LoginAnswer
from missive_wire.entities import Row, Type
from missive_wire.ids import org_scope
from missive_wire.mutation import Mutation

_GONE = "This invitation was used, withdrawn, has ended, or never was one."
_DIRECTORY = [Type.ORGANIZATION, Type.MEMBER, Type.DEVICE, Type.INVITE]
_MOST = 20_000  # rows of a directory


class Promise(NamedTuple):
    role: str
    seats: Seats


async def look(gate: Gate, request: InvitationRequest) -> InvitationAnswer:
    """Show who has the link what they need to check it, and to seal what they bring."""
    return InvitationAnswer(await gate.store.read(_looked, request, gate.now()))


def _looked(request: InvitationRequest, now: int) -> Work[tuple[Row, ...]]:
    yield from _promise(request.org, request.invite, request.auth, now)
    found = yield Query(
        f"SELECT {rows.COLUMNS} FROM entities"
        " WHERE scope = $1 AND (t = ANY($2) OR t = 'grant' AND h LIKE $4) ORDER BY seq LIMIT $3",
        (org_scope(request.org), _DIRECTORY, _MOST, f'%"{request.invite}"%'),
    )
    every = [
        row
        for row in map(rows.row, found)
        if row.t != Type.GRANT or request.invite in row.h.get("keys", {})
    ]
    inviters = {row.by for row in every if row.id == request.invite}
    said = {request.org, request.invite} | inviters
    return tuple(row if row.id in said else _without_body(row) for row in every)


def _without_body(row: Row) -> Row:
    return msgspec.structs.replace(row, b=b"", k=0)


async def join(gate: Gate, request: JoinRequest) -> LoginAnswer:
    email = check(request)
    now = gate.now()
    await gate.store.read(_promise, request.org, request.invite, request.auth, now)
    secret = await gate.passwords.hash(request.secret)
    return finish(gate, *await gate.store.run(_joined, request, email, secret, now))


def _joined(
    request: JoinRequest, email: str, secret: str, now: int
) -> Work[tuple[LoginAnswer, Outcome]]:
    org, user, device = request.org, request.user, request.device
    yield from lock_scopes({org_scope(org)})  # of two who come with one link, one is first
    promise = yield from _promise(org, request.invite, request.auth, now)
    yield from add_user(user, org, email, secret, now)
    used = Mutation(0, "del", org_scope(org), Type.INVITE, request.invite, "invite.used")
    by_server = Call(Caller(user, device.id, org, server=True), (used,))
    outcome = yield from let_in(
        user, org, device, promise.role, promise.seats, request.muts, now, by_server
    )
    answer = yield from signed_in(user, org, device.id, "account.login", now)
    return answer, outcome


def _promise(org: str, invite: str, auth: bytes, now: int) -> Work[Promise]:
    """Return what an invitation promises, if it counts and this is its secret."""
    row = first(
        (
            yield Query(
                "SELECT i.auth, i.role, i.seats, i.until, o.closed FROM invites i"
                " JOIN orgs o ON o.id = i.org WHERE i.id = $1 AND i.org = $2",
                (invite, org),
            )
        )
    )
    shown = hash_of(auth).hex()
    kept = row[0] if row else shown[::-1]
    if not hmac.compare_digest(kept, shown) or row is None or row[3] <= now:
        raise NotFound(_GONE, code="gone")
    if row[4]:
        raise Restored
    return Promise(row[1], tuple((space, kind) for space, kind in msgspec.json.decode(row[2])))
