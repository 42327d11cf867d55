"""A server of images that misbehaves as told, and keeps every byte that was said to it.

It speaks HTTP and TLS on one port, told apart by the first byte. Nothing reaches it but through
`Fetcher`'s own seam: names resolve to addresses of the public Internet, connections end up here.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpcore
import pytest
from tests.servers.certificates import Certificates

from missive_desktop.remote.fetch import Fetcher, Limits

PUBLIC = "93.184.215.14"
HOST = "pictures.example.net"

Page = bytes | Callable[[socket.socket], None]


def png(width: int = 1, height: int = 1, *, fill: int = 200) -> bytes:
    """A grey image that every decoder reads."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + bytes([fill]) * width) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def answer(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """A whole response; underscores in names of headers are dashes."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def redirect(to: str, status: str = "302 Found") -> bytes:
    return answer(b"", status, Location=to)


@dataclass
class Heard:
    """One request: over TLS or not, to which name, and its bytes as they came."""

    tls: bool
    name: str
    raw: bytes

    @property
    def path(self) -> str:
        return self.raw.split(b" ", 2)[1].decode()

    @property
    def headers(self) -> dict[str, str]:
        lines = self.raw.decode().split("\r\n")[1:]
        return dict(line.split(": ", 1) for line in lines if line)


@dataclass
class PictureServer:
    """`pages` maps paths, or "host/path", to a response; `tls` off closes whoever says hello."""

    certificates: Certificates
    pages: dict[str, Page] = field(default_factory=dict)
    tls: bool = True
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    delay: float = 0.0  # seconds before each answer

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._closed = False
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(self.certificates.certificate, self.certificates.key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name="pictures", daemon=True).start()

    def _accept(self) -> None:
        while not self._closed:
            with contextlib.suppress(OSError):
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with self._lock:
            self.connections += 1
        connection = plain
        try:
            with contextlib.suppress(OSError):
                plain.settimeout(30)
                secured = plain.recv(1, socket.MSG_PEEK) == b"\x16"
                if secured:
                    if not self.tls:
                        return
                    connection = self._context.wrap_socket(plain, server_side=True)
                while request := self._request(connection):
                    self._answer(connection, request, secured)
        finally:
            connection.close()

    def _request(self, connection: socket.socket) -> bytes:
        raw = b""
        while not raw.endswith(b"\r\n\r\n"):
            piece = connection.recv(1)
            if not piece:
                return b""
            raw += piece
        return raw

    def _answer(self, connection: socket.socket, raw: bytes, secured: bool) -> None:
        heard = Heard(secured, "", raw)
        heard.name = heard.headers.get("Host", "").partition(":")[0]
        with self._lock:
            self.heard.append(heard)
        time.sleep(self.delay)
        path = heard.path
        if path.startswith("http://"):  # as a proxy is asked
            path = "/" + path.removeprefix("http://").partition("/")[2]
        page = self.pages.get(heard.name + path, self.pages.get(path))
        if page is None:
            page = answer(b"nothing", "404 Not Found")
        if isinstance(page, bytes):
            connection.sendall(page)
        else:
            page(connection)
            raise OSError("done")

    def close(self) -> None:
        self._closed = True
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        self._listener.close()

    # -- how a fetcher reaches it

    def connect(self, address: str, port: int, seconds: float) -> httpcore.NetworkStream:
        """Connect to here instead of the address, which is remembered in `reached`."""
        self.reached.append((address, port))
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", self.port, timeout=seconds)

    reached: list[tuple[str, int]] = field(default_factory=list)

    def fetcher(self, resolve=None, limits: Limits | None = None) -> Fetcher:
        """A fetcher for which every name is a public address, and every address this server."""
        return Fetcher(
            resolve=resolve or (lambda host, port: [PUBLIC]),
            connect=self.connect,
            context=ssl.create_default_context(cafile=str(self.certificates.ca)),
            limits=limits or Limits(),
        )


def drip(data: bytes, pause: float) -> Callable[[socket.socket], None]:
    """Send a response byte by byte, with a pause before each."""

    def send(connection: socket.socket) -> None:
        for byte in data:
            time.sleep(pause)
            connection.sendall(bytes([byte]))

    return send


def endless(head: bytes, body: bytes) -> Callable[[socket.socket], None]:
    """Send `head`, and then `body` again and again."""

    def send(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(body)

    return send


@pytest.fixture(scope="session")
def picture_certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    from tests.servers import certificates

    hosts = (HOST, "other.example.net", "bücher.example".encode("idna").decode(), PUBLIC)
    return certificates.make(tmp_path_factory.mktemp("pictures"), hosts)


@pytest.fixture
def picture_server(picture_certificates: Certificates) -> Iterator[PictureServer]:
    server = PictureServer(picture_certificates)
    yield server
    server.close()
