"""Drafts on the server: each version that rests is mirrored to Drafts, and replaces the one before.

A mirror is an ordinary message with the draft's Message-ID; what is edited elsewhere comes in as
an ordinary message too.
"""

from __future__ import annotations

from missive_desktop.domain.folder import Role
from missive_desktop.mail.session import Session
from missive_desktop.store import drafts, folders
from missive_desktop.sync.books import Books

REST = 8  # seconds without typing before a version is mirrored


def next_due(books: Books) -> float | None:
    """Return when (unix seconds) the next draft has rested enough, or None."""
    with books.reading() as conn:
        waiting = [row.changed + REST for row in drafts.unmirrored(conn, books.account)]
    return min(waiting, default=None)


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
