"""Drafts on the server: each version that rests is mirrored to Drafts, and replaces the one before.

A mirror is an ordinary message with the draft's Message-ID; what is edited elsewhere comes in as
an ordinary message too.
"""

from __future__ import annotations

import contextlib
import time

from missive_desktop.content.build import build
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.domain.message import Flags
from missive_desktop.errors import Refused
from missive_desktop.mail.session import Session
from missive_desktop.store import drafts, folders, raws
from missive_desktop.store.database import Connection
from missive_desktop.store.drafts import DraftRow
from missive_desktop.sync import folder_acts
from missive_desktop.sync.books import Books

REST = 8  # seconds without typing before a version is mirrored


def next_due(books: Books) -> float | None:
    """Return when (unix seconds) the next draft has rested enough, or None."""
    with books.reading() as conn:
        waiting = [row.changed + REST for row in drafts.unmirrored(conn, books.account)]
    return min(waiting, default=None)


def mirror_due(session: Session, books: Books) -> set[int]:
    """Mirror every draft that has rested; return the folders that changed on the server."""
    with books.reading() as conn:
        rows = drafts.unmirrored(conn, books.account)
    due = [row for row in rows if row.changed + REST <= time.time()]
    return {_mirror(session, books, row) for row in due}


def _mirror(session: Session, books: Books, row: DraftRow) -> int:
    """Put the new version there before the old one goes: a break loses neither."""
    folder, name = books.writer.run(lambda conn, changes: _folder(conn, books.account, changes))
    with books.reading() as conn:
        files = {file.raw: raws.load(conn, books.store, file.raw) for file in row.draft.attachments}
    domain = row.draft.sender.email.rpartition("@")[2] or "localhost"
    raw = build(row.draft, files, now=int(time.time()), domain=domain, with_bcc=True)
    session.select(name)
    old = session.find_message_id(row.draft.message_id)
    uid = session.append(name, raw, Flags.DRAFT | Flags.SEEN, int(time.time()))
    session.select(name)  # else the new one is not seen yet
    if not uid:
        new = [one for one in session.find_message_id(row.draft.message_id) if one not in old]
        uid = max(new, default=0)
    if uid and old:
        # Refused where others' deleted messages would go too: the old version stays for now, but
        # this one is there, and must not be put there again and again.
        with contextlib.suppress(Refused):
            session.expunge([one for one in old if one != uid])
    books.writer.run(
        lambda conn, _: drafts.set_mirror(conn, row.id, row.changed, folder, uid), durable=True
    )
    return folder


def _folder(conn: Connection, account: int, changes: Changes) -> tuple[int, str]:
    rows = folders.by_role(conn, Role.DRAFTS, account)
    row = rows[0] if rows else folder_acts.make_for_role(conn, account, Role.DRAFTS, changes)
    return row.id, row.name


def unmirror(session: Session, books: Books, message_id: str) -> set[int]:
    """Take the mirror of a draft off the server: it was sent or discarded."""
    with books.reading() as conn:
        rows = folders.by_role(conn, Role.DRAFTS, books.account)
    if not rows or not message_id:
        return set()
    session.select(rows[0].name)
    mirrors = session.find_message_id(message_id)
    if mirrors:
        session.expunge(mirrors)
    return {rows[0].id} if mirrors else set()
