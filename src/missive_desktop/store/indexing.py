"""Writing the full-text index: what a message's digest adds to it. Searching is `store.search`."""

from __future__ import annotations

from collections.abc import Iterable

from missive_desktop.domain.message import Address, Digest
from missive_desktop.domain.tokens import prepare
from missive_desktop.store import settings
from missive_desktop.store.database import Connection


def index(conn: Connection, rows: Iterable[tuple[int, Digest]]) -> None:
    """Index messages, ascending by id: each smaller rowid would force a flush."""
    conn.executemany(
        "INSERT INTO search (rowid, subject, sender, recipients, cc, body, filename)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                message,
                prepare(digest.subject),
                prepare(" ".join(digest.sender)),
                prepare(_people(digest.to + digest.bcc)),
                prepare(_people(digest.cc)),
                prepare(digest.text),
                prepare(" ".join(digest.filenames)),
            )
            for message, digest in rows
        ],
    )


def unindex(conn: Connection, ids: Iterable[int]) -> None:
    """Take messages out of the index."""
    conn.executemany("DELETE FROM search WHERE rowid = ?", [(message,) for message in ids])


_TABLES = ("search", "team_search")
_PAGES = 500  # in one transaction: others wait meanwhile


def scrub(conn: Connection, *, begin: bool = False) -> bool:
    """Take the words of what was removed out of the index, some pages at a time; True: not all yet.

    Deleting only marks a row, until the segment that it lies in is merged. `begin` sets that going.
    """
    before = _changed(conn)
    for table in _TABLES:
        pages = -_PAGES if begin else _PAGES
        conn.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)", (pages,))
    return begin or _changed(conn) - before >= 2 * len(_TABLES)


def _changed(conn: Connection) -> int:
    return int(conn.execute("SELECT total_changes()").fetchone()[0])


def _people(people: Iterable[Address]) -> str:
    return " ".join(f"{name} {email}" for name, email in people)


_STALE = "words of deleted mail in the index"
_MERGED = 500  # pages of the index in one step


def note_stale(conn: Connection) -> None:
    """Note that words of forgotten mail are still in the index, to be merged away."""
    settings.put(conn, _STALE, 1)


def is_stale(conn: Connection) -> bool:
    return bool(settings.get(conn, _STALE))


def merge_step(conn: Connection) -> bool:
    """Merge a piece of the index, by which words of forgotten mail go; False: all is merged.

    In pieces, because for a large index it takes seconds.
    """
    begun = settings.get(conn, _STALE) == 2
    before = _changes(conn)
    pages = _MERGED if begun else -_MERGED
    conn.execute("INSERT INTO search (search, rank) VALUES ('merge', ?)", (pages,))
    more = _changes(conn) - before >= 2
    settings.put(conn, _STALE, 2 if more else 0)
    return more


def _changes(conn: Connection) -> int:
    return int(conn.execute("SELECT total_changes()").fetchone()[0])
