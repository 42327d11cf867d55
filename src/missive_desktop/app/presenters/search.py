"""Searching as one types: each key asks anew on a thread of its own, the older question is ended.

The last word may still grow, so it is taken as a beginning. Mistakes are pointed at while what
was found before stays. Knows no Qt.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from missive_desktop.domain import query as language
from missive_desktop.domain.query import QuerySyntaxError
from missive_desktop.domain.query_help import CHIPS, Completion, as_typed, completions
from missive_desktop.domain.query_tree import Query, words
from missive_desktop.errors import KnownError
from missive_desktop.store import search
from missive_desktop.store.database import Connection

FIRST = 50  # shown at once
MOST = 1000  # conversations that a search shows
Found = list[tuple[int, int]]


class SearchView(Protocol):
    """What shows the results. `found` is (newest message that fits, conversation)."""

    def show_results(self, text: str, found: Sequence[tuple[int, int]], more: bool) -> None: ...

    def show_terms(self, terms: Sequence[str]) -> None: ...

    def show_mistake(self, sentence: str, start: int, length: int) -> None: ...

    def show_unsearched(self) -> None:
        """Nothing is asked for: show what was there before."""

    def show_trouble(self, message: str, advice: str) -> None: ...


class SearchPresenter:
    """`open_connection` is called on the search's own thread."""

    def __init__(
        self,
        open_connection: Callable[[], Connection],
        view: SearchView,
        names: Callable[[], Mapping[str, Sequence[str]]] = dict,
    ) -> None:
        """`names` gives the folders and accounts there are, by operator."""
        self._open = open_connection
        self._names = names
        self._view = view
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="search")
        self._connection: Connection | None = None
        self._latest = 0
        self._busy = False
        self._order: search.Order = "newest"
        self._text = ""
        self._tasks: set[asyncio.Task[None]] = set()

    def offers(self, text: str, cursor: int) -> list[Completion]:
        """Return ways to go on: values for the operator at the cursor, else all operators."""
        found = completions(text, cursor, self._names())
        if found and text:
            return found
        gap = "" if not text or text[:cursor].endswith((" ", "-", "(")) else " "
        return [
            Completion(gap + chip + ("" if chip.endswith((":", "-")) else " "), cursor, cursor)
            for chip in CHIPS
            if chip != "label:"  # labels come with teams
        ]

    def typed(self, text: str) -> None:
        """Search for what stands in the field now."""
        self._text = text
        self._latest += 1
        self._interrupt()
        if not text.strip():
            self._view.show_mistake("", 0, 0)
            self._view.show_terms(())
            self._view.show_unsearched()
            return
        try:
            query = language.parse(as_typed(text))
        except QuerySyntaxError as error:
            self._view.show_mistake(str(error), error.position, error.length)
            return
        self._view.show_mistake("", 0, 0)
        self._start(query, self._latest)

    def order(self, order: search.Order) -> None:
        """Show the newest or the best first."""
        self._order = order
        self.typed(self._text)

    def close(self) -> None:
        """End the thread."""
        self._latest += 1
        self._interrupt()
        self._thread.submit(self._close)
        self._thread.shutdown(wait=True)

    def _start(self, query: Query, number: int) -> None:
        task = asyncio.get_running_loop().create_task(self._search(query, number))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _search(self, query: Query, number: int) -> None:
        loop = asyncio.get_running_loop()
        text, order = self._text, self._order
        for limit in (FIRST, MOST):
            try:
                found = await loop.run_in_executor(
                    self._thread, self._find, query, number, limit, order
                )
            except QuerySyntaxError as error:  # a folder or an account that does not exist
                if number == self._latest:
                    self._view.show_mistake(str(error), error.position, error.length)
                return
            except KnownError as error:
                if number == self._latest:
                    self._view.show_trouble(str(error), error.advice)
                return
            if number != self._latest:
                return
            self._view.show_terms([word for word, _ in words(query)])
            self._view.show_results(text, found, len(found) == limit)
            if len(found) < limit:
                return

    # -- on the search's thread

    def _find(self, query: Query, number: int, limit: int, order: search.Order) -> Found:
        if number != self._latest:
            return []
        if self._connection is None:
            self._connection = self._open()
        self._busy = True
        try:
            now = int(time.time())
            if order == "newest":
                hits = search.conversations(self._connection, query, limit=limit, now=now)
                return [(hit.latest, hit.conversation) for hit in hits]
            best = search.search(self._connection, query, limit=limit, order=order, now=now)
            found = {hit.thread: hit.id for hit in reversed(search.results(self._connection, best))}
            return [(latest, thread) for thread, latest in reversed(found.items())]
        except KnownError:
            if number != self._latest:  # interrupted by the next key
                return []
            raise
        finally:
            self._busy = False

    def _interrupt(self) -> None:
        if self._busy and self._connection is not None:
            self._connection.interrupt()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
