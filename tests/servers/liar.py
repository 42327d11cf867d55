"""A server that lies: in front of the real one, it bends what is answered to what is asked.

It knows no WebSocket, so clients poll it. `bend` gets path, question and answer, and returns what
is told instead.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from tests.servers.missive_server import TeamServer

from missive_wire import sums

Json = dict[str, Any]
Bend = Callable[[str, Json, Json], Json]
_PASSED = ("content-type", "retry-after", "content-range")


def truth(path: str, question: Json, answer: Json) -> Json:
    return answer


class Liar(ThreadingHTTPServer):
    """Listens at `port`."""

    daemon_threads = True

    def __init__(self, server: TeamServer, bend: Bend = truth) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bend, self.port = bend, self.server_address[1]
        self.behind = httpx.Client(base_url=server.url, timeout=70)


class _Handler(BaseHTTPRequestHandler):
    server: Liar
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self._pass_on()

    do_GET = do_PUT = do_POST  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def _pass_on(self) -> None:
        asked = self.rfile.read(int(self.headers.get("content-length", "0")))
        if self.path.startswith("/v1/stream"):
            self._answer(404, b"{}", {})
            return
        names = ("authorization", "content-type", "range")
        headers = {n: self.headers[n] for n in names if n in self.headers}
        try:
            answer = self.server.behind.request(
                self.command, self.path, content=asked, headers=headers
            )
        except httpx.HTTPError:
            self.close_connection = True  # the test is over, or the server has gone
            return
        told = answer.content
        if answer.status_code == 200 and self.command == "POST":
            bent = self.server.bend(self.path, json.loads(asked or b"{}"), answer.json())
            told = json.dumps(bent).encode()
        kept = {n: answer.headers[n] for n in _PASSED if n in answer.headers}
        self._answer(answer.status_code, told, kept)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # who asked has gone


def pages(path: str, question: Json, answer: Json) -> list[tuple[str, Json]]:
    """Return scope and page of each page of rows in an answer, to be bent where they are."""
    if path == "/v1/backfill":
        return [(question["scope"], answer)]
    return list(answer.get("scopes", {}).items()) if path == "/v1/pull" else []


def planted(page: Json, row: Json) -> None:
    """Put a row into a page so that the sum fits."""
    page["rows"] = [*page.get("rows", []), row]
    total = sums.from_text(page["sum"])
    more = sums.row_sum(row["op"], row["t"], row["id"], row["v"])
    page["sum"] = sums.as_text(sums.moved(total, 0, more))
    page["count"] = page.get("count", 0) + 1


@contextmanager
def lying(server: TeamServer, bend: Bend = truth) -> Iterator[Liar]:
    made = Liar(server, bend)
    thread = threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()
        made.behind.close()
        thread.join()
