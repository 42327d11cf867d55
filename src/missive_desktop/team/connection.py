"""The live line to a team's server: a WebSocket, or long polls where something breaks it.

Runs in the thread that calls `run`. The token goes in the first frame, never in the address. A line
that says nothing is dead, and so is one from before the machine slept.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.exceptions import (
    ConnectionClosed,
    InvalidStatus,
    WebSocketException,
)
from websockets.sync.client import ClientConnection, connect

from missive_desktop.errors import CertificateRefused, KnownError, Offline, PeerBroken
from missive_desktop.sync import backoff
from missive_desktop.team.calls import (
    USER_AGENT,
    Busy,
    Calls,
    Outdated,
    SignedOut,
    certificate_trouble,
)
from missive_desktop.team.reading import Closed, Reading
from missive_wire import codec, frames, limits, routes
from missive_wire.frames import Beat, Bye, FromClient, Hello

_OPEN = 10.0
_BEAT = 20.0  # seconds of silence before we ask whether it is there
_DEAD = 15.0  # and until it has to answer
_SLICE = 5.0  # how soon the end of a suspend is noticed
_POLLING = 600.0  # seconds for which a network that breaks WebSockets is polled
_BROKEN = 2  # tries that fail before anything was said, while the server answers otherwise
_CHECK = limits.HEAD_CHECK
_SOON = 1.0  # not sooner than that again where nothing came
_FRAME = limits.REQUEST


class Line:
    """Keeps a team's rows coming until `stop`. Tells how it is by `said`."""

    def __init__(
        self,
        calls: Calls,
        reading: Reading,
        device: str,
        token: Callable[[], str],
        stop: threading.Event,
        said: Callable[[KnownError | None], None],
    ) -> None:
        self._calls, self._reading, self._device = calls, reading, device
        self._token, self._stop, self._said = token, stop, said
        self._socket: ClientConnection | None = None
        self._sending = threading.Lock()
        self._wake = threading.Event()
        self._poll_until = 0.0
        self._failed_early = 0

    def run(self) -> None:
        """Connect, stay, come again; returns when stopped. Never raises a KnownError."""
        tries = 0
        while not self._stop.is_set():
            self._wake.clear()
            try:
                wait = self._once()
                tries = 0
            except KnownError as error:
                self._said(error)
                tries += 1
                wait = _pause(error, tries)
            self._rest(wait)

    def say(self, frame: FromClient) -> bool:
        """Send a frame if there is a stream; it is lost else, which False says."""
        with self._sending, contextlib.suppress(WebSocketException, OSError):
            if self._socket is not None:
                self._socket.send(codec.encode(frame).decode())
                return True
        return False

    def again(self) -> None:
        """Let go of the line and connect anew, at once: settings changed, or the machine slept."""
        self._failed_early, self._poll_until = 0, 0.0
        self.wake()
        self._calls.forget_connections()

    def wake(self) -> None:
        """Stop waiting, whatever for."""
        self._wake.set()
        socket = self._socket
        if socket is not None:
            with contextlib.suppress(OSError):
                socket.close_socket()

    def _rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._stop.is_set() and (left := end - time.monotonic()) > 0:
            wall, monotonic = time.time(), time.monotonic()
            waited = min(left, _SLICE)
            if self._wake.wait(waited):
                return
            if backoff.has_slept(waited, time.time() - wall, time.monotonic() - monotonic):
                self._calls.forget_connections()
                return

    def _once(self) -> float:
        """Stay connected as long as it lasts; return seconds until the next time."""
        if time.monotonic() < self._poll_until or self._calls.proxy.startswith("socks"):
            began = time.monotonic()
            came = self._reading.pull(limits.WAIT)
            self._said(None)
            return 0.0 if came or time.monotonic() - began > _SOON else _SOON
        self._reading.pull()  # says at once what is wrong with session or schema
        self._said(None)
        try:
            self._stream()
        except Closed as closed:
            if closed.bye.why == "session":
                self._reading.pull()  # says why: signed out, or taken out of the team
            return _after_bye(closed.bye)
        except _Broken as broken:
            self._failed_early += 1
            if self._failed_early >= _BROKEN:
                self._failed_early, self._poll_until = 0, time.monotonic() + _POLLING
                return 0.0
            raise Offline("The connection to the team's server broke.") from broken
        return 0.0

    def _stream(self) -> None:
        with contextlib.ExitStack() as stack:
            socket = stack.enter_context(self._connected())
            self._socket = socket
            try:
                self._greet(socket)
                self._listen(socket)
            except ConnectionClosed as error:
                if not self._stop.is_set():
                    raise Offline("The connection to the team's server broke.") from error
            finally:
                with self._sending:
                    self._socket = None

    def _connected(self) -> ClientConnection:
        address = _stream_address(self._calls.url)
        try:
            return connect(
                address,
                ssl=self._calls.context if address.startswith("wss:") else None,
                proxy=self._calls.proxy or None,
                compression=None,
                user_agent_header=USER_AGENT,
                open_timeout=_OPEN,
                close_timeout=1.0,
                ping_interval=None,  # our own beat tells more: the whole server answers it
                max_size=_FRAME,
                create_connection=_only_at(urlsplit(address).hostname),
            )
        except InvalidStatus as error:
            _status(error)
            raise _Broken from error
        except (WebSocketException, TimeoutError, OSError, ValueError) as error:
            if certificate_trouble(error):
                raise CertificateRefused("The team's server could not prove who it is.") from error
            raise _Broken from error

    def _greet(self, socket: ClientConnection) -> None:
        positions = dict(list(self._reading.positions().items())[: limits.HELLO_CURSORS])
        hello = Hello(self._token(), self._device, limits.SCHEMA, positions)
        socket.send(codec.encode(hello).decode())
        try:
            self._take(socket.recv(_OPEN))
        except (TimeoutError, ConnectionClosed) as error:
            raise _Broken from error
        self._failed_early = 0

    def _listen(self, socket: ClientConnection) -> None:
        heard = checked = time.monotonic()
        asked = 0.0
        while not self._stop.is_set():
            wall, monotonic = time.time(), time.monotonic()
            try:
                data = socket.recv(_SLICE)
            except TimeoutError:
                data = None
            now = time.monotonic()
            if backoff.has_slept(_SLICE, time.time() - wall, now - monotonic):
                raise Offline("The machine was asleep.")
            if data is not None:
                heard, asked = now, 0.0
                self._take(data)
            elif asked and now - asked > _DEAD:
                raise Offline("The team's server does not answer.")
            elif not asked and now - heard > _BEAT:
                asked = now
                self.say(Beat())
            if now - checked > _CHECK:
                checked = now
                self._reading.pull()

    def _take(self, data: str | bytes) -> None:
        try:
            frame = frames.from_server(data)
        except codec.Malformed as error:
            raise PeerBroken("The team's server did not answer as it should.") from error
        self._reading.frame(frame)


class _Broken(Exception):
    """The WebSocket did not come to be, while the server answers otherwise."""


def _only_at(host: str | None) -> type[ClientConnection]:
    """The first frame holds the token: no redirect may lead it elsewhere."""

    class There(ClientConnection):
        def __init__(self, sock: Any, protocol: ClientProtocol, **more: Any) -> None:
            if protocol.uri.host != host:
                raise ValueError("it leads elsewhere")
            super().__init__(sock, protocol, **more)

    return There


def _status(error: InvalidStatus) -> None:
    status = error.response.status_code
    if status == 401:
        raise SignedOut("You were signed out of this team.", "Sign in again.") from error
    if status == 426:
        raise Outdated("The team's server no longer works with this version.") from error
    if status in (429, 503):
        raise Busy("The team's server has much to do.", 5.0) from error


def _pause(error: KnownError, tries: int) -> float:
    roll = random.random()  # noqa: S311 - spreads the crowd
    if isinstance(error, SignedOut | Outdated):
        return 3600.0
    if isinstance(error, Busy):
        return error.wait * (1 + roll)
    return backoff.delay(tries, roll)


def _after_bye(bye: Bye) -> float:
    """Return when to come again; a server that stops draws its clients apart."""
    if bye.why == "session":
        raise SignedOut("You were signed out of this team.", "Sign in again.")
    if bye.why == "schema":
        raise Outdated("The team's server no longer works with this version of Missive.")
    if len(bye.retry) != 2:
        return 60.0
    low, high = sorted(max(_SOON, min(each, 3600.0)) for each in bye.retry)
    return random.uniform(low, high)  # noqa: S311


def _stream_address(url: str) -> str:
    parts = urlsplit(url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    return f"{scheme}://{parts.netloc}{parts.path}{routes.STREAM}"
