"""The address at which people reach the server, as the one that serves last said it: links that are
made beside it lead there.
"""

from __future__ import annotations

from missive_server.database.work import Query, Work

_NAME = "address"


def note(address: str) -> Work[None]:
    yield Query(
        "INSERT INTO server (name, value) VALUES ($1, $2)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (_NAME, address.encode()),
    )


def noted() -> Work[str]:
    """Return it; "" before anything was served from here."""
    rows = yield Query("SELECT value FROM server WHERE name = $1", (_NAME,))
    return bytes(rows[0][0]).decode() if rows else ""
