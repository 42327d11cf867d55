"""A bus that loses: in front of Redis, it drops some of the messages that it should push on."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from tests.servers.redis import RedisServer


class LossyRedis:
    """`url` is the way through; so many of a hundred pushed messages get lost."""

    def __init__(self, server: RedisServer, percent: int, chance: random.Random) -> None:
        self._server, self._percent, self._chance = server, percent, chance
        self.lost = self.passed = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._server.port))
                for work in (self._up, self._down):
                    threading.Thread(target=work, args=(near, far), daemon=True).start()

    def _up(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := near.recv(65_536):
                far.sendall(data)
            far.shutdown(socket.SHUT_RDWR)

    def _down(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError), near, far, far.makefile("rb") as replies:
            while reply := _reply(replies):
                if b"$7\r\nmessage\r\n" in reply[:20]:
                    if self._chance.randrange(100) < self._percent:
                        self.lost += 1
                        continue
                    self.passed += 1
                near.sendall(reply)


def _reply(source: BinaryIO) -> bytes:
    """Read one whole reply of Redis, of either protocol."""
    line = source.readline()
    kind, size = line[:1], line[1:].strip()
    if kind in b"$=!" and kind and size != b"-1":
        return line + source.read(int(size) + 2)
    if kind in b"*>~%|" and kind and size != b"-1":
        count = int(size) * (2 if kind in b"%|" else 1)
        return line + b"".join(_reply(source) for _ in range(count))
    return line


@contextmanager
def lossy(server: RedisServer, percent: int, chance: random.Random) -> Iterator[LossyRedis]:
    made = LossyRedis(server, percent, chance)
    try:
        yield made
    finally:
        made.close()
