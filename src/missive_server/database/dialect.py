"""The few places where the two databases do not speak the same SQL."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Sequence
from typing import Any

_ANY = re.compile(r"= ANY\(\$(\d+)\)")
_KEYS = re.compile(r"KEYS\(\$(\d+)\)")
_KEYS_JOINED = re.compile(r"KEYS\(\$(\d+)\)\s+JOIN\b")
_LOCK = re.compile(r"\s+FOR (?:UPDATE|SHARE)\b(?: OF \w+(?:, \w+)*)?")
_PARAMETER = re.compile(r"\$(\d+)")


@functools.lru_cache(1024)
def for_sqlite(sql: str) -> str:
    """There are no row locks: the one writer needs none. CROSS: the keys come first, and each is
    looked up; the planner, who does not know how few they are, may else read whole tables.
    """
    sql = _ANY.sub(r"IN (SELECT value FROM json_each($\1))", sql)
    sql = _KEYS_JOINED.sub(r"json_each($\1) AS k CROSS JOIN", sql)
    sql = _KEYS.sub(r"json_each($\1) AS k", sql)
    return _PARAMETER.sub(r"?\1", _LOCK.sub("", sql))


@functools.lru_cache(1024)
def for_postgres(sql: str) -> str:
    return _KEYS.sub(r"json_array_elements($\1::json) AS k(value)", sql)


def sqlite_parameters(params: Sequence[Any]) -> Sequence[Any]:
    """Return the parameters with lists as JSON."""
    if any(isinstance(value, list) for value in params):
        return [json.dumps(value) if isinstance(value, list) else value for value in params]
    return params


def schema_for_postgres(sql: str) -> str:
    """Turn `CREATE TABLE … STRICT` of SQLite into what PostgreSQL calls the same."""
    sql = re.sub(r"\bINTEGER\b", "BIGINT", sql)
    return re.sub(r"\bBLOB\b", "BYTEA", sql).replace(") STRICT", ")")
