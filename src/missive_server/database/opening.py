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
from missive_server.errors import Trouble

FILE = "server.db"
_VERSIONS = Path(__file__).parent / "versions"
NEWEST = max(path.stem[1:] for path in _VERSIONS.glob("v*.py"))


async def open_store(address: str, data: Path, connections: int = postgres.CONNECTIONS) -> Store:
    """Open the PostgreSQL at an address, or without one the SQLite file in a folder."""
    if address:
        pool = await postgres.open_pool(address, connections)
        try:
            await _upgrade_postgres(pool)
        except BaseException:
            pool.terminate()
            raise
        return postgres.PostgresStore(pool)
    path = await asyncio.to_thread(_prepared, data)
    return sqlite.SqliteStore(path)


def _prepared(data: Path) -> Path:
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        raise Trouble("The data folder cannot be made or written.") from None
    path = data / FILE
    if not path.exists():
        path.touch(mode=0o600)
    upgrade_sqlite(path)
    return path


def upgrade_sqlite(path: Path) -> None:
    """Bring the tables of a file up to date."""
    connection = sqlite.connect(path)
    try:
        with sqlite.translated():
            connection.execute("BEGIN IMMEDIATE")
            found = ""
            if connection.execute(
                "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
            ).fetchone():
                found = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
            for statement in _missing("sqlite", found):
                connection.execute(statement)
            connection.execute("COMMIT")
    finally:
        connection.close()


async def _upgrade_postgres(pool: postgres.Pool) -> None:
    for _ in range(5):
        try:
            async with (
                postgres.translated(),
                pool.acquire() as connection,
                connection.transaction(),
            ):
                await _upgrade_locked(connection)
            return
        except (asyncpg.DuplicateTableError, asyncpg.UniqueViolationError):
            pass  # another node made the tables meanwhile
    raise Trouble("Another program changes the database.")


async def _upgrade_locked(connection: postgres.Connection) -> None:
    found = ""
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is not None:
        found = await connection.fetchval("SELECT version_num FROM alembic_version")
        if found == NEWEST:
            return
        await connection.execute("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")
        found = await connection.fetchval("SELECT version_num FROM alembic_version")
    for statement in await asyncio.to_thread(_missing, "postgresql", found):
        await connection.execute(statement)


def _missing(dialect: str, found: str) -> list[str]:
    """Return the statements that lead from the revision found to the newest."""
    if found == NEWEST:
        return []
    if found and not (_VERSIONS / f"v{found}.py").exists():
        raise Trouble(
            "The database was written by a newer version of missive-server. Please update it."
        )
    made = subprocess.run(
        [sys.executable, "-m", "missive_server.database.upgrading", dialect, found],
        capture_output=True,
        check=True,
    )
    statements: list[str] = json.loads(made.stdout)
    return statements
