"""A Redis of our own: started from Debian's package on a free port, nothing kept on disk."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers.ports import free_ports, wait_for_port

HOW_TO_INSTALL = (
    "These tests need Redis. Install it: apt-get install --no-install-recommends redis-server"
)
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


class RedisServer:
    """It keeps its port when it is stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_ports(1)[0]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> RedisServer:
        program = shutil.which("redis-server", path=_PATH)
        if program is None:
            raise RuntimeError(HOW_TO_INSTALL)
        self._process = subprocess.Popen(
            [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
             "--appendonly", "no", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        if not wait_for_port(self.port, 60.0):
            raise AssertionError("redis-server did not start")
        return self

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path).start()
    yield server
    server.stop()
