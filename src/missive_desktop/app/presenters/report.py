"""The report "Who tracks me": counted on a thread of its own, shown when it is there. No Qt.

What a sender's newest mail offers to leave by is read from what is kept of it; where nothing is
kept, the engine prepares that mail first.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.mail_cards import shown_of
from missive_desktop.app.presenters.report_values import (
    OTHERS,
    Column,
    Report,
    SenderLine,
    Span,
    VendorLine,
)
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.domain.changes import Changes
from missive_desktop.engine.protocol import Prepare, Unsubscribe
from missive_desktop.errors import disk_trouble
from missive_desktop.store import remote_images, senders, tracking_csv, tracking_report
from missive_desktop.store.database import Connection

SENDERS = 40
VENDORS = 7
TOP = 4  # vendors with a colour of their own in the plot
PATIENCE = 0.15  # seconds of counting that need no sign
SETTLE = 2.0  # seconds after a change until it is counted again

T = TypeVar("T")


class ReportView(Protocol):
    def show_report(self, report: Report) -> None: ...

    def show_waiting(self) -> None: ...


class ReportPresenter:
    """`open_connection` is called on the report's own thread; `browse` opens an address outside,
    `tell` says what was done or went wrong."""

    def __init__(
        self,
        open_connection: Callable[[], Connection],
        engine: Engine,
        view: ReportView,
        browse: Callable[[str], None],
        tell: Callable[[str, str], None],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._open = open_connection
        self._clock = clock
        self._engine = engine
        self._view = view
        self._browse = browse
        self._tell = tell
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="report")
        self._connection: Connection | None = None
        self._tasks = Tasks(lambda error: tell(str(error), error.advice))
        self._counting: asyncio.Task[None] | None = None
        self._span = Span.QUARTER
        self._shown = False

    def open(self, span: Span | None = None) -> None:
        """Count and show; what was being counted before is dropped."""
        self._span = span or self._span
        self._shown = True
        self._start(0.0)

    def leave(self) -> None:
        """Nobody looks any more."""
        self._shown = False
        if self._counting is not None:
            self._counting.cancel()

    def changed(self, changes: Changes) -> None:
        """Count again, when mail came or went while somebody looks."""
        if self._shown and changes.messages:
            self._start(SETTLE)

    def export(self, path: str) -> None:
        """Write what was found, thing by thing, to a file for spreadsheets."""
        self._tasks.start(self._export(path))

    def unsubscribe(self, message: int) -> None:
        """Leave the list that a mail came by; what speaks against it is said, and nothing done."""
        self._tasks.start(self._unsubscribe(message))

    def close(self) -> None:
        """End the thread."""
        self._shown = False
        self._tasks.cancel()
        if self._connection is not None:
            self._connection.interrupt()
        self._thread.submit(self._close)
        self._thread.shutdown(wait=True)

    # -- how it comes about

    def _start(self, pause: float) -> None:
        if self._counting is not None:
            self._counting.cancel()
        self._counting = self._tasks.start(self._count(pause))

    async def _count(self, pause: float) -> None:
        await asyncio.sleep(pause)
        reading = asyncio.ensure_future(self._aside(self._read, self._span))
        if not pause:
            done, _ = await asyncio.wait({reading}, timeout=PATIENCE)
            if not done:
                self._view.show_waiting()
        report, unknown = await reading
        self._view.show_report(report)
        if unknown:
            await self._engine.call(Prepare(messages=tuple(unknown)))
            report, _ = await self._aside(self._read, self._span)
            self._view.show_report(report)

    async def _aside(self, work: Callable[..., T], *given: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)

    async def _export(self, path: str) -> None:
        since = starts_of(self._span, int(self._clock()))[0]
        rows = await self._aside(self._write, path, since)
        self._tell(f"{rows} rows saved to {path}", "")

    async def _unsubscribe(self, message: int) -> None:
        answer = await self._engine.call(Unsubscribe(message=message))
        match answer.get("way"):
            case "browser":
                self._browse(str(answer.get("url", "")))
            case "mailed":
                self._tell(f"A mail to {answer.get('to', '')} is on its way.", "")
            case "ask":
                self._tell(str(answer.get("note", "")), "It can still be done in the mail itself.")
        self._start(0.0)

    # -- on the report's thread

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._open()
        return self._connection

    def _read(self, span: Span) -> tuple[Report, list[int]]:
        conn, now = self._connected(), int(self._clock())
        return read(conn, span, now)

    def _write(self, path: str, since: int) -> int:
        return write_csv(self._connected(), Path(path), since)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()


def read(conn: Connection, span: Span, now: int) -> tuple[Report, list[int]]:
    """Return the report, and the mails that must be prepared before it is whole."""
    starts = starts_of(span, now)
    since = starts[0]
    totals = tracking_report.totals(conn, since)
    weeks = tracking_report.over_time(conn, starts, top=TOP)
    lines, unknown = [], []
    for row in tracking_report.by_sender(conn, starts, limit=SENDERS):
        shown = shown_of(conn, row.latest)
        if shown is None:
            unknown.append(row.latest)
        offers = shown is not None and shown.unsubscribe.offered
        mailing = senders.mailing(shown.list_id if shown is not None else "", row.address)
        lines.append(
            SenderLine(
                row.name,
                row.address,
                row.vendors,
                row.tracked,
                row.mails,
                row.trackers,
                row.weeks,
                row.latest if offers else 0,
                senders.left_on(conn, mailing) is not None,
            )
        )
    report = Report(
        span=span,
        since=_day(since),
        trackers=totals.trackers,
        mails=totals.mails,
        loaded=remote_images.shown_beside_trackers(conn, since),
        companies=totals.companies,
        unnamed=totals.unnamed,
        legend=tuple(name or OTHERS for name in weeks.names),
        columns=_columns(starts, weeks.counts, now),
        vendors=_vendors(tracking_report.by_vendor(conn, since)),
        senders=tuple(lines),
    )
    return report, unknown


def starts_of(span: Span, now: int) -> tuple[int, ...]:
    """Return when each bar begins: days at midnight, or weeks on their Monday."""
    if span is not Span.MONTH:
        return tracking_report.week_starts(12 if span is Span.QUARTER else 52, now)
    today = _day(now)
    days = (today - timedelta(days=back) for back in range(29, -1, -1))
    return tuple(int(datetime(d.year, d.month, d.day).astimezone().timestamp()) for d in days)


def write_csv(conn: Connection, path: Path, since: int) -> int:
    """Write one row for each thing found; return how many."""
    try:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            return tracking_csv.write(conn, since, file)
    except OSError as error:
        raise disk_trouble(error) from error


def _columns(
    starts: Sequence[int], counts: Sequence[tuple[int, ...]], now: int
) -> tuple[Column, ...]:
    firsts = [_day(start) for start in starts]
    lasts = [*(day - timedelta(days=1) for day in firsts[1:]), _day(now)]
    return tuple(
        Column(first, max(first, last), numbers)
        for first, last, numbers in zip(firsts, lasts, counts, strict=True)
    )


def _vendors(rows: Sequence[tracking_report.VendorRow]) -> tuple[VendorLine, ...]:
    named = [row for row in rows if row.name][:VENDORS]
    others = [row for row in rows if not row.name]
    return tuple(VendorLine(row.name or OTHERS, row.kinds, row.trackers) for row in named + others)


def _day(seconds: int) -> date:
    """Return the reader's own day."""
    return datetime.fromtimestamp(seconds).astimezone().date()
