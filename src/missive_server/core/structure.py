"""What the types mean of which the server knows more: may this space, seat, member … be so?

It only says no; what follows from a yes is in `effects`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from missive_server.core.state import State
from missive_server.core.values import Caller, ScopeState
from missive_wire import acts, limits
from missive_wire.entities import Header, Row, Type
from missive_wire.headers import seat_id
from missive_wire.ids import org_scope, space_scope, user_scope
from missive_wire.mutation import Mutation, Status

No = tuple[Status, str]


class Asked(NamedTuple):
    """A mutation as it is judged: `header` is what would stand there, `row` what does."""

    caller: Caller
    mutation: Mutation
    header: Header
    row: Row | None


def refused(
    state: State, caller: Caller, mutation: Mutation, header: Header, row: Row | None
) -> No | None:
    check = _CHECKS.get(mutation.t)
    return check(state, Asked(caller, mutation, header, row)) if check else None


def founds(caller: Caller, mutation: Mutation) -> bool:
    """Say whether this is the first owner, with whom the organization begins."""
    return (
        caller.joining == "owner"
        and mutation.act == "member.joined"
        and mutation.scope == org_scope(caller.org)
    )


def comes_in(caller: Caller, mutation: Mutation) -> bool:
    """Say whether this is what a newcomer brings: themselves, their device, seats, keys."""
    h = mutation.h
    match mutation.act:
        case "member.joined":
            return (mutation.id, h.get("user")) == (caller.user,) * 2 and (
                h.get("role") == caller.joining
            )
        case "device.added":
            return mutation.id == caller.device and h.get("user") == caller.user
        case "seat.given":
            promised = (mutation.scope[2:], h.get("kind", "active")) in caller.seats
            return promised and h.get("user") == caller.user and not h.get("role")
    return False


def role_for_seats(state: State, caller: Caller, scope: str, role: str) -> str:
    """Admins of an organization place people in all its spaces, also where they do not sit."""
    found = state.scope(scope)
    in_org = state.member(caller.org, caller.user)
    if found is not None and found.org == caller.org and in_org in acts.ADMINS:
        return in_org
    return role


def _space(state: State, asked: Asked) -> No | None:
    if asked.mutation.op == "put" and state.scope(space_scope(asked.mutation.id)) is not None:
        return ("conflict", "there was such a space")
    return None


def _seat(state: State, asked: Asked) -> No | None:
    mutation = asked.mutation
    user = mutation.h.get("user")
    if not isinstance(user, str) or mutation.id != seat_id(mutation.scope[2:], user):
        return ("invalid", "a seat names its user")
    if mutation.op != "del" and not state.member(asked.caller.org, user):
        return ("invalid", "nobody of this organization")
    if mutation.op == "patch" and state.access(mutation.scope, user) is None:
        return ("gone", "")
    space = state.row((org_scope(asked.caller.org), Type.SPACE, mutation.scope[2:]))
    if mutation.op == "put" and space is not None and space.op != "put":
        return ("gone", "the space was deleted")
    return None


def _member(state: State, asked: Asked) -> No | None:
    mutation, caller = asked.mutation, asked.caller
    if mutation.op == "put" and asked.header.get("user") != mutation.id:
        return ("invalid", "a member's id is the user's")
    own = state.scope(user_scope(mutation.id))
    if own is not None and own.org != caller.org:
        return ("invalid", "somebody of another organization")
    stays = mutation.op != "del" and asked.header.get("role") == "owner"
    was = state.member(caller.org, mutation.id)
    if was == "owner" and not stays and state.owners(caller.org) <= 1:
        return ("denied", "the last owner stays")
    return None


def _device(state: State, asked: Asked) -> No | None:
    mutation = asked.mutation
    device = state.device(mutation.id)
    if mutation.op == "del":
        user = mutation.h.get("user")
        if asked.row is None or asked.row.h.get("user") != user:
            return ("invalid", "a device names its user")
        return _about_owner(state, asked.caller, str(user))
    if mutation.op != "put":
        return None
    if (
        device is None
        or device.state == "revoked"
        or (device.user, device.org) != (asked.header.get("user"), asked.caller.org)
    ):
        return ("invalid", "no such device")
    return _about_owner(state, asked.caller, device.user)


def _about_owner(state: State, caller: Caller, user: str) -> No | None:
    """An owner's devices are for owners: no admin shuts them out, or lets another one in."""
    org = caller.org
    ours = caller.server or user == caller.user or state.member(org, caller.user) == "owner"
    if ours or state.member(org, user) != "owner":
        return None
    return ("denied", "only an owner")


def _invite(state: State, asked: Asked) -> No | None:
    if asked.mutation.op == "put" and not asked.header.get("auth"):
        return ("invalid", "header: auth")
    return None


def _grant(state: State, asked: Asked) -> No | None:
    scope = state.scope(asked.mutation.scope)
    epoch = asked.header.get("epoch", 0)
    newest = scope.key_epoch if scope else 0
    if asked.header.get("by") != asked.caller.device:
        return ("invalid", "by another device")
    rotated = asked.mutation.act == "grant.rotated"
    if epoch > newest + rotated or (rotated and epoch <= newest):
        return ("conflict", "another epoch")
    if asked.mutation.act == "grant.asked" and asked.header["keys"]:
        return ("invalid", "who asks gives nothing")
    no = _unasked(state, asked.caller, scope) if rotated else _too_many(state, asked)
    if no is None and not all(_reads(state, asked, each) for each in asked.header["keys"]):
        no = ("conflict", "a key for who may not read this")
    return no


def _too_many(state: State, asked: Asked) -> No | None:
    """No member fills the scope, which every device carries whole, with keys nobody asked for."""
    count, size = state.granted(asked.mutation.scope, asked.caller.user)
    size += len(msgspec.json.encode(asked.header))
    full = count >= limits.GRANTS or size > limits.GRANT_BYTES
    return ("denied", "too many of them") if full else None


def _reads(state: State, asked: Asked, name: str) -> bool:
    """Say whether this is somebody who may have the scope's key: an approved device of who reads
    it, the organization's root, or an invitation to it that nobody has used."""
    scope, org = asked.mutation.scope, asked.caller.org
    if name == org:
        return True
    device = state.device(name)
    if device is not None:
        approved = (device.org, device.state) == (org, "approved")
        return approved and state.access(scope, device.user) is not None
    invite = state.row((org_scope(org), Type.INVITE, name))
    if invite is None or invite.op != "put":
        return False
    return scope[0] == "o" or any(space_scope(seat[0]) == scope for seat in invite.h["seats"])


def _unasked(state: State, caller: Caller, scope: ScopeState | None) -> No | None:
    """A new key shuts out whom its maker leaves out, so only admins make one that nothing asked
    for."""
    if scope is None or scope.rekey or not scope.key_epoch or scope.id[0] == "u":
        return None
    seat = state.access(scope.id, caller.user)
    roles = {state.member(caller.org, caller.user), seat.role if seat else ""}
    return None if roles & acts.ADMINS else ("denied", "no new key is asked for")


_CHECKS: dict[str, Callable[[State, Asked], No | None]] = {
    Type.SPACE: _space,
    Type.SEAT: _seat,
    Type.MEMBER: _member,
    Type.DEVICE: _device,
    Type.INVITE: _invite,
    Type.GRANT: _grant,
}
