"""One connection's bytes: imaplib's socket methods over a buffer of our own, so that IMAPClient
and our lean readers share it. Owns sockets, time limits and size limits; knows no mail.
"""

from __future__ import annotations

import contextlib
import imaplib
import socket
import ssl
import time
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from imapclient import IMAPClient

from missive_desktop.errors import Offline, PeerBroken
from missive_desktop.mail.tokens import Piece, literal_size

if TYPE_CHECKING:
    from zlib import _Compress as Deflater
    from zlib import _Decompress as Inflater

BUFFER = 256 * 1024
LINE_LIMIT = 16 << 20  # the UIDs of two million messages on one line
LITERAL_LIMIT = 128 << 20
RESPONSE_LIMIT = 256 << 20  # all literals of one response together

# A peer that drips must not hold us forever: so many bytes for so many time limits spent waiting.
# Not for a single one: servers say now and then that a long command is still running.
TRICKLE = 2048
PATIENCE = 10


class Wire(imaplib.IMAP4):
    """imaplib's protocol engine with `open`, `read`, `readline`, `send` and `shutdown` of our own.

    A timeout, an end or an error of the socket is raised as Offline from here.
    """

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext | None, *, connect: float, read: float
    ) -> None:
        self._context = context
        self._connect_timeout = connect
        self.read_timeout = read
        self._buffer = bytearray(BUFFER)
        self._view = memoryview(self._buffer)
        self._packed = memoryview(bytearray(64 * 1024))
        self._start = self._end = 0
        self._waited = 0.0
        self._trickled = 0
        self._inflate: Inflater | None = None
        self._deflate: Deflater | None = None
        super().__init__(host, port)

    # --- what imaplib wants overridden -------------------------------------------------------

    def open(self, host: str = "", port: int = 993, timeout: float | None = None) -> None:
        """Connect, and speak TLS from the first byte if there is a context."""
        self.host, self.port = host, port
        plain = socket.create_connection((host, port), self._connect_timeout)
        self.sock: socket.socket | ssl.SSLSocket = plain
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _keep_alive(plain)
            if self._context is not None:
                self.sock = self._context.wrap_socket(plain, server_hostname=host)
            self.sock.settimeout(self.read_timeout)
        except BaseException:
            plain.close()
            raise

    def upgrade(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on, after STARTTLS was answered (RFC 3501 section 6.2.1)."""
        if self._start != self._end:
            # Somebody wrote behind the answer, in clear, what we would take for the server's.
            raise PeerBroken(f"{self.host} sent more before encryption began; nothing was sent.")
        self.sock.settimeout(self._connect_timeout)
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
        self.sock.settimeout(self.read_timeout)

    def compress(self) -> None:
        """Compress both ways from now on, after COMPRESS was answered (RFC 4978)."""
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)

    def interrupt(self) -> None:
        """End the connection from another thread; who reads from it gets Offline, and closes it.

        Not by closing: what waits for a closed socket may wait for ever. And below TLS, whose own
        shutdown would pull the session away under the reader.
        """
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def shutdown(self) -> None:
        """Close the socket, whatever state it is in."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self.sock.close()

    def send(self, data: Any) -> None:
        """Send all of `data`."""
        self._waited, self._trickled = 0.0, 0
        if self._deflate is not None:
            data = self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        try:
            self.sock.sendall(data)
        except TimeoutError as error:
            raise Offline(f"{self.host} does not answer.") from error
        except OSError as error:
            raise Offline(f"The connection to {self.host} was lost.") from error

    def readline(self) -> bytes:
        """Return a line with its CRLF."""
        return self.read_line() + b"\r\n"

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes."""
        return bytes(self.read_literal(size))

    # --- reading -----------------------------------------------------------------------------

    @property
    def buffered(self) -> bool:
        """Whether something can be read without waiting for the network."""
        if self._start != self._end:
            return True
        if self._inflate is not None and self._inflate.unconsumed_tail:
            return True
        return isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0

    def poll(self) -> bool:
        """Take in what the socket holds, without waiting; tell whether there is something to read.

        A readable socket may hold nothing for us: TLS also speaks for itself.
        """
        if self._start != self._end:
            return True
        self.sock.settimeout(0)
        try:
            self._fill()
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        finally:
            self.sock.settimeout(self.read_timeout)
        return self._start != self._end

    def read_line(self) -> bytes:
        """Return a line without its end. A bare LF ends a line too."""
        at = self._buffer.find(b"\n", self._start, self._end)
        if at < 0:
            return self._read_long_line()
        line = bytes(self._view[self._start : at])
        self._start = at + 1
        return line[:-1] if line.endswith(b"\r") else line

    def _read_long_line(self) -> bytes:
        parts: list[bytes] = []
        length = 0
        while True:
            at = self._buffer.find(b"\n", self._start, self._end)
            stop = self._end if at < 0 else at
            parts.append(bytes(self._view[self._start : stop]))
            length += stop - self._start
            if length > LINE_LIMIT:
                raise PeerBroken(f"{self.host} sent a line without an end.")
            if at >= 0:
                self._start = at + 1
                line = b"".join(parts)
                return line[:-1] if line.endswith(b"\r") else line
            self._fill()

    def read_literal(self, size: int) -> bytearray:
        """Return exactly `size` bytes, received straight into their place."""
        if size > LITERAL_LIMIT:
            raise PeerBroken(f"{self.host} sent more than fits: {size} bytes at once.")
        made = bytearray(size)
        view = memoryview(made)
        have = min(size, self._end - self._start)
        view[:have] = self._view[self._start : self._start + have]
        self._start += have
        while have < size:
            have += self._receive(view[have:])
        return made

    def skip(self, size: int) -> None:
        """Read `size` bytes and drop them."""
        while size > 0:
            if self._start == self._end:
                self._fill()
            step = min(size, self._end - self._start)
            self._start += step
            size -= step

    def read_response(self) -> list[Piece]:
        """Return one response: a line, and its literals each followed by the rest of the line."""
        return self.complete([self.read_line()])

    def complete(self, pieces: list[Piece]) -> list[Piece]:
        """Read the rest of a response whose beginning is `pieces` (ending with a line)."""
        total = 0
        while (size := literal_size(bytes(pieces[-1]))) is not None:
            total += size
            if total > RESPONSE_LIMIT:
                raise PeerBroken(f"{self.host} sent more than fits: {total} bytes at once.")
            pieces.append(self.read_literal(size))
            pieces.append(self.read_line())
        return pieces

    def _fill(self) -> None:
        """Wait for more bytes in an empty buffer."""
        self._start = self._end = 0
        self._end = self._receive(self._view)

    def _receive(self, into: memoryview) -> int:
        if self._inflate is None:
            return self._receive_raw(into)
        while True:
            packed: bytes | memoryview = self._inflate.unconsumed_tail
            if not packed:
                packed = self._packed[: self._receive_raw(self._packed)]
            try:
                plain = self._inflate.decompress(packed, len(into))
            except zlib.error as error:
                raise PeerBroken(f"{self.host} sent compressed data that is broken.") from error
            if plain:
                into[: len(plain)] = plain
                return len(plain)

    def _receive_raw(self, into: memoryview) -> int:
        began = time.monotonic()
        try:
            count = self.sock.recv_into(into)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise  # only in `poll`
        except TimeoutError as error:
            raise Offline(f"{self.host} does not answer any more.") from error
        except OSError as error:
            raise Offline(f"The connection to {self.host} was lost.") from error
        if not count:
            raise Offline(f"{self.host} closed the connection.")
        self._waited += time.monotonic() - began
        self._trickled += count
        if self._waited > self.read_timeout * PATIENCE:
            if self._trickled < TRICKLE:
                raise Offline(f"{self.host} is too slow to go on.")
            self._waited, self._trickled = 0.0, 0
        return count


def _keep_alive(plain: socket.socket) -> None:
    """Notice within minutes of IDLE that the peer is gone, and keep routers from forgetting us."""
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # Linux and Windows call the first TCP_KEEPIDLE, macOS TCP_KEEPALIVE.
    first = getattr(socket, "TCP_KEEPIDLE", getattr(socket, "TCP_KEEPALIVE", None))
    options = (first, 120), (getattr(socket, "TCP_KEEPINTVL", None), 30)
    for option, seconds in (*options, (getattr(socket, "TCP_KEEPCNT", None), 4)):
        if option is not None:
            with contextlib.suppress(OSError):
                plain.setsockopt(socket.IPPROTO_TCP, option, seconds)


class Client(IMAPClient):  # type: ignore[misc]  # the library is untyped
    """IMAPClient on a Wire."""

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext | None, *, connect: float, read: float
    ) -> None:
        self._make: Callable[[], Wire] = lambda: Wire(
            host, port, context, connect=connect, read=read
        )
        super().__init__(host, port, ssl=context is not None)
        # The library logs every line it reads, which is mail, as soon as anyone turns logging on.
        self.wire.debug = 0

    def _create_IMAP4(self) -> Wire:  # noqa: N802 - the library asks for it
        return self._make()

    def _set_read_timeout(self) -> None:
        """Nothing: the wire set its own."""

    @property
    def wire(self) -> Wire:
        """The connection below."""
        wire = self._imap
        assert isinstance(wire, Wire)
        return wire
