"""Who belongs to a team and to which inboxes, and what an owner or admin can do about it. No Qt."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, Protocol

from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.spaces import MemberBody
from missive_desktop.engine.request import Request
from missive_desktop.engine.space_admin_requests import (
    DeleteSpace,
    EditSpace,
    GiveSeat,
    InviteMember,
    MakeSpace,
    RemoveMember,
    SeatKind,
    SetMemberRole,
    WithdrawInvite,
)
from missive_desktop.engine.team_login_requests import (
    DemandTwoFactor,
    NameOrganization,
    ShowFingerprints,
    TeamStanding,
)
from missive_desktop.errors import KnownError
from missive_desktop.store import team_rows, team_scopes, team_spaces, teams
from missive_desktop.store.database import Connection
from missive_desktop.store.teams import TeamRow
from missive_wire import shapes
from missive_wire.entities import Type
from missive_wire.ids import org_scope

ROLES = ("owner", "admin", "member", "drafter", "viewer", "guest")


class Inbox(NamedTuple):
    scope: str
    name: str
    colour: str
    address: str
    people: int


class Member(NamedTuple):
    user: str
    name: str
    email: str
    role: str
    me: bool
    inboxes: tuple[tuple[str, str], ...]  # scope, kind of seat


class Invited(NamedTuple):
    """Somebody who was invited and has not come yet. `until` in milliseconds."""

    invite: str
    email: str
    name: str
    role: str
    until: int


@dataclass(frozen=True, slots=True)
class Members:
    """What the page shows. `link`: of the invitation that was made last (`made`), for `invited`;
    `prints`: what people compare, by user, and of the organization under "".
    """

    team: int
    name: str = ""
    admin: bool = False
    owner: bool = False
    members: tuple[Member, ...] = ()
    inboxes: tuple[Inbox, ...] = ()
    waiting: tuple[Invited, ...] = ()
    required: bool | None = None  # a second factor, of all; None: not known
    prints: Mapping[str, str] = field(default_factory=dict)
    link: str = ""
    made: str = ""
    invited: str = ""
    busy: bool = False
    error: str = ""
    advice: str = ""


class MembersView(Protocol):
    def show_members(self, members: Members) -> None: ...


class MembersPresenter:
    def __init__(self, conn: Connection, engine: Engine, view: MembersView, team: int) -> None:
        self._conn = conn
        self._engine = engine
        self._view = view
        self._tasks = Tasks(self._failed)
        self._shown: Members | None = None
        self.members = Members(team)

    def load(self) -> None:
        """Read who is there, and ask for what only the server and the keys know."""
        self._show(_read(self._conn, self.members))
        self._tasks.start(self._ask())

    def changed(self, changes: Changes) -> None:
        if changes.teams:
            self._show(_read(self._conn, self.members))

    def invite(
        self, email: str, name: str, role: str, seats: Sequence[tuple[str, SeatKind]]
    ) -> None:
        request = InviteMember(
            team=self.members.team, email=email, name=name, role=role, seats=tuple(seats)
        )
        self._show(replace(self.members, busy=True, link="", error="", advice=""))
        self._tasks.start(self._invite(request))

    def remove(self, user: str) -> None:
        self._do(RemoveMember(team=self.members.team, user=user))

    def set_role(self, user: str, role: str) -> None:
        self._do(SetMemberRole(team=self.members.team, user=user, role=role))

    def seat(self, scope: str, user: str, kind: Literal["active", "observer", ""]) -> None:
        self._do(GiveSeat(scope=scope, user=user, kind=kind))

    def withdraw(self, invite: str) -> None:
        self._do(WithdrawInvite(team=self.members.team, invite=invite))

    def rename(self, name: str) -> None:
        self._do(NameOrganization(team=self.members.team, name=name))

    def demand(self, on: bool) -> None:
        """Have all members set up a second factor, or no longer."""
        self._do(DemandTwoFactor(team=self.members.team, on=on))

    def edit_inbox(self, scope: str, name: str, address: str) -> None:
        self._do(EditSpace(scope=scope, name=name, address=address))

    def delete_inbox(self, scope: str) -> None:
        self._do(DeleteSpace(scope=scope))

    def make_inbox(self, name: str, address: str, colour: str = "") -> None:
        self._do(MakeSpace(team=self.members.team, name=name, address=address, colour=colour))

    def close(self) -> None:
        self._tasks.cancel()

    def _do(self, request: Request) -> None:
        self._show(replace(self.members, busy=True, error="", advice=""))
        self._tasks.start(self._carry_out(request))

    async def _carry_out(self, request: Request) -> None:
        await self._engine.call(request)
        if isinstance(request, DemandTwoFactor):
            self.members = replace(self.members, required=request.on)
        self._show(_read(self._conn, replace(self.members, busy=False)))

    async def _ask(self) -> None:
        with contextlib.suppress(KnownError):  # the rest of the page says how it is
            team = self.members.team
            found = await self._engine.call(ShowFingerprints(team=team))
            prints = {"": str(found["organization"]), **found["people"]}
            self._show(replace(self.members, prints=prints))
            if self.members.admin:
                standing = await self._engine.call(TeamStanding(team=team))
                self._show(replace(self.members, required=bool(standing.get("required"))))

    async def _invite(self, request: InviteMember) -> None:
        answer = await self._engine.call(request)
        made = replace(
            self.members, busy=False, link=str(answer["link"]), made=str(answer["invite"]),
            invited=request.email,
        )  # fmt: skip
        self._show(_read(self._conn, made))

    def _failed(self, error: KnownError) -> None:
        self._show(replace(self.members, busy=False, error=str(error), advice=error.advice))

    def _show(self, members: Members) -> None:
        self.members = members
        if members != self._shown:  # what is open or typed on the page is not to go for nothing
            self._shown = members
            self._view.show_members(members)


def affected(member: Member, inboxes: Sequence[Inbox]) -> list[str]:
    """Return the inboxes that somebody loses with their removal."""
    names = {inbox.scope: inbox.name for inbox in inboxes}
    return [names[scope] for scope, _ in member.inboxes if scope in names]


def _read(conn: Connection, before: Members) -> Members:
    team = before.team
    row = teams.get(conn, team)
    if row is None:
        return before
    people = team_spaces.people(conn, team)
    spaces = team_spaces.all_(conn, team)
    seats = {space.scope: team_spaces.seats(conn, space.scope) for space in spaces}
    members = [
        Member(
            user, person.called, person.email, person.role, user == row.user,
            tuple((scope, here[user].kind) for scope, here in seats.items() if user in here),
        )
        for user, person in people.items()
    ]  # fmt: skip
    members.sort(key=lambda each: (not each.me, each.name.casefold()))
    role = people[row.user].role if row.user in people else ""
    waiting = _invited(conn, row) if role in ("owner", "admin") else ()
    used = before.made and before.made not in {each.invite for each in waiting}
    inboxes = tuple(
        Inbox(space.scope, space.name, space.colour, space.address, len(seats[space.scope]))
        for space in spaces
    )
    return replace(
        before,
        name=row.called,
        admin=role in ("owner", "admin"),
        owner=role == "owner",
        members=tuple(members),
        inboxes=inboxes,
        waiting=waiting,
        link="" if used else before.link,
    )


def _invited(conn: Connection, row: TeamRow) -> tuple[Invited, ...]:
    scope = team_scopes.get(conn, row.id, org_scope(row.org))
    rows = team_rows.of_type(conn, scope.id, Type.INVITE) if scope is not None else []
    now = time.time_ns() // 1_000_000
    found = []
    for each in rows:
        until = each.h.get("until")
        if each.there and isinstance(until, int) and until > now:
            person = shapes.read(each.body, MemberBody) if each.body else MemberBody()
            role = str(each.h.get("role", ""))
            found.append(Invited(each.id, person.email, person.name, role, until))
    return tuple(sorted(found, key=lambda each: -each.until))
