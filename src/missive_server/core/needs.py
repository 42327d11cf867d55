"""What must be loaded and locked before a batch can be decided, told from the calls alone.

Two rounds where somebody leaves or a space ends: the first `Needs` then names `users` and `spaces`
whose access is wanted whole; with that in hand the second one is complete. After the locks are
taken, that access is read once more: where it grew meanwhile, the transaction begins anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from missive_server.core.values import AccessKey, Call, Caller, EntityKey
from missive_wire import limits
from missive_wire.entities import Type
from missive_wire.headers import belongs, scope_row_id, seat_id
from missive_wire.ids import is_hash, is_id, org_scope, space_scope, split_scope, user_scope
from missive_wire.mutation import Mutation


class Needs(msgspec.Struct):
    """`scopes` are to be locked in sorted order. `devices` includes those that call."""

    scopes: set[str] = set()
    rows: set[EntityKey] = set()
    members: set[tuple[str, str]] = set()  # (org, user)
    owners: set[str] = set()  # orgs whose owners are to be counted
    access: set[AccessKey] = set()
    devices: set[str] = set()
    sessions: set[str] = set()
    mids: set[tuple[str, int]] = set()  # answers that may have been given: (device, mid)
    leases: set[str] = set()  # scopes
    blobs: set[tuple[str, str]] = set()  # (scope, hash)
    users: set[str] = set()  # whose access and devices are wanted whole
    spaces: set[str] = set()  # scopes whose access is wanted whole
    counts: set[tuple[str, str]] = set()  # (scope, t): how many there are of them
    grants: set[AccessKey] = set()  # whose grants are to be counted
    addressed: set[str] = set()  # devices that are given keys: not locked
    read: set[str] = set()  # scopes whose readers are given keys: all access, as it stands


class Whole(msgspec.Struct, frozen=True):
    """What the first round asked for: all scopes and devices of `users`, all users of `spaces`."""

    access: frozenset[AccessKey] = frozenset()
    devices: Mapping[str, str] = {}  # id: user


def needs(calls: Iterable[Call], whole: Whole | None = None) -> Needs:
    found = Needs()
    for call in calls:
        caller = call.caller
        found.members.add((caller.org, caller.user))
        if caller.session:
            found.sessions.add(caller.session)
        if not caller.server:
            found.devices.add(caller.device)
        for mutation in call.muts:
            if not caller.server:
                found.mids.add((caller.device, mutation.mid))
            if _names_something(mutation):  # what does not is refused unseen
                _add(found, caller, mutation)
    for scope, user in whole.access if whole else ():
        _add_leaving(found, scope, user)
    for device in whole.devices if whole else ():
        found.devices.add(device)
        found.rows |= {(scope, "device", device) for scope in found.scopes if scope[0] == "o"}
    return found


def _add(found: Needs, caller: Caller, mutation: Mutation) -> None:
    scope = mutation.scope
    found.scopes.add(scope)
    found.rows.add((scope, mutation.t, mutation.id))
    found.access.add((scope, caller.user))
    if mutation.op == "put" and mutation.t in limits.MOST:
        found.counts.add((scope, mutation.t))
    if mutation.fence:
        found.leases.add(scope)
    blob = mutation.h.get("blob")
    if isinstance(blob, str) and is_hash(blob):
        found.blobs.add((scope, blob))
    structural = _STRUCTURAL.get(mutation.t)
    if structural is not None:
        structural(found, caller, mutation)


def _space(found: Needs, caller: Caller, mutation: Mutation) -> None:
    if mutation.op == "put":
        _add_leaving(found, space_scope(mutation.id), caller.user)
    elif mutation.op == "del":
        found.scopes.add(space_scope(mutation.id))
        found.spaces.add(space_scope(mutation.id))


def _seat(found: Needs, caller: Caller, mutation: Mutation) -> None:
    user = mutation.h.get("user")
    if isinstance(user, str) and is_id(user):
        found.members.add((caller.org, user))
        found.rows.add((org_scope(caller.org), Type.SPACE, split_scope(mutation.scope)[1]))
        _add_leaving(found, mutation.scope, user)


def _member(found: Needs, caller: Caller, mutation: Mutation) -> None:
    found.members.add((caller.org, mutation.id))
    found.owners.add(caller.org)
    if mutation.op == "del":
        found.users.add(mutation.id)
    _add_leaving(found, mutation.scope, mutation.id)


def _device(found: Needs, caller: Caller, mutation: Mutation) -> None:
    found.devices.add(mutation.id)
    user = mutation.h.get("user")
    if isinstance(user, str) and is_id(user):
        found.members.add((caller.org, user))
        if mutation.op == "del":
            found.users.add(user)


def _grant(found: Needs, caller: Caller, mutation: Mutation) -> None:
    keys = mutation.h.get("keys")
    given = [each for each in keys if is_id(each)] if isinstance(keys, dict) else []
    given = given[: limits.GRANT_DEVICES]
    found.grants.add((mutation.scope, caller.user))
    found.addressed.update(given)
    found.read.add(mutation.scope)
    found.rows |= {(org_scope(caller.org), Type.INVITE, each) for each in given}


def _add_leaving(found: Needs, scope: str, user: str) -> None:
    """What is touched where somebody's access to a scope begins or ends."""
    found.access.add((scope, user))
    found.scopes |= {scope, user_scope(user)}
    found.rows.add((user_scope(user), Type.SCOPE, scope_row_id(scope)))
    kind, space = split_scope(scope)
    if kind == "s":
        found.rows.add((scope, Type.SEAT, seat_id(space, user)))
    found.access.add((user_scope(user), user))


def _names_something(mutation: Mutation) -> bool:
    try:
        split_scope(mutation.scope)
    except ValueError:
        return False
    return is_id(mutation.id) and belongs(mutation.t, mutation.scope)


_STRUCTURAL = {
    Type.SPACE.value: _space,
    Type.SEAT.value: _seat,
    Type.MEMBER.value: _member,
    Type.DEVICE.value: _device,
    Type.GRANT.value: _grant,
}
