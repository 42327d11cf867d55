"""From a request to what was asked, and back. Every body is JSON of an agreed shape, or bytes."""

from __future__ import annotations

from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from missive_server.errors import SignedOut, TooOld, WrongType
from missive_server.http.guard import Asker
from missive_wire import limits
from missive_wire.codec import decode, encode

T = TypeVar("T")


async def asked(request: Request, shape: type[T]) -> T:
    """Return the body. Another type than JSON is refused, so no web page can send it unasked."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or "content-encoding" in request.headers:
        raise WrongType("The content must be plain application/json.")
    value = decode(await request.body(), shape)
    if getattr(value, "schema", limits.SCHEMA) < limits.SCHEMA:
        raise TooOld
    return value


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
