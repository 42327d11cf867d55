"""Spaces, who belongs to them, their labels; and the account with folders that shows each space.

Written as the rows of the feed say; who decides what they say is `team.spaces`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from missive_desktop.domain.account import AccountSettings, AccountState, Endpoint, Security
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.domain.spaces import Place, Settings
from missive_desktop.store import accounts, folders, teams
from missive_desktop.store.database import Connection
from missive_desktop.store.teams import TeamRow
from missive_wire.ids import org_scope

_ROLES: dict[Place, Role] = {
    Place.MINE: Role.INBOX,
    Place.ARCHIVE: Role.ARCHIVE,
    Place.SENT: Role.SENT,
    Place.SPAM: Role.SPAM,
    Place.TRASH: Role.TRASH,
}


class SpaceRow(msgspec.Struct, frozen=True):
    """A space of an organization; `account` 0: none of mine."""

    scope: str
    team: int
    account: int = 0
    kind: str = "inbox"
    name: str = ""
    address: str = ""
    colour: str = ""
    user_reply: str = "assign_user"
    received_reply: str = "show_in_assignee_inbox"
    twin: bool = False  # another one of the team has its name: two admins gave it at once

    @property
    def called(self) -> str:
        """Return its name, and what tells it from another of the same name."""
        return f"{self.name} ({self.address or self.scope[-4:]})" if self.twin else self.name

    @property
    def settings(self) -> Settings:
        return Settings(self.user_reply, self.received_reply)


class Person(msgspec.Struct, frozen=True):
    """A member of the organization."""

    user: str
    name: str
    email: str
    role: str

    @property
    def called(self) -> str:
        return self.name or self.email.partition("@")[0] or "?"


class SeatRow(msgspec.Struct, frozen=True):
    id: str
    user: str
    kind: str
    role: str


class LabelRow(msgspec.Struct, frozen=True):
    scope: str
    id: str
    name: str
    colour: str


_SELECT = (
    "SELECT scope, team_id, account_id, kind, name, address, colour, user_reply, received_reply,"
    " name <> '' AND EXISTS (SELECT 1 FROM team_spaces AS o WHERE o.team_id = team_spaces.team_id"
    " AND lower(o.name) = lower(team_spaces.name) AND o.scope <> team_spaces.scope)"
    " FROM team_spaces"
)


def get(conn: Connection, scope: str) -> SpaceRow | None:
    row = conn.execute(f"{_SELECT} WHERE scope = ?", (scope,)).fetchone()
    return _space(row) if row else None


def of_account(conn: Connection, account: int) -> SpaceRow | None:
    """Return the space that an account shows; None for an account of mail."""
    row = conn.execute(f"{_SELECT} WHERE account_id = ? AND account_id > 0", (account,)).fetchone()
    return _space(row) if row else None


def with_team(conn: Connection, account: int) -> tuple[SpaceRow, TeamRow] | None:
    """Return the space that an account shows, and its team."""
    space = of_account(conn, account)
    team = teams.get(conn, space.team) if space is not None else None
    return (space, team) if space is not None and team is not None else None


def all_(conn: Connection, team: int = 0) -> list[SpaceRow]:
    """Return the spaces of a team, or (0) of all, by name."""
    rows = conn.execute(
        f"{_SELECT} WHERE ?1 IN (0, team_id) ORDER BY team_id, name, scope", (team,)
    ).fetchall()
    return [_space(row) for row in rows]


def _space(row: tuple[Any, ...]) -> SpaceRow:
    return SpaceRow(*(*row[:-1], bool(row[-1])))


def named(conn: Connection, team: int, name: str) -> list[SpaceRow]:
    """Return the spaces of a team that have a name, however it is written."""
    wanted = name.strip().casefold()
    return [row for row in all_(conn, team) if row.name.casefold() == wanted]


def mine(conn: Connection, team: int = 0) -> list[SpaceRow]:
    """Return those that are shown here."""
    return [row for row in all_(conn, team) if row.account]


def put(conn: Connection, row: SpaceRow, changes: Changes) -> None:
    """Keep what is known of a space; its account, if it has one, follows."""
    conn.execute(
        "INSERT INTO team_spaces (scope, team_id, account_id, kind, name, address, colour,"
        " user_reply, received_reply) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (scope) DO UPDATE SET account_id = excluded.account_id,"
        " kind = excluded.kind, name = excluded.name, address = excluded.address,"
        " colour = excluded.colour, user_reply = excluded.user_reply,"
        " received_reply = excluded.received_reply",
        msgspec.structs.astuple(row)[:-1],
    )
    known = accounts.get(conn, row.account) if row.account else None
    if known is not None:
        settings = _settings(row)
        if settings != known.settings:
            # Not by `accounts`: the mailbox behind it may be an account here, with its address.
            conn.execute(
                "UPDATE accounts SET settings = ? WHERE id = ?", (_encode(settings), row.account)
            )
            changes.accounts.add(row.account)
    changes.teams.add(row.scope)


def forget(conn: Connection, scope: str, changes: Changes) -> None:
    """Forget a scope: that its account is shown, its seats and labels, one's own state of it."""
    conn.execute("UPDATE team_spaces SET account_id = 0 WHERE scope = ?", (scope,))
    for table in ("team_seats", "team_labels", "team_personal"):
        conn.execute(f"DELETE FROM {table} WHERE scope = ?", (scope,))
    conn.execute("UPDATE team_scopes SET account_id = 0 WHERE scope = ?", (scope,))
    conn.execute(
        "DELETE FROM team_spaces WHERE scope = ? AND NOT EXISTS"
        " (SELECT 1 FROM team_people AS p WHERE p.team_id = team_spaces.team_id)",
        (scope,),
    )
    changes.teams.add(scope)


def remove(conn: Connection, scope: str) -> None:
    """Forget a space that was deleted, and that is not shown here any more."""
    conn.execute("DELETE FROM team_spaces WHERE scope = ? AND account_id = 0", (scope,))


def forget_team(conn: Connection, team: int, changes: Changes) -> None:
    """Forget who and which spaces an organization has; those that are shown go with theirs."""
    conn.execute("DELETE FROM team_people WHERE team_id = ?", (team,))
    conn.execute("DELETE FROM team_spaces WHERE team_id = ? AND account_id = 0", (team,))
    changes.teams.add(f"team:{team}")


def ensure_account(conn: Connection, team: int, scope: str, changes: Changes) -> int:
    """Return the account that shows a space, made with its folders when it is first needed."""
    row = get(conn, scope) or SpaceRow(scope, team)
    if row.account:
        return row.account
    cursor = conn.execute(
        "INSERT INTO accounts (address, settings, secret, state, error) VALUES (?, ?, '', ?, '')",
        (scope, _encode(_settings(row)), AccountState.READY.value),
    )
    account = cursor.lastrowid
    changes.accounts.add(account)
    put(conn, msgspec.structs.replace(row, account=account), changes)
    conn.execute(
        "UPDATE team_scopes SET account_id = ? WHERE team_id = ? AND scope = ?",
        (account, team, scope),
    )
    for place in Place:
        folders.ensure(conn, account, place.value, "", _ROLES.get(place, Role.NONE), True, changes)
    return account


def places(conn: Connection, account: int) -> dict[Place, int]:
    """Return the folder of each place."""
    found = {row.name: row.id for row in folders.for_account(conn, account)}
    return {place: found[place.value] for place in Place}


def _settings(row: SpaceRow) -> AccountSettings:
    return AccountSettings(
        address=row.address or row.name or "Team",
        imap=Endpoint("", 0, Security.TLS),
        smtp=None,
        user="",
        name=row.name,
        kind="space",
    )


def _encode(settings: AccountSettings) -> str:
    return msgspec.json.encode(settings).decode()


# -- people


def put_person(conn: Connection, team: int, person: Person, changes: Changes) -> None:
    conn.execute(
        "INSERT INTO team_people (team_id, user, name, email, role) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (team_id, user) DO UPDATE SET name = excluded.name,"
        " email = excluded.email, role = excluded.role",
        (team, *msgspec.structs.astuple(person)),
    )
    changes.teams.add(f"team:{team}")


def remove_person(conn: Connection, team: int, user: str, changes: Changes) -> None:
    conn.execute("DELETE FROM team_people WHERE team_id = ? AND user = ?", (team, user))
    changes.teams.add(f"team:{team}")


def people(conn: Connection, team: int) -> dict[str, Person]:
    """Return everybody of an organization, by user."""
    rows = conn.execute(
        "SELECT user, name, email, role FROM team_people WHERE team_id = ?"
        " ORDER BY coalesce(nullif(name, ''), email) COLLATE NOCASE",
        (team,),
    ).fetchall()
    return {row[0]: Person(*row) for row in rows}


def put_seat(conn: Connection, scope: str, seat: SeatRow, changes: Changes) -> None:
    conn.execute(
        "INSERT INTO team_seats (scope, id, user, kind, role) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (scope, id) DO UPDATE SET user = excluded.user, kind = excluded.kind,"
        " role = excluded.role",
        (scope, *msgspec.structs.astuple(seat)),
    )
    changes.teams.add(scope)


def remove_seat(conn: Connection, scope: str, seat: str, changes: Changes) -> None:
    conn.execute("DELETE FROM team_seats WHERE scope = ? AND id = ?", (scope, seat))
    changes.teams.add(scope)


def seats(conn: Connection, scope: str) -> dict[str, SeatRow]:
    """Return who has a seat in a space, by user."""
    rows = conn.execute(
        "SELECT id, user, kind, role FROM team_seats WHERE scope = ? ORDER BY id", (scope,)
    ).fetchall()
    return {row[1]: SeatRow(*row) for row in rows}


# -- labels


def put_label(conn: Connection, label: LabelRow, changes: Changes) -> None:
    conn.execute(
        "INSERT INTO team_labels (scope, id, name, colour) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (scope, id) DO UPDATE SET name = excluded.name, colour = excluded.colour",
        msgspec.structs.astuple(label),
    )
    changes.teams.add(label.scope)


def remove_label(conn: Connection, scope: str, label: str, changes: Changes) -> None:
    conn.execute("DELETE FROM team_labels WHERE scope = ? AND id = ?", (scope, label))
    changes.teams.add(scope)


def usable_labels(conn: Connection, space: SpaceRow, team: TeamRow) -> dict[str, LabelRow]:
    """Return the labels that conversations of a space may have: its own, its organization's."""
    return labels(conn, (space.scope, org_scope(team.org)))


def labels(conn: Connection, scopes: tuple[str, ...]) -> dict[str, LabelRow]:
    """Return the labels of these scopes, by id."""
    rows: list[tuple[Any, ...]] = []
    for scope in scopes:
        rows += conn.execute(
            "SELECT scope, id, name, colour FROM team_labels WHERE scope = ? ORDER BY name, id",
            (scope,),
        ).fetchall()
    return {row[1]: LabelRow(*row) for row in rows}
