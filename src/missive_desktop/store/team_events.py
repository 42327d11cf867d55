"""What was done to a conversation, as the trail that is here tells: for its timeline."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, NamedTuple

from missive_desktop.store.database import Connection

_MOST = 500  # of one conversation, the newest


class EventRow(NamedTuple):
    """`details`: the header fields that were set, where one may read them."""

    at: int  # milliseconds
    actor: str
    act: str
    target: str
    details: dict[str, Any]


def of_targets(conn: Connection, team: int, scope: str, targets: Collection[str]) -> list[EventRow]:
    """Return what was done to these entities of a scope, the oldest first."""
    rows = conn.execute(
        "SELECT at, actor, act, target, coalesce(json_extract(record, '$.details'), '{}')"
        " FROM team_trail WHERE target IN (SELECT value FROM json_each(?))"
        " AND team_id = ? AND scope = ? ORDER BY at DESC, n DESC LIMIT ?",
        (json.dumps(sorted(targets)), team, scope, _MOST),
    ).fetchall()
    found = [EventRow(row[0], row[1], row[2], row[3], _object(row[4])) for row in rows]
    return found[::-1]


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
