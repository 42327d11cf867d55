"""What was done here to shared state, in order: waiting, with the server, refused, or settled.

An intent is kept in the transaction that shows it, which is to be durable. What goes to the server,
and what its answers mean, is decided in `team.outbox`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import Intent, PendingState
from missive_desktop.store.database import Connection


class Pending(msgspec.Struct, frozen=True):
    """An intent with what became of it. `based` is the body that `body` was made from."""

    id: int
    team: int
    mid: int
    op: str
    scope: str
    t: str
    entity: str
    act: str
    h: dict[str, Any]
    pre: dict[str, Any] | None
    body: str
    based: str
    bv: int
    fence: int
    state: PendingState
    why: str
    cur: dict[str, Any]
    seqs: dict[str, int]
    created: int
    settled: int
    k: int = 0
    sealed: bytes = b""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.scope, self.t, self.entity


_COLUMNS = (
    "id, team_id, mid, op, scope, t, entity, act, h, pre, body, based, bv, fence, state, why, cur,"
    " seqs, created, settled, k, sealed"
)
_SELECT = f"SELECT {_COLUMNS} FROM team_pending"
_GIVEN = "IN (SELECT value FROM json_each(?))"


def _row(row: tuple[Any, ...]) -> Pending:
    h, pre, cur, seqs = (_value(row[i]) for i in (8, 9, 16, 17))
    known = (cur or {}, seqs or {}, *row[18:])
    return Pending(*(*row[:8], h, pre, *row[10:14], PendingState(row[14]), row[15], *known))


def add(
    conn: Connection, team: int, intent: Intent, based: str, bv: int, now: int, changes: Changes
) -> int:
    """Keep an intent; `bv` is the version that its body will be, made from the body `based`."""
    cursor = conn.execute(
        "INSERT INTO team_pending (team_id, mid, op, scope, t, entity, act, h, pre, body, based,"
        " bv, fence, state, why, cur, seqs, created, settled, k, sealed)"
        " VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', '', ?, 0, 0, x'')",
        (
            team, intent.op, intent.scope, intent.t, intent.id, intent.act, _json(intent.h),
            _json(intent.pre), intent.body, based, bv if intent.body else 0, intent.fence,
            PendingState.WAITING.value, now,
        ),
    )  # fmt: skip
    changes.teams.update((intent.scope, waiting(team)))
    return cursor.lastrowid


def waiting(team: int) -> str:
    """Return how `Changes.teams` says that something is to be sent."""
    return f"pending:{team}"


def get(conn: Connection, pending: int) -> Pending | None:
    row = conn.execute(f"{_SELECT} WHERE id = ?", (pending,)).fetchone()
    return _row(row) if row else None


def open_(conn: Connection, team: int) -> list[Pending]:
    """Return all that is not settled, in the order it was done."""
    rows = conn.execute(
        f"{_SELECT} WHERE team_id = ? AND state <> 'done' ORDER BY id", (team,)
    ).fetchall()
    return [_row(row) for row in rows]


def refused(conn: Connection, account: int) -> list[tuple[str, Pending]]:
    """Return what was refused in the space that an account shows, with its conversation; the oldest
    first. What it was about may be gone."""
    rows = conn.execute(
        f"SELECT {', '.join(f'p.{each.strip()}' for each in _COLUMNS.split(','))},"
        " CASE WHEN p.t = 'conv' THEN p.entity"
        " ELSE coalesce(p.h ->> '$.conv', r.conv, '') END"
        " FROM team_scopes AS s JOIN team_pending AS p ON p.team_id = s.team_id"
        " AND p.scope = s.scope AND p.state NOT IN ('done', 'waiting', 'sent', 'ok')"
        " LEFT JOIN team_rows AS r ON r.scope_id = s.id AND r.t = p.t AND r.id = p.entity"
        " WHERE s.account_id = ? AND s.account_id > 0 ORDER BY p.id",
        (account,),
    ).fetchall()
    return [(str(row[-1]), _row(row[:-1])) for row in rows]


def accepted(conn: Connection, team: int) -> dict[int, dict[str, int]]:
    """Return what the server accepted and whose rows have not come yet: where it stands, by id."""
    rows = conn.execute(
        "SELECT id, seqs FROM team_pending WHERE team_id = ? AND state = 'ok' AND state <> 'done'"
        " ORDER BY id",
        (team,),
    ).fetchall()
    return {id_: _value(seqs) or {} for id_, seqs in rows}


def worked(
    conn: Connection, team: int, scope: str, states: Collection[PendingState]
) -> list[Pending]:
    """Return what was done in a scope under a lease and is in one of these states."""
    rows = conn.execute(
        f"{_SELECT} WHERE team_id = ? AND state <> 'done' AND scope = ? AND fence > 0"
        f" AND state {_GIVEN} ORDER BY id",
        (team, scope, json.dumps([each.value for each in states])),
    ).fetchall()
    return [_row(row) for row in rows]


def under_way(conn: Connection, team: int, scope: str) -> list[int]:
    """Return how large the mail is that was filed under a lease and is not settled."""
    rows = conn.execute(
        "SELECT coalesce(h ->> '$.size', 0) FROM team_pending WHERE team_id = ?"
        " AND state <> 'done' AND scope = ? AND fence > 0 AND t = 'msg'",
        (team, scope),
    )
    return [int(size) for (size,) in rows.fetchall()]


def spaces_being_made(conn: Connection, team: int) -> set[str]:
    """Return the ids of spaces that the server may not have heard of, or not told of yet."""
    rows = conn.execute(
        "SELECT entity FROM team_pending WHERE team_id = ? AND t = 'space' AND op = 'put'"
        " AND state IN ('waiting', 'sent', 'ok') AND state <> 'done'",
        (team,),
    )
    return {entity for (entity,) in rows.fetchall()}


def of_entities(conn: Connection, team: int, ids: Collection[str]) -> list[Pending]:
    """Return what is not settled of these entities, in the order it was done."""
    rows = conn.execute(
        f"{_SELECT} WHERE entity {_GIVEN} AND state <> 'done' AND team_id = ? ORDER BY id",
        (json.dumps(sorted(ids)), team),
    ).fetchall()
    return [_row(row) for row in rows]


def of_blob(conn: Connection, team: int, scope: str, hash_: str) -> list[Pending]:
    """Return what waits to be sent and names a file."""
    return [
        each
        for each in open_(conn, team)
        if each.scope == scope
        and each.state is PendingState.WAITING
        and each.h.get("blob") == hash_
    ]


def settled(conn: Connection, team: int, above: int, since: int) -> list[Pending]:
    """Return what the server accepted under a number above `above`, answered since then (ms)."""
    rows = conn.execute(
        f"{_SELECT} WHERE team_id = ? AND state IN ('ok', 'done') AND mid > ? AND settled >= ?"
        " ORDER BY mid",
        (team, above, since),
    ).fetchall()
    return [_row(row) for row in rows]


def save(conn: Connection, rows: Iterable[Pending], changes: Changes) -> None:
    """Write what became of intents."""
    for row in rows:
        conn.execute(
            "UPDATE team_pending SET mid = ?, h = ?, pre = ?, body = ?, based = ?, bv = ?,"
            " state = ?, why = ?, cur = ?, seqs = ?, settled = ?, k = ?, sealed = ? WHERE id = ?",
            (
                row.mid, _json(row.h), _json(row.pre), row.body, row.based, row.bv,
                row.state.value, row.why, _json(row.cur or None), _json(row.seqs or None),
                row.settled, row.k, row.sealed, row.id,
            ),
        )  # fmt: skip
        changes.teams.add(row.scope)


def refence(conn: Connection, team: int, scope: str, fence: int) -> None:
    """Let a worker's changes that were not sent yet stand under its new lease."""
    conn.execute(
        "UPDATE team_pending SET fence = ?1 WHERE team_id = ?2 AND scope = ?3"
        " AND state = 'waiting' AND fence > 0 AND fence < ?1",
        (fence, team, scope),
    )


def set_numbers(conn: Connection, team: int, last_mid: int, ack: int) -> None:
    """Keep the highest number given, and up to which one the answers are kept."""
    conn.execute("UPDATE teams SET last_mid = ?, ack = ? WHERE id = ?", (last_mid, ack, team))


def remove(conn: Connection, ids: Sequence[int]) -> None:
    conn.execute(f"DELETE FROM team_pending WHERE id {_GIVEN}", (json.dumps(list(ids)),))


def forget_done(conn: Connection, team: int, before: int) -> None:
    """Forget what was settled so long ago (ms) that no backup will ask for it again."""
    conn.execute(
        "DELETE FROM team_pending WHERE team_id = ? AND state = 'done' AND settled < ?",
        (team, before),
    )


def deny(conn: Connection, team: int, scope: str, why: str, now: int, changes: Changes) -> int:
    """Refuse all that is pending in a scope, and forget what it was about; return how much.

    Of what the server accepted it stays known that it was, and `why` nothing is in it any more: a
    server that is set back may have lost it. Not of a worker's, which its mailbox has, nor of what
    one sets for oneself alone.
    """
    blank = "h = '{}', pre = '', body = '', based = '', cur = '', bv = 0, k = 0, sealed = x''"
    cursor = conn.execute(
        f"UPDATE team_pending SET {blank}, state = 'denied', why = ?, settled = ?"
        " WHERE team_id = ? AND scope = ? AND state IN ('waiting', 'sent', 'conflict')",
        (why, now, team, scope),
    )
    conn.execute(
        "DELETE FROM team_pending WHERE team_id = ? AND scope = ?"
        " AND (fence > 0 OR t = 'pstate') AND state IN ('ok', 'done')",
        (team, scope),
    )
    conn.execute(
        f"UPDATE team_pending SET {blank}, seqs = '', why = ?,"
        " state = CASE state WHEN 'ok' THEN 'done' ELSE state END"
        " WHERE team_id = ? AND scope = ? AND state IN ('ok', 'done') AND why = ''",
        (why, team, scope),
    )
    conn.execute(
        f"UPDATE team_pending SET {blank} WHERE team_id = ? AND scope = ?"
        " AND state IN ('denied', 'invalid', 'gone', 'stale')",
        (team, scope),
    )
    changes.teams.add(scope)
    return cursor.rowcount


def _json(value: Any) -> str:
    return "" if value is None else msgspec.json.encode(value).decode()


def _value(text: str) -> Any:
    return msgspec.json.decode(text) if text else None
