"""A server that is told to stop under load: what it acknowledged is there when it is back."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.servers.mates import until
from tests.servers.missive_server import TeamServer
from tests.servers.team_members import Person, team
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from missive_wire import frames
from missive_wire.codec import encode


def _write(person: Person, space: str, acknowledged: list[dict[str, Any]]) -> None:
    """Write until the server is gone; note what it said it has."""
    while True:
        change = person.conversation(space)
        try:
            answer = person.http.post("/v1/mutate", json=person.asked(muts=[change]))
        except httpx.TransportError:
            return
        if answer.status_code != 200:
            return
        acknowledged.append(change | answer.json()["results"][0])


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_nothing_acknowledged_is_lost(tmp_path: Path, how: str) -> None:
    server = TeamServer(tmp_path, "--rate", "1000000").start()
    made = team(server, people=8)
    done: list[list[dict[str, Any]]] = [[] for _ in made.people]
    writers = [
        threading.Thread(target=_write, args=(person, made.space, mine))
        for person, mine in zip(made.people, done, strict=True)
    ]
    for writer in writers:
        writer.start()
    while sum(map(len, done)) < 200:
        time.sleep(0.01)
    if how == "stop":
        assert server.stop() == 0
    else:
        server.kill()
    for writer in writers:
        writer.join(30)
    server.start()
    found: dict[str, int] = {}
    cur, head = {made.space: (made.people[0].head(made.space)[0], 0)}, -1
    while cur[made.space][1] != head:
        page = made.people[0].pull(cur)["scopes"][made.space]
        found |= {row["id"]: row["seq"] for row in page.get("rows", ())}
        cur[made.space], head = (page["e"], page["to"]), page["head"]
    for change in [each for mine in done for each in mine]:
        assert found[change["id"]] == change["seqs"][made.space]
    made.close()
    server.kill()


def test_who_waits_is_answered_and_who_listens_hears_bye(tmp_path: Path) -> None:
    server = TeamServer(tmp_path).start()
    made = team(server)
    ana, ben, _ = made.people
    cur = {scope: ben.head(scope) for scope in ben.pull()["all"]}
    answers: list[Any] = []
    polling = threading.Thread(target=lambda: answers.append(ben.pull(cur, wait=50)))
    polling.start()
    token = ana.http.headers["authorization"].partition(" ")[2]
    with connect(f"ws://localhost:{server.port}/v1/stream") as stream:
        stream.send(encode(frames.Hello(token, ana.device, 1)).decode())
        assert '"welcome"' in str(stream.recv(60))
        figures = f"{server.url}/metrics"
        until(lambda: 'missive_connections{kind="poll"} 1.0' in httpx.get(figures, timeout=60).text)
        start = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - start < 30  # not until the poll ends by itself
        said = ""
        with suppress(ConnectionClosed):
            while True:
                said += str(stream.recv(60))
    assert '"bye"' in said
    assert "stopping" in said
    polling.join(60)
    assert answers
    assert answers[0]["now"]
    made.close()
