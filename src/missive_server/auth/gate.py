"""What every way in stands on: the database, the password pool, the clocks, the server's secret.

Two clocks: `now` in milliseconds orders what is kept and never goes back; `wall` is the time of
day, which the codes of an authenticator go by.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from missive_server.auth import sessions, standing, throttle
from missive_server.auth.passwords import Passwords
from missive_server.auth.sessions import Session
from missive_server.auth.trail import NOBODY, nobodys_trail
from missive_server.core.values import Published
from missive_server.database.store import Store
from missive_server.database.work import Query, Work
from missive_server.service.identity import once
from missive_wire.accounts import SALT_BYTES
from missive_wire.ids import org_scope

_CHALLENGE_LIFE = 600_000
_CHALLENGE_BYTES = 24
_TRIED = 90 * 86_400_000  # how long it is kept that somebody tried at an unknown address


class Listeners(Protocol):
    """Those connected now, who are told after the commit."""

    def publish(self, committed: Iterable[Published]) -> None: ...

    def ended(self, *, sessions: Iterable[str] = ()) -> None: ...


@dataclass(frozen=True)
class Gate:
    store: Store
    passwords: Passwords
    salts: bytes
    listeners: Listeners
    now: Callable[[], int]
    wall: Callable[[], float] = time.time

    def salt(self, email: str) -> bytes:
        """Return the salt of an address: computed, not looked up, so it tells nothing."""
        return hmac.digest(self.salts, b"salt\0" + email.encode(), "sha256")[:SALT_BYTES]

    def challenge(self, email: str) -> bytes:
        at = int(self.wall() * 1000).to_bytes(8, "big")
        return at + self._mark(at, email)

    def is_challenge(self, challenge: bytes, email: str) -> bool:
        """Tell whether it is one of ours, for this address, and of the last minutes."""
        at = challenge[:8]
        age = int(self.wall() * 1000) - int.from_bytes(at, "big")
        ours = hmac.compare_digest(challenge[8:], self._mark(at, email))
        return ours and -_CHALLENGE_LIFE <= age <= _CHALLENGE_LIFE

    def _mark(self, at: bytes, email: str) -> bytes:
        what = b"challenge\0" + at + email.encode()
        return hmac.digest(self.salts, what, "sha256")[:_CHALLENGE_BYTES]

    async def session(self, token: str) -> Session:
        """Return whose session it is, whatever they may do with it; SignedOut if it is none."""
        return await self.used(await self.store.read(standing.any_session, token, self.now()))

    async def full_session(self, token: str) -> Session:
        """As `session`, for what is not about signing in: refused until nothing is missing."""
        found = await self.store.read(standing.full_session, token, "", self.now())
        return await self.used(found)

    async def used(self, session: Session) -> Session:
        """Note now and then that a session that was found good is used."""
        now = self.now()
        if now - session.seen > sessions.NOTED:
            await self.store.run(sessions.note, session.id, now)
        return session

    async def sweep(self) -> None:
        """Forget what has ended. To be called now and then."""
        now = self.now()
        await self.store.run(sessions.sweep, now)
        await self.store.run(throttle.sweep, now)
        await self.store.run(_forget_tries, now)

    def close(self) -> None:
        self.passwords.close()


async def open_gate(
    store: Store,
    listeners: Listeners,
    now: Callable[[], int],
    wall: Callable[[], float] = time.time,
) -> Gate:
    salts = await store.run(once, "salts", secrets.token_bytes(32))
    await store.run(nobodys_trail)
    return Gate(store, Passwords(), salts, listeners, now, wall)


def _forget_tries(now: int) -> Work[None]:
    yield Query("DELETE FROM audit WHERE scope = $1 AND at < $2", (org_scope(NOBODY), now - _TRIED))
