"""All routes behind the guard."""

from __future__ import annotations

from starlette.routing import BaseRoute, Router, WebSocketRoute
from starlette.types import Receive, Scope, Send

from missive_server.errors import NotFound
from missive_server.http.about import about
from missive_server.http.accounts import accounts
from missive_server.http.files import file_routes
from missive_server.http.guard import Guard
from missive_server.http.pages import pages
from missive_server.http.parts import Parts
from missive_server.http.sync import sync_routes
from missive_wire import routes


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    raise NotFound


def application(parts: Parts) -> Guard:
    found: list[BaseRoute] = [
        *sync_routes(parts),
        *file_routes(parts),
        *about(parts),
        *pages(),
        *accounts(parts.gate, parts.rates),
        WebSocketRoute(routes.STREAM, parts.stream.endpoint),
    ]
    router = Router(found, redirect_slashes=False, default=_nothing)
    return Guard(router, parts.config, parts.metrics, parts.rates)
