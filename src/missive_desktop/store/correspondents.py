"""What the store knows of one person: since when, how often, what was written to them. Reads only.

Everything is bounded: a sender of ten thousand mails costs no more than one of two hundred.
"""

from __future__ import annotations

from typing import NamedTuple

from missive_desktop.domain.ids import MessageId, message_date
from missive_desktop.domain.message import Flags
from missive_desktop.domain.query_tree import Query
from missive_desktop.store import search
from missive_desktop.store.database import Connection

MOST = 200  # of the newest mails that are looked at
_SHOWN = "account_id NOT IN (SELECT account_id FROM served)"  # the shared inbox has the same mail


class Correspondent(NamedTuple):
    """Unix seconds; 0 for never."""

    mails: int  # received from this address
    first: int
    latest: int
    times_written: int  # how often the reader wrote to it


class Past(NamedTuple):
    """A conversation in which the person wrote."""

    conversation: int
    subject: str
    date: int
    unread: bool


class PastList(NamedTuple):
    newest: tuple[Past, ...]
    number: int
    more: bool  # there are older ones that were not counted


def of(conn: Connection, address: str) -> Correspondent:
    """Return what is known of an address."""
    row = conn.execute(
        "SELECT count(*), min(id), max(id) FROM messages WHERE from_address = ? COLLATE NOCASE"
        f" AND {_SHOWN}",
        (address,),
    ).fetchone()
    known = conn.execute(
        "SELECT written FROM addresses WHERE address = ?", (address.casefold(),)
    ).fetchone()
    mails, first, latest = row
    return Correspondent(
        mails,
        message_date(first) if first is not None else 0,
        message_date(latest) if latest is not None else 0,
        int(known[0]) if known else 0,
    )


def last_written(conn: Connection, query: Query, now: int) -> int:
    """Return when the newest mail that fits `query` was sent: the reader's own to one address."""
    found = search.search(conn, query, limit=1, now=now)
    return message_date(MessageId(found[0])) if found else 0


def images_shown(conn: Connection, address: str) -> bool:
    """Say whether remote images of this sender were ever loaded."""
    sql = (
        "SELECT EXISTS (SELECT 1 FROM messages AS m JOIN remote_uses AS u ON u.message_id = m.id"
        " WHERE m.from_address = ? COLLATE NOCASE)"
    )
    return bool(conn.execute(sql, (address,)).fetchone()[0])


def past(conn: Connection, address: str, *, but: int = 0, limit: int = 3) -> PastList:
    """Return the newest conversations in which this person wrote, leaving out one."""
    rows = conn.execute(
        "SELECT id, conversation_id, subject, flags FROM messages"
        f" WHERE from_address = ? COLLATE NOCASE AND {_SHOWN} ORDER BY id DESC LIMIT ?",
        (address, MOST),
    ).fetchall()
    found: dict[int, Past] = {}
    for message, conversation, subject, flags in rows:
        if conversation != but and conversation not in found:
            unread = not Flags(flags) & Flags.SEEN
            found[conversation] = Past(
                conversation, subject, message_date(MessageId(message)), unread
            )
    return PastList(tuple(found.values())[:limit], len(found), len(rows) == MOST)
