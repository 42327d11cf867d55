"""In front of a team's server: keeps every byte that clients send, and can swallow answers."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
from tests.servers.missive_server import TeamServer


class Recorder:
    """`sent` is all that the server was ever told; an answer to `swallow` (a path) gets lost."""

    def __init__(self, server: TeamServer) -> None:
        self.sent = bytearray()
        self.swallow = b""
        self._server = server
        self._closed = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self._listener.getsockname()[1]}"
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closed:
            with contextlib.suppress(OSError):
                client, _ = self._listener.accept()
                self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            client,
            socket.create_connection(("127.0.0.1", self._server.port), 5) as server,
        ):
            lost = threading.Event()
            self._start(self._back, server, client, lost)
            while data := client.recv(65_536):
                self.sent += data
                if self.swallow and self.swallow in data:
                    lost.set()
                server.sendall(data)

    def _back(self, server: socket.socket, client: socket.socket, lost: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65_536):
                if lost.is_set():
                    self.swallow = b""
                    break
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._closed = True
        with contextlib.suppress(OSError):
            socket.create_connection(self._listener.getsockname()).close()  # wakes who accepts
        self._listener.close()


@pytest.fixture
def recorder(team_server: TeamServer) -> Iterator[Recorder]:
    made = Recorder(team_server)
    yield made
    made.close()
