"""Pages of history fetched, opened and prepared while others are written; some taken as one.

Bounded: so many pages of a scope wait for their turn, and no more are asked for meanwhile.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from missive_desktop.errors import Cancelled
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.team import opening
from missive_desktop.team.opening import Opener, Ready
from missive_desktop.team.projecting import Early, Projection
from missive_wire.feed import Backfill

_WAITING = 4  # pages of a scope; each at most 512 KiB
# Rows of a transaction. Many at once cost less each; whoever else wants to write waits meanwhile.
_TOGETHER = 800

Ask = Callable[[ScopeRow, int], Backfill]  # the next page below a place


class Prepared(NamedTuple):
    """A page, and what was done of it before its turn."""

    page: Backfill
    ready: Ready
    early: tuple[object, ...]


@dataclass
class _Line:
    """Pages of one scope on their way; `at` is where the first of them begins."""

    row: ScopeRow
    at: int
    below: int
    pages: deque[Prepared] = field(default_factory=deque)
    running: bool = False
    ended: bool = False  # there is nothing below
    error: BaseException | None = None


class Ahead:
    """Runs ahead of what is written. `take` is for one thread."""

    def __init__(self, ask: Ask, opener: Opener, projection: Projection) -> None:
        self._ask, self._opener, self._projection = ask, opener, projection
        self._lines: dict[str, _Line] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._early: Early | None = None  # of the thread below
        self._thread = ThreadPoolExecutor(1, "history-ahead")

    def take(self, row: ScopeRow) -> Prepared:
        """Return what lies below where a scope stands: as much as is ready, at least a page."""
        with self._changed:
            line = self._lines.get(row.scope)
            if line is None or line.at != row.lo + 1 or line.row.e != row.e:
                line = self._lines[row.scope] = _Line(row, row.lo + 1, row.lo + 1)
            self._go_on(line)
            while not line.pages and line.error is None and not self._closed:
                self._changed.wait()
            if self._closed:
                raise Cancelled("Stopped.")
            if not line.pages:
                del self._lines[row.scope]
                assert line.error is not None
                raise line.error
            taken = [line.pages.popleft()]
            while line.pages and sum(len(each.page.rows) for each in taken) < _TOGETHER:
                taken.append(line.pages.popleft())
            line.at = taken[-1].page.lo
            self._go_on(line)
        return _joined(taken)

    def rest(self) -> None:
        """Let go of what is on its way: all is here that should be."""
        with self._changed:
            self._lines.clear()
            if not self._closed and self._early is not None:
                self._thread.submit(self._let_go)

    def close(self) -> None:
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._lines.clear()
            self._changed.notify_all()
            self._thread.submit(self._let_go)
        self._thread.shutdown(wait=False)

    def _go_on(self, line: _Line) -> None:
        idle = not line.running and not line.ended and line.error is None
        if idle and not self._closed and len(line.pages) < _WAITING:
            line.running = True
            self._thread.submit(self._run, line)

    def _run(self, line: _Line) -> None:
        while True:
            try:
                found, error = self._prepared(line.row, line.below), None
            except BaseException as wrong:  # it is told to whoever waits for the page
                found, error = None, wrong
            with self._changed:
                if found is not None:
                    line.pages.append(found)
                    line.below = found.page.lo
                    line.ended = found.page.done
                line.error = error
                wanted = self._lines.get(line.row.scope) is line
                full = len(line.pages) >= _WAITING
                line.running = wanted and not (full or line.ended or error is not None)
                self._changed.notify_all()
                if not line.running:
                    return

    def _prepared(self, row: ScopeRow, below: int) -> Prepared:
        page = self._ask(row, below)
        ready = opening.ahead(self._opener, row.scope, page.rows)
        if self._early is None:
            self._early = self._projection.early()
        return Prepared(page, ready, (self._early.prepare(list(ready.values())),))

    def _let_go(self) -> None:
        if self._early is not None:
            self._early.close()
            self._early = None


def _joined(pages: Sequence[Prepared]) -> Prepared:
    """Return pages that follow each other as one that leads as far down as the last."""
    if len(pages) == 1:
        return pages[0]
    rows = tuple(row for each in pages for row in each.page.rows)
    ready = {key: row for each in pages for key, row in each.ready.items()}
    early = tuple(one for each in pages for one in each.early)
    return Prepared(msgspec.structs.replace(pages[-1].page, rows=rows), ready, early)
