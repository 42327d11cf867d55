"""All routes behind the guard."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import BaseRoute, Router
from starlette.types import Receive, Scope, Send

from missive_server.errors import NotFound
from missive_server.http.about import about
from missive_server.http.guard import Guard
from missive_server.http.parts import Parts


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    raise NotFound


def application(parts: Parts, others: Sequence[BaseRoute] = ()) -> Guard:
    """`others`: the routes of signing in, and the stream."""
    routes = [*about(parts), *others]
    router = Router(routes, redirect_slashes=False, default=_nothing)
    return Guard(router, parts.config, parts.metrics, parts.rates)
