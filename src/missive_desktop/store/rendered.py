"""What is shown of a message, kept with the version of the sanitizer that made it."""

from __future__ import annotations

import zstandard

from missive_desktop.store.database import Connection


def get(conn: Connection, message: int) -> tuple[int, bytes] | None:
    """Return (version, body), or None when nothing was made yet."""
    row = conn.execute(
        "SELECT version, body FROM rendered WHERE message_id = ?", (message,)
    ).fetchone()
    return (row[0], zstandard.ZstdDecompressor().decompress(row[1])) if row else None


def version(conn: Connection, message: int) -> int:
    """Return the version kept, or 0."""
    row = conn.execute("SELECT version FROM rendered WHERE message_id = ?", (message,)).fetchone()
    return int(row[0]) if row else 0


def put(conn: Connection, message: int, version: int, body: bytes) -> None:
    """Keep what is shown; passed over when the message is gone meanwhile."""
    conn.execute(
        "INSERT INTO rendered (message_id, version, body)"
        " SELECT id, ?, ? FROM messages WHERE id = ?"
        " ON CONFLICT (message_id) DO UPDATE SET version = excluded.version, body = excluded.body",
        (version, zstandard.ZstdCompressor(level=3).compress(body), message),
    )
