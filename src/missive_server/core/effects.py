"""What follows from structure in the same transaction: access, ended sessions, demands for keys.

Whoever loses access to a scope loses it with the commit: the scope's `acl` goes up, a `scope` row
in the user's own scope says so, and those who stay must make a new key before they write again.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from missive_server.core.state import State
from missive_server.core.values import Access, Caller, new_scope
from missive_wire import shapes
from missive_wire.entities import Row, Type
from missive_wire.headers import Invite, scope_row_id, seat_id
from missive_wire.ids import org_scope, space_scope, user_scope
from missive_wire.mutation import Mutation


def follow(state: State, caller: Caller, mutation: Mutation, placed: Row) -> None:
    """Do what a mutation entails that was accepted."""
    effect = _EFFECTS.get(mutation.t)
    if effect is not None:
        effect(state, caller, mutation, placed)


def _space(state: State, caller: Caller, mutation: Mutation, placed: Row) -> None:
    scope = space_scope(mutation.id)
    if mutation.op == "put":
        state.begin(new_scope(scope, caller.org, _epoch(state, caller), placed.at))
        _admit(state, scope, caller.user, Access("active"), caller.user)
    elif mutation.op == "del" and state.scope(scope) is not None:
        for user in state.users_of(scope):
            _expel(state, scope, user, caller.user)


def _seat(state: State, caller: Caller, mutation: Mutation, placed: Row) -> None:
    user = mutation.h["user"]
    if mutation.op == "del":
        _expel(state, mutation.scope, user, caller.user)
    else:
        access = Access(placed.h.get("kind", "active"), placed.h.get("role", ""))
        _admit(state, mutation.scope, user, access, caller.user)


def _member(state: State, caller: Caller, mutation: Mutation, placed: Row) -> None:
    user = mutation.id
    if mutation.op == "del":
        _remove(state, caller, user)
        return
    state.outcome.members[caller.org, user] = placed.h["role"]
    if mutation.op == "put":
        own = user_scope(user)
        if state.scope(own) is None:
            state.begin(new_scope(own, caller.org, _epoch(state, caller), placed.at))
        state.admit(own, user, Access("member"))
        _admit(state, org_scope(caller.org), user, Access("member"), caller.user)


def _remove(state: State, caller: Caller, user: str) -> None:
    """Take everything from somebody at once: seats, devices, sessions, all that they could read."""
    state.outcome.members[caller.org, user] = None
    for scope in state.scopes_of(user):
        if scope[0] == "s":
            seat = (scope, Type.SEAT.value, seat_id(scope[2:], user))
            state.bury(seat, caller.user, user=user)
        _expel(state, scope, user, caller.user)
    for device in state.devices_of(user):
        state.bury((org_scope(caller.org), Type.DEVICE, device), caller.user, user=user)
        _revoke(state, device)
    state.outcome.ended_users.add(user)


def _device(state: State, caller: Caller, mutation: Mutation, placed: Row) -> None:
    if mutation.op == "put":
        state.outcome.devices[mutation.id] = "approved"
    elif mutation.op == "del":
        _revoke(state, mutation.id)
        for scope in state.scopes_of(mutation.h["user"]):
            _demand_key(state, scope)


def _revoke(state: State, device: str) -> None:
    if state.device(device) is not None:
        state.outcome.devices[device] = "revoked"
    state.outcome.ended_devices.add(device)


def _invite(state: State, caller: Caller, mutation: Mutation, placed: Row) -> None:
    invite = shapes.convert(placed.h, Invite) if mutation.op != "del" else None
    state.outcome.invites[caller.org, mutation.id] = invite


def _grant(state: State, caller: Caller, mutation: Mutation, placed: Row) -> None:
    if mutation.act == "grant.rotated":
        scope = state.changing(mutation.scope)
        scope.key_epoch = placed.h["epoch"]
        scope.key_seq = placed.seq
        scope.rekey = False


def _admit(state: State, scope: str, user: str, access: Access, by: str) -> None:
    if state.admit(scope, user, access):
        _tell(state, scope, user, by, "granted")


def _expel(state: State, scope: str, user: str, by: str) -> None:
    if state.expel(scope, user):
        _demand_key(state, scope)
        _tell(state, scope, user, by, "revoked")


def _demand_key(state: State, scope: str) -> None:
    """A scope that never had a key needs no other."""
    if state.changing(scope).key_epoch:
        state.changing(scope).rekey = True


def _tell(state: State, scope: str, user: str, by: str, st: str) -> None:
    """Write into somebody's own scope that they may read another, or no longer."""
    own = user_scope(user)
    if scope == own or state.scope(own) is None:
        return
    name = scope_row_id(scope)
    old = state.row((own, Type.SCOPE, name))
    row = Row("put", 0, Type.SCOPE, name, (old.v if old else 0) + 1, h={"scope": scope, "st": st})
    state.put(own, msgspec.structs.replace(row, own=user, by=by))


def _epoch(state: State, caller: Caller) -> str:
    found = state.scope(org_scope(caller.org))
    return found.epoch if found else ""


_EFFECTS: dict[str, Callable[[State, Caller, Mutation, Row], None]] = {
    Type.SPACE: _space,
    Type.SEAT: _seat,
    Type.MEMBER: _member,
    Type.DEVICE: _device,
    Type.INVITE: _invite,
    Type.GRANT: _grant,
}
TYPES = frozenset(_EFFECTS)
