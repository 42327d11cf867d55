"""How often somebody may try: waits that grow, counted in the database, so on all nodes together.

Each try is paid for before it is known to be wrong, so many at once gain nothing. What is counted
has a hash for a name: the table says nothing of who tried, and is bounded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal, NamedTuple

from missive_server.database.work import Query, Work, first
from missive_server.errors import TooMany

Kind = Literal["account", "address", "code"]

_FREE: dict[Kind, int] = {"account": 5, "address": 20, "code": 5}  # tries without any wait
_LONGEST: dict[Kind, int] = {"account": 300_000, "address": 900_000, "code": 900_000}
_FORGOTTEN = 86_400_000  # after so long without a try
ROWS = 50_000


class Try(NamedTuple):
    """What is tried: an account, from an address, a code of an account."""

    kind: Kind
    what: str

    @property
    def name(self) -> str:
        return hashlib.sha256(f"{self.kind}\0{self.what}".encode()).hexdigest()


def wait_after(kind: Kind, count: int) -> int:
    """Return how long to wait after so many tries, in milliseconds: 1, 2, 4 … seconds."""
    over = count - _FREE[kind]
    return 0 if over < 0 else min(1000 << min(over, 20), _LONGEST[kind])


def pay(tries: Sequence[Try], now: int) -> Work[None]:
    """Count one more of each; TooMany, and nothing is counted, if one of them has to wait."""
    for each in sorted(tries, key=lambda one: one.name):
        row = first(
            (
                yield Query(
                    "INSERT INTO throttle (name, tries, until, at) VALUES ($1, 1, 0, $2)"
                    " ON CONFLICT (name) DO UPDATE SET at = excluded.at,"
                    " tries = CASE WHEN throttle.at < $3 THEN 1 ELSE throttle.tries + 1 END"
                    " RETURNING tries, until",
                    (each.name, now, now - _FORGOTTEN),
                )
            )
        )
        assert row is not None
        count, until = row
        # A wait that the clock has not reached in twice its longest is of a clock that jumped.
        if now < until <= now + 2 * _LONGEST[each.kind]:
            raise TooMany(
                "Too many tries. Please wait a moment.", retry=(until - now) / 1000, code="wait"
            )
        wait = wait_after(each.kind, count)
        if wait:
            yield Query("UPDATE throttle SET until = $2 WHERE name = $1", (each.name, now + wait))


def forgive(tries: Sequence[Try]) -> Work[None]:
    """It was right. The account begins anew; an address only gets this one try back, or whoever
    has one account could try at others for ever.
    """
    for each in sorted(tries, key=lambda one: one.name):
        if each.kind == "address":
            yield Query(
                "UPDATE throttle SET tries = tries - 1, until = 0 WHERE name = $1 AND tries > 0",
                (each.name,),
            )
        else:
            yield Query("DELETE FROM throttle WHERE name = $1", (each.name,))


def sweep(now: int) -> Work[None]:
    """Forget what is old, and the oldest of what is too much."""
    yield Query("DELETE FROM throttle WHERE at < $1", (now - _FORGOTTEN,))
    yield Query(
        "DELETE FROM throttle WHERE name IN"
        " (SELECT name FROM throttle ORDER BY at DESC LIMIT 1000000 OFFSET $1)",
        (ROWS,),
    )
