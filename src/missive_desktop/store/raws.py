"""Rows of raw records: which pack holds each, and the only key that opens it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from missive_desktop.errors import DiskTrouble
from missive_desktop.store import packs
from missive_desktop.store.database import Connection, Store
from missive_desktop.store.packs import Sealed


def insert(conn: Connection, account: int, sealed: Sealed) -> int:
    """Keep one record; the pack must be synced already."""
    return insert_many(conn, account, [sealed])[0]


def insert_many(conn: Connection, account: int, sealed: Sequence[Sealed]) -> list[int]:
    """Keep records, and count them along in their packs."""
    if not sealed:
        return []
    live: Counter[int] = Counter()
    ends: dict[int, int] = {}
    for record in sealed:
        live[record.pack] += record.length
        ends[record.pack] = max(ends.get(record.pack, 0), record.position + record.length)
    conn.executemany(
        "INSERT INTO packs (id, size, live) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE"
        " SET size = max(size, excluded.size), live = live + excluded.live",
        [(pack, ends[pack], live[pack]) for pack in sorted(live)],
    )
    row = conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'raws'").fetchone()
    first = (row[0] if row else 0) + 1
    ids = list(range(first, first + len(sealed)))
    conn.executemany(
        "INSERT INTO raws (id, account_id, pack, position, length, size, key)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(raw_id, account, *record) for raw_id, record in zip(ids, sealed, strict=True)],
    )
    return ids


def get(conn: Connection, raw_id: int) -> Sealed | None:
    row = conn.execute(
        "SELECT pack, position, length, size, key FROM raws WHERE id = ?", (raw_id,)
    ).fetchone()
    return Sealed(*row) if row else None


def newest(conn: Connection) -> int:
    """Return the highest id given so far."""
    return int(conn.execute("SELECT coalesce(max(id), 0) FROM raws").fetchone()[0])


def load(conn: Connection, store: Store, raw_id: int) -> bytes:
    """Return the record; raises DiskTrouble when it is damaged or forgotten."""
    sealed = get(conn, raw_id)
    if sealed is None:
        raise DiskTrouble("This message is no longer stored here.")
    try:
        return packs.read(store.packs, sealed)
    except DiskTrouble:
        moved = get(conn, raw_id)  # compaction may have moved it since the row was read
        if moved is None or moved == sealed:
            raise
        return packs.read(store.packs, moved)


def forget(conn: Connection, ids: Iterable[int]) -> None:
    """Forget records, and so their keys; compaction reclaims the room."""
    given = json.dumps(list(ids))
    freed = conn.execute(
        "SELECT pack, sum(length) FROM raws WHERE id IN (SELECT value FROM json_each(?))"
        " GROUP BY pack",
        (given,),
    ).fetchall()
    conn.executemany(
        "UPDATE packs SET live = live - ? WHERE id = ?",
        [(length, pack) for pack, length in freed],
    )
    conn.execute("DELETE FROM raws WHERE id IN (SELECT value FROM json_each(?))", (given,))


def forget_account(conn: Connection, account: int) -> None:
    """Forget every record of an account."""
    conn.execute(
        "UPDATE packs SET live = live - coalesce("
        "(SELECT sum(length) FROM raws WHERE pack = packs.id AND account_id = ?), 0)",
        (account,),
    )
    conn.execute("DELETE FROM raws WHERE account_id = ?", (account,))


def recover(conn: Connection, directory: Path) -> None:
    """Cut unfinished tails and delete leftovers; before any pack of the profile is written."""
    sizes: dict[int, int] = dict(conn.execute("SELECT id, size FROM packs").fetchall())
    for number in packs.numbers(directory):
        file = packs.path(directory, number)
        if not packs.claim(file):
            continue
        try:
            if number in sizes:
                packs.cut_tail(file, sizes[number])
            else:
                packs.delete(file)
        finally:
            packs.release(file)
