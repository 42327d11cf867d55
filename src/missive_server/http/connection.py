"""A TCP connection before any request is understood: how many, how slow, how long its headers.

Extends uvicorn's protocol, which bounds none of them. A WebSocket that begins as a request stays
counted until its transport closes.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from missive_server.config import Config
from missive_server.errors import BadRequest, Busy, Problem, TooLarge, TooMany, TooSlow
from missive_server.http.buckets import network_of
from missive_server.http.problems import page
from missive_server.metrics import Metrics
from missive_server.stream.websocket import Socket

HEADER_BYTES = 32 << 10


class Door:
    """Who may come in: as many as fit, and not all of them from one address."""

    def __init__(self, config: Config, metrics: Metrics) -> None:
        self._most, self._each = config.connections, config.connections_per_address
        self._proxies = config.trusted_proxy
        self._metrics = metrics
        self.patience = float(config.request_timeout)
        self._inside: Counter[str] = Counter()
        self._total = 0

    def enter(self, address: str) -> Problem | None:
        name = network_of(address)
        refusal: Problem | None = None
        if self._total >= self._most:
            refusal = Busy()
        elif self._inside[name] >= self._each and not self._trusted(address):
            refusal = TooMany("Too many connections from one address.")
        self._inside[name] += 1
        self._total += 1
        self._metrics.connections.labels("http").set(self._total)
        return refusal

    def leave(self, address: str) -> None:
        name = network_of(address)
        self._inside[name] -= 1
        if not self._inside[name]:
            del self._inside[name]
        self._total -= 1
        self._metrics.connections.labels("http").set(self._total)

    def refused(self, why: str) -> None:
        self._metrics.refused.labels(why).inc()

    def _trusted(self, address: str) -> bool:
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self._proxies)


class Connection(HttpToolsProtocol):
    """One connection. `door` is set by `behind`."""

    door: Door

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._header_bytes = 0
        self._header_timer: asyncio.TimerHandle | None = None
        self._address = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        refusal = self.door.enter(self._address)
        if refusal:
            self._refuse(refusal)
        else:
            self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._headers_are_in()
        self.door.leave(self._address)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._header_timer is None and self._between_requests():
            self._await_headers()
        if self._header_timer is not None:
            self._header_bytes += len(data)
        super().data_received(data)
        # What came behind the headers counts as body: only unfinished headers can be too long.
        if self._header_timer is not None and self._header_bytes > HEADER_BYTES:
            self._refuse(TooLarge("The headers of the request are too long."))

    def on_headers_complete(self) -> None:
        self._headers_are_in()
        super().on_headers_complete()
        cycle = self.cycle  # uvicorn runs the application when all that has come in was read
        if cycle is not None and cycle.scope is self.scope:
            cast(dict[str, Any], self.scope)["body_is_here"] = lambda: not cycle.more_body

    def send_400_response(self, msg: str) -> None:
        self._refuse(BadRequest())

    def _between_requests(self) -> bool:
        return self.cycle is not None and self.cycle.response_complete

    def _await_headers(self) -> None:
        self._header_bytes = 0
        self._header_timer = self.loop.call_later(self.door.patience, self._too_slow)

    def _headers_are_in(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _too_slow(self) -> None:
        self._refuse(TooSlow())

    def _refuse(self, problem: Problem) -> None:
        """Answer without asking the application, and close."""
        self._headers_are_in()
        self.door.refused(problem.code)
        if self.transport.is_closing():
            return
        status, headers, body = page(problem)
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        self.transport.write(STATUS_LINE[status] + lines + b"connection: close\r\n\r\n" + body)
        self.transport.close()


class Upgraded(Socket):
    """What a connection becomes when it turns into a WebSocket: it is counted until it ends."""

    door: Door

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.door.leave(self.client[0] if self.client else "")


def behind(door: Door) -> tuple[type[Connection], type[Upgraded]]:
    """Return the protocols whose connections come through `door`."""
    own = {"door": door}
    return type("Connection", (Connection,), own), type("Upgraded", (Upgraded,), own)
