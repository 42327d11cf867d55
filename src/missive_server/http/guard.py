"""Around every request: its id, how much and how long it may send, how often somebody may ask, and
what becomes of an error. What it lets through the routes need not check again.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from missive_server import logs
from missive_server.config import Config
from missive_server.errors import Busy, Problem, SignedOut, TooLarge, TooMany, TooSlow
from missive_server.http.buckets import Buckets, network_of
from missive_server.http.problems import SECURITY, STRICT_TRANSPORT, Mistake, known, page
from missive_server.metrics import Metrics
from missive_wire import accounts, limits, routes

WINDOW = 10.0  # seconds in which the rates of the settings are counted
FILES = 5  # requests about files for each other one: two bring a file, and a mail is one
BODY_PACE = 32 << 10  # bytes that earn a second more to arrive
BODIES = 256 << 20  # bytes of unfinished requests that are held at a time
REMEMBERED = 50_000  # sessions whose user is known without asking
PROBES = frozenset({routes.HEALTH, routes.METRICS})  # asked by machines of the house, and cheap

SMALL = 512 << 10  # what a request may hold that carries no sealed bodies
_LARGE = {routes.MUTATE, accounts.FOUND, accounts.JOIN}


def body_limit(path: str) -> int:
    if path.startswith(routes.BLOBS + "/"):
        return limits.BLOB_PART
    return limits.REQUEST if path in _LARGE else SMALL


def _is_file(path: str) -> bool:
    return path == routes.BLOBS or path.startswith(routes.BLOBS + "/")


@dataclass
class Asker:
    """Who asks, as far as known: filled in as the request goes on."""

    address: str
    token: str = ""
    user: str = ""

    @functools.cached_property
    def fingerprint(self) -> str:
        """What stands for the token in memory."""
        return hashlib.sha256(self.token.encode()).hexdigest()


class Rates:
    """How often each user may ask, and each address that no user stands behind.

    Files have a bucket of their own: who serves a mailbox sends thousands, and works meanwhile.
    That a token was good a moment ago decides only whose bucket pays, never what is allowed.
    """

    def __init__(self, config: Config, now: Callable[[], float] = time.monotonic) -> None:
        self._users = Buckets(config.rate, WINDOW, now)
        self._files = Buckets(config.rate * FILES, WINDOW, now)
        self._unknown = Buckets(config.rate_unknown, WINDOW, now)
        self._known: OrderedDict[str, str] = OrderedDict()

    def admit(self, asker: Asker, path: str = "") -> None:
        user = self._known.get(asker.fingerprint) if asker.token else None
        known = self._files if _is_file(path) else self._users
        wait = known.take(user) if user else self._unknown.take(network_of(asker.address))
        if wait:
            raise TooMany(retry=wait)

    def proved(self, asker: Asker, user: str) -> None:
        """The token has just been found good."""
        asker.user = user
        name = asker.fingerprint
        self._known[name] = user
        self._known.move_to_end(name)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def disproved(self, asker: Asker) -> None:
        if asker.token:
            self._known.pop(asker.fingerprint, None)


class Guard:
    """An ASGI application around another one."""

    def __init__(self, app: ASGIApp, config: Config, metrics: Metrics, rates: Rates) -> None:
        self._app, self._metrics, self._rates = app, metrics, rates
        self._tls = config.cert is not None
        self.patience = float(config.request_timeout)
        self._names = _names()
        self._held = 0  # bytes of bodies that are being received or worked on

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self._other(scope, receive, send)

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            try:
                self._rates.admit(_asker(scope))
            except TooMany:
                self._metrics.refused.labels("slow_down").inc()
                await send({"type": "websocket.close", "code": 1013})
                return
        await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = time.perf_counter()
        asker = scope["asker"] = _asker(scope)
        scope["app"] = self
        answer = _Answer(send, next(self._names), self._tls or scope["scheme"] == "https")
        logs.request_id.set(answer.id)
        body = _Body(self, receive, body_limit(scope["path"]), scope)
        try:
            if scope["path"] not in PROBES:
                self._rates.admit(asker, scope["path"])
            body.check()
            await self._app(scope, body.receive, answer.send)
        except ClientDisconnect:
            answer.status = answer.status or 499
        except Exception as error:
            await self._failed(error, asker, answer, body)
        finally:
            self._held -= body.size
        self._note(scope, asker, answer, time.perf_counter() - start)

    async def _failed(self, error: Exception, asker: Asker, answer: _Answer, body: _Body) -> None:
        problem = known(error)
        if problem is None:
            self._metrics.bugs.inc()
            logs.bug("bug", error)
            problem = Mistake()
        if isinstance(problem, SignedOut):
            self._rates.disproved(asker)
        if problem.status in (408, 413, 429, 503):
            self._metrics.refused.labels(problem.code).inc()
        if answer.status:  # it has begun; all that is left is to break off
            raise ConnectionAbortedError from error
        # What is still on its way would be taken for the next request.
        await answer.problem(problem, close=not body.complete)

    def _note(self, scope: Scope, asker: Asker, answer: _Answer, seconds: float) -> None:
        """Count it. What went well is told only to who wants every detail."""
        route = getattr(scope.get("route"), "path", "none")
        self._metrics.answered(route, answer.status, seconds)
        level = logging.INFO if answer.status >= 400 else logging.DEBUG
        logs.event(
            "request",
            level,
            route=route,
            method=scope["method"] if scope["method"] in _METHODS else "other",
            status=answer.status,
            ms=round(seconds * 1000, 1),
            user=asker.user,
        )

    def hold(self, size: int) -> None:
        self._held += size
        if self._held > BODIES:
            raise Busy


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})


def _names() -> Iterator[str]:
    """Name requests at random; to ask the system for each would cost a lot."""
    while True:
        block = secrets.token_bytes(4096)
        for at in range(0, len(block), 8):
            yield block[at : at + 8].hex()


def _asker(scope: Scope) -> Asker:
    client = scope.get("client")
    asker = Asker(client[0] if client else "")
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            asker.token = value[7:].decode("latin-1").strip()
    return asker


class _Body:
    """Bytes that come in: bounded in size and in time, all of them together in memory."""

    def __init__(self, guard: Guard, receive: Receive, most: int, scope: Scope) -> None:
        self._guard, self._receive, self._most = guard, receive, most
        self._headers = scope["headers"]
        self._is_here: Callable[[], bool] = scope.get("body_is_here", _unknown)
        self._end = 0.0
        self._asked = False
        self.size = 0
        self.complete = False

    def check(self) -> None:
        """Refuse what is announced to be too large before a byte of it is read."""
        announced, chunked = 0, False
        for name, value in self._headers:
            if name == b"content-length":
                announced = int(value)
            elif name == b"transfer-encoding":
                chunked = True
        self.complete = not announced and not chunked
        if announced > self._most:
            raise TooLarge

    async def receive(self) -> Message:
        if self.complete and self._asked:
            return await self._receive()
        self._asked = True
        message = await (self._receive() if self._is_here() else self._in_time())
        size = len(message.get("body", b""))
        self.size += size
        self._guard.hold(size)
        if self.size > self._most:
            raise TooLarge
        self.complete = not message.get("more_body", False)
        return message

    async def _in_time(self) -> Message:
        loop = asyncio.get_running_loop()
        self._end = self._end or loop.time() + self._guard.patience
        try:
            async with asyncio.timeout_at(self._end + self.size / BODY_PACE):
                return await self._receive()
        except TimeoutError:
            raise TooSlow from None


def _unknown() -> bool:
    return False


class _Answer:
    """What goes out: every answer has its id and the headers of `SECURITY`."""

    def __init__(self, send: Send, name: str, secure: bool) -> None:
        self._send = send
        self.id = name
        self.status = 0
        self._headers = [*SECURITY, (b"x-request-id", name.encode())]
        if secure:
            self._headers.append(STRICT_TRANSPORT)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = {name for name, _ in message["headers"]}
            extra = [each for each in self._headers if each[0] not in given]
            message["headers"] = [*message["headers"], *extra]
        await self._send(message)

    async def problem(self, problem: Problem, *, close: bool) -> None:
        status, headers, body = page(problem)
        if close:
            headers.append((b"connection", b"close"))
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})
