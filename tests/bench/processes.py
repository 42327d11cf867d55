"""Processes beside a measurement: a server of its own, and what is ordered by JSON."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.servers.missive_server import TeamServer

GENEROUS = ("--rate", "1000000", "--rate-unknown", "1000000", "--connections-per-address", "100000")


@contextlib.contextmanager
def serving(folder: Path, address: str = "") -> Iterator[TeamServer]:
    """A server that slows nobody down, on the PostgreSQL at `address` or on a SQLite of its own."""
    database = ("--database", address) if address else ()
    server = TeamServer(folder, *GENEROUS, *database).start()
    try:
        yield server
    finally:
        server.kill()


class Ordered:
    """A process that got its order; it answers by lines, and goes on when it is told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._in, self._out = process, process.stdin, process.stdout

    def told(self) -> Any:
        """Return what it says next."""
        line = self._out.readline()
        assert line, f"{self._process.args} ended early"
        return json.loads(line)

    def go_on(self) -> None:
        self._in.write("\n")
        self._in.flush()


@contextlib.contextmanager
def ordered(module: str, order: dict[str, Any]) -> Iterator[Ordered]:
    command = [sys.executable, "-m", f"tests.bench.{module}"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            yield Ordered(process)
            with contextlib.suppress(BrokenPipeError):  # one that has said all is gone
                process.stdin.write("\n")
                process.stdin.close()
            process.wait(30)
        finally:
            process.kill()
