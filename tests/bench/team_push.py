"""How fast what one person does reaches the others, and what a thousand listeners cost.

Server and load share the machine, each in processes of its own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.report import Report
from tests.bench.team_ground import Ground, lay
from tests.servers import postgres
from tests.servers.missive_server import TeamServer

SPACES, SEATS = 20, 50  # a thousand people, each in one space
RATE = 100  # changes a second, each of which is 50 frames
GENEROUS = ("--rate", "1000000", "--rate-unknown", "1000000", "--connections-per-address", "100000")
GOALS = {"SQLite": 60.0, "PostgreSQL": 100.0}


def run(report: Report, seconds: float = 10.0) -> None:
    with tempfile.TemporaryDirectory() as folder, postgres.running(durable=True) as database:
        for name, address in (("SQLite", ""), ("PostgreSQL", database.empty())):
            place = Path(folder) / name
            _push(report, name, place, address, seconds)


def _push(report: Report, name: str, place: Path, address: str, seconds: float) -> None:
    ground = lay(address, place / "data", spaces=SPACES, seats=SEATS)
    with _serving(place, address) as server:
        empty = private_megabytes(server.pid)
        order = _order(ground, server.port) | {"rate": RATE, "seconds": seconds}
        with _load(order) as load:
            assert load.stdout is not None
            assert load.stdin is not None
            assert load.stdout.readline() == "connected\n"
            time.sleep(1.0)
            full = private_megabytes(server.pid)
            load.stdin.write("\n")
            load.stdin.flush()
            seen: dict[str, Any] = json.loads(load.stdout.readline())
        busy = private_megabytes(server.pid)
    people = SPACES * SEATS
    rate = f"{seen['rate']:.0f} frames/s to {people} subscribers in {SPACES} scopes"
    report.add(f"commit to parsed frame, p99, {name}", seen["p99"], "ms", GOALS[name], rate)
    report.add(f"commit to parsed frame, median, {name}", seen["p50"], "ms")
    report.add(f"server with {people} connections, {name}", full, "MB", 100)
    report.add(f"server after {seen['frames']} frames, {name}", busy, "MB")
    report.add(f"one connection, {name}", (full - empty) * 1024 / people, "KB", 30)
    report.add(f"frames to the removed after the removal, {name}", seen["after_removal"], "", 0)
    report.add(f"removal to the removed one's client, {name}", seen["revoked_ms"], "ms", 1000)


@contextlib.contextmanager
def _serving(place: Path, address: str) -> Iterator[TeamServer]:
    database = ("--database", address) if address else ()
    server = TeamServer(place, *GENEROUS, *database).start()
    try:
        yield server
    finally:
        server.kill()


@contextlib.contextmanager
def _load(order: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.push_load"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as load:
        assert load.stdin is not None
        load.stdin.write(json.dumps(order) + "\n")
        load.stdin.flush()
        yield load


def _order(ground: Ground, port: int) -> dict[str, Any]:
    people = [dataclasses.asdict(person) for person in ground.people]
    return {"port": port, "people": people, "spaces": ground.spaces}


def private_megabytes(pid: int) -> float:
    """Return what a process holds, its share of what it shares with others among it (PSS)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(text.split("\nPss:")[1].split()[0]) / 1024
