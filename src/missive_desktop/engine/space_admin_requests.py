"""Requests of owners and admins: spaces, who has a seat in them, who is a member and as what."""

from __future__ import annotations

from typing import Literal

from missive_desktop.engine.request import Request

SeatKind = Literal["active", "observer"]


class MakeSpace(Request, frozen=True):
    """Make a shared inbox or a team, with oneself in it → {"scope": str, "account": id}."""

    team: int
    name: str
    address: str = ""
    colour: str = ""
    kind: Literal["inbox", "team"] = "inbox"


class EditSpace(Request, frozen=True):
    """Change what is not empty → {}. See domain.spaces.Settings for the values of the last two."""

    scope: str
    name: str = ""
    address: str = ""
    colour: str = ""
    user_reply: Literal["", "assign_user", "leave_in_team_inbox"] = ""
    received_reply: Literal["", "show_in_assignee_inbox", "show_in_team_inbox"] = ""


class DeleteSpace(Request, frozen=True):
    """End a shared inbox or a team for everybody, with all that is shared in it → {}.

    Its mailbox, where it has one, keeps its mail and is served no more.
    """

    scope: str


class GiveSeat(Request, frozen=True):
    """Let a member into a space, or (kind "") out of it → {}. `role` "": that of the organization.

    Who is out gets nothing that comes later, and their device forgets what it has.
    """

    scope: str
    user: str
    kind: SeatKind | Literal[""] = "active"
    role: str = ""


class InviteMember(Request, frozen=True):
    """Invite somebody by a link → {"link": str, "invite": id}, once the server knows of it.

    `seats` are spaces (scopes) and kinds.
    """

    team: int
    email: str
    name: str = ""
    role: str = "member"
    seats: tuple[tuple[str, SeatKind], ...] = ()


class WithdrawInvite(Request, frozen=True):
    """End an invitation that nobody has used → {}."""

    team: int
    invite: str


class RemoveMember(Request, frozen=True):
    """Take somebody out of the organization, at once and everywhere → {}."""

    team: int
    user: str


class SetMemberRole(Request, frozen=True):
    """→ {}."""

    team: int
    user: str
    role: str


class LeaveTeam(Request, frozen=True):
    """Leave the organization → {}. An admin has to be removed by another one instead."""

    team: int


SpaceAdminRequest = (
    MakeSpace | EditSpace | DeleteSpace | GiveSeat | InviteMember | WithdrawInvite | RemoveMember
    | SetMemberRole | LeaveTeam
)  # fmt: skip
