"""What the store knows of a sender: written to, heard from before and read, left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.domain.ids import MessageId, message_date
from missive_desktop.domain.message import Address, Flags
from missive_desktop.store.database import Connection

_DAY = 86_400
_LOOKED_AT = 50
_PEOPLE = 1_000


# When a mail came: its own date is the sender's word.
_CAME = "coalesce(nullif(m.received, 0), m.id >> 20)"
_ASIDE = (Role.SPAM.value, Role.TRASH.value)
_SHOWN = "account_id NOT IN (SELECT account_id FROM served)"  # the shared inbox has the same mail
_KEPT = (
    "EXISTS (SELECT 1 FROM placements AS p JOIN folders AS f ON f.id = p.folder_id"
    " WHERE p.message_id = m.id AND f.role NOT IN (?, ?))"
)


class Standing(NamedTuple):
    """How the reader stands to an address, seen from one of its messages."""

    written: bool = False
    kept: bool = False  # mail of it was read, and not thrown away, a day before this one came
    first_time: bool = True


class Left(NamedTuple):
    """A mailing that the reader unsubscribed from."""

    way: str
    done: int


def standing(conn: Connection, email: str, message: MessageId) -> Standing:
    """Return how the reader stands to `email` when `message` came."""
    written = has_written(conn, email)
    row = conn.execute(
        "SELECT 1 FROM messages WHERE from_address = ? COLLATE NOCASE AND id < ?"
        f" AND {_SHOWN} LIMIT 1",
        (email, message),
    ).fetchone()
    if row is None:
        return Standing(written, False, not written)
    kept = conn.execute(
        "SELECT 1 FROM (SELECT id, flags, received FROM messages"
        f" WHERE from_address = ? COLLATE NOCASE AND id < ? AND {_SHOWN}"
        " ORDER BY id DESC LIMIT ?) AS m"
        f" WHERE m.flags & ? AND {_CAME} <= ? AND {_KEPT} LIMIT 1",
        (email, message, _LOOKED_AT, Flags.SEEN.value, _day_before(conn, message), *_ASIDE),
    ).fetchone()
    return Standing(written, kept is not None, False)


def _day_before(conn: Connection, message: MessageId) -> int:
    """Return a day before a message came: the second mail of a stranger makes no acquaintance."""
    row = conn.execute(f"SELECT {_CAME} FROM messages AS m WHERE m.id = ?", (message,)).fetchone()
    return (row[0] if row is not None else message_date(message)) - _DAY


def has_written(conn: Connection, email: str) -> bool:
    """Whether the reader wrote to an address."""
    row = conn.execute(
        "SELECT 1 FROM addresses WHERE address = ? AND written > 0", (email.casefold(),)
    ).fetchone()
    return row is not None


def knows_list(conn: Connection, list_id: str, message: MessageId) -> bool:
    """Whether mail came through a mailing list a day or more before this message."""
    row = conn.execute(
        "SELECT 1 FROM messages AS m WHERE m.list_id = ? AND m.list_id <> '' AND m.id < ?"
        f" AND {_CAME} <= ? AND {_KEPT} LIMIT 1",
        (list_id, message, _day_before(conn, message), *_ASIDE),
    ).fetchone()
    return row is not None


def written(conn: Connection) -> tuple[int, int]:
    """Return what changes when the reader writes to somebody: how many people, how many mails."""
    sql = "SELECT count(*), total(written) FROM addresses WHERE written > 0"
    count, mails = conn.execute(sql).fetchone()
    return int(count), int(mails)


def people(conn: Connection, domains: Iterable[str]) -> list[Address]:
    """Return those whom the reader wrote to, most often first, and who is at one of `domains`."""
    written = "SELECT name, address FROM addresses WHERE written > 0 ORDER BY written DESC LIMIT ?"
    found = [Address(*row) for row in conn.execute(written, (_PEOPLE,))]
    for domain in domains:
        colleagues = "SELECT name, address FROM addresses WHERE address LIKE ? ESCAPE '\\' LIMIT ?"
        pattern = "%@" + domain.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        found += [Address(*row) for row in conn.execute(colleagues, (pattern, _PEOPLE))]
    return found


def roles(conn: Connection, message: MessageId) -> set[Role]:
    """Return what the folders that a message lies in are for."""
    rows = conn.execute(
        "SELECT DISTINCT f.role FROM placements AS p JOIN folders AS f ON f.id = p.folder_id"
        " WHERE p.message_id = ?",
        (message,),
    )
    return {Role(role) for (role,) in rows}


def mailing(list_id: str, email: str) -> str:
    """Return the name of a mailing: its List-Id, else its sender."""
    return (list_id or email).casefold()[:500]


def left_on(conn: Connection, name: str) -> Left | None:
    """Return when and how the reader left a mailing."""
    row = conn.execute("SELECT way, done FROM unsubscribed WHERE mailing = ?", (name,)).fetchone()
    return Left(*row) if row else None


def note_left(
    conn: Connection, name: str, way: str, now: int, message: int, changes: Changes
) -> None:
    """Keep that the reader left a mailing, by a mail of it."""
    conn.execute(
        "INSERT INTO unsubscribed (mailing, way, done) VALUES (?, ?, ?)"
        " ON CONFLICT (mailing) DO UPDATE SET way = excluded.way, done = excluded.done",
        (name, way, now),
    )
    changes.messages.add(message)
