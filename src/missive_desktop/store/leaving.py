"""Shared spaces that were taken away: from one short transaction on nobody sees them any more, and
what was there is removed in pieces, however much it was, and whatever ends the process meanwhile.
"""

from __future__ import annotations

import json

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.store import accounts, indexing, team_scopes, team_talk, team_trail
from missive_desktop.store.database import Connection

_PIECE = 1_000
_GIVEN = "IN (SELECT value FROM json_each(?))"


def shut(conn: Connection, account: int, changes: Changes) -> None:
    """Take an account out of sight: of lists, search, and all that asks what accounts there are."""
    if accounts.get(conn, account) is None:
        return
    accounts.leave(conn, account, changes)
    folders = conn.execute("SELECT id FROM folders WHERE account_id = ?", (account,)).fetchall()
    for table in ("listing", "placements"):
        conn.executemany(f"DELETE FROM {table} WHERE folder_id = ?", folders)
    conn.execute(
        "UPDATE folders SET role = ?, stored = 0, conversations = 0, unread = 0"
        " WHERE account_id = ?",
        (Role.NONE.value, account),
    )
    conn.execute(
        "UPDATE conversations SET starred = 0 WHERE account_id = ? AND starred > 0", (account,)
    )
    changes.folders.update(folder for (folder,) in folders)


def step(conn: Connection, changes: Changes) -> bool:
    """Remove a piece of what has left; False: nothing of it is here any more."""
    for account in accounts.left(conn):
        if not _of_account(conn, account):
            team_talk.unindex_all(conn, account)
            accounts.remove(conn, account, changes)
            indexing.note_stale(conn)
        return True
    scope = team_scopes.left(conn)
    if scope is None:
        return False
    number, team, name = scope
    if not _piece(conn, "team_rows", "row", "scope_id", number) and not _trail(conn, team, name):
        team_scopes.remove(conn, number)
    return True


def _trail(conn: Connection, team: int, scope: str) -> bool:
    """Remove some of its trail; all of it where it came back: that one reads its own anew."""
    if team_scopes.get(conn, team, scope) is not None:
        team_trail.forget(conn, team, scope)
        return False
    return team_trail.forget_some(conn, team, scope, _PIECE)


def pending(conn: Connection) -> bool:
    """Tell whether something is still to be removed."""
    return bool(accounts.left(conn)) or team_scopes.left(conn) is not None


def _of_account(conn: Connection, account: int) -> int:
    """Remove some of an account, the newest first; return how much it was."""
    ids = conn.execute(
        "SELECT id FROM messages WHERE account_id = ? ORDER BY id DESC LIMIT ?", (account, _PIECE)
    ).fetchall()
    if ids:
        messages = sorted(message for (message,) in ids)
        indexing.unindex(conn, messages)
        conn.execute(f"DELETE FROM messages WHERE id {_GIVEN}", (json.dumps(messages),))
        return len(messages)
    if removed := _piece(conn, "conversations", "id", "account_id", account):
        return removed
    convs = "SELECT conv FROM team_conversations WHERE account_id = ? LIMIT ?"
    found = [conv for (conv,) in conn.execute(convs, (account, _PIECE)).fetchall()]
    conn.execute(
        f"DELETE FROM team_conversations WHERE account_id = ? AND conv {_GIVEN}",
        (account, json.dumps(found)),
    )
    return len(found)


def _piece(conn: Connection, table: str, key: str, column: str, owner: int) -> int:
    """Delete some rows of an owner; return how many."""
    found = conn.execute(
        f"SELECT {key} FROM {table} WHERE {column} = ? LIMIT ?", (owner, _PIECE)
    ).fetchall()
    given = json.dumps([each for (each,) in found])
    conn.execute(f"DELETE FROM {table} WHERE {key} {_GIVEN}", (given,))
    return len(found)
