"""What a person should know of their teams, and what a server did not take. No Qt."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from missive_desktop.app.presenters.talk import why
from missive_desktop.domain import refusals
from missive_desktop.domain.team import REFUSED, NoticeKind, TeamState
from missive_desktop.store import team_notices, team_pending, team_spaces, teams
from missive_desktop.store.database import Connection
from missive_desktop.store.team_notices import NoticeRow
from missive_desktop.store.teams import TeamRow


class Tone(StrEnum):
    PLAIN = "plain"
    WARNING = "warning"  # something waits for this person
    GRAVE = "grave"  # somebody may be at work who should not


class Help(StrEnum):
    """What the person can do about it at once."""

    NOTHING = ""
    SIGN_IN = "sign_in"
    CODE = "code"  # show the code that another device is to be given
    FACTOR = "factor"  # set up the second factor
    DEVICES = "devices"  # look at the device that waits
    MEMBERS = "members"
    FORGET = "forget"  # take a team off the list that one is not in any more


class Notice(NamedTuple):
    """`id` 0: it is so until it changes. `help` is to be had in `team`."""

    id: int
    words: str
    advice: str = ""
    tone: Tone = Tone.PLAIN
    help: Help = Help.NOTHING
    team: int = 0


class Waiting(NamedTuple):
    """A change that is on its way, or (`why`) was refused."""

    pending: int
    words: str
    why: str = ""


def notices(conn: Connection) -> list[Notice]:
    """Return what is to be told, the gravest first."""
    known = {row.id: row for row in teams.all_(conn)}
    found = []
    for row in team_notices.unseen(conn):
        team = known.get(row.team)
        if team is not None:
            found.append(_told(conn, team, row))
    found.sort(key=lambda each: each.tone is not Tone.GRAVE)
    return found + [notice for row in known.values() if (notice := _standing(row)) is not None]


def _told(conn: Connection, team: TeamRow, row: NoticeRow) -> Notice:
    name = team.called
    match row.kind:
        case NoticeKind.WAITS:
            words = f"A device signed in to {name} as you, and waits to be let in."
            advice = "If it is not yours, turn it away and change your password."
            return Notice(row.id, words, advice, Tone.WARNING, Help.DEVICES, team.id)
        case NoticeKind.JOINED:
            person = team_spaces.people(conn, team.id).get(row.scope)
            words = f"{person.called if person else 'Somebody'} has joined {name}."
            return Notice(row.id, words, "", Tone.PLAIN, Help.MEMBERS, team.id)
        case _:
            words, advice, tone = _words(row.kind, row.words, name)
            gone = team.state is TeamState.REMOVED
            return Notice(
                row.id, words, advice, tone, Help.FORGET if gone else Help.NOTHING, team.id
            )


def _words(kind: str, words: str, team: str) -> tuple[str, str, Tone]:
    match kind:
        case NoticeKind.TAMPERED:
            advice = f"Do not trust what you see of {team} until an admin has looked into it."
            fallback = "Something came from the server that no member made."
            return words or fallback, advice, Tone.GRAVE
        case NoticeKind.RESTORED:
            fallback = f"The server of {team} went back to a backup."
            return words or fallback, "What you did since is sent again.", Tone.PLAIN
        case NoticeKind.LOCKED:
            fallback = f"{team} was not heard of for too long: its mail was removed from here."
            return words or fallback, "It comes back once you are online.", Tone.PLAIN
        case NoticeKind.TAKEN_AWAY:
            return words or f"You were removed from {team}.", "", Tone.PLAIN
        case _:
            return words, "", Tone.PLAIN


def _standing(row: TeamRow) -> Notice | None:
    """Return what is so of a team until it changes."""
    name = row.called
    match row.state:
        case TeamState.SIGNED_OUT:
            words = f"You are signed out of {name}."
            advice = row.error or "What you do here is kept, and goes to the team once you sign in."
            return Notice(0, words, advice, Tone.WARNING, Help.SIGN_IN, row.id)
        case TeamState.APPROVAL:
            words = f"This device waits to be let into {name}."
            advice = "Approve it on another one of yours."
            return Notice(0, words, advice, Tone.PLAIN, Help.CODE, row.id)
        case TeamState.MUST:
            words = f"{name} asks all members for a second factor."
            advice = "Nothing comes and goes before you have set it up."
            return Notice(0, words, advice, Tone.WARNING, Help.FACTOR, row.id)
        case TeamState.OUTDATED:
            return Notice(0, f"{name} needs a newer version of this program.", row.error)
        case _:
            return None


def waiting(conn: Connection) -> list[Waiting]:
    """Return what is not settled, what was refused first."""
    rows = [row for team in teams.all_(conn) for row in team_pending.open_(conn, team.id)]
    refused = [
        Waiting(row.id, refusals.what(row.act), why(row)) for row in rows if row.state in REFUSED
    ]
    shown = ("msg", "pstate")  # mail that comes in, and what is one's own, need no word
    on_its_way = [
        Waiting(row.id, refusals.what(row.act))
        for row in rows
        if row.state not in REFUSED and row.t not in shown
    ]
    return refused + on_its_way
