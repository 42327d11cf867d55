"""The full-text index, and searching in it: newest first without a sort, or by relevance.

A message's id is its rowid in the index and grows with its date, so the index itself yields the
newest hits first and a search ends with its last wanted row. Where words alone do not decide,
ids are looked at in windows from the newest on, so that the work is done for what is shown.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from itertools import islice
from typing import Any, Literal, NamedTuple

import msgspec

from missive_desktop.domain.message import Address, Flags
from missive_desktop.domain.query_tree import Query
from missive_desktop.store import team_search
from missive_desktop.store.database import Connection
from missive_desktop.store.search_plan import HIGHEST, Plan, as_json, compile_

Order = Literal["newest", "relevance"]

_RANKED = 500  # the newest hits among which relevance chooses
_WEIGHED = 8  # words that count for it
_WEIGHTS = (("{subject}", 8), ("{sender recipients cc filename}", 3))
_FIRST_WINDOW, _GROWTH = 2_000, 4
_ONE_BY_ONE = 200  # so many candidates are asked for by rowid, more by walking the hits


class Found(NamedTuple):
    """A conversation that was found, by its newest message that fits."""

    latest: int
    conversation: int


class Hit(msgspec.Struct, frozen=True):
    """What is shown of a message that was found."""

    id: int
    account: str
    folder: str
    date: int
    sender: Address
    to: tuple[Address, ...]
    subject: str
    snippet: str
    unread: bool
    thread: int


def search(
    conn: Connection,
    query: Query,
    *,
    limit: int | None,
    before: int | None = None,
    order: Order = "newest",
    now: int,
    zone: tzinfo | None = None,
) -> list[int]:
    """Return the ids of messages that fit; those older than `before`; all without a limit."""
    hits = _ordered(conn, _planned(conn, query, before, now, zone), order)
    return [found.latest for found in islice(hits, limit)]


def conversations(
    conn: Connection,
    query: Query,
    *,
    limit: int | None,
    before: int | None = None,
    order: Order = "newest",
    now: int,
    zone: tzinfo | None = None,
) -> list[Found]:
    """Return conversations with a message that fits, the newest or best fitting one first.

    To go on, give the last one's `latest` as `before` and leave out conversations seen already.
    """
    seen: dict[int, Found] = {}
    for found in _ordered(conn, _planned(conn, query, before, now, zone), order):
        seen.setdefault(found.conversation, found)
        if len(seen) == limit:
            break
    return list(seen.values())


def count(conn: Connection, query: Query, *, now: int, zone: tzinfo | None = None) -> int:
    """Count the messages that fit. This looks at every hit, so nobody should wait for it."""
    plan = _planned(conn, query, None, now, zone)
    if plan.match and not plan.conditions:
        sql = "SELECT count(*) FROM search WHERE search MATCH :match AND rowid >= :low"
        row = conn.execute(f"{sql} AND rowid < :high", _given(plan, plan.low, plan.high))
        return int(row.fetchone()[0]) + len(_said(conn, plan))
    return sum(1 for _ in _hits(conn, plan))


def _planned(
    conn: Connection, query: Query, before: int | None, now: int, zone: tzinfo | None
) -> Plan:
    plan = compile_(conn, query, now, zone)
    if before is not None:
        plan.high = min(plan.high, before)
    return plan


def _ordered(conn: Connection, plan: Plan, order: Order) -> Iterable[Found]:
    if order == "relevance" and plan.words:
        return _by_relevance(conn, plan)
    return _hits(conn, plan)


def _hits(conn: Connection, plan: Plan) -> Iterator[Found]:
    """Yield what fits, newest first; rows are made as they are asked for."""
    if plan.match:
        yield from heapq.merge(_mail(conn, plan), _said(conn, plan), reverse=True)
    else:
        yield from _mail(conn, plan)


def _said(conn: Connection, plan: Plan) -> list[Found]:
    """Return the conversations of spaces in which members said it."""
    rows = conn.execute(team_search.hits(plan.conditions), _given(plan, plan.low, plan.high))
    return [Found(*row) for row in rows.fetchall()]


def _mail(conn: Connection, plan: Plan) -> Iterator[Found]:
    """Yield mail that fits."""
    if plan.few:
        yield from _among_few(conn, plan)
    elif plan.match and not plan.inner_match:
        yield from _walk(conn, plan, plan.low, plan.high)
    else:
        for low, high in _windows(conn, plan):
            yield from _walk(conn, plan, low, high)


def _walk(conn: Connection, plan: Plan, low: int, high: int) -> Iterator[Found]:
    """Walk the hits, or without words the messages, from the newest down."""
    if plan.match:
        source = "search AS s CROSS JOIN messages AS m INDEXED BY messages_facts ON m.id = s.rowid"
        span = "search MATCH :match AND s.rowid >= :low AND s.rowid < :high"
        order = "s.rowid"
    else:
        source = "messages AS m INDEXED BY messages_facts"
        span, order = "m.id >= :low AND m.id < :high", "m.id"
    where = " AND ".join([span, *plan.conditions])
    sql = f"SELECT m.id, m.conversation_id FROM {source} WHERE {where} ORDER BY {order} DESC"
    for row in conn.execute(sql, _given(plan, low, high)):
        yield Found(*row)


def _windows(conn: Connection, plan: Plan) -> Iterator[tuple[int, int]]:
    """Cut the ids into spans from the newest down, each with more messages than the last."""
    high, size = plan.high, _FIRST_WINDOW
    while high > plan.low:
        row = conn.execute(
            "SELECT id FROM messages INDEXED BY messages_facts WHERE id >= ? AND id < ?"
            " ORDER BY id DESC LIMIT 1 OFFSET ?",
            (plan.low, high, size),
        ).fetchone()
        low = row[0] if row else plan.low
        yield low, high
        high, size = low, size * _GROWTH


def _among_few(conn: Connection, plan: Plan) -> Iterator[Found]:
    """Look at all candidates: they are few."""
    rows = conn.execute(plan.few).fetchall()
    ids = sorted({row[0] for row in rows if plan.low <= row[0] < plan.high}, reverse=True)
    if plan.match and ids:
        ids = _matching(conn, plan, ids)
    where = " AND ".join(["m.id IN (SELECT value FROM json_each(:ids))", *plan.conditions])
    sql = (
        "SELECT m.id, m.conversation_id FROM messages AS m INDEXED BY messages_facts"
        f" WHERE {where} ORDER BY m.id DESC"
    )
    given = _given(plan, plan.low, plan.high) | {"ids": as_json(ids)}
    for row in conn.execute(sql, given):
        yield Found(*row)


def _matching(conn: Connection, plan: Plan, ids: list[int]) -> list[int]:
    """Keep those of the ids that hold the words."""
    # A plus keeps SQLite from asking the index for each id, which is dear for many.
    rowid = "rowid" if len(ids) <= _ONE_BY_ONE else "+rowid"
    found = conn.execute(
        "SELECT rowid FROM search WHERE search MATCH :match AND rowid >= :low AND rowid <= :high"
        f" AND {rowid} IN (SELECT value FROM json_each(:ids))",
        {"match": plan.match, "low": ids[-1], "high": ids[0], "ids": as_json(ids)},
    )
    return [row[0] for row in found.fetchall()]


def _by_relevance(conn: Connection, plan: Plan) -> list[Found]:
    """Order the newest hits by where the words stand: subject, then people and files, then text.

    bm25 would count every word over the whole mailbox first, which grows with it.
    """
    newest = list(islice(_hits(conn, plan), _RANKED))
    scores = dict.fromkeys((found.latest for found in newest), 0)
    for word in plan.words[:_WEIGHED] if newest else ():
        for columns, weight in _WEIGHTS:
            rows = conn.execute(
                "SELECT rowid FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ?",
                (f"({plan.match}) AND ({columns} : {word})", newest[-1].latest, newest[0].latest),
            )
            for (message,) in rows.fetchall():
                if message in scores:
                    scores[message] += weight
    return sorted(newest, key=lambda found: scores[found.latest], reverse=True)


def _given(plan: Plan, low: int, high: int) -> dict[str, Any]:
    return plan.parameters | {"match": plan.match, "low": low, "high": min(high, HIGHEST)}


def results(conn: Connection, ids: Iterable[int]) -> list[Hit]:
    """Return what is shown of messages, in the order of the ids; gone ones are left out.

    A message that lies in several folders is shown in the one that says most: not All Mail.
    """
    wanted = list(ids)
    rows = conn.execute(
        "SELECT m.id, a.settings ->> '$.address', coalesce((SELECT f.name FROM placements AS p"
        " JOIN folders AS f ON f.id = p.folder_id WHERE p.message_id = m.id"
        " ORDER BY f.role = 'inbox' DESC, f.role = 'all', p.folder_id LIMIT 1), ''),"
        " m.id >> 20, m.from_name, m.from_address, m.recipients, m.subject, m.snippet,"
        f" m.flags & {int(Flags.SEEN)} = 0, m.conversation_id"
        " FROM messages AS m JOIN accounts AS a ON a.id = m.account_id"
        " WHERE m.id IN (SELECT value FROM json_each(?))",
        (as_json(wanted),),
    )
    found = {row[0]: _hit(row) for row in rows.fetchall()}
    return [found[message] for message in wanted if message in found]


def _hit(row: tuple[Any, ...]) -> Hit:
    recipients = msgspec.json.decode(row[6])
    return Hit(
        id=row[0],
        account=row[1],
        folder=row[2],
        date=row[3],
        sender=Address(row[4], row[5]),
        to=tuple(Address(*person) for person in recipients.get("to", ())),
        subject=row[7],
        snippet=row[8],
        unread=bool(row[9]),
        thread=row[10],
    )
