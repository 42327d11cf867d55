"""What a scope's checksum must come to, reckoned from all of its rows."""

from __future__ import annotations

from collections.abc import Iterable

from missive_wire.entities import Row
from missive_wire.sums import row_sum


def of_rows(rows: Iterable[Row]) -> int:
    return sum(row_sum(row.op, row.t, row.id, row.v) for row in rows) % (1 << 64)
