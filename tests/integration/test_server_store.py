"""What both back ends promise: transactions, isolation of those that fail, reading, upgrades."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from tests.servers.postgres import PostgresServer

from missive_server.database import opening
from missive_server.database.store import Store
from missive_server.database.work import Bulk, Query, Work, keys
from missive_server.errors import Trouble

T = TypeVar("T")
Run = Callable[[Callable[[Store], Awaitable[T]]], T]


@pytest.fixture
def run(server_address: str, tmp_path: Path) -> Run[T]:
    """Open the database anew and do something with it."""

    def run(what: Callable[[Store], Awaitable[T]]) -> T:
        async def whole() -> T:
            store = await opening.open_store(server_address, tmp_path)
            try:
                return await what(store)
            finally:
                await store.close()

        return asyncio.run(whole())

    return run


PUT = "INSERT INTO server (name, value) VALUES ($1, $2)"


def put(*names: str) -> Work[int]:
    yield Bulk(PUT, [(name, b"x") for name in names])
    return len(names)


def names() -> Work[list[str]]:
    rows = yield Query("SELECT name FROM server ORDER BY name")
    return [row[0] for row in rows]


def test_what_was_written_is_there_when_opened_again(run: Run) -> None:
    assert run(lambda store: store.run(put, "a", "b")) == 2
    assert run(lambda store: store.read(names)) == ["a", "b"]


def test_lists_and_keys_mean_the_same_in_both(run: Run) -> None:
    def found() -> Work[tuple[list[str], list[str]]]:
        some = yield Query("SELECT name FROM server WHERE name = ANY($1) ORDER BY 1", (["a", "q"],))
        joined = yield Query(
            "SELECT s.name FROM KEYS($1) JOIN server s ON s.name = k.value->>1 ORDER BY s.name",
            (keys([("", "c"), ("", "b"), ("", "q")]),),
        )
        return [row[0] for row in some], [row[0] for row in joined]

    async def body(store: Store) -> tuple[list[str], list[str]]:
        await store.run(put, "a", "b", "c")
        return await store.read(found)

    assert run(body) == (["a"], ["b", "c"])


def test_one_that_fails_leaves_its_neighbours_alone(run: Run) -> None:
    def fails(how: int) -> Work[None]:
        yield Query(PUT, (f"half {how}", b""))
        if how % 2:
            raise KeyError(how)
        yield Query(PUT, (f"half {how}", b""))

    async def body(store: Store) -> list[object]:
        works = [store.run(fails, n) if n % 3 else store.run(put, f"ok {n:02}") for n in range(20)]
        outcomes = await asyncio.gather(*works, return_exceptions=True)
        assert [n for n, each in enumerate(outcomes) if each == 1] == list(range(0, 20, 3))
        return await store.read(names)

    assert run(body) == [f"ok {n:02}" for n in range(0, 20, 3)]


def test_nothing_is_written_by_a_reader(run: Run) -> None:
    async def body(store: Store) -> list[str]:
        with pytest.raises(Exception):  # noqa: B017  # each driver has its own
            await store.read(put, "a")
        return await store.read(names)

    assert run(body) == []


def test_who_gives_up_waiting_does_not_stop_the_others(run: Run) -> None:
    async def body(store: Store) -> list[str]:
        task = asyncio.ensure_future(store.run(put, "a"))
        await asyncio.sleep(0)
        task.cancel()
        await store.run(put, "b")
        await asyncio.wait([task])
        assert store.waiting == 0
        return await store.read(names)

    assert "b" in run(body)


def test_a_database_of_a_newer_program_is_refused_in_plain_words(run: Run) -> None:
    def newer() -> Work[None]:
        yield Query("UPDATE alembic_version SET version_num = '9999'")

    run(lambda store: store.run(newer))
    with pytest.raises(Trouble, match="newer version of missive-server"):
        run(lambda store: store.read(names))


def test_an_older_database_is_brought_up_to_date_with_what_is_in_it(
    server_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = tmp_path / "program" / "versions"
    shutil.copytree(opening._VERSIONS, versions, ignore=shutil.ignore_patterns("__pycache__"))
    newer = versions / f"v{int(opening.NEWEST) + 1:04}.py"
    newer.write_text(
        "from missive_server.database.statements import apply\n"
        f"revision, down_revision = '{newer.stem[1:]}', '{opening.NEWEST}'\n"
        "def upgrade():\n"
        "    apply('ALTER TABLE server ADD COLUMN more INTEGER NOT NULL DEFAULT 7;\\n')\n"
    )

    def more() -> Work[list[tuple[str, int]]]:
        rows = yield Query("SELECT name, more FROM server")
        return [tuple(row) for row in rows]

    async def body() -> None:
        store = await opening.open_store(server_address, tmp_path)
        await store.run(put, "a")
        await store.close()
        monkeypatch.setattr(opening, "_VERSIONS", versions)
        both = [
            opening.open_store(server_address, tmp_path, target=newer.stem[1:]) for _ in range(2)
        ]
        for store in await asyncio.gather(*both):
            assert await store.read(more) == [("a", 7)]
            await store.close()

    asyncio.run(body())


def test_two_programs_may_make_the_tables_at_once(postgres: PostgresServer, tmp_path: Path) -> None:
    async def both(addresses: list[str], folder: Path) -> None:
        opened = await asyncio.gather(*(opening.open_store(a, folder) for a in addresses))
        assert [await store.read(names) for store in opened] == [[], []]
        for store in opened:
            await store.close()

    asyncio.run(both(["", ""], tmp_path / "new"))
    asyncio.run(both([postgres.empty()] * 2, tmp_path))
