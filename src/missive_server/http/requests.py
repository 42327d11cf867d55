"""From a request to what was asked, and back. Every body is JSON of an agreed shape, or bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from missive_server.errors import SignedOut, TooOld, WrongType
from missive_server.http.guard import Asker
from missive_wire import limits
from missive_wire.codec import decode, encode

T = TypeVar("T")


class Endpoint:
    """What answers at a route. Errors go up to the guard: nothing is wrapped around it."""

    def __init__(self, work: Callable[[Request], Awaitable[Response]]) -> None:
        self._work = work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._work(Request(scope, receive))
        await response(scope, receive, send)


async def asked(request: Request, shape: type[T]) -> T:
    """Return the body. Another type than JSON is refused, so no web page can send it unasked."""
    kind, plain = b"", True
    for name, value in request.scope["headers"]:
        if name == b"content-type":
            kind = value.partition(b";")[0].strip().lower()
        elif name == b"content-encoding":
            plain = False
    if kind != b"application/json" or not plain:
        raise WrongType("The content must be plain application/json.")
    found = decode(await _body(request), shape)
    if getattr(found, "schema", limits.SCHEMA) < limits.SCHEMA:
        raise TooOld
    return found


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def answer(value: Any) -> Response:
    return Response(encode(value), media_type="application/json")


def asker_of(request: Request) -> Asker:
    asker: Asker = request.scope["asker"]
    return asker


def token_of(request: Request) -> str:
    token = asker_of(request).token
    if not token:
        raise SignedOut
    return token
