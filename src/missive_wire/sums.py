"""The checksum by which two sides see that they hold the same rows, whatever the order.

It adds, so the server keeps it in the row of the scope and a client need not read all to compare.
"""

from __future__ import annotations

import hashlib

_ALL = (1 << 64) - 1


def row_sum(op: str, t: str, id: str, v: int) -> int:  # noqa: A002 - the name on the wire
    """Return what one row adds: the first eight bytes of SHA-256 over op|t|id|v."""
    text = f"{op}|{t}|{id}|{v}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def moved(total: int, old: int, new: int) -> int:
    """Return the sum after a row that added `old` came to add `new`; 0 where there is none."""
    return (total - old + new) & _ALL


def as_text(total: int) -> str:
    return f"{total:016x}"


def from_text(text: str) -> int:
    return int(text, 16)
