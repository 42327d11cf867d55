"""How people and devices come in: founding, joining by invitation, recovering. Pure.

What the first request brings along is sealed here, as there is no outbox yet that could do it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from missive_desktop.domain.team import Intent
from missive_desktop.team import granting, organizing
from missive_desktop.team.keys import directory, ring, sealing, signing
from missive_desktop.team.keys.device import DeviceKeys
from missive_desktop.team.keys.invitation import Invitation
from missive_desktop.team.keys.ring import Ring
from missive_desktop.team.keys.root import Root
from missive_desktop.team.keys.roster import Roster, Shown, shown
from missive_desktop.team.keys.scope_keys import ScopeKey
from missive_desktop.team.keys.signing import Me
from missive_desktop.team.keys.trouble import BadLink, NotYet, Tampered
from missive_desktop.team.organizing import Plan, text
from missive_wire import codec, limits
from missive_wire.entities import Header, Row, Type
from missive_wire.headers import seat_id
from missive_wire.ids import org_scope, space_scope, user_scope
from missive_wire.mutation import Mutation


class _Body(msgspec.Struct, frozen=True):
    name: str = ""
    email: str = ""


_NOBODY = (_Body(), "")


def found(
    root: Root, me: Me, person: tuple[str, str], device: Mapping[str, object], name: str = ""
) -> Plan:
    """Make an organization: its first owner (e-mail, name) and device, the first keys, its name.

    The root is shown to the owner as `root.written` and then forgotten; nothing keeps it.
    """
    empty = Roster(me.org)
    statement = signing.member(me.org, me.user, me.identity.public, "owner")
    cert = signing.by_root(empty, root, statement)
    member = Intent(
        "put", org_scope(me.org), Type.MEMBER, me.user, "member.joined",
        {"user": me.user, "role": "owner", "cert": cert}, _person(person),
    )  # fmt: skip
    device_row = _device(empty, me, device)
    rows = [_as_shown(each) for each in (member, device_row)]
    roster = directory.fold(me.org, root.public.fingerprint, rows)
    org_key, org_grants = granting.begin(roster, me, org_scope(me.org), None)
    own_key, own_grants = granting.begin(roster, me, user_scope(me.user), None)
    names = (_named(member, "member.renamed"), _named(device_row, "device.renamed"))
    first = (msgspec.structs.replace(each, body="") for each in (member, device_row))
    called = (organizing.name_organization(me, name),) if name else ()
    return Plan((*first, *org_grants, *own_grants, *names, *called), (org_key, own_key))


def _named(made: Intent, act: str) -> Intent:
    """Bring the body after the key that it is sealed with."""
    return msgspec.structs.replace(made, op="patch", act=act, h={})


def invited(invitation: Invitation, rows: Iterable[Row]) -> tuple[Roster, Ring]:
    """Read what the server shows of the organization to who has the link, and the keys that were
    sealed to it. Raises where it is not the organization of the link, or the link counts no more.
    """
    scope, all_rows = org_scope(invitation.org), list(rows)
    roster = directory.fold(
        invitation.org, invitation.root, [shown(scope, row) for row in all_rows]
    )
    if roster.root is None:
        raise Tampered(
            "The server shows another organization than the invitation is for.",
            "Do not go on. Ask who invited you.",
        )
    if invitation.invite not in roster.invites:
        raise BadLink("This invitation counts no more. Ask who invited you for a new one.")
    keys = ring.collected(roster, scope, grant_records(all_rows), invitation.device())
    if keys.current is None:
        raise BadLink("The keys of this invitation are out of date. Ask for a new one.")
    return roster, keys


class Told(NamedTuple):
    """What an invitation says under its seal, as far as it opens: who asks whom to come where."""

    organization: str = ""
    inviter: str = ""
    email: str = ""
    name: str = ""


def told(invitation: Invitation, roster: Roster, keys: Ring, rows: Iterable[Row]) -> Told:
    """Read what the link's keys open. The inviter is who signed, whatever the server says."""
    opened = {}
    for row in rows:
        if row.op == "put" and row.b:
            place = sealing.place_of(invitation.org, org_scope(invitation.org), row)
            with contextlib.suppress(NotYet, Tampered, codec.Malformed):
                key = keys.keys.get(row.k)
                found = sealing.open_(key, roster.author, place, row.b)
                body = codec.decode(found.content, _Body, limits.BODY)
                opened[row.t, row.id] = body, found.author.user
    called, _ = opened.get((Type.ORGANIZATION, invitation.org), _NOBODY)
    person, by = opened.get((Type.INVITE, invitation.invite), _NOBODY)
    inviter, self_said = opened.get((Type.MEMBER, by), _NOBODY)
    who = inviter.name or inviter.email if self_said == by else ""
    return Told(called.name, who, person.email, person.name)


def join(
    invitation: Invitation,
    roster: Roster,
    org_key: ScopeKey,
    me: Me,
    person: tuple[str, str],
    device: Mapping[str, object],
) -> Plan:
    """Come in: certified by the link itself, and the organization's key handed on from the link to
    one's own device. The keys of the spaces follow by `hand_on`, once their rows are here."""
    promised = roster.invites[invitation.invite]
    statement = signing.member(me.org, me.user, me.identity.public, promised.role)
    statement = msgspec.structs.replace(statement, invite=invitation.invite)
    cert = signing.by_invitation(roster, invitation, statement)
    member = Intent(
        "put", org_scope(me.org), Type.MEMBER, me.user, "member.joined",
        {"user": me.user, "role": promised.role, "cert": cert}, _person(person),
    )  # fmt: skip
    intents = [member, _device(roster, me, device)]
    for space, kind in promised.seats:
        seat = signing.seat(me.org, space, me.user, kind, "")
        cert = signing.by_invitation(roster, invitation, seat)
        header = {"user": me.user, "kind": kind, "role": "", "cert": cert}
        name = seat_id(space, me.user)
        intents.append(Intent("put", space_scope(space), Type.SEAT, name, "seat.given", header))
    intents += granting.more(roster, me, org_key, [me.device.public])
    rows = [_as_shown(each) for each in intents if each.t in (Type.MEMBER, Type.DEVICE)]
    remembered = roster.kept.values()
    later = directory.fold(me.org, invitation.root, rows, remembered)
    own_key, own_grants = granting.begin(later, me, user_scope(me.user), None)
    return Plan((*intents, *own_grants), (org_key, own_key))


def hand_on(
    roster: Roster,
    me: Me,
    scope: str,
    records: Iterable[tuple[str, Header]],
    source: DeviceKeys,
) -> tuple[Ring, Plan]:
    """Open a scope's keys with an invitation's or the root's, and give them to one's own device."""
    found_keys = ring.collected(roster, scope, records, source)
    key = found_keys.current
    if key is None:
        return found_keys, Plan(())
    return found_keys, Plan(tuple(granting.more(roster, me, key, [me.device.public])))


def recover(
    root: Root, roster: Roster, me: Me, keys: Iterable[ScopeKey], device: Mapping[str, object]
) -> Plan:
    """Come back with nothing but the recovery key: a new identity, this device, new keys.

    `me` is already the new identity; `keys`, the newest of each scope, were opened by
    `root_device(root)`. What the lost devices could read, they cannot from now on.
    """
    user = me.user
    role = roster.members[user].role
    cert = signing.by_root(roster, root, signing.changed(roster, user, role, me.identity))
    member = Intent(
        "patch", org_scope(me.org), Type.MEMBER, user, "member.changed",
        {"role": role, "cert": cert},
    )  # fmt: skip
    device_row = _device(roster, me, device)
    rows = [
        Shown(member.scope, member.t, member.id, "put", {"user": user, **member.h}),
        _as_shown(device_row),
    ]
    remembered = roster.kept.values()
    later = directory.fold(me.org, root.public.fingerprint, rows, remembered)
    unnamed = msgspec.structs.replace(device_row, body="")
    intents = [member, unnamed, *_revoked(roster, later, me)]
    gone = [str(each.h["cert"]) for each in intents if each.op == "del"]
    made = []
    for before in keys:
        key, grants = granting.begin(later, me, before.scope, before, gone=gone)
        intents += grants
        made.append(key)
    return Plan((*intents, _named(device_row, "device.renamed")), tuple(made))


def _revoked(roster: Roster, later: Roster, me: Me) -> list[Intent]:
    """End the devices that are lost."""
    return [
        Intent(
            "del", org_scope(me.org), Type.DEVICE, lost.id, "device.revoked",
            {
                "user": me.user,
                "cert": signing.by_identity(later, me, signing.revoked(roster, lost.id)),
            },
        )
        for lost in roster.devices_of(me.user)
    ]  # fmt: skip


def root_device(root: Root) -> DeviceKeys:
    """The root as the device that it is in every grant."""
    return DeviceKeys(root.org, root.sign, root.box)


def mutations(
    plan: Plan, org: str, keys: Iterable[ScopeKey], device: DeviceKeys, first: int = 1
) -> tuple[Mutation, ...]:
    """Number and seal what a first request brings along; all bodies in it are new."""
    at_hand = {key.scope: key for key in (*keys, *plan.keys)}
    return tuple(
        _sealed(intent, first + number, org, at_hand, device)
        for number, intent in enumerate(plan.intents)
    )


def grant_records(rows: Iterable[Row]) -> list[tuple[str, Header]]:
    """Return id and header of the grants among rows, as `ring` reads them."""
    return [(row.id, row.h) for row in rows if row.t == Type.GRANT and row.op == "put"]


def _sealed(
    intent: Intent, mid: int, org: str, keys: Mapping[str, ScopeKey], device: DeviceKeys
) -> Mutation:
    mutation = Mutation(
        mid, intent.op, intent.scope, intent.t, intent.id, intent.act, intent.h, pre=intent.pre
    )
    if not intent.body:
        return mutation
    key = keys[intent.scope]
    place = sealing.Place(org, intent.scope, intent.t, intent.id, key.epoch, 1)
    sealed = sealing.seal(key, device, place, intent.body.encode())
    return msgspec.structs.replace(mutation, k=key.epoch, b=sealed, bv=1)


def _device(roster: Roster, me: Me, body: Mapping[str, object]) -> Intent:
    cert = signing.by_identity(roster, me, signing.device(me.org, me.user, me.device.public))
    return Intent(
        "put", org_scope(me.org), Type.DEVICE, me.device.id, "device.added",
        {"user": me.user, "cert": cert}, text(body),
    )  # fmt: skip


def _person(person: tuple[str, str]) -> str:
    return text({"email": person[0], "name": person[1]})


def _as_shown(intent: Intent) -> Shown:
    return Shown(intent.scope, intent.t, intent.id, "put", intent.h)
