"""What owners and admins do: plans of `team.organizing`, handed to the outbox in order."""

from __future__ import annotations

import time
from typing import Any, cast

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.spaces import SpaceBody
from missive_desktop.domain.team import Intent
from missive_desktop.engine import settling
from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.space_admin_requests import (
    DeleteSpace,
    EditSpace,
    GiveSeat,
    InviteMember,
    LeaveTeam,
    MakeSpace,
    RemoveMember,
    SetMemberRole,
    WithdrawInvite,
)
from missive_desktop.engine.team_access import ready, row_of
from missive_desktop.errors import UsageError
from missive_desktop.store import team_scopes, team_spaces
from missive_desktop.store.clock import now_ms
from missive_desktop.store.database import Connection
from missive_desktop.store.team_spaces import SpaceRow
from missive_desktop.team import organizing, submitting
from missive_desktop.team.keys import invitation
from missive_desktop.team.organizing import Plan
from missive_desktop.team.team import Team
from missive_wire.headers import Role, seat_id
from missive_wire.ids import new_id, org_scope, space_scope, split_scope
from missive_wire.rules import ROLES

_GOES = 10.0  # seconds for what was deleted to go from here; it does so later else


def make_space(runtime: Runtime, request: MakeSpace) -> dict[str, Any]:
    if not request.name.strip():
        raise UsageError("A shared inbox needs a name.")
    team = ready(runtime, request.team)
    with runtime.reading() as conn:
        _refuse_twin(conn, request.team, request.name)
    space = new_id()
    body = SpaceBody(request.name.strip(), request.address.strip(), request.colour)
    fields = cast(dict[str, object], msgspec.to_builtins(body))
    plan = organizing.make_space(
        team.vault.roster, team.vault.me, team.vault.newest_of_all(), space, request.kind, fields
    )
    _settle(runtime, team, plan, begins=True)
    scope = space_scope(space)
    with runtime.reading() as conn:
        row = team_spaces.get(conn, scope)
    return {"scope": scope, "account": row.account if row else 0}


def edit_space(runtime: Runtime, request: EditSpace) -> dict[str, Any]:
    with runtime.reading() as conn:
        row = _space(conn, request.scope)
        _refuse_twin(conn, row.team, request.name, row.scope)
    org = row_of(runtime, row.team).org
    body = SpaceBody(
        request.name or row.name,
        request.address or row.address,
        request.colour or row.colour,
        request.user_reply or row.user_reply,
        request.received_reply or row.received_reply,
    )
    written = msgspec.json.encode(body).decode()
    space = split_scope(row.scope)[1]
    intent = Intent("patch", org_scope(org), "space", space, "space.edited", {}, written)
    _settle(runtime, ready(runtime, row.team), Plan((intent,)))
    return {}


def _refuse_twin(conn: Connection, team: int, name: str, scope: str = "") -> None:
    """The server cannot read names, so it is here that two of one name are refused."""
    if any(row.scope != scope for row in team_spaces.named(conn, team, name) if row.name):
        raise UsageError(
            f"There is a shared inbox called {name.strip()} already.", "Choose another name."
        )


def delete_space(runtime: Runtime, request: DeleteSpace) -> dict[str, Any]:
    with runtime.reading() as conn:
        row = _space(conn, request.scope)
    team = ready(runtime, row.team)
    _settle(runtime, team, organizing.delete_space(team.vault.me, split_scope(row.scope)[1]))
    end = time.monotonic() + _GOES
    with runtime.reading() as conn:
        while team_spaces.get(conn, row.scope) is not None and time.monotonic() < end:
            runtime.wait_for_change(0.2)
    return {}


def give_seat(runtime: Runtime, request: GiveSeat) -> dict[str, Any]:
    with runtime.reading() as conn:
        row = _space(conn, request.scope)
        known = team_spaces.seats(conn, request.scope).get(request.user)
    team = ready(runtime, row.team)
    vault, space = team.vault, split_scope(request.scope)[1]
    key = vault.newest(request.scope)
    role = _role(request.role) if request.role else ""
    if not request.kind:
        plan = organizing.take_seat(vault.roster, vault.me, key, space, request.user)
    elif known is not None and known.id == seat_id(space, request.user):
        plan = organizing.change_seat(
            vault.roster, vault.me, space, request.user, request.kind, role
        )
    elif key is None:
        raise UsageError("You can only let people into spaces that you read yourself.")
    else:
        plan = organizing.give_seat(vault.roster, vault.me, key, request.user, request.kind, role)
    _settle(runtime, team, plan)
    return {}


def invite(runtime: Runtime, request: InviteMember) -> dict[str, Any]:
    if "@" not in request.email:
        raise UsageError("An invitation needs an e-mail address.")
    team = ready(runtime, request.team)
    row, vault = row_of(runtime, request.team), team.vault
    seats = [(split_scope(scope)[1], kind) for scope, kind in request.seats]
    person = (request.email, request.name)
    invited = organizing.invite(
        vault.roster, vault.me, vault.newest_of_all(), row.url, _role(request.role), seats,
        person, now_ms(), row.server_key,
    )  # fmt: skip
    _settle(runtime, team, invited.plan)
    made = invited.invitation
    return {"link": invitation.link(made), "invite": made.invite}


def withdraw(runtime: Runtime, request: WithdrawInvite) -> dict[str, Any]:
    team = ready(runtime, request.team)
    vault = team.vault
    if request.invite not in vault.roster.invites:
        raise UsageError("There is no such invitation, or it was used.")
    plan = organizing.withdraw(vault.roster, vault.me, vault.newest_of_all(), request.invite)
    _settle(runtime, team, plan)
    return {}


def remove(runtime: Runtime, request: RemoveMember) -> dict[str, Any]:
    team = ready(runtime, request.team)
    vault = team.vault
    if request.user not in vault.roster.members:
        raise UsageError("Nobody of that name is a member.")
    plan = organizing.remove_member(vault.roster, vault.me, vault.newest_of_all(), request.user)
    _settle(runtime, team, plan)
    return {}


def set_role(runtime: Runtime, request: SetMemberRole) -> dict[str, Any]:
    team = ready(runtime, request.team)
    vault = team.vault
    if request.user not in vault.roster.members:
        raise UsageError("Nobody of that name is a member.")
    role = _role(request.role)
    _settle(runtime, team, organizing.change_role(vault.roster, vault.me, request.user, role))
    return {}


def leave(runtime: Runtime, request: LeaveTeam) -> dict[str, Any]:
    team = ready(runtime, request.team)
    _settle(runtime, team, organizing.leave(team.vault.roster, team.vault.me))
    return {}


def _role(name: str) -> Role:
    if name not in ROLES:
        raise UsageError(f"A member is one of {', '.join(ROLES)}.")
    return cast(Role, name)


def _space(conn: Connection, scope: str) -> SpaceRow:
    row = team_spaces.get(conn, scope)
    if row is None:
        raise UsageError("There is no such space here.")
    return row


def _in_no_space(conn: Connection, intent: Intent) -> bool:
    """Say whether this signs anew for a seat in a space that was deleted since."""
    return intent.act == "seat.changed" and team_spaces.get(conn, intent.scope) is None


def _settle(runtime: Runtime, team: Team, plan: Plan, *, begins: bool = False) -> None:
    """Do what was planned, and wait until the server says that it is so.

    What an admin does is not for later: a plan made offline would be of an old roster. Keys of a
    scope that `begins` are kept at once, so that it can be written in; those of a new epoch come
    by its record, once that stands.
    """

    def work(conn: Connection, changes: Changes) -> list[int]:
        for key in plan.keys if begins else ():
            team_scopes.ensure(conn, team.id, key.scope, changes)
            team_scopes.add_keys(conn, team.id, key.scope, {key.epoch: key.key}, changes)
        now, projection = now_ms(), team.books.projection
        intents = [each for each in plan.intents if not _in_no_space(conn, each)]
        return submitting.submit(conn, team.id, intents, now, projection, changes)

    ids = runtime.writer.run(work, durable=True)
    if begins:
        team.vault.learn()
    team.start()
    team.poke()
    settling.wait_for(runtime, team, ids)
    team.vault.learn()
