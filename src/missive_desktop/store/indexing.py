"""Writing the full-text index: what a message's digest adds to it. Searching is `store.search`."""

from __future__ import annotations

from collections.abc import Iterable

from missive_desktop.domain.message import Address, Digest
from missive_desktop.domain.tokens import prepare
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
