"""Transactions as generators: they yield queries, are sent rows, and return what they found.

Written once in SQL that both databases speak, with `$1` parameters. Two things differ and are put
right by `dialect`: `= ANY($1)` takes a list; `KEYS($1)` is a table `k` with one column `value`,
made of `keys(...)`, whose fields are `k.value->>0`, `k.value->>1` …, all of them text. The type is
STRICT on one side and typed on the other: numbers are integers, texts are str, the rest bytes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

T = TypeVar("T")
Rows = Sequence[Sequence[Any]]


class Query(NamedTuple):
    """One statement; its rows come back."""

    sql: str
    params: Sequence[Any] = ()


class Bulk(NamedTuple):
    """One statement for each of many rows of parameters; no rows come back."""

    sql: str
    rows: Sequence[Sequence[Any]]


Work = Generator[Query | Bulk, Rows, T]


def keys(rows: Iterable[Sequence[Any]]) -> str:
    """Return the parameter of `KEYS($n)`."""
    return msgspec.json.encode([tuple(row) for row in rows]).decode()


def first(rows: Rows) -> Sequence[Any] | None:
    return rows[0] if rows else None


class Again(Exception):
    """Somebody else was quicker: the transaction is undone and begins anew."""
