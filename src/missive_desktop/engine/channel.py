"""Channels: whole frames over a pair of pipes or over a local socket, blocking.

The same on every system: reading and writing are done by threads (`link`), because Windows
cannot wait for inherited pipes in an event loop. Knows nothing of what the frames hold.
"""

from __future__ import annotations

import contextlib
import os
import socket
from multiprocessing.connection import Connection
from typing import Any, Protocol

from missive_desktop.engine import frames
from missive_desktop.engine.protocol import FRAME_LIMIT
from missive_desktop.errors import PeerBroken

_CHUNK = 1 << 20


class Channel(Protocol):
    """Whole frames, both ways. One thread may receive while another sends."""

    def receive(self) -> bytes:
        """Wait for a frame; EOFError at the end, PeerBroken for what is no frame."""

    def send(self, payload: bytes) -> None:
        """Send a frame; OSError when nobody reads any more."""

    def close(self) -> None:
        """Let go; the other end sees the end."""


class PipeChannel:
    """Frames over two file descriptors, which it owns."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    def receive(self) -> bytes:
        return bytes(self._exactly(frames.size_of(bytes(self._exactly(frames.HEADER_SIZE)))))

    def _exactly(self, size: int) -> bytearray:
        got = bytearray()  # grows with what arrives, so a wrong length costs no memory
        while len(got) < size:
            try:
                chunk = os.read(self._incoming, min(size - len(got), _CHUNK))
            except OSError as error:
                raise EOFError from error
            if not chunk:
                raise EOFError
            got += chunk
        return got

    def send(self, payload: bytes) -> None:
        for part in (frames.header(len(payload)), payload):
            rest = memoryview(part)
            while rest:
                rest = rest[os.write(self._outgoing, rest[:_CHUNK]) :]

    def close(self) -> None:
        """Close the way out only: the reader ends when the other side follows."""
        if self._outgoing >= 0:
            outgoing, self._outgoing = self._outgoing, -1
            with contextlib.suppress(OSError):
                os.close(outgoing)

    def close_incoming(self) -> None:
        """To be called by the reading thread once it is done."""
        if self._incoming >= 0:
            incoming, self._incoming = self._incoming, -1
            with contextlib.suppress(OSError):
                os.close(incoming)


class SocketChannel:
    """Frames over a `multiprocessing` connection: AF_UNIX, or a named pipe on Windows."""

    def __init__(self, connection: Connection[Any, Any]) -> None:
        self._connection = connection

    def receive(self) -> bytes:
        try:
            return self._connection.recv_bytes(FRAME_LIMIT)
        except EOFError:
            raise
        except OSError as error:
            if self._connection.closed or error.errno is not None:
                raise EOFError from error
            # `recv_bytes` has closed the connection: the length was beyond the limit.
            raise PeerBroken("Window and mail engine do not understand each other.") from error

    def send(self, payload: bytes) -> None:
        self._connection.send_bytes(payload)

    def wait(self, timeout: float) -> bool:
        """True when something can be received within `timeout` seconds."""
        try:
            return self._connection.poll(timeout)
        except (OSError, EOFError):
            return True  # the end can be received

    def close(self) -> None:
        if self._connection.closed:
            return
        if os.name == "posix":  # wakes a thread that waits in receive; close() alone does not
            with contextlib.suppress(OSError), _socket(self._connection.fileno()) as held:
                held.shutdown(socket.SHUT_RDWR)
            return
        with contextlib.suppress(OSError):
            self._connection.close()

    def close_incoming(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.close()


def _socket(descriptor: int) -> socket.socket:
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=os.dup(descriptor))
