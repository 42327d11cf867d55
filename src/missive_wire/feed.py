"""Reading: a scope's rows, each once at its newest `seq`, upwards live and downwards for history.

What a reader has is the set of rows in [lo, hi]. A page or frame applies only when its `prev` is
not above the reader's cursor; otherwise something is missing, and the reader pulls.
"""

from __future__ import annotations

import msgspec

from missive_wire.entities import Count, Row

Position = tuple[str, Count]  # the scope's epoch, and the highest `seq` known


class Page(msgspec.Struct, frozen=True, omit_defaults=True):
    """Rows of one scope with `prev < seq <= to`, ascending, as they stand at `head`."""

    e: str  # the scope's epoch: a restored backup has another one
    prev: Count
    to: Count
    head: Count
    acl: Count  # goes up with each change of who may read
    rows: tuple[Row, ...] = ()
    more: bool = False
    reset: bool = False  # the cursor was of another epoch, or below the floor: begin anew
    floor: Count = 0  # rows at or below are not kept
    sum: str = ""  # `sums` over all rows at `head`, 16 hex digits
    count: Count = 0  # how many rows that is
    key: Count = 0  # newest key epoch
    rekey: bool = False  # a new key epoch is demanded before the next write


class PullRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Scopes that are not named in `cur` are not read; `wait` seconds for news (long poll)."""

    device: str
    schema: Count
    cur: dict[str, Position] = {}
    wait: Count = 0
    max: Count = 500


class PullAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """`scopes` are those with news; `all` names every scope that the reader may read now."""

    now: Count  # milliseconds
    all: tuple[str, ...]
    scopes: dict[str, Page] = {}
    revoked: tuple[str, ...] = ()  # of those asked for


class BackfillRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Rows below `below` (0: from the head), newest first.

    With `conv` only that conversation and what belongs to it, with `types` only those types: what
    opens and explains the rest (keys, seats, labels) is often old, and needed first.
    """

    device: str
    schema: Count
    scope: str
    e: str = ""
    below: Count = 0
    max: Count = 500
    conv: str = ""
    types: tuple[str, ...] = ()


class Backfill(msgspec.Struct, frozen=True, omit_defaults=True):
    """Rows with `lo <= seq < below`, descending. `head` counts for the first page only."""

    e: str
    lo: Count
    head: Count
    acl: Count
    rows: tuple[Row, ...] = ()
    done: bool = False  # there is nothing below
    key: Count = 0
    rekey: bool = False
    sum: str = ""
    count: Count = 0
    floor: Count = 0
