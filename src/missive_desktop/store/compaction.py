"""Reclaiming the room of forgotten records.

A live record is copied as it lies, under the same key, into another pack; its row follows in a
durable transaction; only then the old file goes. Dying at any point leaves either file complete.
"""

from __future__ import annotations

import json
import threading
from functools import partial
from pathlib import Path
from typing import NamedTuple

from missive_desktop.domain.changes import Changes
from missive_desktop.store import packs
from missive_desktop.store.database import Connection, Store
from missive_desktop.store.packs import PackWriter, Sealed
from missive_desktop.store.writer import Writer

_WASTE = 0.3  # a pack with more than this share forgotten is worth copying
_SMALL = 8 << 20  # a pack smaller than this is worth it for the sake of fewer files
_STEP = 500  # records in one transaction


class Reclaimed(NamedTuple):
    packs: int
    bytes: int


def compact(
    writer: Writer, store: Store, reader: Connection, stopping: threading.Event | None = None
) -> Reclaimed:
    """Reclaim the room of forgotten records; for a quiet moment, in a thread that waits.

    Ends early, with all in order, once `stopping` is set.
    """
    stopping = stopping or threading.Event()
    reclaimed = Reclaimed(0, 0)
    target = PackWriter(store.packs)
    try:
        for number in _worth_it(reader, store.packs):
            file = packs.path(store.packs, number)
            if stopping.is_set() or not packs.claim(file):
                continue
            try:
                freed = _empty(writer, store, reader, number, target, stopping)
            finally:
                packs.release(file)
            reclaimed = Reclaimed(reclaimed.packs + bool(freed), reclaimed.bytes + freed)
    finally:
        target.close()
    return reclaimed


def _worth_it(conn: Connection, directory: Path) -> list[int]:
    rows = conn.execute("SELECT id, size, live FROM packs ORDER BY id").fetchall()
    small = [number for number, size, _ in rows if size < _SMALL]
    merge = set(small) if len(small) > 1 else set()
    return [
        number
        for number, size, live in rows
        if number in merge or live < size * (1 - _WASTE) or not live
    ]


def _empty(
    writer: Writer,
    store: Store,
    reader: Connection,
    number: int,
    target: PackWriter,
    stopping: threading.Event,
) -> int:
    """Copy what lives out of a pack and delete it; return the bytes won."""
    file = packs.path(store.packs, number)
    row = reader.execute("SELECT size FROM packs WHERE id = ?", (number,)).fetchone()
    before, copied = file.stat().st_size if file.exists() else 0, 0
    if row is None or before > row[0]:
        return 0  # its last records are still on their way into the database
    while rows := reader.execute(
        "SELECT id, pack, position, length, size, key FROM raws WHERE pack = ?"
        " ORDER BY position LIMIT ?",
        (number, _STEP),
    ).fetchall():
        if stopping.is_set():
            return 0
        moved = []
        for raw_id, *place in rows:
            old = Sealed(*place)
            body = packs.read_sealed(store.packs, old)
            if len(body) != old.length:
                return 0  # damaged: what can be read of it stays where it is
            moved.append((raw_id, old, target.append_sealed(body, old.size, old.key)))
        target.sync()
        writer.run(partial(_repoint, moved), durable=True)
        copied += sum(new.length for _, _, new in moved)
    writer.run(lambda conn, _: _drop(conn, number), durable=True)
    packs.delete(file)
    return before - copied


def _repoint(moved: list[tuple[int, Sealed, Sealed]], conn: Connection, _changes: Changes) -> None:
    """Let the rows follow; one that was forgotten meanwhile stays forgotten."""
    given = json.dumps([raw_id for raw_id, _, _ in moved])
    alive = {
        row[0]
        for row in conn.execute(
            "SELECT id FROM raws WHERE id IN (SELECT value FROM json_each(?))", (given,)
        )
    }
    for raw_id, old, new in moved:
        live = new.length if raw_id in alive else 0
        conn.execute(
            "INSERT INTO packs (id, size, live) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE"
            " SET size = max(size, excluded.size), live = live + excluded.live",
            (new.pack, new.position + new.length, live),
        )
        if live:
            conn.execute("UPDATE packs SET live = live - ? WHERE id = ?", (live, old.pack))
            conn.execute(
                "UPDATE raws SET pack = ?, position = ? WHERE id = ?",
                (new.pack, new.position, raw_id),
            )


def _drop(conn: Connection, number: int) -> None:
    conn.execute(
        "DELETE FROM packs WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM raws WHERE pack = ?1)",
        (number,),
    )
