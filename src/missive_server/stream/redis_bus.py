"""The bus between nodes on Redis: one channel of its pub/sub, nothing is stored there."""

from __future__ import annotations

import asyncio
import contextlib

from redis.asyncio import Redis
from redis.exceptions import RedisError

from missive_server import logs
from missive_server.errors import UsageError
from missive_server.stream.bus import Heard

CHANNEL = b"missive"
WAITING = 4096  # messages that wait to be sent; what comes above is lost
AGAIN = 0.25  # seconds until it is tried again, more each time
LONGEST = 5.0
TIMEOUT = 5.0
_FAILURES = (RedisError, OSError, TimeoutError)


class RedisBus:
    def __init__(self, address: str) -> None:
        try:
            self._redis: Redis = Redis.from_url(
                address, socket_connect_timeout=TIMEOUT, health_check_interval=15
            )
        except ValueError:
            raise UsageError("The address of the bus makes no sense.") from None
        self._waiting: asyncio.Queue[bytes] = asyncio.Queue(WAITING)
        self._up = False
        self.lost = 0

    @property
    def up(self) -> bool:
        return self._up

    def send(self, message: bytes) -> None:
        try:
            self._waiting.put_nowait(message)
        except asyncio.QueueFull:
            self.lost += 1

    async def run(self, heard: Heard) -> None:
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._sending())
                both.create_task(self._hearing(heard))
        finally:
            self._up = False
            with contextlib.suppress(*_FAILURES):
                await self._redis.aclose()

    async def _sending(self) -> None:
        while True:
            message = await self._waiting.get()
            try:
                await self._redis.publish(CHANNEL, message)
            except _FAILURES:
                self.lost += 1
                await asyncio.sleep(AGAIN)

    async def _hearing(self, heard: Heard) -> None:
        wait = AGAIN
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(CHANNEL)
                    self._up, wait = True, AGAIN
                    logs.event("bus_up")
                    async for message in pubsub.listen():
                        heard(message["data"])
            except _FAILURES:
                if self._up:
                    logs.event("bus_down")
            self._up = False
            await asyncio.sleep(wait)
            wait = min(LONGEST, wait * 2)
