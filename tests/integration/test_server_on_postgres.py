"""What the routes and the administrator ask of the database, on PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

from tests.servers.missive_server import TeamServer
from tests.servers.postgres import PostgresServer
from tests.servers.team_members import team

from missive_server.blobs.opening import open_place
from missive_server.database.opening import open_store
from missive_server.housekeeping import sweep_files
from missive_server.service.writing import milliseconds

DAY = 86_400_000


def test_a_day_on_postgres(postgres: PostgresServer, tmp_path: Path) -> None:
    address = postgres.database()
    server = TeamServer(tmp_path, "--database", address).start()
    people = team(server)
    ana, ben, cleo = people.people
    data, forgotten = os.urandom(200_000), os.urandom(1000)
    hash_ = ana.send_file(people.space, data)
    conv = ana.conversation(people.space)
    ana.mutate(conv, ana.message(people.space, conv["id"], hash_))
    ana.send_file(people.space, forgotten)
    assert ben.announce(people.space, data)["done"]
    assert ben.read_file(people.space, hash_, range="bytes=5-9").content == data[5:10]
    assert ben.pull({people.space: (ben.head(people.space)[0], 0)})["scopes"]
    ana.post("/v1/lease", {"device": ana.device, "scope": people.space})

    async def sweep(days: int) -> int:
        store = await open_store(address, server.data)
        place = open_place(str(server.data / "blobs"))
        try:
            return await sweep_files(store, place, 0, lambda: milliseconds() + days * DAY)
        finally:
            await store.close()

    assert asyncio.run(sweep(0)) == 0
    assert asyncio.run(sweep(1)) == 1
    assert ben.read_file(people.space, hash_).content == data
    (org,) = json.loads(server.admin("--json", "list"))
    assert (org["members"], org["stored"]) == (3, len(data))
    assert len(json.loads(server.admin("--json", "members", org["id"]))) == 3
    assert len(json.loads(server.admin("--json", "devices", org["id"]))) == 3
    server.admin("invites", org["id"])
    server.admin("create-org", "Another", "--owner", "zoe@example.org")
    server.admin("remove", ben.caller.user)
    ben.post("/v1/pull", ben.asked(), 401)
    server.admin("reset-totp", cleo.caller.user)
    server.admin("revoke", ana.device)
    assert ana.read_file(people.space, hash_).status_code == 401
    people.close()
    assert server.stop() == 0
    assert server.events("bug") == []
