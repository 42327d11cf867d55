"""Acknowledged changes a second over HTTP: fifty clients, each waiting for its answer.

Every change is a whole transaction: session, permission, entity, order, checksum, audit chain,
stored answer, synced to the disk. Server and load share the machine, in processes of their own.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.bench.report import Report, cpu_seconds
from tests.servers import postgres
from tests.servers.missive_server import TeamServer
from tests.servers.organizations import Organization, found, token_of

from missive_server.database.opening import open_store
from missive_server.database.work import Query, Work
from missive_server.service.writing import milliseconds
from missive_wire.ids import new_id

CLIENTS, SPACES = 50, 20
GOALS = {"SQLite": 2000.0, "PostgreSQL": 1000.0}
NODES = (1, 2, 4)
GENEROUS = ("--rate", "1000000", "--rate-unknown", "1000000", "--connections-per-address", "1000")


def run(report: Report, seconds: float = 8.0) -> None:
    with tempfile.TemporaryDirectory() as folder, postgres.running(durable=True) as database:
        for name, address in (("SQLite", ""), ("PostgreSQL", database.database())):
            _write(report, name, Path(folder) / name, address, seconds)
        for nodes in NODES[1:]:
            place = Path(folder) / f"nodes-{nodes}"
            seen = _measured(place, database.database(), nodes, seconds)
            report.add(f"changes/s, {nodes} nodes on one PostgreSQL", seen["rate"], "/s")
        _compare(report, seconds)


def _write(report: Report, name: str, place: Path, address: str, seconds: float) -> None:
    seen = _measured(place, address, 1, seconds)
    times = f"p50 {seen['p50']:.0f} ms, p99 {seen['p99']:.0f} ms"
    note = f"{times}; server {seen['cpu']:.0f} % of a core"
    goal = GOALS[name]
    report.add(f"acknowledged changes/s, 50 clients, {name}", seen["rate"], "/s", goal, note,
               least=True)  # fmt: skip
    report.add(f"server after {seen['count']} changes, {name}", seen["rss"], "MB", 100)


def _compare(report: Report, seconds: float) -> None:
    """What the web server does at best: the same requests to a route that only answers."""
    with _bare() as port:
        seen = _load({"ports": [port], "seconds": seconds, "clients": _strangers()})
    report.add("requests/s to a bare route that does nothing", seen["rate"], "/s")


def _measured(place: Path, address: str, nodes: int, seconds: float) -> dict[str, Any]:
    org = asyncio.run(_lay(address, place / "data"))
    with contextlib.ExitStack() as stack:
        servers = []
        for number in range(nodes):
            flags = [*GENEROUS, *(("--database", address) if address else ())]
            if number:
                flags += ["--blobs", str(place / "blobs")]
            server = TeamServer(place if not number else place / str(number), *flags)
            stack.callback(server.kill)
            servers.append(server.start())
        before = sum(cpu_seconds(server.pid) for server in servers)
        order = {"ports": [s.port for s in servers], "seconds": seconds, "clients": _people(org)}
        seen = _load(order)
        seen["cpu"] = (sum(cpu_seconds(s.pid) for s in servers) - before) / seen["took"] * 100
        seen["rss"] = max(_megabytes(server.pid) for server in servers)
    return seen


async def _lay(address: str, data: Path) -> Organization:
    store = await open_store(address, data)
    try:
        org = await found(store, people=CLIENTS, spaces=SPACES, now=milliseconds())
        await store.run(_with_keys)
        return org
    finally:
        await store.close()


def _with_keys() -> Work[None]:
    yield Query("UPDATE scopes SET key_epoch = 1")


def _people(org: Organization) -> list[dict[str, Any]]:
    return [
        {
            "device": who.device,
            "token": token_of(who),
            "user": who.user,
            "mid": org.call(who, org.conversation()).muts[0].mid,
            "scope": org.spaces[number % SPACES],
        }
        for number, who in enumerate(org.people)
    ]


def _strangers() -> list[dict[str, Any]]:
    names = ("device", "token", "user", "scope")
    return [{name: new_id() for name in names} | {"mid": 1} for _ in range(CLIENTS)]


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


@contextlib.contextmanager
def _bare() -> Iterator[int]:
    command = [sys.executable, "-m", "tests.bench.team_bare"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


# --- the load, in a process of its own -----------------------------------------------------


def _load(order: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.team_writes"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


async def _all(order: dict[str, Any]) -> dict[str, Any]:
    ports = order["ports"]
    taken: list[float] = []
    start = time.perf_counter()
    end = start + order["seconds"]
    clients = [
        _client(who, ports[number % len(ports)], end, taken)
        for number, who in enumerate(order["clients"])
    ]
    await asyncio.gather(*clients)
    took = time.perf_counter() - start
    return {
        "count": len(taken),
        "took": took,
        "rate": len(taken) / took,
        "p50": statistics.median(taken) * 1000,
        "p99": sorted(taken)[int(len(taken) * 0.99)] * 1000,
    }


async def _client(who: dict[str, Any], port: int, end: float, taken: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    mid, conv, body = who["mid"], new_id(), base64.b64encode(bytes(1024)).decode()
    base = {"scope": who["scope"], "k": 1, "b": body, "bv": 1}
    change = base | {"op": "put", "t": "conv", "id": conv, "act": "conversation.created", "h": {}}
    while time.perf_counter() < end:
        begun = time.perf_counter()
        await _ask(reader, writer, who, change | {"mid": mid})
        taken.append(time.perf_counter() - begun)
        mid += 1
        if mid % 2:
            assigned = {"op": "patch", "t": "conv", "id": conv, "act": "conversation.assigned"}
            change = assigned | {"scope": who["scope"], "h": {"assignees": [who["user"]]}}
        else:
            change = base | {"op": "put", "t": "comment", "id": new_id(), "act": "comment.added",
                             "h": {"conv": conv}}  # fmt: skip
    writer.close()


async def _ask(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    who: dict[str, Any],
    change: dict[str, Any],
) -> None:
    content = json.dumps({"device": who["device"], "schema": 1, "muts": [change]}).encode()
    head = (
        "POST /v1/mutate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {who['token']}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    writer.write(head.encode() + content)
    answer = await reader.readuntil(b"\r\n\r\n")
    length = int(answer.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    found = await reader.readexactly(length)
    if b'"st":"ok"' not in found:
        raise RuntimeError(f"{answer.decode()}{found.decode()}")


def main(arguments: Sequence[str] = ()) -> None:
    import uvloop

    print(json.dumps(uvloop.run(_all(json.load(sys.stdin)))))


if __name__ == "__main__":
    main()
