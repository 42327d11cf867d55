"""What a server answers is taken in up to a measure, and never unpacked."""

import gzip
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from missive_desktop.domain.team import TeamSettings
from missive_desktop.errors import PeerBroken
from missive_desktop.team import calls
from missive_desktop.team.calls import Calls
from missive_wire import routes
from missive_wire.routes import Info


@pytest.fixture
def server():
    """Answers what `said` holds: headers and bytes."""

    class Handler(BaseHTTPRequestHandler):
        said = ({}, b"")

        def do_GET(self):
            headers, body = self.said
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield Handler, f"http://127.0.0.1:{made.server_port}"
        made.shutdown()
        thread.join()


def test_more_than_can_be_is_not_taken_in(server, monkeypatch):
    handler, url = server
    monkeypatch.setattr(calls, "_ANSWER", 1000)
    with closing(Calls(url, TeamSettings(), lambda: "token")) as line:
        endless = b'{"pad":"' + b"x" * 100_000 + b'"}'
        for said in (({}, endless), ({"Content-Encoding": "gzip"}, gzip.compress(b"{}"))):
            handler.said = said
            with pytest.raises(PeerBroken) as broken:
                line.get(routes.INFO, Info, token=False)
            assert broken.value.__cause__ is None  # not for what it says
        handler.said = ({}, b"y" * 100_000)
        with pytest.raises(PeerBroken):
            line.get_part("/v1/blobs/x", 0, 50_000)
