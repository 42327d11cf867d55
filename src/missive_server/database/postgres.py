"""PostgreSQL over asyncpg: a pool of connections, each transaction tried anew where it lost.

Nothing here rests on LISTEN/NOTIFY, advisory locks or sequences. Works lock the rows of scopes
(`FOR UPDATE`), so that the order of commits is the order of `seq` on every node.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any, ParamSpec, TypeVar

import asyncpg

from missive_server.database.dialect import for_postgres
from missive_server.database.work import Again, Query, Rows, Work
from missive_server.errors import BadRequest, Busy, Full, Trouble

Pool = Any  # asyncpg has no types
Connection = Any

P = ParamSpec("P")
T = TypeVar("T")

CONNECTIONS = 8
WAITING = 1024
TRIES = 12
_AGAIN = (
    Again,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.StatementCompletionUnknownError,
)
_GONE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.ReadOnlySQLTransactionError,
    OSError,
    TimeoutError,
)
# Every query of ours goes by an index, one row after the other: the planner does not see the
# lengths of lists, and its plans are older than the tables are long.
SETTINGS = {
    "application_name": "missive-server",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    "idle_in_transaction_session_timeout": "60000",
    "lock_timeout": "20000",
    "synchronous_commit": "on",
    "timezone": "UTC",
}


class Quick(asyncpg.Connection):  # type: ignore[misc]
    """A connection that needs no reset between uses: transactions leave nothing behind."""

    def get_reset_query(self) -> str:
        return ""


class PostgresStore:
    """The database behind one address, shared with other nodes."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting = 0
        self._closed = False

    @property
    def dialect(self) -> str:
        return "postgresql"

    @property
    def waiting(self) -> int:
        return self._waiting

    async def run(self, work: Callable[P, Work[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._do("BEGIN", lambda: work(*args, **kwargs))

    async def read(self, work: Callable[P, Work[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._do(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", lambda: work(*args, **kwargs)
        )

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            async with asyncio.timeout(10):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def _do(self, begin: str, start: Callable[[], Work[T]]) -> T:
        if self._closed or self._waiting >= WAITING:
            raise Busy()
        self._waiting += 1
        try:
            async with translated():
                return await self._with_tries(begin, start)
        finally:
            self._waiting -= 1

    async def _with_tries(self, begin: str, start: Callable[[], Work[T]]) -> T:
        for attempt in range(1, TRIES + 1):
            try:
                async with self._pool.acquire() as connection:
                    return await _transaction(connection, begin, start())
            except _AGAIN:
                if attempt == TRIES:
                    raise Busy() from None
            await asyncio.sleep(secrets.randbelow(2**attempt) * 0.002)
        raise AssertionError("unreachable")


async def open_pool(url: str, connections: int = CONNECTIONS) -> Pool:
    async with translated():
        return await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=connections,
            max_inactive_connection_lifetime=300,
            command_timeout=60,
            timeout=10,
            connection_class=Quick,
            server_settings=SETTINGS,
            statement_cache_size=512,
        )


async def _transaction(connection: Any, begin: str, work: Work[T]) -> T:
    try:
        await connection.execute(begin)
        try:
            result = await drive(connection, work)
        except BaseException:
            if not connection.is_closed():
                with contextlib.suppress(*_GONE, asyncpg.PostgresError):
                    await connection.execute("ROLLBACK")
            raise
        await connection.execute("COMMIT")
        return result
    finally:
        work.close()


async def drive(connection: Any, work: Work[T]) -> T:
    """Take a transaction's generator to its end."""
    try:
        asked = next(work)
        while True:
            rows: Rows = ()
            if isinstance(asked, Query):
                rows = await connection.fetch(for_postgres(asked.sql), *asked.params)
            elif asked.rows:
                await connection.executemany(for_postgres(asked.sql), asked.rows)
            asked = work.send(rows)
    except StopIteration as end:
        result: T = end.value
        return result


@contextlib.asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Turn what the environment does to the database into our errors; bugs stay what they are."""
    try:
        yield
    except (asyncpg.DiskFullError, asyncpg.OutOfMemoryError) as error:
        raise Full("The disk of the database is full. Nothing was changed.") from error
    except (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError):
        raise BadRequest from None  # a NUL, say: no text of ours has one
    except (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError) as error:
        raise Busy() from error
    except asyncpg.InvalidCatalogNameError as error:
        raise Trouble("There is no database of this name. Make it first: createdb.") from error
    except (
        asyncpg.InvalidAuthorizationSpecificationError,
        asyncpg.InsufficientPrivilegeError,
    ) as error:
        raise Trouble("The database does not let the server in.") from error
    except _GONE as error:
        raise Trouble("The database cannot be reached just now.") from error
