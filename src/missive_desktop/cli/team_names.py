"""What people write on the command line, found in a team: members, spaces, labels, times."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from datetime import datetime

from missive_desktop.cli import output
from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.engine.space_requests import TellTeam
from missive_desktop.errors import UsageError
from missive_desktop.store import messages, team_spaces, team_views, teams
from missive_desktop.store.database import Connection
from missive_desktop.store.team_spaces import Person, SpaceRow
from missive_desktop.store.team_views import Timeline
from missive_desktop.store.teams import TeamRow
from missive_wire.rules import words

_AGE = re.compile(r"(\d+)\s*(min|m|h|d|w)")
_SECONDS = {"min": 60, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def team(conn: Connection, name: str | None) -> TeamRow:
    """Return the team of a name, or the only one there is."""
    rows = teams.all_(conn)
    if name is not None:
        wanted = name.casefold()
        rows = [row for row in rows if wanted in _names(row)]
    if not rows:
        raise UsageError("You are in no such team." if name else "You are in no team yet.")
    if len(rows) > 1:
        raise UsageError("Say which team with --team.")
    return rows[0]


def _names(row: TeamRow) -> set[str]:
    host = row.host
    return {row.settings.name.casefold(), row.org, row.url, host, row.email} - {""}


def space(conn: Connection, name: str) -> SpaceRow:
    """Return the space of a name, an address or an id."""
    wanted = name.casefold()
    rows = team_spaces.all_(conn)
    found = [
        row
        for row in rows
        if wanted in (row.name.casefold(), row.address.casefold(), row.scope[2:])
    ]
    if not found:
        known = ", ".join(sorted(row.name for row in rows if row.name)) or "none"
        raise UsageError(f"There is no shared inbox {name}. There are: {known}.")
    if len(found) > 1:
        known = ", ".join(f"{row.scope[2:]} ({row.address or row.name})" for row in found)
        raise UsageError(
            f"Several shared inboxes are called {name}: use one of these ids: {known}."
        )
    return found[0]


def conversation(conn: Connection, message: int) -> int:
    """Return the conversation of a message."""
    row = messages.get(conn, message)
    if row is None:
        raise UsageError(f"There is no message {message}.")
    return row.conversation


def person(people: Mapping[str, Person], name: str, me: str = "") -> str:
    """Return the user of a name, a first name or an address; "me" is oneself."""
    wanted = name.casefold().removeprefix("@")
    if wanted == "me" and me:
        return me
    for key in (
        lambda each: (each.email.casefold(), each.user),
        lambda each: (each.name.casefold(),),
        lambda each: (each.name.casefold().partition(" ")[0], each.email.partition("@")[0]),
    ):
        found = [each.user for each in people.values() if wanted in key(each)]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"Several people are called {name}: use the e-mail address.")
    raise UsageError(f"Nobody here is called {name}.")


def timeline(conn: Connection, conversation: int) -> Timeline:
    """Return what members did and said in a conversation that they share."""
    shown = team_views.timeline(conn, conversation)
    if shown is None:
        raise UsageError("This conversation is not of a shared inbox.")
    return shown


def colleague(conn: Connection, conversation: int, name: str) -> str:
    """Return the user of a name among those who see a conversation."""
    shown = timeline(conn, conversation)
    return person(team_views.people(conn, shown.account), name, shown.me)


def moment(text: str, now: int) -> int:
    """Return a time in unix seconds: from now on, or a date in the zone of this machine."""
    found = _AGE.fullmatch(text.strip().lower())
    if found:
        return now + int(found[1]) * _SECONDS[found[2]]
    try:
        return int(datetime.fromisoformat(text.strip()).astimezone().timestamp())
    except (ValueError, OverflowError, OSError) as error:
        raise UsageError(f"{text} is no time; write 2h, 3d or 2026-11-03T09:00.") from error


def tell(client: BlockingClient, team: int = 0) -> int:
    """Tell the server; say what it refused. What it cannot be told now waits: that is no failure.

    Return the exit code.
    """
    answer = client.call(TellTeam(team=team))
    for _, act, why in answer["refused"]:
        print(output.line(f"Refused ({words(act)}): {why}"), file=sys.stderr)
    if answer["refused"]:
        print("`pending` lists it; --drop lets go of it, --again insists.", file=sys.stderr)
    if answer["waiting"]:
        reason = " ".join(answer["errors"]) or "The team's server does not answer."
        print(output.line(f"Done here; the team learns of it later: {reason}"), file=sys.stderr)
    return 1 if answer["refused"] else 0
