"""How often somebody may try: waits that grow, counted in the database, so on all nodes together.

Each try is paid for before it is known to be wrong, so many at once gain nothing. What is counted
has a hash for a name: the table says nothing of who tried, and is bounded.

Nobody is kept out by a stranger who guesses: a device that has signed in before answers for itself
alone; others for their account at their network address. What they try at one account from
everywhere has a bound too: few addresses never reach it, and from there on all unknown devices wait
for each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal, NamedTuple

from missive_server.database.work import Query, Work, first
from missive_server.errors import TooMany

Kind = Literal["device", "place", "account", "address", "code"]

# Tries without any wait, and the longest wait in milliseconds.
_FREE: dict[Kind, int] = {"device": 5, "place": 5, "account": 100, "address": 20, "code": 5}
_LONGEST: dict[Kind, int] = {
    "device": 300_000, "place": 900_000, "account": 300_000, "address": 900_000, "code": 900_000
}  # fmt: skip
_WAIT = "Too many tries. Please wait a moment."
_CROWD = (
    "Many wrong passwords are being tried for this address, so a device that is new to it has to"
    " wait. One that was signed in before does not."
)
_FORGOTTEN = 86_400_000  # after so long without a try
ROWS = 50_000


class Try(NamedTuple):
    """What is tried: an account by a known device, from a place or from anywhere; any account from
    an address; a code of an account."""

    kind: Kind
    what: str

    @property
    def name(self) -> str:
        return hashlib.sha256(f"{self.kind}\0{self.what}".encode()).hexdigest()


def wait_after(kind: Kind, count: int) -> int:
    """Return how long to wait after so many tries, in milliseconds: 1, 2, 4 … seconds."""
    over = count - _FREE[kind]
    return 0 if over < 0 else min(1000 << min(over, 20), _LONGEST[kind])


def stranger(account: str, address: str) -> tuple[Try, ...]:
    """Return what a device pays for that never signed in to the account."""
    place = Try("place", f"{account}\0{address}")
    return place, Try("address", address), Try("account", account)


def pay(tries: Sequence[Try], now: int) -> Work[None]:
    """Count one more of each; TooMany, and nothing is counted, if one of them has to wait.

    One place alone counts for the whole account only as often as it need not wait itself.
    """
    often = False
    for each in tries:
        row = yield from (_known if often and each.kind == "account" else _counted)(each, now)
        if row is None:
            continue
        count, until = row
        # A wait that the clock has not reached in twice its longest is of a clock that jumped.
        if now < until <= now + 2 * _LONGEST[each.kind]:
            crowd = each.kind == "account"
            words, code = (_CROWD, "crowd") if crowd else (_WAIT, "wait")
            raise TooMany(words, retry=(until - now) / 1000, code=code)
        wait = wait_after(each.kind, count)
        if wait:
            yield Query("UPDATE throttle SET until = $2 WHERE name = $1", (each.name, now + wait))
        often = often or (each.kind == "place" and count > _FREE["place"])


def _counted(each: Try, now: int) -> Work[tuple[int, int] | None]:
    rows = yield Query(
        "INSERT INTO throttle (name, tries, until, at) VALUES ($1, 1, 0, $2)"
        " ON CONFLICT (name) DO UPDATE SET at = excluded.at,"
        " tries = CASE WHEN throttle.at < $3 THEN 1 ELSE throttle.tries + 1 END"
        " RETURNING tries, until",
        (each.name, now, now - _FORGOTTEN),
    )
    return rows[0][0], rows[0][1]


def _known(each: Try, now: int) -> Work[tuple[int, int] | None]:
    """Count only where it waits already."""
    row = first(
        (
            yield Query(
                "UPDATE throttle SET tries = tries + 1, at = $2"
                " WHERE name = $1 AND tries >= $3 AND at >= $4 RETURNING tries, until",
                (each.name, now, _FREE[each.kind], now - _FORGOTTEN),
            )
        )
    )
    return None if row is None else (row[0], row[1])


def forgive(tries: Sequence[Try]) -> Work[None]:
    """It was right. Who tried begins anew; an address only gets this one try back, or whoever has
    one account could try at others for ever, and so does the account: others may be guessing.
    """
    for each in tries:
        if each.kind in ("address", "account"):
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
