"""Who is in a team and what of it they see: for owners and admins; lists for everybody."""

from __future__ import annotations

import argparse
import sys
from typing import Any, Literal

from missive_desktop.cli import opening, output, team_names
from missive_desktop.engine.request import Request
from missive_desktop.engine.space_admin_requests import (
    DeleteSpace,
    EditSpace,
    GiveSeat,
    InviteMember,
    LeaveTeam,
    RemoveMember,
    SetMemberRole,
)
from missive_desktop.engine.space_requests import TellTeam
from missive_desktop.store import folders, team_spaces, teams
from missive_desktop.store.database import Connection
from missive_desktop.store.team_spaces import SpaceRow

_FRESH = 5.0  # seconds
Kind = Literal["active", "observer"]


def members(chosen: argparse.Namespace) -> int:
    """List the members of a team."""
    with opening.reading(chosen) as opened:
        team = team_names.team(opened.conn, chosen.team)
        people = team_spaces.people(opened.conn, team.id).values()
    if chosen.json:
        output.json(
            [
                {"user": p.user, "name": p.name, "email": p.email, "role": p.role,
                 "me": p.user == team.user}
                for p in people
            ]
        )  # fmt: skip
    else:
        output.table([(p.called, p.email, p.role) for p in people])
    return 0


def invite(chosen: argparse.Namespace) -> int:
    """Make an invitation link."""
    kind: Kind = "observer" if chosen.observer else "active"
    with opening.writing(chosen) as (client, conn):
        team = team_names.team(conn, chosen.team)
        seats = tuple((team_names.space(conn, name).scope, kind) for name in chosen.inbox)
        answer = client.call(
            InviteMember(
                team=team.id, email=chosen.email, name=chosen.name, role=chosen.role, seats=seats
            )
        )
    if chosen.json:
        output.json({"link": answer["link"], "invite": answer["invite"]})
    else:
        print(answer["link"])
    return 0


def remove(chosen: argparse.Namespace) -> int:
    """Take somebody out of the organization."""
    with opening.writing(chosen) as (client, conn):
        team = team_names.team(conn, chosen.team)
        people = team_spaces.people(conn, team.id)
        user = team_names.person(people, chosen.who)
        opening.confirmed(f"Take {people[user].called} out of the team, at once?", chosen.yes)
        client.call(RemoveMember(team=team.id, user=user))
    print(output.line(f"{people[user].called} is no longer in the team; who stays has new keys."))
    return 0


def role(chosen: argparse.Namespace) -> int:
    """Give somebody another role."""
    with opening.writing(chosen) as (client, conn):
        team = team_names.team(conn, chosen.team)
        user = team_names.person(team_spaces.people(conn, team.id), chosen.who)
        client.call(SetMemberRole(team=team.id, user=user, role=chosen.role))
    return 0


def leave(chosen: argparse.Namespace) -> int:
    """Leave a team."""
    with opening.writing(chosen) as (client, conn):
        team = team_names.team(conn, chosen.team)
        opening.confirmed("Leave the team? What it shares goes from this machine.", chosen.yes)
        client.call(LeaveTeam(team=team.id))
    return 0


# -- spaces


def inboxes(chosen: argparse.Namespace) -> int:
    """List the shared inboxes of all teams."""
    with opening.reading(chosen) as opened:
        rows = [_described(opened.conn, row) for row in team_spaces.all_(opened.conn)]
    if chosen.json:
        output.json(rows)
    elif rows:
        output.table(
            [
                (r["name"], r["address"], "" if r["mine"] else "not yours", r["waiting"])
                for r in rows
            ]
        )
    else:
        print("There are no shared inboxes yet.", file=sys.stderr)
    return 0


def _described(conn: Connection, row: SpaceRow) -> dict[str, Any]:
    found = folders.by_name(conn, row.account, "Team inbox") if row.account else None
    return {
        "scope": row.scope,
        "name": row.name,
        "address": row.address,
        "mine": bool(row.account),
        "waiting": str(found.conversations) if found else "",
    }


def seats(chosen: argparse.Namespace) -> int:
    """List who sees a shared inbox."""
    with opening.reading(chosen) as opened:
        conn = opened.conn
        space = team_names.space(conn, chosen.inbox)
        people = team_spaces.people(conn, space.team)
        rows = [
            {
                "user": user,
                "name": people[user].called if user in people else "",
                "kind": seat.kind,
                "role": seat.role or (people[user].role if user in people else ""),
            }
            for user, seat in team_spaces.seats(conn, space.scope).items()
        ]
    if chosen.json:
        output.json(rows)
    else:
        output.table([(row["name"], row["kind"], row["role"]) for row in rows])
    return 0


def let(chosen: argparse.Namespace) -> int:
    """Let a member see a shared inbox."""
    kind: Kind = "observer" if chosen.observer else "active"
    return _seat(chosen, kind, chosen.role)


def out(chosen: argparse.Namespace) -> int:
    """Take a shared inbox from a member."""
    return _seat(chosen, "", "")


def _seat(chosen: argparse.Namespace, kind: Literal["active", "observer", ""], role: str) -> int:
    def make(conn: Connection) -> Request:
        space = team_names.space(conn, chosen.inbox)
        team = teams.get(conn, space.team)
        people = team_spaces.people(conn, space.team)
        user = team_names.person(people, chosen.who, team.user if team else "")
        return GiveSeat(scope=space.scope, user=user, kind=kind, role=role)

    return _call(chosen, make)


def delete(chosen: argparse.Namespace) -> int:
    """Delete a shared inbox for everybody."""
    with opening.writing(chosen) as (client, conn):
        space = team_names.space(conn, chosen.inbox)
        name = space.name or space.address
        seats = len(team_spaces.seats(conn, space.scope))
        who = f"the {seats} people who see it" if space.account else "everybody"
        opening.typed(
            f"This deletes {name} for {who}, with all that is shared in it. Type {name} to go on:",
            name,
            chosen.yes,
        )
        client.call(DeleteSpace(scope=space.scope))
    print(output.line(f"{name} is deleted."))
    return 0


_ANSWERS = {"takes-it": "assign_user", "leaves-it": "leave_in_team_inbox", None: ""}
_REPLIES = {"assignee": "show_in_assignee_inbox", "team": "show_in_team_inbox", None: ""}


def change(chosen: argparse.Namespace) -> int:
    """Change how a shared inbox behaves."""
    return _call(
        chosen,
        lambda conn: EditSpace(
            scope=team_names.space(conn, chosen.inbox).scope,
            name=chosen.name,
            address=chosen.address,
            colour=chosen.colour,
            user_reply=_ANSWERS[chosen.who_answers],  # type: ignore[arg-type]
            received_reply=_REPLIES[chosen.later_replies],  # type: ignore[arg-type]
        ),
    )


def _call(chosen: argparse.Namespace, make: Any) -> int:
    with opening.writing(chosen) as (client, conn):
        # What is changed over an older state than the server has, it refuses.
        client.call(TellTeam(seconds=_FRESH, whole=True))
        client.call(make(conn))
    return 0
