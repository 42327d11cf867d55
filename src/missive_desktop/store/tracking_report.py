"""Who tracks the reader: by vendor, by sender, week by week; and the rows of a CSV file.

One is counted for each mail and company that would have learned something of it, as in the shield
of a list. Mail that the reader's own accounts sent is left out, and what lies in a mailbox behind a
shared inbox: it is counted there. Times are unix seconds.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

import msgspec

from missive_desktop.domain.ids import SEQUENCE_BITS, message_date
from missive_desktop.domain.tracking import Kind
from missive_desktop.store.database import Connection

_HIGHEST = (1 << 63) - 1
_OWN = (
    "SELECT m.id FROM messages AS m INDEXED BY messages_by_sender JOIN accounts AS a"
    " ON m.from_address = a.settings ->> '$.address' COLLATE NOCASE WHERE m.id >= :low"
)
_BEHIND = (
    "SELECT m.id FROM served AS b CROSS JOIN messages AS m INDEXED BY messages_facts"
    " ON m.account_id = b.account_id WHERE m.id >= :low"
)
_LEFT_OUT = f"{_OWN} UNION {_BEHIND}"
# Each company once for a mail; of those without a name each host.
_ONCE = (
    "SELECT DISTINCT message_id, vendor, iif(vendor = '', host, '') AS host FROM trackers"
    f" WHERE message_id >= :low AND message_id < :high AND message_id NOT IN ({_LEFT_OUT})"
)


class Totals(msgspec.Struct, frozen=True):
    trackers: int  # a company that would have learned of a mail, each
    mails: int  # with trackers
    of: int  # mails in all
    companies: int  # by name
    unnamed: int  # hosts that the table knows no name for
    since: int  # the oldest mail counted, 0 for none


class VendorRow(msgspec.Struct, frozen=True):
    """`name` is empty for all that is not in the table."""

    name: str
    trackers: int
    mails: int
    senders: int
    kinds: tuple[Kind, ...]
    first: int
    last: int


class SenderRow(msgspec.Struct, frozen=True):
    """`vendors` are names, those of most mails first, hosts where there is no name."""

    name: str
    address: str
    vendors: tuple[str, ...]
    tracked: int  # mails with trackers
    mails: int
    trackers: int
    weeks: tuple[int, ...]  # trackers in each week, the newest last
    kinds: tuple[Kind, ...]
    latest: int  # the newest message with trackers: its id


class Weeks(msgspec.Struct, frozen=True):
    """Trackers week by week; the last of `names` is "" for all others."""

    starts: tuple[int, ...]
    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]  # for each week, in the order of `names`


def week_starts(weeks: int, now: int, zone: tzinfo | None = None) -> tuple[int, ...]:
    """Return when the last weeks began, Monday at midnight, the oldest first."""
    here = datetime.fromtimestamp(now, zone) if zone else datetime.fromtimestamp(now).astimezone()
    monday = (here - timedelta(days=here.weekday())).date()
    starts = []
    for back in range(weeks - 1, -1, -1):
        day = monday - timedelta(weeks=back)
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        starts.append(int((midnight if zone else midnight.astimezone()).timestamp()))
    return tuple(starts)


def totals(conn: Connection, since: int = 0) -> Totals:
    """Count all that came since a time."""
    bounds = _bounds(since)
    count, mails, companies, unnamed, oldest = conn.execute(
        "SELECT count(*), count(DISTINCT message_id), count(DISTINCT nullif(vendor, '')),"
        f" count(DISTINCT nullif(host, '')), coalesce(min(message_id), 0) FROM ({_ONCE})",
        bounds,
    ).fetchone()
    of = conn.execute(
        "SELECT (SELECT count(*) FROM messages INDEXED BY messages_facts WHERE id >= :low)"
        f" - (SELECT count(*) FROM ({_LEFT_OUT}))",
        {"low": bounds["low"]},
    ).fetchone()[0]
    since = message_date(oldest) if oldest else 0
    return Totals(count, mails, of, companies, unnamed, since)


def by_vendor(conn: Connection, since: int = 0) -> list[VendorRow]:
    """Return who would have learned most, first; those without a name come as one, last."""
    bounds = _bounds(since)
    rows = conn.execute(
        "SELECT vendor, count(*), count(DISTINCT message_id), min(message_id), max(message_id)"
        f" FROM ({_ONCE}) GROUP BY vendor",
        bounds,
    ).fetchall()
    kinds = _kinds(conn, "vendor", bounds)
    senders = dict(
        conn.execute(
            "SELECT vendor, count(DISTINCT lower(m.from_address))"
            f" FROM ({_ONCE}) AS t JOIN messages AS m ON m.id = t.message_id GROUP BY vendor",
            bounds,
        ).fetchall()
    )
    made = [
        VendorRow(
            name, count, mails, senders[name], kinds[name], message_date(low), message_date(high)
        )
        for name, count, mails, low, high in rows
    ]
    return sorted(made, key=lambda row: (not row.name, -row.trackers, row.name))


def by_sender(
    conn: Connection, starts: Sequence[int], *, since: int | None = None, limit: int = 500
) -> list[SenderRow]:
    """Return who sent most trackers, first; their weeks begin at `starts`."""
    bounds = _bounds((starts[0] if starts else 0) if since is None else since)
    edges = [start << SEQUENCE_BITS for start in starts]
    tracked: dict[str, set[int]] = defaultdict(set)
    vendors: dict[str, Counter[str]] = defaultdict(Counter)
    weeks: dict[str, list[int]] = {}
    for address, message, vendor, host in conn.execute(
        "SELECT lower(m.from_address), t.message_id, t.vendor, t.host"
        f" FROM ({_ONCE}) AS t JOIN messages AS m ON m.id = t.message_id",
        bounds,
    ).fetchall():
        tracked[address].add(message)
        vendors[address][vendor or host] += 1
        counted = weeks.setdefault(address, [0] * len(edges))
        if (at := _week(edges, message)) >= 0:
            counted[at] += 1
    most = sorted(vendors, key=lambda one: (-vendors[one].total(), one))[:limit]
    mails = _mails(conn, most, bounds)
    names = _names(conn, [max(tracked[address]) for address in most])
    kinds = _sender_kinds(conn, {address: tracked[address] for address in most})
    return [
        SenderRow(
            name=names.get(max(tracked[address]), ""),
            address=address,
            vendors=tuple(name for name, _ in vendors[address].most_common()),
            tracked=len(tracked[address]),
            mails=max(mails.get(address, 0), len(tracked[address])),
            trackers=vendors[address].total(),
            weeks=tuple(weeks[address]),
            kinds=kinds[address],
            latest=max(tracked[address]),
        )
        for address in most
    ]


def over_time(conn: Connection, starts: Sequence[int], *, top: int = 4) -> Weeks:
    """Count the weeks that begin at `starts`, by the vendors with most trackers and all others."""
    bounds = _bounds(starts[0] if starts else 0)
    edges = [start << SEQUENCE_BITS for start in starts]
    counts: list[Counter[str]] = [Counter() for _ in edges]
    ends = [*edges[1:], _HIGHEST]
    for at, (low, high) in enumerate(zip(edges, ends, strict=True)):
        counts[at].update(
            dict(
                conn.execute(
                    f"SELECT vendor, count(*) FROM ({_ONCE}) GROUP BY vendor",
                    {**bounds, "low": low, "high": high},
                ).fetchall()
            )
        )
    together: Counter[str] = sum(counts, Counter())
    names = sorted((name for name in together if name), key=lambda one: (-together[one], one))[:top]
    return Weeks(
        tuple(starts),
        (*names, ""),
        tuple(
            (*(week[name] for name in names), week.total() - sum(week[name] for name in names))
            for week in counts
        ),
    )


def names(conn: Connection) -> list[str]:
    """Return the names of all companies that were found, without looking at each mail."""
    return [
        row[0]
        for row in conn.execute(
            "WITH RECURSIVE known (name) AS (SELECT '' UNION ALL SELECT"
            " (SELECT vendor FROM trackers WHERE vendor COLLATE NOCASE > name"
            " ORDER BY vendor COLLATE NOCASE LIMIT 1) FROM known WHERE name IS NOT NULL)"
            " SELECT name FROM known WHERE name > ''"
        ).fetchall()
    ]


CSV_HEADER = (
    "date",
    "sender",
    "address",
    "subject",
    "company",
    "host",
    "kind",
    "found by",
    "times",
)


def csv_rows(conn: Connection, since: int = 0) -> Iterable[tuple[Any, ...]]:
    """Yield one row for each thing found, newest mail first, in the order of `CSV_HEADER`."""
    cursor = conn.execute(
        "SELECT t.message_id, m.from_name, m.from_address, m.subject, t.vendor, t.host, t.kind,"
        " t.how, t.times FROM trackers AS t JOIN messages AS m ON m.id = t.message_id"
        f" WHERE t.message_id >= :low AND t.message_id NOT IN ({_BEHIND})"
        " ORDER BY t.message_id DESC, t.vendor, t.host, t.kind",
        {"low": since << SEQUENCE_BITS},
    )
    while rows := cursor.fetchmany(1_000):
        for message, *rest in rows:
            yield (message_date(message), *rest)


def _bounds(since: int) -> dict[str, int]:
    return {"low": max(since, 0) << SEQUENCE_BITS, "high": _HIGHEST}


def _week(edges: Sequence[int], message: int) -> int:
    return bisect_right(edges, message) - 1


_ORDER: tuple[Kind, ...] = ("pixel", "beacon", "link", "receipt")


def _kinds(conn: Connection, column: str, bounds: dict[str, int]) -> dict[str, tuple[Kind, ...]]:
    found: dict[str, set[str]] = defaultdict(set)
    for name, kind in conn.execute(
        f"SELECT DISTINCT {column}, kind FROM trackers WHERE message_id >= :low",
        {"low": bounds["low"]},
    ).fetchall():
        found[name].add(kind)
    return {name: _ordered(kinds) for name, kinds in found.items()}


def _sender_kinds(conn: Connection, tracked: dict[str, set[int]]) -> dict[str, tuple[Kind, ...]]:
    """Return the kinds that stand in the newest mails of each sender."""
    newest = {one: address for address, ids in tracked.items() for one in sorted(ids)[-50:]}
    found: dict[str, set[str]] = defaultdict(set)
    for message, kind in conn.execute(
        "SELECT message_id, kind FROM trackers"
        " WHERE message_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(newest)),),
    ).fetchall():
        found[newest[message]].add(kind)
    return {address: _ordered(found[address]) for address in tracked}


def _ordered(kinds: set[str]) -> tuple[Kind, ...]:
    return tuple(kind for kind in _ORDER if kind in kinds)


def _mails(conn: Connection, senders: list[str], bounds: dict[str, int]) -> dict[str, int]:
    """Count all mails of senders, with trackers or without."""
    return dict(
        conn.execute(
            "SELECT s.value, (SELECT count(*) FROM messages AS m INDEXED BY messages_by_sender"
            " WHERE m.from_address = s.value COLLATE NOCASE AND m.id >= :low"
            " AND m.account_id NOT IN (SELECT account_id FROM served))"
            " FROM json_each(:senders) AS s",
            {"low": bounds["low"], "senders": json.dumps(senders)},
        ).fetchall()
    )


def _names(conn: Connection, messages: list[int]) -> dict[int, str]:
    return dict(
        conn.execute(
            "SELECT id, from_name FROM messages WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(messages),),
        ).fetchall()
    )
