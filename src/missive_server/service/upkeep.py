"""What the server does by itself: checkpoints of the trail, and forgetting old answers.

Answers to mutations are kept a week after they were given, so that a device that comes back after
a restore or a broken connection gets the same one; unacknowledged ones a quarter of a year.
"""

from __future__ import annotations

from nacl.signing import SigningKey

from missive_server.database.store import Store
from missive_server.database.work import Query, Work
from missive_server.service import checkpoints
from missive_server.service.writing import Clock, Publish

EVERY = 60.0  # seconds between checkpoints
KEPT = 7 * 86_400_000
KEPT_UNCONFIRMED = 90 * 86_400_000
_CHUNK = 500
_MANY = 200  # chains


class Upkeep:
    """Called now and then by every node."""

    def __init__(self, store: Store, publish: Publish, key: SigningKey, clock: Clock) -> None:
        self._store = store
        self._publish = publish
        self._key = key
        self._clock = clock
        self._not_before: dict[str, int] = {}

    async def check(self) -> None:
        """Sign the trail of every organization where it has grown."""
        await self._sign(await self._store.read(checkpoints.due))

    async def begin(self) -> None:
        """Sign for the first time."""
        await self._sign(await self._store.read(checkpoints.new))

    async def _sign(self, orgs: list[str]) -> None:
        for org in orgs:
            now = self._clock()
            if now < self._not_before.get(org, 0):
                continue
            outcome = await self._store.run(checkpoints.make, org, self._key, now)
            if outcome.published:
                self._publish(outcome)
            heads = sum(len(row.h["heads"]) for row in outcome.rows.values())
            if heads > _MANY:  # the row is large, and goes to everybody
                self._not_before[org] = now + int(EVERY * 1000) * heads // _MANY

    async def forget(self) -> None:
        """Forget answers that nobody will ask for again, a few at a time."""
        after = ""
        while devices := await self._store.read(_devices, after):
            for device in devices:
                more = True
                while more:
                    more = await self._store.run(forget_answers, device, self._clock())
            after = devices[-1]


def _devices(after: str) -> Work[list[str]]:
    rows = yield Query("SELECT id FROM devices WHERE id > $1 ORDER BY id LIMIT 200", (after,))
    return [row[0] for row in rows]


def forget_answers(device: str, now: int) -> Work[bool]:
    """Forget some old answers of a device; say whether there may be more."""
    rows = yield Query(
        "SELECT r.mid, r.at, d.acked FROM results r JOIN devices d ON d.id = r.device"
        " WHERE r.device = $1 ORDER BY r.mid LIMIT $2",
        (device, _CHUNK),
    )
    last = 0
    for mid, at, acked in rows:
        if at >= now - (KEPT if mid <= acked else KEPT_UNCONFIRMED):
            break
        last = mid
    if last:
        yield Query("DELETE FROM results WHERE device = $1 AND mid <= $2", (device, last))
    return last > 0 and last == rows[-1][0] and len(rows) == _CHUNK
