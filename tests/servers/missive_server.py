"""The sync server as an administrator starts it: a process of its own on a free port.

`team_server` is a new one with an empty folder; `shared_team_server` serves a whole run of tests,
each of which makes organizations of its own.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from tests.servers.ports import free_ports

from missive_server import __main__ as missive_server

STARTING = 60.0


class TeamServer:
    """One node. It keeps its port and its folder when it is stopped and started again."""

    def __init__(self, folder: Path, *flags: str, tls: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.port = free_ports(1)[0]
        self.flags = flags
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("MISSIVE_SERVER_")
        } | {"PYTHONWARNINGS": "error"}
        self._scheme = "https" if tls else "http"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"{self._scheme}://localhost:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "missive_server", *arguments]

    def start(self) -> TeamServer:
        """Start it, and wait until it answers."""
        place = ["--port", str(self.port), "--data", str(self.data)]
        seen = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command("serve", *place, *self.flags),
                env=self.environment,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        end = time.monotonic() + STARTING
        while not self._listens(seen):
            if self._process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"the server did not start: {self.log.read_text()[seen:]}")
            time.sleep(0.02)
        if self._scheme == "http":
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=STARTING) as answer:
                assert answer.status == 200
        return self

    def _listens(self, seen: int) -> bool:
        with self.log.open("rb") as log:
            log.seek(seen)
            return b'"event": "listening"' in log.read()

    def stop(self, timeout: float = 60.0) -> int:
        """Ask it to stop, and return its exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(timeout)
        self._process = None
        return code

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def admin(self, *arguments: str, code: int = 0) -> str:
        """Run `missive-server admin …` on the same data, in this process; return what it says."""
        said, wrong = io.StringIO(), io.StringIO()
        command = ["admin", "--data", str(self.data), *self._database(), *arguments]
        with redirect_stdout(said), redirect_stderr(wrong):
            try:
                found = missive_server.main(command)
            except SystemExit as end:  # of the parser
                found = int(end.code or 0)
        assert found == code, wrong.getvalue()
        return said.getvalue()

    @property
    def on_postgres(self) -> bool:
        return "--database" in self.flags

    @property
    def database(self) -> str:
        """The address of its PostgreSQL; "" where it has a SQLite of its own."""
        return self.flags[self.flags.index("--database") + 1] if self.on_postgres else ""

    def _database(self) -> list[str]:
        return ["--database", self.database] if self.on_postgres else []

    def events(self, name: str = "") -> list[dict[str, Any]]:
        """Return what it has logged; every line is JSON, but what a full disk tore."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line[-1:] == "}"]
        return [line for line in lines if not name or line["event"] == name]


@pytest.fixture
def team_server(tmp_path: Path) -> Iterator[TeamServer]:
    server = TeamServer(tmp_path / "team-server").start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def shared_team_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamServer]:
    generous = ("--log-level", "debug", "--rate", "1000000", "--rate-unknown", "1000000")
    server = TeamServer(tmp_path_factory.mktemp("team-server"), *generous).start()
    yield server
    server.kill()
