"""What the client derived of a password, hashed once more, off the loop and never too many at once.

Whoever reads the database learns nothing that signs in. An unknown address is compared with a
hash that nobody has the secret of: the same work, the same answer.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from missive_server.errors import Busy

P = ParamSpec("P")
T = TypeVar("T")
_MEMORY_KIB = 19 << 10
_PASSES = 2


class Passwords:
    """`threads` hash at a time, `waiting` may wait; who comes then is told to come later."""

    def __init__(self, threads: int = 2, waiting: int = 64) -> None:
        self._hasher = PasswordHasher(_PASSES, _MEMORY_KIB, parallelism=1)
        self._pool = ThreadPoolExecutor(threads, "passwords")
        self._room = threads + waiting
        self._inside = 0
        self.nobody = self._hasher.hash(secrets.token_bytes(32))

    async def hash(self, secret: bytes) -> str:
        return await self._run(self._hasher.hash, secret)

    async def matches(self, kept: str, secret: bytes) -> bool:
        return await self._run(self._same, kept, secret)

    async def _run(self, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        if self._inside >= self._room:
            raise Busy()
        self._inside += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, lambda: work(*args, **named))
        finally:
            self._inside -= 1

    def _same(self, kept: str, secret: bytes) -> bool:
        try:
            return self._hasher.verify(kept, secret)
        except (VerificationError, InvalidHashError):
            return False

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
