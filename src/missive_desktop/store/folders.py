"""Folders: what the server calls them, what they are for, and how far each is synced.

`stored`, `conversations` and `unread` are counted along by those who place messages.
"""

from __future__ import annotations

from typing import Any

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.store import placements
from missive_desktop.store.database import Connection


class FolderRow(msgspec.Struct, frozen=True):
    id: int
    account: int
    name: str
    delimiter: str
    role: Role
    role_chosen: bool
    selectable: bool
    uidvalidity: int
    uidnext: int
    highestmodseq: int
    on_server: int
    stored: int
    conversations: int
    unread: int
    error: str


_COLUMNS = (
    "id, account_id, name, delimiter, role, role_chosen, selectable, uidvalidity, uidnext,"
    " highestmodseq, on_server, stored, conversations, unread, error"
)


def _row(row: tuple[Any, ...]) -> FolderRow:
    id_, account, name, delimiter, role, chosen, selectable, *rest = row
    return FolderRow(
        id_, account, name, delimiter, Role(role), bool(chosen), bool(selectable), *rest
    )


def _select(conn: Connection, where: str, parameters: tuple[Any, ...]) -> list[FolderRow]:
    sql = f"SELECT {_COLUMNS} FROM folders WHERE {where} ORDER BY account_id, id"
    return [_row(row) for row in conn.execute(sql, parameters)]


def get(conn: Connection, folder: int) -> FolderRow | None:
    return next(iter(_select(conn, "id = ?", (folder,))), None)


def all_(conn: Connection) -> list[FolderRow]:
    return _select(conn, "TRUE", ())


def shown(conn: Connection) -> list[FolderRow]:
    """Return all but those of mailboxes behind shared inboxes, which show what is in them."""
    return _select(conn, "account_id NOT IN (SELECT account_id FROM served)", ())


def for_account(conn: Connection, account: int) -> list[FolderRow]:
    return _select(conn, "account_id = ?", (account,))


def by_name(conn: Connection, account: int, name: str) -> FolderRow | None:
    return next(iter(_select(conn, "account_id = ? AND name = ?", (account, name))), None)


def by_role(conn: Connection, role: Role, account: int = 0) -> list[FolderRow]:
    """Return the folders of a role, of one account or (0) of all that are shown."""
    if account:
        return _select(conn, "role = ? AND account_id = ?", (role.value, account))
    # A mailbox behind a shared inbox is not looked into: its space shows what is in it.
    return _select(
        conn, "role = ? AND account_id NOT IN (SELECT account_id FROM served)", (role.value,)
    )


def indexed(conn: Connection, folder: int) -> int:
    """Count the folder's placements whose message is in the search index; grows with the folder."""
    row = conn.execute(
        "SELECT count(*) FROM placements AS p JOIN search_docsize AS d ON d.id = p.message_id"
        " WHERE p.folder_id = ? AND p.uid > 0",
        (folder,),
    ).fetchone()
    return int(row[0])


def ensure(
    conn: Connection,
    account: int,
    name: str,
    delimiter: str,
    role: Role,
    selectable: bool,
    changes: Changes,
) -> int:
    """Make the folder known, or note what the server says of it now; a chosen role stays."""
    known = by_name(conn, account, name)
    if known is None:
        cursor = conn.execute(
            "INSERT INTO folders (account_id, name, delimiter, role, role_chosen, selectable,"
            " uidvalidity, uidnext, highestmodseq, on_server, stored, conversations, unread,"
            " error) VALUES (?, ?, ?, ?, 0, ?, 0, 0, 0, 0, 0, 0, 0, '')",
            (account, name, delimiter, role.value, int(selectable)),
        )
        changes.folders.add(cursor.lastrowid)
        changes.accounts.add(account)
        return cursor.lastrowid
    role = known.role if known.role_chosen else role
    if (known.delimiter, known.role, known.selectable) != (delimiter, role, selectable):
        conn.execute(
            "UPDATE folders SET delimiter = ?, role = ?, selectable = ? WHERE id = ?",
            (delimiter, role.value, int(selectable), known.id),
        )
        changes.folders.add(known.id)
    return known.id


def choose_role(conn: Connection, folder: int, role: Role, changes: Changes) -> None:
    """Keep the user's own choice; whoever had this role in the account loses it."""
    conn.execute(
        "UPDATE folders SET role = '', role_chosen = 1 WHERE role = ? AND role <> ''"
        " AND id <> ? AND account_id = (SELECT account_id FROM folders WHERE id = ?)",
        (role.value, folder, folder),
    )
    conn.execute("UPDATE folders SET role = ?, role_chosen = 1 WHERE id = ?", (role.value, folder))
    row = get(conn, folder)
    if row is not None:
        changes.accounts.add(row.account)
        changes.folders.update(other.id for other in for_account(conn, row.account))


def set_state(
    conn: Connection,
    folder: int,
    changes: Changes,
    *,
    uidvalidity: int | None = None,
    uidnext: int | None = None,
    highestmodseq: int | None = None,
    on_server: int | None = None,
    error: str | None = None,
) -> None:
    """Keep what is known of the server's side; what is None stays as it is."""
    given = {
        "uidvalidity": uidvalidity,
        "uidnext": uidnext,
        "highestmodseq": highestmodseq,
        "on_server": on_server,
        "error": error,
    }
    columns = {name: value for name, value in given.items() if value is not None}
    if not columns:
        return
    names = ", ".join(columns)
    marks = ", ".join("?" * len(columns))
    values = tuple(columns.values())
    cursor = conn.execute(
        f"UPDATE folders SET ({names}) = ({marks}) WHERE id = ? AND ({names}) IS NOT ({marks})",
        (*values, folder, *values),
    )
    if cursor.rowcount > 0 and (on_server is not None or error is not None):
        changes.folders.add(folder)


def rename(conn: Connection, folder: int, name: str, changes: Changes) -> None:
    """Rename the folder and, as RFC 9051 section 6.3.6 has it, those below it."""
    row = get(conn, folder)
    if row is None:
        return
    renamed = [(name, folder)]
    if row.delimiter:
        prefix = row.name + row.delimiter
        renamed += [
            (name + row.delimiter + other.name[len(prefix) :], other.id)
            for other in for_account(conn, row.account)
            if other.name.startswith(prefix)
        ]
    conn.executemany("UPDATE folders SET name = ? WHERE id = ?", renamed)
    changes.accounts.add(row.account)
    changes.folders.update(folder_id for _, folder_id in renamed)


def reset(conn: Connection, folder: int, uidvalidity: int, changes: Changes) -> None:
    """Take note that the server numbered the folder anew (RFC 9051 section 2.3.1.1).

    Its messages lose their places but are kept until the end of the sync round: what is fetched
    again is recognized by its content. Pending local placements stay.
    """
    placements.remove(conn, folder, placements.uids(conn, folder), changes, keep=True)
    conn.execute("DELETE FROM skipped WHERE folder_id = ?", (folder,))
    set_state(conn, folder, changes, uidvalidity=uidvalidity, uidnext=0, highestmodseq=0)


def remove(conn: Connection, folder: int, changes: Changes) -> None:
    """Forget a folder that is gone from the server, with the messages that lay only there."""
    row = get(conn, folder)
    if row is None:
        return
    placed = conn.execute("SELECT uid FROM placements WHERE folder_id = ?", (folder,)).fetchall()
    placements.remove(conn, folder, [uid for (uid,) in placed], changes, keep=True)
    conn.execute("DELETE FROM folders WHERE id = ?", (folder,))
    changes.folders.add(folder)
    changes.accounts.add(row.account)
