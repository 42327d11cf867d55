"""Searching: the query language, and a mistake in it pointed at."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from missive_desktop.cli import output
from missive_desktop.domain import query as language
from missive_desktop.domain.query import QuerySyntaxError
from missive_desktop.errors import UsageError
from missive_desktop.store import search
from missive_desktop.store.database import Connection


def find(
    conn: Connection, text: str, limit: int | None = None, *, relevance: bool = False
) -> list[int]:
    """Return the ids of the messages that a query finds, newest or best first."""
    with _pointing(text):
        return search.search(
            conn,
            language.parse(text),
            limit=limit,
            order="relevance" if relevance else "newest",
            now=int(time.time()),
        )


def count(conn: Connection, text: str) -> int:
    """Return how many messages a query finds."""
    with _pointing(text):
        return search.count(conn, language.parse(text), now=int(time.time()))


@contextlib.contextmanager
def _pointing(text: str) -> Iterator[None]:
    try:
        yield
    except QuerySyntaxError as error:
        raise UsageError(f"{error}\n{pointed(text, error.position, error.length)}") from error


def pointed(text: str, position: int, length: int) -> str:
    """Return the query with marks under what is wrong, also where letters are wide."""
    shown = "".join(" " if char.isspace() else char for char in text)
    before = output.width(shown[:position])
    marks = max(1, output.width(shown[position : position + length]))
    return f"    {output.clean(shown)}\n    {' ' * before}{'^' * marks}"
