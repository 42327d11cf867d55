"""A server that was just started, asked over HTTP."""

import base64
import hashlib
import re
import ssl

import httpx
import pytest
from tests.servers.certificates import Certificates
from tests.servers.missive_server import TeamServer

from missive_wire import limits


def test_it_serves_with_nothing_set_up_and_stops_when_asked(team_server: TeamServer) -> None:
    assert httpx.get(f"{team_server.url}/healthz", timeout=60).json() == {
        "ok": True,
        "parts": {"database": True, "blobs": True},
    }
    info = httpx.get(f"{team_server.url}/v1/info", timeout=60).json()
    assert info["schema"] == limits.SCHEMA
    assert team_server.stop() == 0
    assert team_server.events("stopped")
    team_server.start()  # with the data that is there


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "missing"),
        ("GET", "/v1/nothing", 404, "missing"),
        ("POST", "/v1/info", 405, "method"),
        ("GET", "/v1/info/", 404, "missing"),
        ("GET", "/../etc/passwd", 404, "missing"),
        ("OPTIONS", "/v1/info", 405, "method"),
        ("TRACE", "/v1/info", 405, "method"),
    ],
)
def test_what_is_not_there_is_told_shortly(
    shared_team_server: TeamServer, method: str, path: str, status: int, code: str
) -> None:
    answer = httpx.request(method, f"{shared_team_server.url}{path}", timeout=60)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["error"] == code
    assert set(answer.json()) <= {"error", "message"}


def test_every_answer_has_its_id_and_says_nothing_to_browsers(
    shared_team_server: TeamServer,
) -> None:
    answer = httpx.get(f"{shared_team_server.url}/v1/info", timeout=60)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "access-control-allow-origin" not in answer.headers
    assert "server" not in answer.headers
    assert answer.headers["x-request-id"] in {
        line.get("request") for line in shared_team_server.events("request")
    }


@pytest.mark.parametrize("path", ["/join", "/setup"])
def test_a_link_in_a_browser_says_what_to_do_with_it(
    shared_team_server: TeamServer, path: str
) -> None:
    page = httpx.get(f"{shared_team_server.url}{path}", timeout=60)
    assert page.status_code == 200
    assert "Copy the whole address" in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    parts = re.findall(r"<(?:script|style)>(.*?)</", page.text, re.DOTALL)
    assert len(parts) == (2 if path == "/join" else 1)  # only an invitation opens the program
    for part in parts:  # nothing runs and nothing is shown but what is named by its hash
        assert base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() in policy
    assert page.text.count("http") == page.text.count("https:")  # in the script alone
    assert page.headers["referrer-policy"] == "no-referrer"


def test_figures_are_for_the_machine_itself(shared_team_server: TeamServer) -> None:
    address = f"{shared_team_server.url}/metrics"
    assert "missive_requests_total" in httpx.get(address, timeout=60).text
    assert (
        httpx.get(address, headers={"X-Forwarded-For": "203.0.113.9"}, timeout=60).status_code
        == 404
    )


def _trusting(certs: Certificates) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certs.ca))


def test_tls_by_file(
    tmp_path_factory: pytest.TempPathFactory, throwaway_certificates: Certificates
) -> None:
    certs = throwaway_certificates
    server = TeamServer(
        tmp_path_factory.mktemp("tls"),
        *("--cert", str(certs.certificate), "--key", str(certs.key)),
        tls=True,
    ).start()
    try:
        answer = httpx.get(f"{server.url}/healthz", verify=_trusting(certs))
        assert answer.json()["ok"]
        assert "strict-transport-security" in answer.headers
    finally:
        server.kill()
