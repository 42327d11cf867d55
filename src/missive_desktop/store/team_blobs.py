"""Files on their way to or from a team's server: sealed parts in packs, and how far they are.

`way` is up, down, or kept: one that arrived there stays as long as a server that was restored may
ask for it again.
"""

from __future__ import annotations

import json
from collections.abc import Collection

import msgspec

from missive_desktop.store import raws
from missive_desktop.store.database import Connection
from missive_desktop.store.packs import Sealed


class BlobRow(msgspec.Struct, frozen=True):
    id: int
    team: int
    account: int
    scope: str
    hash: str
    size: int
    way: str
    entity: str
    tries: int
    error: str


class Part(msgspec.Struct, frozen=True):
    start: int
    length: int
    raw_id: int


_SELECT = (
    "SELECT id, team_id, account_id, scope, hash, size, way, entity, tries, error FROM team_blobs"
)


def add(
    conn: Connection,
    team: int,
    account: int,
    scope: str,
    hash_: str,
    size: int,
    way: str,
    entity: str,
    now: int,
) -> BlobRow:
    """Note that a blob is to go up or come down; the one that is noted already stays."""
    conn.execute(
        "INSERT OR IGNORE INTO team_blobs (team_id, account_id, scope, hash, size, way, entity,"
        " tries, error, created) VALUES (?, ?, ?, ?, ?, ?, ?, 0, '', ?)",
        (team, account, scope, hash_, size, way, entity, now),
    )
    found = find(conn, team, scope, hash_, way)
    assert found is not None
    return found


def find(conn: Connection, team: int, scope: str, hash_: str, way: str) -> BlobRow | None:
    row = conn.execute(
        f"{_SELECT} WHERE team_id = ? AND scope = ? AND hash = ? AND way = ?",
        (team, scope, hash_, way),
    ).fetchone()
    return BlobRow(*row) if row else None


def waiting(conn: Connection, team: int, way: str) -> list[BlobRow]:
    """Return what is to go up or come down, the oldest first."""
    rows = conn.execute(f"{_SELECT} WHERE team_id = ? AND way = ? ORDER BY id", (team, way))
    return [BlobRow(*row) for row in rows.fetchall()]


def goes_up(conn: Connection, team: int, hash_: str) -> bool:
    """Tell whether a blob has yet to reach the server."""
    sql = "SELECT 1 FROM team_blobs WHERE team_id = ? AND hash = ? AND way = 'up'"
    return conn.execute(sql, (team, hash_)).fetchone() is not None


def add_part(conn: Connection, blob: BlobRow, start: int, length: int, sealed: Sealed) -> None:
    """Keep a part; its pack is synced already."""
    raw_id = raws.insert(conn, blob.account, sealed)
    conn.execute(
        "INSERT INTO team_blob_parts (blob_id, start, length, raw_id) VALUES (?, ?, ?, ?)",
        (blob.id, start, length, raw_id),
    )


def parts(conn: Connection, blob: int) -> list[Part]:
    """Return the parts that are here, from the front."""
    rows = conn.execute(
        "SELECT start, length, raw_id FROM team_blob_parts WHERE blob_id = ? ORDER BY start",
        (blob,),
    )
    return [Part(*row) for row in rows.fetchall()]


def set_size(conn: Connection, blob: int, size: int) -> None:
    """Keep how large it is in all, once the server has said so."""
    conn.execute("UPDATE team_blobs SET size = ? WHERE id = ?", (size, blob))


def refused(conn: Connection, team: int, scope: str, tries: int) -> list[tuple[int, int, str]]:
    """Return what a worker files and cannot: (pending change, blob, why), after so many tries."""
    rows = conn.execute(
        "SELECT p.id, b.id, b.error FROM team_blobs AS b JOIN team_pending AS p"
        " ON p.team_id = b.team_id AND p.scope = b.scope AND p.h ->> '$.blob' = b.hash"
        " WHERE b.team_id = ? AND b.scope = ? AND b.way = 'up' AND b.tries >= ?"
        " AND p.state = 'waiting' AND p.t = 'msg' AND p.fence > 0",
        (team, scope, tries),
    ).fetchall()
    return [(pending, blob, why) for pending, blob, why in rows]


def failed(conn: Connection, blob: int, tries: int, error: str) -> None:
    conn.execute("UPDATE team_blobs SET tries = ?, error = ? WHERE id = ?", (tries, error, blob))


def try_again(conn: Connection, team: int, scope: str, hash_: str) -> None:
    """Forget how often the server refused it."""
    conn.execute(
        "UPDATE team_blobs SET tries = 0, error = ''"
        " WHERE team_id = ? AND scope = ? AND hash = ? AND way = 'up'",
        (team, scope, hash_),
    )


def keep(conn: Connection, blob: BlobRow, now: int) -> None:
    """It has reached the server: keep it from now on (ms), in case that goes back to a backup."""
    older = find(conn, blob.team, blob.scope, blob.hash, "kept")
    if older is not None:
        remove(conn, older.id)
    conn.execute(
        "UPDATE team_blobs SET way = 'kept', tries = 0, error = '', created = ? WHERE id = ?",
        (now, blob.id),
    )


def send_again(conn: Connection, team: int, scope: str, hash_: str) -> None:
    """Have a kept file go up once more."""
    conn.execute(
        "UPDATE OR IGNORE team_blobs SET way = 'up'"
        " WHERE team_id = ? AND scope = ? AND hash = ? AND way = 'kept'",
        (team, scope, hash_),
    )


def forget_kept(conn: Connection, team: int, before: int) -> None:
    """Forget what arrived so long ago (ms) that no backup will ask for it again."""
    rows = conn.execute(
        "SELECT id FROM team_blobs WHERE team_id = ? AND way = 'kept' AND created < ?",
        (team, before),
    )
    for (blob,) in rows.fetchall():
        remove(conn, blob)


def remove(conn: Connection, blob: int) -> None:
    """Forget a blob and its parts: it is where it should be, or nobody wants it any more."""
    forget_parts(conn, blob)
    conn.execute("DELETE FROM team_blobs WHERE id = ?", (blob,))


def forget_parts(conn: Connection, blob: int) -> None:
    records = [part.raw_id for part in parts(conn, blob)]
    conn.execute("DELETE FROM team_blob_parts WHERE blob_id = ?", (blob,))
    raws.forget(conn, records)


def remove_scope(conn: Connection, team: int, scope: str) -> None:
    rows = conn.execute("SELECT id FROM team_blobs WHERE team_id = ? AND scope = ?", (team, scope))
    for (blob,) in rows.fetchall():
        remove(conn, blob)


def remove_of(conn: Connection, team: int, scope: str, entities: Collection[str]) -> None:
    """Forget the files of entities that were erased."""
    rows = conn.execute(
        "SELECT id FROM team_blobs WHERE team_id = ? AND scope = ?"
        " AND entity IN (SELECT value FROM json_each(?))",
        (team, scope, json.dumps(sorted(entities))),
    )
    for (blob,) in rows.fetchall():
        remove(conn, blob)
