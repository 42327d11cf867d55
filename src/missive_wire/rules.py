"""Who may do what: one answer for server and client alike, from the table in `acts`.

It looks at the role, the mutation and the row that is there. What needs more (the last owner, a
lease, a key epoch) the server decides.
"""

from __future__ import annotations

from missive_wire.acts import ACTS
from missive_wire.entities import Row, Type
from missive_wire.mutation import Mutation
from missive_wire.patching import fields

ROLES = ("owner", "admin", "member", "drafter", "viewer", "guest")


def words(act: str, t: str = "") -> str:
    """Return what the trail calls an act: "assigned". An unknown one is called by its name."""
    if act == "blob.read" and t == Type.COMMENT:
        return "opened the file of a comment"
    rule = ACTS.get(act)
    return rule.words if rule else act


def told_to_all(act: str) -> bool:
    """Say whether the details of what the server itself notes are for all who read the trail."""
    return act == "organization.restored"


def may(role: str, act: str) -> bool:
    """Say whether a role may do this at all: what a menu offers."""
    rule = ACTS.get(act)
    return rule is not None and role in rule.who


def effective(role: str, seat: str) -> str:
    """Return the role in a space: the seat's, or the organization's where the seat names none."""
    return seat or role


def may_serve(role: str, *, handed: bool) -> bool:
    """Say whether a device may serve a space's mailbox: an admin's, or one that it was handed to.

    `role`: of its user, in the space. Others have no password of the mailbox, and who holds the
    lease for nothing keeps all mail from going in and out.
    """
    return may(role, "mailbox.handed") or (handed and may(role, "send.started"))


def sensible(mutation: Mutation) -> str:
    """Return why a mutation contradicts its own act, or ""."""
    rule = ACTS.get(mutation.act)
    if rule is None or rule.op == "event":
        return "no such act"
    if rule.op != mutation.op or (rule.t and rule.t != mutation.t):
        return "not what the act says"
    if "*" not in rule.fields and not fields(mutation.h) <= rule.fields:
        return "not a field of this act"
    for name, values in rule.sets.items():
        if mutation.h.get(name) not in values:
            return f"the act sets {name}"
    if not rule.body and (mutation.b or mutation.bv or mutation.k):
        return "the act has no body"
    return ""


def allowed(role: str, mutation: Mutation, row: Row | None, actor: str) -> str:
    """Return "" where a sensible mutation may be done, else why not. `row`: as it stands."""
    rule = ACTS[mutation.act]
    if role not in rule.who:
        return "not in this role"
    there = row if row is not None and row.op == "put" else None
    if role in rule.own and _whose(mutation, there) != actor:
        return "only your own"
    if rule.worker and not mutation.fence:
        return "only the worker"
    if role != "owner" and _about_owners(mutation, there):
        return "only an owner"
    return ""


def follows(mutation: Mutation, row: Row) -> bool:
    """Say whether the entity is in a state from which the act leads: else it is a conflict."""
    before = ACTS[mutation.act].before
    return all(row.h.get(name) in values for name, values in before.items())


def makes(mutation: Mutation) -> bool:
    """Say whether the act makes the entity, and so conflicts with one that is there."""
    rule = ACTS[mutation.act]
    return rule.op == "put" and rule.new


def _whose(mutation: Mutation, row: Row | None) -> str:
    """Return the user an entity is about: a device's, a member's, a seat's, else who made it."""
    if mutation.t in (Type.DEVICE, Type.MEMBER, Type.SEAT):
        user = (mutation.h if row is None else row.h).get("user", "")
        return user if isinstance(user, str) else ""
    return "" if row is None else row.own


def _about_owners(mutation: Mutation, row: Row | None) -> bool:
    """Say whether an owner would be made, changed or removed: no admin may."""
    if mutation.t not in (Type.MEMBER, Type.SEAT, Type.INVITE, Type.DEVICE):
        return False
    if mutation.h.get("role") == "owner":
        return True
    return mutation.t == Type.MEMBER and row is not None and row.h.get("role") == "owner"
