"""Which folders there are: the server's list into the store, and the order they are synced in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role, role_of
from missive_desktop.errors import PeerBroken, Refused
from missive_desktop.mail.session import ListedFolder, Session
from missive_desktop.store import folders
from missive_desktop.store.database import Connection
from missive_desktop.store.folders import FolderRow
from missive_desktop.sync import books as queue_of
from missive_desktop.sync import renames, tasks
from missive_desktop.sync.books import Books
from missive_desktop.sync.plan import Status

_ORDER = (Role.INBOX, Role.ALL, Role.SENT, Role.DRAFTS, Role.ARCHIVE, Role.NONE)
_VIEWS = (Role.STARRED, Role.IMPORTANT)  # of messages that lie elsewhere too: not downloaded
_NAMED_ONCE = frozenset(Role) - {Role.NONE}


class Listed(NamedTuple):
    """A folder to sync, with its STATUS where the list came with it."""

    row: FolderRow
    status: Status | None


def refresh(session: Session, books: Books) -> list[Listed]:
    """Take over the server's list of folders; return those to sync, in order."""
    found = session.folders()
    if not any(folder.name.upper() == "INBOX" for folder in found):
        # Every account has one; a list without it would make us forget mail that is there.
        raise PeerBroken("The server's list of folders is incomplete.")
    with books.truth:
        renames.take_over(session, books, found)
        missing = books.writer.run(lambda conn, changes: _merge(conn, books, found, changes))
        gone = [row.id for row in missing if _is_gone(session, row)]
        if gone:
            books.writer.run(lambda conn, changes: _forget(conn, gone, changes))
        with books.reading() as conn:
            rows = folders.for_account(conn, books.account)
    status = {folder.name: folder.status for folder in found}
    listed = [
        Listed(row, Status(*known) if (known := status.get(row.name)) else None)
        for row in rows
        if row.selectable and row.role not in _VIEWS and row.name in status
    ]
    return sorted(listed, key=lambda one: _rank(one.row))


def _rank(row: FolderRow) -> tuple[int, str]:
    last = len(_ORDER)
    return (_ORDER.index(row.role) if row.role in _ORDER else last, row.name)


def roles(found: Sequence[ListedFolder]) -> dict[str, Role]:
    """Give each role to one folder: to the one the server marks, else to the first by name."""
    given: dict[str, Role] = {}
    taken: set[Role] = set()
    marked = [(folder, role_of("", "", folder.attributes)) for folder in found]
    named = [(folder, role_of(folder.name, folder.delimiter, ())) for folder in found]
    for folder, role in [*marked, *sorted(named, key=lambda pair: len(pair[0].name))]:
        if role in _NAMED_ONCE and role not in taken and folder.name not in given:
            given[folder.name] = role
            taken.add(role)
    return given


def _merge(
    conn: Connection, books: Books, found: Sequence[ListedFolder], changes: Changes
) -> list[FolderRow]:
    """Make the listed folders known; return the known ones that were not listed."""
    queue = [row.task for row in queue_of.queue(conn, books.account)]
    if any(not isinstance(task, tasks.OnMessages) for task in queue):
        return []  # the server does not know yet what was done to folders here
    role = roles(found)
    names = {folder.name for folder in found}
    known = {row.name: row for row in folders.for_account(conn, books.account)}
    chosen = {row.role for row in known.values() if row.role_chosen}
    for folder in found:
        mine = role.get(folder.name, Role.NONE)
        folders.ensure(
            conn,
            books.account,
            folder.name,
            folder.delimiter,
            Role.NONE if mine in chosen else mine,
            folder.selectable,
            changes,
        )
    return [row for row in known.values() if row.name not in names]


def _is_gone(session: Session, row: FolderRow) -> bool:
    """Ask twice before mail is forgotten: a list may be incomplete."""
    try:
        session.status(row.name)
    except Refused:
        return True
    return False


def _forget(conn: Connection, gone: Sequence[int], changes: Changes) -> None:
    for folder in gone:
        folders.remove(conn, folder, changes)
