"""What owners and admins do to a team, as changes to be sent: pure.

From the roster as it is, the keys at hand and the wish come a plan: intents for the outbox, in the
order in which they must arrive, and keys that they are sealed with and that no record gave us yet.
Whoever loses access is taken out and all that they could read gets a new key in the same plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import msgspec

from missive_desktop.domain.team import Intent
from missive_desktop.errors import UsageError
from missive_desktop.team import granting
from missive_desktop.team.keys import approval, invitation, signing
from missive_desktop.team.keys.certificates import Certificate
from missive_desktop.team.keys.device import DevicePublic
from missive_desktop.team.keys.invitation import Invitation
from missive_desktop.team.keys.roster import Roster
from missive_desktop.team.keys.scope_keys import ScopeKey
from missive_desktop.team.keys.signing import Me
from missive_desktop.team.keys.statements import MemberStatement, SeatStatement
from missive_wire.entities import Type
from missive_wire.headers import Role, seat_id
from missive_wire.ids import new_id, org_scope, space_scope

Keys = Mapping[str, ScopeKey]  # the newest key of each scope that this device has
_INVITED_SEATS = 40
UNNAMED = "Device"  # what one that is let in is called until it says itself


class Plan(NamedTuple):
    """`keys` open and seal from now on; of a rotation they come by its record, once it stands."""

    intents: tuple[Intent, ...]
    keys: tuple[ScopeKey, ...] = ()


class Invited(NamedTuple):
    invitation: Invitation
    plan: Plan


def name_organization(me: Me, name: str) -> Intent:
    """Call the organization something: all members and whoever is invited see it."""
    return Intent(
        "put", org_scope(me.org), Type.ORGANIZATION, me.org, "organization.named", {},
        text({"name": name.strip()}),
    )  # fmt: skip


# -- spaces and seats


def make_space(
    roster: Roster, me: Me, keys: Keys, space: str, kind: str, body: Mapping[str, object]
) -> Plan:
    """Make a space with the maker in it, and its first key."""
    if org_scope(me.org) not in keys:
        raise UsageError("This device does not have the organization's key yet.")
    made = Intent(
        "put", org_scope(me.org), Type.SPACE, space, "space.created", {"kind": kind}, text(body)
    )
    seat = _seat_intent(roster, me, space, me.user, "active", "")
    later = roster.with_seat(space, me.user)
    key, grants = granting.begin(later, me, space_scope(space), None)
    return Plan((made, seat, *grants), (key,))


def delete_space(me: Me, space: str) -> Plan:
    """End a space, with all that stands in it, for everybody."""
    gone = Intent("del", org_scope(me.org), Type.SPACE, space, "space.deleted")
    return Plan((gone,))


def give_seat(
    roster: Roster, me: Me, key: ScopeKey, user: str, kind: str = "active", role: Role | str = ""
) -> Plan:
    """Let a member into a space, with the key to its history."""
    space = key.scope[2:]
    if user not in roster.members:
        raise UsageError("Only members of the organization can be let into a space.")
    seat = _seat_intent(roster, me, space, user, kind, role)
    devices = [each.public for each in roster.devices_of(user)]
    return Plan((seat, *granting.more(roster, me, key, devices)))


def change_seat(roster: Roster, me: Me, space: str, user: str, kind: str, role: Role | str) -> Plan:
    seat = _seat_intent(roster, me, space, user, kind, role)
    return Plan((_over(roster, seat, "patch", "seat.changed"),))


def take_seat(roster: Roster, me: Me, key: ScopeKey | None, space: str, user: str) -> Plan:
    """Take somebody out of a space, or oneself. Without the key the server demands a new one of
    whoever has it."""
    statement = signing.unseated(me.org, space, user)
    own = user == me.user and not roster.is_admin(user)
    sign = signing.by_identity if own else signing.by_device
    gone = Intent(
        "del", space_scope(space), Type.SEAT, seat_id(space, user),
        "seat.left" if user == me.user else "seat.taken",
        {"user": user, "cert": sign(roster, me, statement)},
        pre=_before(roster, statement.subject),
    )  # fmt: skip
    if key is None or user == me.user:
        return Plan((gone,))
    return _with_rotations([gone], roster.without_seat(space, user), me, [key])


# -- members


def invite(
    roster: Roster,
    me: Me,
    keys: Keys,
    url: str,
    role: Role,
    seats: Iterable[tuple[str, str]],
    person: tuple[str, str],
    now: int,
    server: bytes = b"",
) -> Invited:
    """Invite somebody (e-mail, name) as a role into spaces: the link, and what to send first.

    The link's own keys get those of the organization and the spaces, so that who comes can read at
    once. `now` in milliseconds; `server`: the key of its trail, which the newcomer is to expect.
    """
    places = tuple(seats)
    missing = [space for space, _ in places if space_scope(space) not in keys]
    if missing or org_scope(me.org) not in keys:
        raise UsageError("You can only invite into spaces that you read yourself.")
    if roster.root is None or len(places) > _INVITED_SEATS:
        raise UsageError(f"Invite into at most {_INVITED_SEATS} spaces at once.")
    made = invitation.new_invitation(url, me.org, new_id(), roster.root.fingerprint)
    until = now + invitation.DAYS * 86_400_000
    cert = signing.by_device(roster, me, signing.invite(made, role, places, until, server))
    header = {
        "role": role, "seats": [list(each) for each in places], "until": until,
        "auth": hashlib.sha256(made.auth).hexdigest(), "cert": cert,
    }  # fmt: skip
    body = text({"email": person[0], "name": person[1]})
    intents = [
        Intent("put", org_scope(me.org), Type.INVITE, made.invite, "invite.made", header, body)
    ]
    public = [made.device().public]
    for scope in [org_scope(me.org), *(space_scope(space) for space, _ in places)]:
        intents += granting.more(roster, me, keys[scope], public)
    return Invited(made, Plan(tuple(intents)))


def withdraw(roster: Roster, me: Me, keys: Keys, invite_id: str) -> Plan:
    """End an invitation that nobody has used. Its keys open nothing that comes from now on."""
    invited = roster.invites[invite_id]
    cert = signing.by_device(roster, me, signing.withdrawn(me.org, invite_id))
    gone = Intent(
        "del", org_scope(me.org), Type.INVITE, invite_id, "invite.withdrawn", {"cert": cert}
    )
    scopes = [org_scope(me.org), *(space_scope(space) for space, _ in invited.seats)]
    had = [keys[scope] for scope in scopes if scope in keys]
    return _with_rotations([gone], roster.without_invite(invite_id), me, had)


def change_role(roster: Roster, me: Me, user: str, role: Role) -> Plan:
    """Give somebody another role. Of what they signed as an admin, all that counts now stays."""
    if user == me.user:
        raise UsageError("Your own role is for another owner or admin to change.")
    anew = _signed_anew(roster, me, user)
    statement = signing.changed(roster, user, role)
    changed = Intent(
        "patch", org_scope(me.org), Type.MEMBER, user, "member.changed",
        {"role": role, "cert": signing.by_device(roster, me, statement)},
        pre=_before(roster, statement.subject),
    )  # fmt: skip
    return Plan((*anew, changed))


def confirm_member(roster: Roster, me: Me, user: str) -> Plan:
    """Sign for somebody who came by invitation, so that they no longer depend on the link."""
    statement = signing.changed(roster, user, _role(roster, user))
    cert = signing.by_device(roster, me, statement)
    return Plan(
        (
            Intent(
                "patch", org_scope(me.org), Type.MEMBER, user, "member.changed",
                {"role": statement.role, "cert": cert},
                pre=_before(roster, statement.subject),
            ),
        )
    )  # fmt: skip


def remove_member(roster: Roster, me: Me, keys: Keys, user: str) -> Plan:
    """Take somebody out of everything at once; who stays gets new keys."""
    if user == me.user:
        raise UsageError("To leave is something else than to remove yourself.")
    anew = _signed_anew(roster, me, user)
    statement = signing.removed(roster, user)
    gone = Intent(
        "del", org_scope(me.org), Type.MEMBER, user, "member.removed",
        {"cert": signing.by_device(roster, me, statement)},
        pre=_before(roster, statement.subject),
    )  # fmt: skip
    had = [key for scope, key in keys.items() if user in roster.users(scope) and scope[0] != "u"]
    return _with_rotations([*anew, gone], roster.without_member(user), me, had)


def leave(roster: Roster, me: Me) -> Plan:
    """Go. An admin has another one remove them: what they signed needs somebody to stand by it."""
    if roster.is_admin(me.user):
        raise UsageError("Have another owner or admin remove you: what you signed is to stay.")
    cert = signing.by_identity(roster, me, signing.removed(roster, me.user))
    return Plan(
        (Intent("del", org_scope(me.org), Type.MEMBER, me.user, "member.left", {"cert": cert}),)
    )


# -- devices


def approve_device(
    roster: Roster,
    me: Me,
    keys: Keys,
    device: DevicePublic,
    code: str,
    body: Mapping[str, object],
    server: bytes = b"",
) -> Plan:
    """Let in a further device of one's own, whose code was typed here, and give it all keys."""
    approval.check(code, me.user, device)
    if roster.root is None:
        raise UsageError("This device does not know the organization yet.")
    gone = tuple(roster.gone())
    handover = approval.handover(roster.root, me.identity, device, roster.clock, gone, server)
    cert = signing.by_identity(roster, me, signing.device(me.org, me.user, device))
    welcome = approval.handed_over(code, handover, device)
    added = Intent(
        "put", org_scope(me.org), Type.DEVICE, device.id, "device.added",
        {"user": me.user, "cert": cert, "welcome": welcome}, text(body),
    )  # fmt: skip
    intents = [added]
    for key in keys.values():
        intents += granting.more(roster, me, key, [device])
    return Plan(tuple(intents))


def revoke_device(roster: Roster, me: Me, keys: Keys, device: str) -> Plan:
    """Take a device out; all that its user reads gets new keys. Revoked by an admin, the user's
    own scope gets its new key from one of their other devices."""
    found = roster.devices[device]
    statement = signing.revoked(roster, device)
    sign = signing.by_identity if found.user == me.user else signing.by_device
    gone = Intent(
        "del", org_scope(me.org), Type.DEVICE, device, "device.revoked",
        {"user": found.user, "cert": sign(roster, me, statement)},
    )  # fmt: skip
    had = [key for scope, key in keys.items() if found.user in roster.users(scope)]
    return _with_rotations([gone], roster.without_device(device), me, had)


def text(body: Mapping[str, object]) -> str:
    return msgspec.json.encode(body).decode()


def _with_rotations(first: list[Intent], later: Roster, me: Me, had: Iterable[ScopeKey]) -> Plan:
    intents, keys = list(first), []
    gone = [str(each.h["cert"]) for each in first if each.op == "del" and each.h.get("cert")]
    for before in sorted(had, key=lambda each: each.scope):
        key, grants = granting.begin(later, me, before.scope, before, gone=gone)
        intents += grants
        keys.append(key)
    return Plan(tuple(intents), tuple(keys))


def _seat_intent(
    roster: Roster, me: Me, space: str, user: str, kind: str, role: Role | str
) -> Intent:
    cert = signing.by_device(roster, me, signing.seat(me.org, space, user, kind, role))
    return Intent(
        "put", space_scope(space), Type.SEAT, seat_id(space, user), "seat.given",
        {"user": user, "kind": kind, "role": role, "cert": cert},
    )  # fmt: skip


def _signed_anew(roster: Roster, me: Me, user: str) -> list[Intent]:
    """Sign in one's own name what a single statement has no room to vouch for."""
    found = (_anew(roster, me, each) for each in signing.to_sign_anew(roster, user))
    return [each for each in found if each is not None]


def _anew(roster: Roster, me: Me, certificate: Certificate) -> Intent | None:
    match certificate.statement:
        case SeatStatement() as s:
            seat = _seat_intent(roster, me, s.space, s.user, s.kind, s.role)
            return _over(roster, seat, "patch", "seat.changed")
        case MemberStatement() as s:
            return confirm_member(roster, me, s.user).intents[0]
    return None


def _over(roster: Roster, intent: Intent, op: Literal["patch"], act: str) -> Intent:
    """Change a seat only while it is what the one who changes it saw."""
    before = _before(roster, f"seat {intent.scope[2:]} {intent.h['user']}")
    return msgspec.structs.replace(intent, op=op, act=act, pre=before)


def _before(roster: Roster, subject: str) -> dict[str, str] | None:
    """Of two who change the same at once, the second is to look again at what the first did."""
    found = roster.standing.get(subject)
    return {"cert": found.text} if found is not None else None


def _role(roster: Roster, user: str) -> Role:
    statement = roster.standing[f"member {user}"].statement
    if not isinstance(statement, MemberStatement):
        raise UsageError("Nobody of that name is a member.")
    return statement.role
