"""A small proxy, HTTP or SOCKS5, that remembers where it was asked to lead, and leads elsewhere.

Whatever name is asked for, the connection goes to one server of the test's own.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
from tests.servers.pictures import PictureServer

_END = b"\r\n\r\n"


class WebProxy:
    """`asked` holds (way, host, port); `names` whether hosts came as names, not as addresses."""

    def __init__(self, kind: str, target: PictureServer) -> None:
        self.kind = kind
        self.asked: list[tuple[str, str, int]] = []
        self.logins: list[bytes] = []
        self.refuse = False
        self._target = target
        self._closed = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name="web proxy", daemon=True).start()

    @property
    def url(self) -> str:
        scheme = {"http": "http", "socks": "socks5h"}[self.kind]
        return f"{scheme}://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while not self._closed:
            with contextlib.suppress(OSError):
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), client:  # whoever hangs up says less
            client.settimeout(30)
            first = self._http(client) if self.kind == "http" else self._socks(client)
            if first is None:
                return
            with socket.create_connection(("127.0.0.1", self._target.port), 5) as server:
                server.sendall(first)
                back = threading.Thread(target=_pass_on, args=(server, client), daemon=True)
                back.start()
                _pass_on(client, server)
                back.join(5)

    def _http(self, client: socket.socket) -> bytes | None:
        """Answer CONNECT, or let a whole request through as it is; None ends it."""
        head = b""
        while not head.endswith(_END):
            head += client.recv(1) or b"\0"
            if head.endswith(b"\0"):
                return None
        method, address, _ = head.split(b" ", 2)
        self.logins += [
            line for line in head.split(b"\r\n") if line.lower().startswith(b"proxy-auth")
        ]
        if method != b"CONNECT":
            host = address.removeprefix(b"http://").partition(b"/")[0].decode()
            self.asked.append(("forward", host, 80))
            return head
        host, _, port = address.decode().rpartition(":")
        self.asked.append(("connect", host, int(port)))
        if self.refuse:
            client.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return None
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        return b""

    def _socks(self, client: socket.socket) -> bytes | None:
        """RFC 1928, and user names by RFC 1929."""
        _, count = client.recv(2)
        methods = client.recv(count)
        if b"\x02" in methods:
            client.sendall(b"\x05\x02")
            login = client.recv(500)
            self.logins.append(login)
            client.sendall(b"\x01\x00")
        else:
            client.sendall(b"\x05\x00")
        _, _, _, kind = client.recv(4)
        if kind == 3:
            (length,) = client.recv(1)
            host = client.recv(length).decode()
        else:
            host = f"address {client.recv(4 if kind == 1 else 16).hex()}"
        port = int.from_bytes(client.recv(2), "big")
        self.asked.append(("socks", host, port))
        reply = b"\x05" if self.refuse else b"\x00"
        client.sendall(b"\x05" + reply + b"\x00\x01\x00\x00\x00\x00\x00\x00")
        return None if self.refuse else b""

    def close(self) -> None:
        self._closed = True
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        self._listener.close()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@pytest.fixture(params=["http", "socks"])
def web_proxy(request: pytest.FixtureRequest, picture_server: PictureServer) -> Iterator[WebProxy]:
    proxy = WebProxy(request.param, picture_server)
    yield proxy
    proxy.close()
