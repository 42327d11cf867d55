"""Connections for the fetcher: to a public address that was checked, or to the reader's proxy.

The address that was checked is the one that is connected to, so no second answer of the DNS can
lead elsewhere; TLS still asks for the certificate of the name. All waiting ends with the deadline
of the thread that waits. Decides nothing: `guard` does.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import httpcore

from missive_desktop.errors import UsageError
from missive_desktop.remote import guard

CONNECT_SECONDS = 8.0
READ_SECONDS = 10.0
_TRIED = 3  # addresses of one host
UNREACHABLE = "unreachable"
_EACH = 3.0  # seconds for one address while there is another

# A host and a port into IP addresses; OSError when there are none.
Resolve = Callable[[str, int], Sequence[str]]
# An IP address, a port and seconds into a connection; raises what httpcore's backends raise.
Connect = Callable[[str, int, float], httpcore.NetworkStream]


def resolve(host: str, port: int) -> list[str]:
    """Ask the system for the addresses of a host, as it stands: no search domains are tried."""
    found = socket.getaddrinfo(f"{host}.", port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def connect(address: str, port: int, seconds: float) -> httpcore.NetworkStream:
    return httpcore.SyncBackend().connect_tcp(address, port, timeout=seconds)


class Deadline(threading.local):
    """When each thread must be done with what it asked."""

    end = 0.0

    def start(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def left(self, most: float) -> float:
        """Return how long this thread may still wait for one thing; raise when that is over."""
        seconds = min(self.end - time.monotonic(), most)
        if seconds <= 0:
            raise httpcore.TimeoutException("the time is over")
        return seconds


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends with the deadline: a server that drips is cut off."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(READ_SECONDS))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left(READ_SECONDS))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        seconds = self._deadline.left(CONNECT_SECONDS)
        sealed = self._inner.start_tls(ssl_context, server_hostname, seconds)
        return _Stream(sealed, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Knows what it opened: a handshake that fails in between would leave it open."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._opened: list[_Stream] = []

    def _open(self, connect: Connect, address: str, port: int, most: float) -> _Stream:
        stream = _Stream(connect(address, port, self._deadline.left(most)), self._deadline)
        self._opened.append(stream)
        return stream

    def close(self) -> None:
        """Close what may still be open; when nobody uses it any more."""
        for stream in self._opened:
            stream.close()


class Guarded(_Backend):
    """Resolves, checks and connects: nothing else in the program may connect for an image."""

    def __init__(self, deadline: Deadline, resolve: Resolve, connect: Connect) -> None:
        super().__init__(deadline)
        self._resolve = resolve
        self._connect = connect

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of the host that answers; raise Denied for private ones."""
        addresses = [host] if guard.is_literal(host) else self._addresses(host, port)
        checked = guard.public_only(addresses)[:_TRIED]
        for address in checked[:-1]:
            try:
                return self._open(self._connect, address, port, _EACH)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._open(self._connect, checked[-1], port, CONNECT_SECONDS)

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        try:
            return self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"no address of {host}") from error


class ToProxy(_Backend):
    """Connects to the reader's own proxy, wherever that is, and to nothing else."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            return self._open(connect, host, port, CONNECT_SECONDS)
        except (httpcore.ConnectError, httpcore.ConnectTimeout, UnicodeError) as error:
            raise httpcore.ProxyError(UNREACHABLE) from error


def trusting_the_system() -> ssl.SSLContext:
    """Return a context that trusts whom the system trusts, TLS 1.2 or later."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Ways(NamedTuple):
    """How a fetcher reaches the world."""

    proxy: str
    resolve: Resolve
    connect: Connect
    context: ssl.SSLContext


class Connections:
    """The connections of one call: guarded ones, or through the reader's proxy.

    A proxy resolves the names itself, so that no question for them leaves this machine; what a
    name means in its network is not for us to see.
    """

    def __init__(self, ways: Ways, deadline: Deadline, at_once: int) -> None:
        self._backend: _Backend = ToProxy(deadline)
        if not ways.proxy:
            self._backend = Guarded(deadline, ways.resolve, ways.connect)
            self._pool = httpcore.ConnectionPool(
                ways.context, max_connections=at_once, network_backend=self._backend
            )
            return
        scheme, server, auth = proxy_parts(ways.proxy)
        make = httpcore.HTTPProxy if scheme == "http" else httpcore.SOCKSProxy
        self._pool = make(
            server,
            proxy_auth=auth,
            ssl_context=ways.context,
            max_connections=at_once,
            network_backend=self._backend,
        )

    def get(
        self, url: str, headers: Sequence[tuple[bytes, bytes]]
    ) -> AbstractContextManager[httpcore.Response]:
        return self._pool.stream("GET", url, headers=[*headers])

    def post(
        self, url: str, headers: Sequence[tuple[bytes, bytes]], body: bytes
    ) -> AbstractContextManager[httpcore.Response]:
        return self._pool.stream("POST", url, headers=[*headers], content=body)

    def close(self) -> None:
        self._pool.close()
        self._backend.close()


def proxy_parts(proxy: str) -> tuple[str, str, tuple[str, str] | None]:
    """Return scheme, address and (name, password) of a proxy; raise UsageError."""
    try:
        parts = urlsplit(proxy.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or not host.isascii() or parts.scheme not in ("http", "socks5", "socks5h"):
        raise UsageError(
            "A proxy is written as http://HOST:PORT, socks5://HOST:PORT or socks5h://HOST:PORT."
        )
    standard = 8080 if parts.scheme == "http" else 1080
    written = f"[{host}]" if ":" in host else host
    auth = None
    if parts.username is not None:
        auth = (unquote(parts.username), unquote(parts.password or ""))
    return parts.scheme, f"{parts.scheme}://{written}:{port or standard}", auth
