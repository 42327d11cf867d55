"""The audit trail of teams as far as it is here: records, chains, checkpoints, evidence.

Nothing here decides whether a record is true (`team.trail` does).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import NoticeKind
from missive_desktop.store import team_notices
from missive_desktop.store.database import Connection
from missive_wire import shapes
from missive_wire.chain import Head, Record
from missive_wire.rules import words

_record = shapes.decoder(Record)


class Event(msgspec.Struct, frozen=True):
    """A line of the trail, as a person reads it: who did what, when."""

    at: int  # milliseconds
    actor: str  # user; "": the server
    act: str
    words: str  # "assigned"
    details: dict[str, Any]
    t: str = ""
    id: str = ""  # of what it was done to
    conv: str = ""
    scope: str = ""
    n: int = 0
    device: str = ""
    proven: bool = True  # part of the chain that leads to a checkpoint


class Chain(NamedTuple):
    """Records with lo < n <= hi were verified."""

    lo: Head
    hi: Head


class EvidenceRow(msgspec.Struct, frozen=True):
    at: int
    kind: str
    scope: str
    words: str
    shown: str


class Wanted(NamedTuple):
    """Which events are asked for; what is empty does not narrow."""

    acts: Collection[str] = ()
    actor: str | None = None
    conv: str = ""
    since: int = 0
    limit: int = 10_000
    scope: str = ""


# -- events

_EVENT = "SELECT at, actor, act, target, conv, scope, n, record, proven, t FROM team_trail"


def of_conversation(conn: Connection, team: int, scope: str, conv: str) -> list[Event]:
    rows = conn.execute(
        f"{_EVENT} WHERE conv = ? AND conv <> '' AND team_id = ? AND scope = ? ORDER BY at, n",
        (conv, team, scope),
    )
    return [_event(row) for row in rows.fetchall()]


def listed(conn: Connection, team: int, wanted: Wanted) -> list[Event]:
    """Return events of a team, the newest first."""
    where = ["team_id = ?", "at >= ?"]
    values: list[int | str] = [team, wanted.since]
    if wanted.acts:
        where.append("act IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(sorted(wanted.acts)))
    if wanted.actor is not None:
        where.append("actor = ?")
        values.append(wanted.actor)
    if wanted.conv:
        where.append("conv = ? AND conv <> ''")
        values.append(wanted.conv)
    if wanted.scope:
        where.append("scope = ?")
        values.append(wanted.scope)
    sql = f"{_EVENT} WHERE {' AND '.join(where)} ORDER BY at DESC, n DESC LIMIT ?"
    return [_event(row) for row in conn.execute(sql, (*values, wanted.limit)).fetchall()]


def _event(row: Sequence[Any]) -> Event:
    at, actor, act, target, conv, scope, n, text, proven, t = row
    record = _record.decode(text)
    return Event(
        at, actor, act, words(act, t), record.details or {}, t, target, conv, scope, n,
        record.device, bool(proven),
    )  # fmt: skip


def as_event(scope: str, record: Record) -> Event:
    """Return a record that is not kept here, as a person reads it."""
    conv = record.id if record.t == "conv" else (record.details or {}).get("conv")
    return Event(
        record.at, record.by, record.act, words(record.act, record.t), record.details or {},
        record.t, record.id, conv if isinstance(conv, str) else "", scope, record.n, record.device,
    )  # fmt: skip


# -- records and chains


def add(
    conn: Connection,
    team: int,
    scope: str,
    records: Iterable[Record],
    convs: Mapping[tuple[str, str], str],
    *,
    proven: bool,
    kept: int = 0,
) -> None:
    """Keep records; `convs` says of which conversation an entity is. What is proven stays so."""
    conn.executemany(
        "INSERT INTO team_trail (team_id, scope, n, at, actor, act, t, target, conv, record,"
        " proven, kept) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (team_id, scope, n) DO UPDATE SET at = excluded.at, actor = excluded.actor,"
        " act = excluded.act, t = excluded.t, target = excluded.target, conv = excluded.conv,"
        " record = excluded.record, proven = excluded.proven, kept = max(kept, excluded.kept)"
        " WHERE excluded.proven >= proven",
        [
            (
                team, scope, each.n, each.at, each.by, each.act, each.t, each.id,
                convs.get((each.t, each.id), ""), msgspec.json.encode(each).decode(),
                int(proven), kept,
            )
            for each in records
        ],
    )  # fmt: skip


def records(conn: Connection, team: int, scope: str, above: int, limit: int) -> list[Record]:
    rows = conn.execute(
        "SELECT record FROM team_trail WHERE team_id = ? AND scope = ? AND n > ?"
        " ORDER BY n LIMIT ?",
        (team, scope, above, limit),
    )
    return [_record.decode(text) for (text,) in rows.fetchall()]


def record(conn: Connection, team: int, scope: str, n: int) -> Record | None:
    """Return a record that is part of the chain, if it is here."""
    row = conn.execute(
        "SELECT record FROM team_trail WHERE team_id = ? AND scope = ? AND n = ? AND proven = 1",
        (team, scope, n),
    ).fetchone()
    return _record.decode(row[0]) if row else None


def oldest(conn: Connection, team: int, scope: str) -> int | None:
    """Return the time (ms) of the first record that is part of the chain and is here."""
    row = conn.execute(
        "SELECT at FROM team_trail WHERE team_id = ? AND scope = ? AND proven = 1"
        " ORDER BY n LIMIT 1",
        (team, scope),
    ).fetchone()
    return int(row[0]) if row else None


def happened(conn: Connection, team: int, scope: str, act: str, since: int) -> bool:
    """Tell whether the trail here knows of an act at or after a time (ms)."""
    row = conn.execute(
        "SELECT 1 FROM team_trail WHERE team_id = ? AND scope = ? AND act = ? AND at >= ? LIMIT 1",
        (team, scope, act, since),
    ).fetchone()
    return row is not None


def hashes(conn: Connection, team: int, scopes: Collection[str]) -> dict[tuple[str, int], str]:
    """Return the hashes that are known here of records and of ends of chains, by scope and n."""
    rows = conn.execute(
        "SELECT scope, n, record FROM team_trail WHERE team_id = ? AND proven = 1"
        " AND scope IN (SELECT value FROM json_each(?))",
        (team, json.dumps(sorted(scopes))),
    ).fetchall()
    found = {(scope, n): _record.decode(text).h.hex() for scope, n, text in rows}
    for scope in scopes:
        known = chain(conn, team, scope)
        for end in known or ():
            if end.n:
                found[scope, end.n] = end.h.hex()
    return found


def erase(conn: Connection, team: int, scope: str, targets: Collection[tuple[str, str]]) -> None:
    """Forget details about what was erased for good, and who is named in them."""
    rows = conn.execute(
        "SELECT n, record FROM team_trail WHERE team_id = ? AND scope = ?"
        " AND target IN (SELECT value FROM json_each(?))",
        (team, scope, json.dumps(sorted({id_ for _, id_ in targets}))),
    ).fetchall()
    found = [(n, _record.decode(text)) for n, text in rows]
    bare = [
        (msgspec.json.encode(msgspec.structs.replace(each, salt=b"", details=None)).decode(), n)
        for n, each in found
        if (each.t, each.id) in targets and (each.salt or each.details)
    ]
    conn.executemany(
        "UPDATE team_trail SET record = ? WHERE team_id = ? AND scope = ? AND n = ?",
        [(text, team, scope, n) for text, n in bare],
    )


def chain(conn: Connection, team: int, scope: str) -> Chain | None:
    row = conn.execute(
        "SELECT lo, lo_h, hi, hi_h FROM team_chains WHERE team_id = ? AND scope = ?", (team, scope)
    ).fetchone()
    return Chain(Head(row[0], row[1]), Head(row[2], row[3])) if row else None


def set_chain(conn: Connection, team: int, scope: str, now: Chain) -> None:
    conn.execute(
        "INSERT INTO team_chains (team_id, scope, lo, lo_h, hi, hi_h) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (team_id, scope) DO UPDATE SET lo = excluded.lo, lo_h = excluded.lo_h,"
        " hi = excluded.hi, hi_h = excluded.hi_h",
        (team, scope, *now.lo, *now.hi),
    )


def begin_anew(conn: Connection, team: int, scope: str, at: Head) -> None:
    """Follow the chain from another head on: what was kept no longer leads to it."""
    conn.execute("DELETE FROM team_trail WHERE team_id = ? AND scope = ?", (team, scope))
    set_chain(conn, team, scope, Chain(at, at))


def forget_old(conn: Connection, team: int, before: int, now: int) -> None:
    """Forget records that are older than is kept, and were not asked for of late.

    The chains then begin where the rest does, so that what was forgotten can be read again.
    """
    gone = conn.execute(
        "DELETE FROM team_trail WHERE team_id = ? AND at < ? AND kept < ?"
        " RETURNING scope, n, proven, record",
        (team, before, now),
    ).fetchall()
    ends: dict[str, Head] = {}
    for scope, n, proven, text in gone:
        if proven and n > ends.get(scope, Head()).n:
            ends[scope] = Head(n, _record.decode(text).h)
    for scope, end in ends.items():
        found = chain(conn, team, scope)
        if found is not None and found.lo.n < end.n <= found.hi.n:
            set_chain(conn, team, scope, Chain(end, found.hi))


def forget(conn: Connection, team: int, scope: str) -> None:
    """Forget the trail of a scope that was taken away."""
    while forget_some(conn, team, scope, 1_000):
        pass
    forget_chain(conn, team, scope)


def forget_some(conn: Connection, team: int, scope: str, most: int) -> bool:
    """Forget some of a trail; False: there was nothing any more."""
    rows = conn.execute(
        "DELETE FROM team_trail WHERE team_id = ?1 AND scope = ?2 AND n IN (SELECT n FROM"
        " team_trail WHERE team_id = ?1 AND scope = ?2 ORDER BY n DESC LIMIT ?3) RETURNING n",
        (team, scope, most),
    )
    return bool(rows.fetchall())


def forget_chain(conn: Connection, team: int, scope: str) -> None:
    """Forget how far a trail was verified."""
    conn.execute("DELETE FROM team_chains WHERE team_id = ? AND scope = ?", (team, scope))


# -- checkpoints and evidence


def checkpoint(conn: Connection, team: int) -> str:
    """Return the last one that was taken, as JSON; "" where there was none."""
    row = conn.execute("SELECT header FROM team_checkpoints WHERE team_id = ?", (team,)).fetchone()
    return row[0] if row else ""


def set_checkpoint(conn: Connection, team: int, header: str) -> None:
    conn.execute(
        "INSERT INTO team_checkpoints (team_id, header) VALUES (?, ?)"
        " ON CONFLICT (team_id) DO UPDATE SET header = excluded.header",
        (team, header),
    )


def add_evidence(conn: Connection, team: int, found: EvidenceRow, changes: Changes) -> None:
    """Keep what cannot be so, and tell the person once."""
    told = "\0".join((found.kind, found.scope, found.words))
    cursor = conn.execute(
        "INSERT OR IGNORE INTO team_evidence (team_id, digest, at, kind, scope, words, shown)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            team, hashlib.sha256(told.encode()).hexdigest(), found.at, found.kind, found.scope,
            found.words, found.shown,
        ),
    )  # fmt: skip
    if cursor.rowcount > 0:
        kind = NoticeKind.TAMPERED
        team_notices.add(conn, team, kind, found.scope, found.words, found.at, changes)


def evidence(conn: Connection, team: int) -> list[EvidenceRow]:
    rows = conn.execute(
        "SELECT at, kind, scope, words, shown FROM team_evidence WHERE team_id = ?"
        " ORDER BY at, digest",
        (team,),
    )
    return [EvidenceRow(*row) for row in rows.fetchall()]
