"""How fast what one person does reaches the others, and what a thousand listeners cost.

Server and load share the machine, each in processes of its own.
"""

from __future__ import annotations

import dataclasses
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.processes import ordered, serving
from tests.bench.report import Report
from tests.bench.team_ground import Ground, lay
from tests.servers import postgres

SPACES, SEATS = 20, 50  # a thousand people, each in one space
RATE = 100  # changes a second, each of which is 50 frames
GOALS = {"SQLite": 60.0, "PostgreSQL": 100.0}


def run(report: Report, seconds: float = 10.0) -> None:
    with tempfile.TemporaryDirectory() as folder, postgres.running(durable=True) as database:
        for name, address in (("SQLite", ""), ("PostgreSQL", database.empty())):
            place = Path(folder) / name
            _push(report, name, place, address, seconds)


def _push(report: Report, name: str, place: Path, address: str, seconds: float) -> None:
    ground = lay(address, place / "data", spaces=SPACES, seats=SEATS)
    with serving(place, address) as server:
        empty = private_megabytes(server.pid)
        order = _order(ground, server.port) | {"rate": RATE, "seconds": seconds}
        with ordered("push_load", order) as load:
            assert load.told() == "connected"
            time.sleep(1.0)
            full = private_megabytes(server.pid)
            load.go_on()
            seen: dict[str, Any] = load.told()
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


def _order(ground: Ground, port: int) -> dict[str, Any]:
    people = [dataclasses.asdict(person) for person in ground.people]
    return {"port": port, "people": people, "spaces": ground.spaces}


def private_megabytes(pid: int) -> float:
    """Return what a process holds, its share of what it shares with others among it (PSS)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(text.split("\nPss:")[1].split()[0]) / 1024
