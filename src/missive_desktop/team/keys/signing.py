"""Making statements: the next version on a subject, signed so that `trust` lets it count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import msgspec

from missive_desktop.team.keys import certificates, identity
from missive_desktop.team.keys.certificates import Certificate, Signer
from missive_desktop.team.keys.device import DeviceKeys, DevicePublic
from missive_desktop.team.keys.identity import Identity
from missive_desktop.team.keys.invitation import Invitation
from missive_desktop.team.keys.primitives import SigningKey
from missive_desktop.team.keys.root import Root
from missive_desktop.team.keys.roster import ADMINS, Roster
from missive_desktop.team.keys.statements import (
    KEEPS,
    DeviceStatement,
    InviteStatement,
    MemberStatement,
    RemovedStatement,
    RevokedStatement,
    SeatStatement,
    Statement,
    UnseatedStatement,
    WithdrawnStatement,
)
from missive_wire.headers import Role

_ROOM = 8000  # letters that a certificate may have, with what it brings along
_S = TypeVar("_S", bound=Statement)


@dataclass(frozen=True)
class Me:
    """Who acts: a person, on one of their devices."""

    org: str
    identity: Identity
    device: DeviceKeys

    @property
    def user(self) -> str:
        return self.identity.user


def by_device(roster: Roster, me: Me, statement: Statement) -> str:
    """Sign as an owner or admin."""
    signed = _placed(roster, me.user, statement)
    signer = Signer("device", me.device.id, me.user)
    return _made(roster, signed, signer, me.device.sign)


def by_identity(roster: Roster, me: Me, statement: Statement) -> str:
    """Sign what everybody may state: their own devices, and that they go."""
    if isinstance(statement, DeviceStatement):
        proved = identity.proof(me.identity, me.org, statement.device, statement.sign)
        statement = msgspec.structs.replace(statement, proof=proved)
    signed = _placed(roster, me.user, statement)
    return _made(roster, signed, Signer("identity", me.user, me.user), me.identity.sign)


def by_root(roster: Roster, root: Root, statement: MemberStatement) -> str:
    """Sign with the recovery key: the first owner, or who lost everything."""
    keys = (root.public.sign, root.public.box)
    signed = _placed(roster, "", msgspec.structs.replace(statement, root=keys))
    return _made(roster, signed, Signer("root", root.org), root.sign)


def by_invitation(roster: Roster, invitation: Invitation, statement: Statement) -> str:
    """Sign as a newcomer, with the key of the link. The invitation's certificate goes along: its
    row ends with its use."""
    made = roster.standing.get(f"invite {invitation.invite}")
    via = made.text if made else ""
    signer = Signer("invite", invitation.invite)
    signed = _placed(roster, "", statement)
    return certificates.certified(signed, signer, invitation.device().sign, via)


# -- statements, without version, clock and rank: those are filled in when they are signed


def member(org: str, user: str, identity: bytes, role: Role) -> MemberStatement:
    return MemberStatement(org=org, v=0, n=0, user=user, identity=identity, role=role)


def changed(roster: Roster, user: str, role: Role, new: Identity | None = None) -> MemberStatement:
    """State another role, or a new identity, which owns the devices of the one before.

    With less power than before, what was signed with it stays only as far as this statement
    vouches for it.
    """
    old = roster.standing[f"member {user}"].statement
    if not isinstance(old, MemberStatement):
        raise ValueError("nobody of that name is a member")
    loses = new is not None or (old.role in ADMINS and role not in (old.role, "owner"))
    former = dict(old.former)
    if new is not None:
        wrote = {each.id: each.sign for each in roster.devices_of(user)}
        wrote |= {each.device: each.sign for each in roster.former.values() if each.user == user}
        former = {
            device: sign + identity.proof(new, roster.org, device, sign)
            for device, sign in wrote.items()
        }
    return msgspec.structs.replace(
        old,
        role=role,
        identity=new.public if new is not None else old.identity,
        since=old.v + 1 if loses else old.since,
        keeps=_joined(old.keeps, vouched(roster, user)) if loses else old.keeps,
        former=former,
        root=None,
    )


def removed(roster: Roster, user: str) -> RemovedStatement:
    old = roster.standing[f"member {user}"].statement
    return RemovedStatement(
        org=roster.org, v=0, n=0, user=user,
        former=_owned(roster, user) | dict(getattr(old, "former", {})),
        keeps=_joined(getattr(old, "keeps", b""), vouched(roster, user)),
        invite=getattr(old, "invite", None),
    )  # fmt: skip


def _owned(roster: Roster, user: str) -> dict[str, bytes]:
    """Return the devices that somebody has and had, as their identity signed for them."""
    found = (each.statement for each in roster.standing.values())
    return {
        each.device: each.sign + each.proof
        for each in found
        if isinstance(each, DeviceStatement | RevokedStatement) and each.user == user and each.proof
    }


def device(org: str, user: str, public: DevicePublic) -> DeviceStatement:
    return DeviceStatement(
        org=org, v=0, n=0, device=public.id, user=user, sign=public.sign, box=public.box
    )


def revoked(roster: Roster, device_id: str) -> RevokedStatement:
    old = roster.devices[device_id]
    mine = [each for each in _made_by(roster, old.user) if each.signer.id == device_id]
    return RevokedStatement(
        org=roster.org, v=0, n=0, device=device_id, user=old.user, sign=old.sign,
        proof=getattr(roster.standing[f"device {device_id}"].statement, "proof", b""),
        keeps=certificates.packed([each.digest for each in mine[:KEEPS]]),
    )  # fmt: skip


def invite(
    invitation: Invitation,
    role: Role,
    seats: tuple[tuple[str, str], ...],
    until: int,
    server: bytes = b"",
) -> InviteStatement:
    public = invitation.device().public
    return InviteStatement(
        org=invitation.org, v=0, n=0, invite=invitation.invite, sign=public.sign,
        box=public.box, role=role, seats=seats, until=until, server=server,
    )  # fmt: skip


def withdrawn(org: str, invite_id: str) -> WithdrawnStatement:
    return WithdrawnStatement(org=org, v=0, n=0, invite=invite_id)


def seat(org: str, space: str, user: str, kind: str, role: str) -> SeatStatement:
    return SeatStatement(org=org, v=0, n=0, space=space, user=user, kind=kind, role=role)


def unseated(org: str, space: str, user: str) -> UnseatedStatement:
    return UnseatedStatement(org=org, v=0, n=0, space=space, user=user)


# -- what stays of somebody who loses power


def vouched(roster: Roster, user: str) -> bytes:
    return certificates.packed([each.digest for each in _made_by(roster, user)[:KEEPS]])


def to_sign_anew(roster: Roster, user: str) -> list[Certificate]:
    """Return what one statement has no room to vouch for: sign those anew before it."""
    return _made_by(roster, user)[KEEPS:]


def _made_by(roster: Roster, user: str) -> list[Certificate]:
    """Return what somebody's devices signed and that counts: what took something away first, as
    nobody can sign that anew. An invitation that nobody has used falls with its maker."""
    found = [
        each
        for each in roster.standing.values()
        if each.signer.kind == "device"
        and each.signer.user == user
        and getattr(each.statement, "invite", None) not in roster.invites
    ]
    return sorted(
        found, key=lambda each: (isinstance(each.statement, SeatStatement | MemberStatement),
                                 each.digest),
    )  # fmt: skip


def _joined(one: bytes, other: bytes) -> bytes:
    return certificates.packed(
        list(certificates.unpacked(one) | certificates.unpacked(other))[: 2 * KEEPS]
    )


def _placed(roster: Roster, user: str, statement: _S) -> _S:
    """Number a statement: one above what stands, and above all that is known."""
    old = roster.standing.get(statement.subject)
    mine = roster.standing.get(f"member {user}")
    return msgspec.structs.replace(
        statement,
        v=old.statement.v + 1 if old else 1,
        n=roster.clock + 1,
        rank=mine.statement.v if mine else 0,
    )


def _made(roster: Roster, statement: Statement, signer: Signer, key: SigningKey) -> str:
    """Sign, and bring along what the statement takes the place of: the row had it, and what was
    signed with it must still lead to the root when nothing else is left of it."""
    before = _replaced(roster, statement)
    for some in (before, before[:1], []):
        made = certificates.certified(statement, signer, key, "~".join(some))
        if len(made) <= _ROOM:
            break
    return made


def _replaced(roster: Roster, statement: Statement) -> list[str]:
    old = roster.standing.get(statement.subject)
    if old is None or isinstance(statement, SeatStatement | UnseatedStatement):
        return []
    found = dict.fromkeys(old.text.split("~"))
    if isinstance(statement, RemovedStatement):  # the server takes the devices' rows as well
        signers = {each.signer.id for each in _made_by(roster, statement.user)}
        for device_id in sorted(signers):
            if (each := roster.standing.get(f"device {device_id}")) is not None:
                found |= dict.fromkeys(each.text.split("~"))
    return list(found)
