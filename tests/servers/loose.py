"""A wire without a server: a test feeds what it reads."""

from __future__ import annotations

import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from missive_desktop.mail.wire import Wire


class LooseWire(Wire):
    """A Wire on a given socket, which waits for no greeting."""

    def __init__(self, end: socket.socket) -> None:
        self._given = end
        super().__init__("peer", 1, None, connect=1, read=1)

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        self.host, self.port, self.sock = host, port, self._given
        self.sock.settimeout(self.read_timeout)

    def _connect(self) -> None:
        pass


@contextmanager
def fed(chunks: list[bytes], *, packed: bool = False) -> Iterator[Wire]:
    """Give a wire whose peer sends `chunks` and hangs up."""
    ours, theirs = socket.socketpair()
    wire = LooseWire(ours)
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    if packed:
        wire.compress()

    def feed() -> None:
        with theirs:
            for chunk in chunks:
                if packed:
                    chunk = packer.compress(chunk) + packer.flush(zlib.Z_SYNC_FLUSH)
                with suppress(OSError):  # the test has seen enough
                    theirs.sendall(chunk)
            with suppress(OSError):
                theirs.shutdown(socket.SHUT_WR)
                while theirs.recv(65536):
                    pass

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        yield wire
    finally:
        wire.shutdown()
        thread.join()
