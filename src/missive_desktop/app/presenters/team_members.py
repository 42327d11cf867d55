"""Who belongs to a team and to which inboxes, and what an owner or admin can do about it. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Protocol

from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.domain.changes import Changes
from missive_desktop.engine.request import Request
from missive_desktop.engine.space_admin_requests import (
    GiveSeat,
    InviteMember,
    MakeSpace,
    RemoveMember,
    SeatKind,
    SetMemberRole,
)
from missive_desktop.errors import KnownError
from missive_desktop.store import team_spaces, teams
from missive_desktop.store.database import Connection

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


@dataclass(frozen=True, slots=True)
class Members:
    """What the page shows. `link`: of the invitation that was made last; `invited`: for whom."""

    team: int
    name: str = ""
    admin: bool = False
    owner: bool = False
    members: tuple[Member, ...] = ()
    inboxes: tuple[Inbox, ...] = ()
    link: str = ""
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
        self.members = Members(team)

    def load(self) -> None:
        """Read who is there."""
        self._show(_read(self._conn, self.members))

    def changed(self, changes: Changes) -> None:
        if changes.teams:
            self.load()

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

    def make_inbox(self, name: str, address: str, colour: str = "") -> None:
        self._do(MakeSpace(team=self.members.team, name=name, address=address, colour=colour))

    def close(self) -> None:
        self._tasks.cancel()

    def _do(self, request: Request) -> None:
        self._show(replace(self.members, busy=True, error="", advice=""))
        self._tasks.start(self._carry_out(request))

    async def _carry_out(self, request: Request) -> None:
        await self._engine.call(request)
        self.members = replace(self.members, busy=False)
        self.load()

    async def _invite(self, request: InviteMember) -> None:
        answer = await self._engine.call(request)
        link = str(answer["link"])
        self._show(replace(self.members, busy=False, link=link, invited=request.email))

    def _failed(self, error: KnownError) -> None:
        self._show(replace(self.members, busy=False, error=str(error), advice=error.advice))

    def _show(self, members: Members) -> None:
        self.members = members
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
    inboxes = tuple(
        Inbox(space.scope, space.name, space.colour, space.address, len(seats[space.scope]))
        for space in spaces
    )
    return replace(
        before,
        name=row.settings.name or row.url.partition("://")[2],
        admin=role in ("owner", "admin"),
        owner=role == "owner",
        members=tuple(members),
        inboxes=inboxes,
    )
