"""The roster: who is a member with which role, devices and seats, as far as it is signed for.

Values and questions; how statements are judged stands in `trust`. What has no signature that leads
to the organization's root is not in it, but among its `problems`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from missive_desktop.team.keys.certificates import Certificate
from missive_desktop.team.keys.device import DevicePublic
from missive_desktop.team.keys.root import RootPublic
from missive_desktop.team.keys.sealing import Author
from missive_desktop.team.keys.statements import (
    RemovedStatement,
    RevokedStatement,
    UnseatedStatement,
    WithdrawnStatement,
)
from missive_wire.entities import Header, Row
from missive_wire.headers import Role
from missive_wire.ids import split_scope

ADMINS = frozenset({"owner", "admin"})


class Shown(NamedTuple):
    """A row of the directory as the server shows it, with the scope that it stands in."""

    scope: str
    t: str
    id: str
    op: str
    h: Header


def shown(scope: str, row: Row) -> Shown:
    return Shown(scope, row.t, row.id, row.op, row.h)


class Member(NamedTuple):
    user: str
    identity: bytes
    role: Role
    v: int
    n: int
    invite: str  # that they came by, or ""


class Device(NamedTuple):
    id: str
    user: str
    sign: bytes
    box: bytes
    v: int

    @property
    def public(self) -> DevicePublic:
        return DevicePublic(self.id, self.sign, self.box)


class Seat(NamedTuple):
    space: str
    user: str
    kind: str  # active, observer
    role: str  # "": as in the organization
    v: int
    n: int


class Invited(NamedTuple):
    """An invitation that nobody has used yet."""

    invite: str
    sign: bytes
    box: bytes
    role: Role
    seats: tuple[tuple[str, str], ...]
    until: int
    v: int
    n: int
    server: bytes = b""  # whose key signs the trail


class Problem(NamedTuple):
    """Something that the server shows and that is not so. `kind` for the program: unsigned (no
    signature that counts), older (than what was seen), other (the header says something else),
    place (it stands where it does not belong), unreadable, twice (an invitation used again)."""

    kind: str
    subject: str
    words: str


@dataclass(frozen=True)
class Roster:
    """`standing`: the certificates that count, by subject; `kept`: the text of those, and of what
    counted once, to be remembered for the next time."""

    org: str
    root: RootPublic | None = None
    members: Mapping[str, Member] = field(default_factory=dict)
    devices: Mapping[str, Device] = field(default_factory=dict)
    seats: Mapping[tuple[str, str], Seat] = field(default_factory=dict)  # by space and user
    invites: Mapping[str, Invited] = field(default_factory=dict)
    former: Mapping[str, Author] = field(default_factory=dict)  # devices that wrote once
    clock: int = 0  # the highest `n` of a statement that counts
    standing: Mapping[str, Certificate] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    told: frozenset[str] = frozenset()  # statements that came with keys, and were looked at

    def author(self, device: str) -> Author | None:
        """Return whose device it is or was: who wrote under its signature."""
        found = self.devices.get(device)
        if found is not None:
            return Author(found.user, found.id, found.sign)
        return self.former.get(device)

    def devices_of(self, user: str) -> list[Device]:
        return [each for each in self.devices.values() if each.user == user]

    def role(self, user: str, space: str = "") -> str:
        """Return somebody's role, in a space or in the organization; "" for none."""
        member = self.members.get(user)
        if member is None or not space:
            return member.role if member else ""
        seat = self.seats.get((space, user))
        return (seat.role or member.role) if seat else ""

    def is_admin(self, user: str) -> bool:
        return self.role(user) in ADMINS

    def users(self, scope: str) -> list[str]:
        """Return who may read a scope, in an order that is the same for everybody."""
        kind, of = split_scope(scope)
        if kind == "o":
            return sorted(self.members)
        if kind == "u":
            return [of] if of in self.members else []
        return sorted(u for space, u in self.seats if space == of and u in self.members)

    def readers(self, scope: str) -> list[DevicePublic]:
        """Return all that a scope's key belongs to: devices, unused invitations, the root."""
        kind, of = split_scope(scope)
        may = set(self.users(scope))
        found = [each.public for each in self.devices.values() if each.user in may]
        if kind != "u":
            found += [
                DevicePublic(each.invite, each.sign, each.box)
                for each in self.invites.values()
                if kind == "o" or any(space == of for space, _ in each.seats)
            ]
        if self.root is not None:
            found.append(DevicePublic(self.org, self.root.sign, self.root.box))
        return sorted(found, key=lambda each: each.id)

    def grantors(self, scope: str) -> dict[str, bytes]:
        """Return the public halves that sign grants of a scope: only who may read it hands its key
        on. Of two that go by one id the first counts."""
        return {each.id: each.sign for each in reversed(self.readers(scope))}

    def entitled(self, scope: str, user: str) -> int:
        """Return the clock of the statement that lets somebody into a scope; 0 for nobody."""
        kind, of = split_scope(scope)
        member = self.members.get(user)
        if member is None or kind == "o":
            return member.n if member else 0
        if kind == "u":
            return member.n if of == user else 0
        seat = self.seats.get((of, user))
        return max(seat.n, member.n) if seat else 0

    def left_out(self, scope: str, given: Collection[str], began: int) -> set[str]:
        """Return who was in the directory when an epoch began, and yet was given no key.

        That was on purpose: a server that shows a removed member to who never knew of the removal
        gets no key for them. Only an admin's new statement lets them in. `given`: the devices with
        a key; `began`: the clock of who began the epoch.
        """
        having = {self.devices[each].user for each in given if each in self.devices}
        return {
            user
            for user in self.users(scope)
            if user not in having
            and self.members[user].invite not in given
            and self.entitled(scope, user) <= began
        }

    def taken(self, scope: str) -> list[str]:
        """Return the statements by which others lost access to a scope, the newest first."""
        kind, of = split_scope(scope)
        found = []
        for each in self.standing.values():
            s = each.statement
            if isinstance(s, UnseatedStatement):
                concerns = s.space == of
            elif isinstance(s, RevokedStatement):
                concerns = kind != "u" or s.user == of
            else:
                concerns = kind != "u" and isinstance(s, RemovedStatement | WithdrawnStatement)
            if concerns:
                found.append((s.n, each.text))
        return [text for _, text in sorted(found, reverse=True)]

    def without_member(self, user: str) -> Roster:
        """Return the roster as it will be, for who is to get new keys."""
        return replace(
            self,
            members={each: m for each, m in self.members.items() if each != user},
            devices={each: d for each, d in self.devices.items() if d.user != user},
            seats={place: s for place, s in self.seats.items() if s.user != user},
        )

    def without_seat(self, space: str, user: str) -> Roster:
        rest = {place: s for place, s in self.seats.items() if place != (space, user)}
        return replace(self, seats=rest)

    def without_device(self, device: str) -> Roster:
        rest = {each: d for each, d in self.devices.items() if each != device}
        return replace(self, devices=rest)

    def without_invite(self, invite: str) -> Roster:
        rest = {each: i for each, i in self.invites.items() if each != invite}
        return replace(self, invites=rest)

    def with_seat(self, space: str, user: str) -> Roster:
        seat = Seat(space, user, "active", "", 1, self.clock + 1)
        return replace(self, seats={**self.seats, (space, user): seat})

    def gone(self) -> list[tuple[str, int]]:
        """Return subjects that were taken away, with the version that did, the newest last."""
        ended = [
            (each.statement.n, subject, each.statement.v)
            for subject, each in self.standing.items()
            if isinstance(each.statement, RemovedStatement | RevokedStatement)
        ]
        return [(subject, v) for _, subject, v in sorted(ended)]
