"""Between the program and a real IMAP server: sees what is said, counts, cuts, stalls, garbles.

It ends TLS with the server's own certificate, so that faults fall into a real dialogue at any
byte of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import msgspec
import pytest
from tests.servers.dovecot import DovecotServer

from missive_desktop.domain.account import AccountSettings

_CHUNK = 16_384
_FETCH = re.compile(rb"\S+ UID FETCH (\S+) .*BODY\.PEEK\[\]")


@dataclass
class Faults:
    """What goes wrong, for each connection that is opened from now on; None: nothing."""

    refuse: bool = False  # closed before the greeting
    cut: int | None = None  # closed after so many bytes from the server
    stall: int | None = None  # after so many bytes nothing comes any more
    garble: int | None = None  # the byte after so many, and 40 more, are noise


@dataclass
class Seen:
    """What went through."""

    down: int = 0  # bytes from the server
    connections: int = 0
    lines: list[bytes] = field(default_factory=list)  # from the client, after it signed in

    def fetched(self, since: int = 0) -> list[int]:
        """Return the UIDs whose bodies were asked for, from the line `since` on."""
        found: list[int] = []
        for line in self.lines[since:]:
            if match := _FETCH.match(line):
                for part in match[1].decode().split(","):
                    low, _, high = part.partition(":")
                    found += range(int(low), int(high or low) + 1)
        return found


class Proxy:
    """Listens on `port`; runs in a thread of its own."""

    def __init__(self, server: DovecotServer) -> None:
        self.faults, self.seen = Faults(), Seen()
        self._server = server
        self._served: set[asyncio.Task[None]] = set()
        made = server.certificates
        self._front = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._front.load_cert_chain(made.certificate, made.key)
        self._back = ssl.create_default_context(cafile=str(made.ca))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._listener = self._run(
            asyncio.start_server(self._take, "127.0.0.1", 0, ssl=self._front)
        )
        self.port = int(self._listener.sockets[0].getsockname()[1])

    def settings(self, settings: AccountSettings) -> AccountSettings:
        """Return the settings of an account, with its IMAP through here."""
        imap = msgspec.structs.replace(settings.imap, port=self.port)
        return msgspec.structs.replace(settings, imap=imap)

    def close(self) -> None:
        self._run(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _finish(self) -> None:
        self._listener.close()
        for task in list(self._served):
            task.cancel()
        await asyncio.gather(*self._served, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._served.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._served.discard(task)
            await _let_go(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.seen.connections += 1
        faults = replace(self.faults)
        if faults.refuse:
            return
        theirs, to_server = await asyncio.open_connection(
            "localhost", self._server.imaps_port, ssl=self._back
        )
        up = asyncio.ensure_future(self._up(reader, to_server))
        try:
            await self._down(theirs, writer, faults)
        finally:
            up.cancel()
            await asyncio.gather(up, return_exceptions=True)
            await _let_go(to_server)

    async def _up(self, reader: asyncio.StreamReader, to_server: asyncio.StreamWriter) -> None:
        rest = b""
        while data := await reader.read(_CHUNK):
            *lines, rest = (rest + data).split(b"\r\n")
            self.seen.lines += lines
            to_server.write(data)
            await to_server.drain()
        to_server.close()

    async def _down(
        self, theirs: asyncio.StreamReader, writer: asyncio.StreamWriter, faults: Faults
    ) -> None:
        passed = 0
        while data := await theirs.read(_CHUNK):
            if faults.cut is not None and passed + len(data) >= faults.cut:
                writer.write(data[: faults.cut - passed])
                await writer.drain()
                return
            if faults.stall is not None and passed + len(data) >= faults.stall:
                writer.write(data[: faults.stall - passed])
                await asyncio.sleep(3600)
            if faults.garble is not None and passed <= faults.garble < passed + len(data):
                at = faults.garble - passed
                data = data[:at] + bytes(range(200, 240)) + data[at + 40 :]
            passed += len(data)
            self.seen.down += len(data)
            writer.write(data)
            await writer.drain()


async def _let_go(writer: asyncio.StreamWriter) -> None:
    """Send what waits, close; who does not read it is cut off."""
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):
        await asyncio.wait_for(writer.wait_closed(), 0.5)
    writer.transport.abort()


@contextlib.contextmanager
def before(server: DovecotServer) -> Iterator[Proxy]:
    proxy = Proxy(server)
    try:
        yield proxy
    finally:
        proxy.close()


@pytest.fixture
def proxy(dovecot: DovecotServer) -> Iterator[Proxy]:
    """A way to `dovecot` that can be disturbed."""
    with before(dovecot) as made:
        yield made


@pytest.fixture
def plain_proxy(plain_dovecot: DovecotServer) -> Iterator[Proxy]:
    """A way to `plain_dovecot` that can be disturbed."""
    with before(plain_dovecot) as made:
        yield made
