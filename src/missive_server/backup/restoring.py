"""Restoring into an empty database, of either kind; see the package for what follows from it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from pathlib import Path
from typing import NamedTuple

from missive_server.auth.trail import NOBODY
from missive_server.backup.archive import Input, reading
from missive_server.blobs.folder import sync_folder
from missive_server.blobs.opening import open_place
from missive_server.blobs.place import CHUNK, Place, Upload
from missive_server.config import Config
from missive_server.core.values import Caller
from missive_server.database import catalog, opening, sqlite
from missive_server.database.store import Store
from missive_server.database.work import Bulk, Query, Work
from missive_server.errors import Trouble, UsageError
from missive_server.service import trail
from missive_wire.ids import org_scope

FENCES = 1_000_000  # how far those of leases go up


class Restored(NamedTuple):
    made: int  # when the backup was, in milliseconds
    files: int


async def restore(
    config: Config, path: Path, *, replace: bool = False, sign_out: bool = False
) -> Restored:
    """Put a backup in the place of an empty database, or with `replace` of any."""
    with reading(path) as saved:
        load = _into_postgres if config.database else _into_file
        result = await load(config, saved, replace, sign_out)
        place = open_place(config.blob_place)
        files = [await _restore_file(saved, place, name) for name in saved.names("files")]
    return result._replace(files=sum(files))


async def _into_file(config: Config, saved: Input, replace: bool, sign_out: bool) -> Restored:
    target = config.data / opening.FILE
    aside = target.with_name(f"{opening.FILE}.restoring")
    if target.exists():
        await asyncio.to_thread(_check_unused, target)
        if not replace and await _is_used(config):
            raise UsageError("There is data here already. With --replace it is put aside.")
    _remove(aside)
    try:
        store = await opening.open_file(aside, saved.manifest.revision)
        try:
            result = await store.run(_load, saved, store.dialect, sign_out)
        finally:
            await store.close()
        await (await opening.open_file(aside)).close()
        if target.exists():
            target.replace(target.with_name(f"{opening.FILE}.replaced-{secrets.token_hex(4)}"))
        _remove(target)
        aside.replace(target)
        sync_folder(target.parent)
    finally:
        _remove(aside)
    return result


def _check_unused(path: Path) -> None:
    """Leaving WAL needs the file for oneself: that no server runs is seen by that."""
    connection = sqlite.connect(path)
    try:
        connection.execute("PRAGMA busy_timeout = 1000")
        try:
            with sqlite.translated():
                connection.execute("PRAGMA journal_mode = DELETE")
        except Trouble:
            raise
        except Exception:
            raise Trouble("The server is running. Stop it first.") from None
    finally:
        connection.close()


def _remove(path: Path) -> None:
    for each in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        each.unlink(missing_ok=True)


async def _is_used(config: Config) -> bool:
    store, revision = await opening.open_as_it_is(config.database, config.data)
    try:
        return bool(revision and await store.read(_organizations))
    finally:
        await store.close()


async def _into_postgres(config: Config, saved: Input, replace: bool, sign_out: bool) -> Restored:
    store, revision = await opening.open_as_it_is(config.database, config.data)
    try:
        others: int = await store.read(_others)
        if others:
            raise Trouble("A server uses this database. Stop it first.")
        if revision:
            organizations: int = await store.read(_organizations)
            if organizations and not replace:
                raise UsageError("There is data here already. With --replace it is deleted.")
            await store.run(_drop)
    finally:
        await store.close()
    result = await _load_at(config, saved, sign_out)
    await (await opening.open_store(config.database, config.data, 1)).close()
    return result


async def _load_at(config: Config, saved: Input, sign_out: bool) -> Restored:
    store: Store = await opening.open_store(
        config.database, config.data, 1, target=saved.manifest.revision
    )
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        return await store.run(_load, saved, store.dialect, sign_out)


def _organizations() -> Work[int]:
    rows = yield Query("SELECT count(*) FROM orgs")
    return int(rows[0][0])


def _others() -> Work[int]:
    rows = yield Query(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'missive-server'"
        " AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    return int(rows[0][0])


def _drop() -> Work[None]:
    for table in (yield from catalog.tables("postgresql")):
        yield Query(f"DROP TABLE {table.name}")
    yield Query("DROP TABLE alembic_version")


def _load(saved: Input, dialect: str, sign_out: bool) -> Work[Restored]:
    """Write all rows in one transaction, and begin anew what must not go on as it was."""
    known = {table.name for table in (yield from catalog.tables(dialect))}
    for name in saved.names("tables"):
        table = name.split("/")[1]
        columns = saved.manifest.columns.get(table)
        if table not in known or columns is None:
            raise UsageError("The backup has tables that this version does not know.")
        values = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
        insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"
        yield Bulk(insert, saved.rows(name))
    epoch = secrets.token_hex(6)
    yield Query("UPDATE scopes SET epoch = $1", (epoch,))
    yield Query("UPDATE leases SET until = 0, fence = fence + $1", (FENCES,))
    yield Query("DELETE FROM blobs WHERE state <> 'there'")
    yield Query(
        "UPDATE orgs SET stored ="
        " (SELECT COALESCE(SUM(b.size), 0) FROM blobs b WHERE b.org = orgs.id)"
    )
    yield Query("UPDATE orgs SET closed = $1", (saved.manifest.made,))
    if sign_out:
        yield Query("DELETE FROM sessions")
    orgs = yield Query("SELECT id FROM orgs")
    now = time.time_ns() // 1_000_000
    for (org,) in orgs:
        server = Caller(user="", device="", org=org, server=True)
        details = {"made": saved.manifest.made, "epoch": epoch}
        yield from trail.note(org_scope(org), server, "organization.restored", now, details=details)
    return Restored(saved.manifest.made, 0)


async def _restore_file(saved: Input, place: Place, name: str) -> bool:
    _, org, hash_ = name.split("/")
    upload = Upload(org, hash_, NOBODY)
    await place.drop(upload)
    at = 0
    with saved.open(name) as part:
        while piece := part.read(16 * CHUNK):
            await place.keep(upload, at, piece)
            at += len(piece)
    return await place.finish(upload)
