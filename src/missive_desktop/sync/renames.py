"""Folders renamed elsewhere: recognized, so that their mail need not be fetched again.

IMAP does not tell of renames. A wrong guess would put our UIDs on other people's messages, so a
folder counts as renamed only if all its numbers are the same and samples of its mail, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from missive_desktop.domain.changes import Changes
from missive_desktop.errors import Refused
from missive_desktop.mail.session import ListedFolder, Session
from missive_desktop.store import folders, placements
from missive_desktop.store.database import Connection
from missive_desktop.store.folders import FolderRow
from missive_desktop.sync import tasks
from missive_desktop.sync.books import Books
from missive_desktop.sync.plan import Status


def take_over(session: Session, books: Books, found: Sequence[ListedFolder]) -> None:
    """Rename here what was renamed on the server."""
    with books.reading() as conn:
        known = {row.name: row for row in folders.for_account(conn, books.account)}
        queue = books.queue(conn)
    if any(not isinstance(row.task, tasks.OnMessages) for row in queue):
        return
    names = {folder.name for folder in found}
    lost = [row for row in known.values() if row.name not in names and row.stored]
    fresh = [folder for folder in found if folder.name not in known and folder.selectable]
    if not lost or not fresh:
        return
    status = {folder.name: _status(session, folder) for folder in fresh}
    for row in lost:
        wanted = Status(row.on_server, row.uidnext, row.uidvalidity, row.highestmodseq)
        alike = [name for name, now in status.items() if now == wanted]
        if len(alike) == 1 and _same_mail(session, books, row, alike[0]):
            _rename(books, row.id, alike[0])
            del status[alike[0]]


def _status(session: Session, folder: ListedFolder) -> Status | None:
    try:
        return Status(*(folder.status or session.status(folder.name)))
    except Refused:
        return None


def _same_mail(session: Session, books: Books, row: FolderRow, name: str) -> bool:
    """Compare the oldest, the middle and the newest message by content."""
    with books.reading() as conn:
        uids = placements.uids(conn, row.id)
        sample = {uids[0], uids[len(uids) // 2], uids[-1]} if uids else set()
        ours = _hashes(conn, row.id, sample)
    if not sample:
        return False
    session.select(name, readonly=True)
    theirs = {
        fetched.uid: hashlib.sha256(fetched.raw).digest()[:16]
        for fetched in session.fetch(sorted(sample))
        if fetched.raw is not None
    }
    return ours == theirs


def _hashes(conn: Connection, folder: int, uids: set[int]) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for uid in uids:
        placed = placements.content_hash(conn, folder, uid)
        if placed is not None:
            found[uid] = placed
    return found


def _rename(books: Books, folder: int, name: str) -> None:
    def work(conn: Connection, changes: Changes) -> None:
        if folders.by_name(conn, books.account, name) is None:
            folders.rename(conn, folder, name, changes)

    books.writer.run(work)
