"""Who tracks me: by company, by sender, by week; every one found as CSV."""

from __future__ import annotations

import argparse
import io
import sys
import time
from pathlib import Path

from missive_desktop.cli import opening, output
from missive_desktop.domain.query_dates import bounds, read_when
from missive_desktop.domain.tracking import Kind
from missive_desktop.errors import UsageError, disk_trouble
from missive_desktop.store import tracking_csv
from missive_desktop.store import tracking_report as tracked
from missive_desktop.store.database import Connection

_WEEK = 7 * 86_400
_MOST_WEEKS = 520
_KINDS: dict[Kind, str] = {
    "pixel": "pixel",
    "beacon": "beacon",
    "link": "links",
    "receipt": "receipt",
}
_NONE = "Not in the table"


def report(chosen: argparse.Namespace) -> int:
    """Print one of the tables, or write all rows."""
    now = int(time.time())
    since = _since(chosen.since, now)
    with opening.reading(chosen) as opened:
        if chosen.csv:
            return _csv(opened.conn, since, chosen.csv)
        if chosen.by == "sender":
            _by_sender(opened.conn, since, now, as_json=chosen.json)
        elif chosen.by == "week":
            _by_week(opened.conn, since, now, as_json=chosen.json)
        else:
            _by_vendor(opened.conn, since, as_json=chosen.json)
    return 0


def _since(text: str, now: int) -> int:
    when = read_when(text)
    if when is None:
        raise UsageError("--since takes an age or a date: 12w, 30d, 1y, 2026-03-01.")
    return bounds("after", when, now, None)[0] or 0


def _summary(conn: Connection, since: int) -> None:
    found = tracked.totals(conn, since)
    print(
        f"{found.trackers} trackers in {found.mails} of {found.of} mails"
        f" since {output.local_time(found.since or since):%Y-%m-%d}. None of them was loaded.",
        file=sys.stderr,
    )


def _by_vendor(conn: Connection, since: int, *, as_json: bool) -> None:
    rows = tracked.by_vendor(conn, since)
    if as_json:
        output.json({"totals": tracked.totals(conn, since), "vendors": rows})
        return
    output.table(
        [
            (str(row.trackers), row.name or _NONE, _words(row.kinds), f"{row.senders} senders")
            for row in rows
        ]
    )
    _summary(conn, since)


def _by_sender(conn: Connection, since: int, now: int, *, as_json: bool) -> None:
    rows = tracked.by_sender(conn, _starts(since, now), since=since)
    if as_json:
        output.json({"totals": tracked.totals(conn, since), "senders": rows})
        return
    output.table(
        [
            (
                str(row.trackers),
                f"{row.name} <{row.address}>" if row.name else row.address,
                f"{row.tracked} of {row.mails} mails",
                ", ".join(row.vendors[:4]),
            )
            for row in rows
        ]
    )
    _summary(conn, since)


def _by_week(conn: Connection, since: int, now: int, *, as_json: bool) -> None:
    weeks = tracked.over_time(conn, _starts(since, now))
    if as_json:
        output.json({"totals": tracked.totals(conn, since), "weeks": weeks})
        return
    heading = ("week of", "all", *weeks.names[:-1], "others")
    lines = [
        (f"{output.local_time(start):%Y-%m-%d}", str(sum(counts)), *map(str, counts))
        for start, counts in zip(weeks.starts, weeks.counts, strict=True)
    ]
    output.table([heading, *lines])
    _summary(conn, since)


def _starts(since: int, now: int) -> tuple[int, ...]:
    weeks = min(max((now - since) // _WEEK + 1, 1), _MOST_WEEKS)
    return tracked.week_starts(weeks, now)


def _words(kinds: tuple[Kind, ...]) -> str:
    return ", ".join(_KINDS[kind] for kind in kinds)


def _csv(conn: Connection, since: int, target: str) -> int:
    made = io.StringIO(newline="")
    tracking_csv.write(conn, since, made)
    if target == "-":
        sys.stdout.write(made.getvalue())
        return 0
    try:
        Path(target).write_text(made.getvalue(), encoding="utf-8", newline="")
    except OSError as error:
        raise disk_trouble(error) from error
    return 0
