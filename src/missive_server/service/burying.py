"""What a deleted space held: removed for good, in steps, for the writer serves everybody.

Nobody may read the scope any more, so no client has to be told row by row. Its trail stays.
"""

from __future__ import annotations

from missive_server.database.work import Query, Work, keys

STEP = 500  # rows in one transaction
_NO_SUM = "0" * 16


def due() -> Work[list[str]]:
    """Return scopes of deleted spaces of which there are still rows."""
    rows = yield Query(
        "SELECT s.id FROM entities e JOIN scopes s ON s.id = 's:' || e.id"
        " AND e.scope = 'o:' || s.org WHERE e.t = 'space' AND e.op <> 'put' AND s.count > 0"
        " AND NOT EXISTS (SELECT 1 FROM access a WHERE a.scope = s.id) ORDER BY s.id LIMIT 50"
    )
    return [row[0] for row in rows]


def bury(scope: str) -> Work[bool]:
    """Remove some rows and what they name; say whether there may be more."""
    yield Query("SELECT id FROM scopes WHERE id = $1 FOR UPDATE", (scope,))
    gone = yield Query(
        "DELETE FROM entities WHERE scope = $1 AND seq IN"
        " (SELECT seq FROM entities WHERE scope = $1 ORDER BY seq LIMIT $2) RETURNING t, id",
        (scope, STEP),
    )
    if not gone:
        yield Query(
            "UPDATE scopes SET floor = seq, count = 0, sum = $2 WHERE id = $1", (scope, _NO_SUM)
        )
        return False
    yield Query(
        "DELETE FROM blob_refs WHERE scope = $1 AND EXISTS (SELECT 1 FROM KEYS($2)"
        " WHERE k.value->>0 = blob_refs.t AND k.value->>1 = blob_refs.id)",
        (scope, keys((t, id_) for t, id_ in gone)),
    )
    return True
