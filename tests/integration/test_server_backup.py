"""Backup while the server runs, restore into either database, and what clients do after it."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
from pathlib import Path

import pytest
from tests.servers.missive_server import TeamServer
from tests.servers.organizations import NOON, Organization, found
from tests.servers.postgres import PostgresServer
from tests.servers.sync_node import Node, running, statuses

from missive_server import config
from missive_server.backup.restoring import FENCES, restore
from missive_server.backup.saving import Saved, save
from missive_server.blobs.opening import open_place
from missive_server.blobs.place import Name, Upload
from missive_server.core.values import Call
from missive_server.database.opening import FILE, open_file
from missive_server.database.work import Query, Work
from missive_server.errors import Trouble, UsageError
from missive_server.service import leases, reading, trail
from missive_wire.chain import Head, verified
from missive_wire.ids import org_scope
from missive_wire.routes import AuditRequest, LeaseRequest

FILE_BYTES = b"sealed" * 100_000
HASH = hashlib.sha256(FILE_BYTES).hexdigest()


def _config(address: str, folder: Path) -> config.Config:
    return config.read({"database": address, "data": str(folder)}, {})


async def _fill(node: Node, settings: config.Config) -> Organization:
    org = await found(node.store, people=3, spaces=2)
    who = org.people[1]
    await node.do(org, who, org.conversation(), org.conversation(1))
    await node.do(org, org.owner, org.handed(who.device))
    await node.store.run(leases.hold, who, LeaseRequest(who.device, org.spaces[0]), NOON)
    place = open_place(settings.blob_place)
    upload = Upload(org.id, HASH, who.device)
    await place.keep(upload, 0, FILE_BYTES)
    assert await place.finish(upload)
    await node.store.run(_note_file, org)
    return org


def _note_file(org: Organization) -> Work[None]:
    yield Query(
        "INSERT INTO blobs (org, hash, size, state, at) VALUES ($1, $2, $3, 'there', 0)",
        (org.id, HASH, len(FILE_BYTES)),
    )
    yield Query(
        "INSERT INTO blob_scopes (scope, hash, free) VALUES ($1, $2, 0)", (org.spaces[0], HASH)
    )


@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
def test_what_was_saved_is_restored_into_either_database(
    server_address: str, to: str, postgres: PostgresServer, tmp_path: Path
) -> None:
    before = _config(server_address, tmp_path)
    after = _config(postgres.empty() if to == "postgresql" else "", tmp_path / "new")
    file = tmp_path / "saved.backup"

    async def body() -> None:
        async with running(before.database, before.data) as node:
            org = await _fill(node, before)
            writing = [node.do(org, org.owner, org.conversation()) for _ in range(20)]
            saved, *_ = await asyncio.gather(save(before, file), *writing)
            assert isinstance(saved, Saved)
            assert (saved.files, saved.missing) == (1, 0)
        restored = await restore(after, file)
        assert restored.files == 1
        async with running(after.database, after.data) as node:
            await _holds(node, org)
        pieces = [
            p async for p in open_place(after.blob_place).read(_name(org), 0, len(FILE_BYTES))
        ]
        assert b"".join(pieces) == FILE_BYTES

    asyncio.run(body())
    assert file.stat().st_mode & 0o777 == 0o600


def _name(org: Organization) -> Name:
    return Upload(org.id, HASH, org.id).name


async def _holds(node: Node, org: Organization) -> None:
    """Every scope is whole, has a new past, and goes on; no old lease counts."""
    who = org.people[1]
    states = await node.store.read(reading.readable, who.user)
    assert len({state.e for state in states.values()}) == 1
    for scope in [*org.spaces, org_scope(org.id)]:
        await node.all_rows(who, scope)
        request = AuditRequest(org.owner.device, scope)
        page = await node.store.read(trail.page, org.owner, request)
        assert verified(Head(), scope, page.records) == (Head(page.n, page.h), 0)
    assert page.records[-1].act == "organization.restored"
    lease = await node.store.run(
        leases.hold, who, LeaseRequest(who.device, org.spaces[0]), NOON + 60_000
    )
    assert lease.fence == FENCES + 2


def test_what_was_acknowledged_after_the_backup_is_offered_again_and_taken(
    server_address: str, tmp_path: Path
) -> None:
    settings, file = _config(server_address, tmp_path), tmp_path / "saved.backup"

    async def body() -> None:
        async with running(server_address, tmp_path) as node:
            org = await _fill(node, settings)
            who = org.people[1]
            await save(settings, file, files=False)
            calls = [org.call(who, org.conversation()) for _ in range(3)]
            for call in calls:
                assert statuses(await node.writer.mutate(call)) == ["ok"]
            rows = await node.all_rows(who, org.spaces[0])
            epoch = (await node.store.read(reading.readable, who.user))[org.spaces[0]].e
            await node.do(org, org.owner, org.removal(org.people[2].user))
        await restore(settings, file, replace=True)
        async with running(server_address, tmp_path) as node:
            page = (await node.pull(who, **{org.spaces[0]: (epoch, rows[0].seq)})).scopes
            assert page[org.spaces[0]].reset
            gap = await node.writer.mutate(org.call(who, org.conversation()))
            assert (gap.refusal, gap.last_mid) == ("gap", calls[0].muts[0].mid - 1)
            for call in calls:  # the journal of the client, from `last_mid` on
                assert statuses(await node.writer.mutate(Call(who, call.muts))) == ["ok"]
            again = await node.all_rows(who, org.spaces[0])
            assert {row.id for row in rows} == {row.id for row in again}
            # whoever was removed since is back: sealed data of the lost time they cannot open
            assert (await node.pull(org.people[2])).all

    asyncio.run(body())


def test_sessions_can_be_ended_by_a_restore(sqlite_address: str, tmp_path: Path) -> None:
    settings, file = _config("", tmp_path), tmp_path / "saved.backup"

    async def body() -> None:
        async with running("", tmp_path) as node:
            org = await _fill(node, settings)
            await save(settings, file)
        await restore(settings, file, replace=True, sign_out=True)
        async with running("", tmp_path) as node:
            answer = await node.writer.mutate(org.call(org.owner, org.conversation()))
            assert answer.refusal == "unauthorized"

    asyncio.run(body())


def test_nothing_is_overwritten_unasked_nor_under_a_running_server(
    server_address: str, tmp_path: Path
) -> None:
    settings, file = _config(server_address, tmp_path), tmp_path / "saved.backup"

    async def body() -> None:
        async with running(server_address, tmp_path) as node:
            org = await _fill(node, settings)
            await save(settings, file)
            with pytest.raises(Trouble, match=r"running|uses this database"):
                await restore(settings, file, replace=True)
            await node.do(org, org.owner, org.conversation())
        with pytest.raises(UsageError, match="data here already"):
            await restore(settings, file)
        async with running(server_address, tmp_path) as node:
            await node.all_rows(org.owner, org.spaces[0])

    asyncio.run(body())


@pytest.mark.parametrize("harm", ["cut", "changed", "other"])
def test_a_damaged_backup_is_refused_before_anything_is_touched(
    sqlite_address: str, tmp_path: Path, harm: str
) -> None:
    settings, file = _config("", tmp_path), tmp_path / "saved.backup"

    async def body() -> None:
        async with running("", tmp_path) as node:
            await _fill(node, settings)
            await save(settings, file)
        data = bytearray(file.read_bytes())
        if harm == "cut":
            del data[len(data) // 2 :]
        elif harm == "changed":
            data[len(data) // 2] ^= 1
        else:
            data = bytearray(b"no backup")
        file.write_bytes(data)
        was = (tmp_path / FILE).read_bytes()
        with pytest.raises(UsageError, match=r"damaged|no backup"):
            await restore(settings, file, replace=True)
        assert (tmp_path / FILE).read_bytes() == was
        await (await open_file(tmp_path / FILE)).close()

    asyncio.run(body())


def test_a_backup_that_fails_leaves_no_half_file(sqlite_address: str, tmp_path: Path) -> None:
    with pytest.raises(Trouble):
        asyncio.run(save(_config("", tmp_path), tmp_path / "missing" / "saved.backup"))
    with pytest.raises(Trouble, match="no database"):
        asyncio.run(save(_config("", tmp_path / "empty"), tmp_path / "saved.backup"))
    assert not (tmp_path / "saved.backup").exists()


def test_the_commands_save_a_running_server_and_put_it_back(
    team_server: TeamServer, tmp_path: Path
) -> None:
    file = tmp_path / "saved.backup"

    def command(*arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            team_server.command(*arguments, "--data", str(team_server.data)),
            env=team_server.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr

    code, words = command("backup", str(file))
    assert (code, words.startswith("Saved ")) == (0, True)
    code, words = command("restore", str(file), "--replace")
    assert (code, words) == (1, "The server is running. Stop it first.\n")
    team_server.stop()
    code, words = command("restore", str(file), "--replace")
    assert (code, words.startswith("Restored what was saved on ")) == (0, True)
    team_server.start()
