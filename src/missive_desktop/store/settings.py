"""The program's settings: JSON values by name."""

from __future__ import annotations

from typing import Any

import msgspec

from missive_desktop.store.database import Connection


def get(conn: Connection, name: str, default: Any = None) -> Any:
    row = conn.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
    return msgspec.json.decode(row[0]) if row else default


def put(conn: Connection, name: str, value: Any) -> None:
    conn.execute(
        "INSERT INTO settings (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, msgspec.json.encode(value).decode()),
    )
