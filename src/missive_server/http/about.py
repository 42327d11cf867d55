"""What machines of the house ask: is it alive, what are its figures, what does it speak."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import time
from collections.abc import Awaitable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from missive_server.database.work import Query, Work
from missive_server.errors import Error, NotFound
from missive_server.http.parts import Parts
from missive_server.http.requests import answer, asker_of
from missive_server.metrics import CONTENT_TYPE
from missive_wire import __version__, limits, routes
from missive_wire.codec import encode

PATIENCE = 3.0  # seconds until something that does not answer counts as broken
KEPT = 1.0  # seconds that a finding is told again, so that asking often costs nothing


def _alive() -> Work[bool]:
    rows = yield Query("SELECT 1")
    return bool(rows)


class Health:
    """Asks the parts, at most once in `KEPT` seconds."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._asking = asyncio.Lock()
        self._found = routes.Health(ok=False)
        self._at = 0.0

    async def found(self) -> routes.Health:
        async with self._asking:
            if time.monotonic() - self._at > KEPT:
                checks = {"database": self._database(), "blobs": self._parts.place.check()}
                found = await asyncio.gather(*map(_within, checks.values()))
                named = dict(zip(checks, found, strict=True))
                if self._parts.stream.bus is not None:  # without it nodes still hear by looking
                    named["bus"] = self._parts.stream.bus.up
                self._found = routes.Health(ok=all(found), parts=named)
                self._at = time.monotonic()
            return self._found

    async def _database(self) -> bool:
        return await self._parts.store.read(_alive)


async def _within(check: Awaitable[bool]) -> bool:
    try:
        return await asyncio.wait_for(check, PATIENCE)
    except (Error, TimeoutError):
        return False


def about(parts: Parts) -> list[Route]:
    health = Health(parts)

    async def healthz(request: Request) -> Response:
        found = await health.found()
        status = 200 if found.ok else 503
        return Response(encode(found), status, media_type="application/json")

    async def metrics(request: Request) -> Response:
        if not _may_count(request, parts.config.metrics_token):
            raise NotFound
        parts.metrics.queue.set(parts.writer.waiting)
        parts.metrics.connections.labels("stream").set(parts.stream.endpoint.count)
        parts.metrics.connections.labels("poll").set(parts.stream.polls)
        return Response(parts.metrics.page(), media_type=CONTENT_TYPE)

    async def info(request: Request) -> Response:
        return answer(
            routes.Info(
                name="missive-server",
                version=__version__,
                schema=limits.SCHEMA,
                min_schema=limits.SCHEMA,
                key=bytes(parts.key.verify_key),
            )
        )

    return [
        Route(routes.HEALTH, healthz),
        Route(routes.METRICS, metrics),
        Route(routes.INFO, info),
    ]


def _may_count(request: Request, token: str) -> bool:
    """The machine itself may, and who has the token. What a proxy passed on is not the machine."""
    if token:
        return hmac.compare_digest(asker_of(request).token.encode(), token.encode())
    passed_on = {"x-forwarded-for", "forwarded"} & set(request.headers)
    try:
        return not passed_on and ipaddress.ip_address(asker_of(request).address).is_loopback
    except ValueError:
        return False
