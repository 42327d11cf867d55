"""An HTTPS server that takes clicks on "unsubscribe" and remembers what they told it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import httpcore
import pytest
from tests.servers.certificates import Certificates
from tests.servers.pictures import HOST, PUBLIC

from missive_desktop.remote.posting import Poster


class Click(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class ClickServer:
    """`answers[path]` is a status, 200 where there is none; 3xx sends on to /elsewhere."""

    def __init__(self, certificates: Certificates) -> None:
        self.certificates = certificates
        self.clicks: list[Click] = []
        self.answers: dict[str, int] = {}
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = dict(self.headers.items())
                server.clicks.append(Click(self.command, self.path, headers, body))
                status = server.answers.get(self.path, 200)
                self.send_response(status)
                self.send_header("Set-Cookie", "who=you")
                self.send_header("Location", "https://other.example.net/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *args: object) -> None:
                pass

        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates.certificate, certificates.key)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, path: str) -> str:
        return f"https://{HOST}{path}"

    def poster(self, resolved: str = PUBLIC) -> Poster:
        """For which every name is at `resolved`, and every address this server."""

        def connect(address: str, port: int, seconds: float) -> httpcore.NetworkStream:
            port = self._server.server_address[1]
            return httpcore.SyncBackend().connect_tcp("127.0.0.1", port, timeout=seconds)

        return Poster(
            resolve=lambda host, port: [resolved],
            connect=connect,
            context=ssl.create_default_context(cafile=str(self.certificates.ca)),
        )

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def click_server(picture_certificates: Certificates) -> Iterator[ClickServer]:
    server = ClickServer(picture_certificates)
    yield server
    server.close()
