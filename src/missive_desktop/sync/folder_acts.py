"""What the user does to folders: at once here, and queued for the server."""

from __future__ import annotations

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.errors import UsageError
from missive_desktop.store import accounts, folders
from missive_desktop.store.database import Connection
from missive_desktop.store.folders import FolderRow
from missive_desktop.sync import books, tasks

_ROLE_NAMES: dict[Role, str] = {
    Role.ARCHIVE: "Archive",
    Role.TRASH: "Trash",
    Role.SPAM: "Junk",
    Role.SENT: "Sent",
    Role.DRAFTS: "Drafts",
    Role.INBOX: "INBOX",
}


def create(conn: Connection, account: int, name: str, changes: Changes) -> int:
    """Make a folder; return its id."""
    return _create(conn, account, name, Role.NONE, changes)


def make_for_role(conn: Connection, account: int, role: Role, changes: Changes) -> FolderRow:
    """Make the folder that an act needs and the account does not have."""
    name = _prefix(conn, account) + _ROLE_NAMES[role]
    there = folders.by_name(conn, account, name)
    if there is None:
        there = folders.get(conn, _create(conn, account, name, role, changes))
    assert there is not None
    return there


def rename(conn: Connection, folder: int, name: str, changes: Changes) -> None:
    """Rename a folder and those below it."""
    row = _ordinary(conn, folder)
    _check_name(conn, row.account, name, row.delimiter)
    if row.delimiter and name.startswith(row.name + row.delimiter):
        raise UsageError("A folder cannot be moved into itself.")
    below = [
        (other.id, other.name)
        for other in folders.for_account(conn, row.account)
        if row.delimiter and other.name.startswith(row.name + row.delimiter)
    ]
    folders.rename(conn, folder, name, changes)
    names = ((row.id, row.name), *below)
    _queue(conn, row.account, tasks.RenameFolder(folder, row.name, name, names))


def delete(conn: Connection, folder: int, changes: Changes) -> None:
    """Delete a folder with what lies in it."""
    row = _ordinary(conn, folder)
    folders.remove(conn, folder, changes)
    _queue(conn, row.account, tasks.DropFolder(folder, row.name, row.uidvalidity))


def _create(conn: Connection, account: int, name: str, role: Role, changes: Changes) -> int:
    delimiter = next(
        (row.delimiter for row in folders.for_account(conn, account) if row.delimiter), ""
    )
    _check_name(conn, account, name, delimiter)
    folder = folders.ensure(conn, account, name, delimiter, role, True, changes)
    _queue(conn, account, tasks.MakeFolder(folder, name))
    return folder


def _check_name(conn: Connection, account: int, name: str, delimiter: str) -> None:
    parts = name.split(delimiter) if delimiter else [name]
    if not all(part.strip() for part in parts) or any(ord(c) < 32 for c in name):
        raise UsageError("This is no name for a folder.")
    if folders.by_name(conn, account, name) is not None:
        raise UsageError(f"There is a folder {name} already.")


def _ordinary(conn: Connection, folder: int) -> FolderRow:
    row = folders.get(conn, folder)
    if row is None:
        raise UsageError("There is no such folder.")
    if row.name.upper() == "INBOX":
        raise UsageError("The inbox can be neither renamed nor deleted.")
    return row


def _prefix(conn: Connection, account: int) -> str:
    """Return what the server wants before the names of own folders: some keep all below INBOX."""
    rows = [row for row in folders.for_account(conn, account) if row.name.upper() != "INBOX"]
    delimiter = next((row.delimiter for row in rows if row.delimiter), "")
    if not rows or not delimiter:
        return ""
    prefix = "INBOX" + delimiter
    return prefix if all(row.name.startswith(prefix) for row in rows) else ""


def _queue(conn: Connection, account: int, task: tasks.AnyTask) -> None:
    row = accounts.get(conn, account)
    if row is not None and row.settings.imap.host:
        books.enqueue(conn, account, task)
