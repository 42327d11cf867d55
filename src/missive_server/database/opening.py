"""Opening a database: its tables are brought up to date first, by one process at a time."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import asyncpg

from missive_server.database import postgres, sqlite
from missive_server.database.store import Store
from missive_server.database.work import Query, Work
from missive_server.errors import Trouble

FILE = "server.db"
_VERSIONS = Path(__file__).parent / "versions"
NEWEST = max(path.stem[1:] for path in _VERSIONS.glob("v*.py"))


async def open_store(
    address: str, data: Path, connections: int = postgres.CONNECTIONS, *, target: str = NEWEST
) -> Store:
    """Open the PostgreSQL at an address, or without one the SQLite file in a folder.

    `target` is the revision that the tables are brought to if they are older.
    """
    if not address:
        return await open_file(data / FILE, target)
    pool = await postgres.open_pool(address, connections)
    try:
        await _upgrade_postgres(pool, target)
    except BaseException:
        pool.terminate()
        raise
    return postgres.PostgresStore(pool)


async def open_file(path: Path, target: str = NEWEST) -> Store:
    """Open SQLite in a file."""
    await asyncio.to_thread(_prepare, path, target)
    return sqlite.SqliteStore(path)


async def open_as_it_is(address: str, data: Path) -> tuple[Store, str]:
    """Open a database that another program may be using, and return its revision with it."""
    if address:
        store: Store = postgres.PostgresStore(await postgres.open_pool(address, 1))
    elif (data / FILE).exists():
        store = sqlite.SqliteStore(data / FILE)
    else:
        raise Trouble("There is no database in the data folder.")
    try:
        return store, await store.read(revision, store.dialect)
    except BaseException:
        await store.close()
        raise


def _prepare(path: Path, target: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            path.touch(mode=0o600)
    except OSError:
        raise Trouble(f"The folder {path.parent} cannot be made or written.") from None
    connection = sqlite.connect(path)
    try:
        with sqlite.translated():
            connection.execute("BEGIN IMMEDIATE")
            found = sqlite.drive(connection, revision("sqlite"))
            for statement in _missing("sqlite", found, target):
                connection.execute(statement)
            connection.execute("COMMIT")
    finally:
        connection.close()


def revision(dialect: str) -> Work[str]:
    """Return the revision of the tables, "" where there are none."""
    there = "to_regclass('alembic_version')"
    if dialect == "sqlite":
        there = "(SELECT name FROM sqlite_master WHERE name = 'alembic_version')"
    rows = yield Query(f"SELECT 1 WHERE {there} IS NOT NULL")
    if not rows:
        return ""
    rows = yield Query("SELECT version_num FROM alembic_version")
    return str(rows[0][0]) if rows else ""


async def _upgrade_postgres(pool: postgres.Pool, target: str) -> None:
    for _ in range(5):
        try:
            async with postgres.translated(), pool.acquire() as held, held.transaction():
                found = await postgres.drive(held, revision("postgresql"))
                if found and found != target:
                    await held.execute("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")
                    found = await postgres.drive(held, revision("postgresql"))
                for statement in await asyncio.to_thread(_missing, "postgresql", found, target):
                    await held.execute(statement)
            return
        except (
            asyncpg.DuplicateTableError,
            asyncpg.UniqueViolationError,
            asyncpg.DeadlockDetectedError,
        ):
            pass  # another node makes the tables at this moment
    raise Trouble("Another program changes the database.")


def _missing(dialect: str, found: str, target: str) -> list[str]:
    """Return the statements that lead from the revision found to the one that is wanted."""
    if found == target:
        return []
    for each in (found, target):
        if each and not (_VERSIONS / f"v{each}.py").exists():
            raise Trouble(
                "The database was written by a newer version of missive-server. Please update it."
            )
    program = [sys.executable, "-m", "missive_server.database.upgrading"]
    made = subprocess.run(
        [*program, str(_VERSIONS.parent), dialect, found, target], capture_output=True, check=True
    )
    statements: list[str] = json.loads(made.stdout)
    return statements
