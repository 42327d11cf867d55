"""A PostgreSQL from a folder, for fixtures and benchmarks: Debian's own, as an ordinary user.

Each test gets a database of its own, copied from one that has the tables already. Nothing is
synced to the disk unless the test is about that.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import asyncpg
import pytest
from tests.servers.ports import free_ports

from missive_server.database.opening import FILE, open_store

HOW_TO_INSTALL = (
    "These tests need PostgreSQL. Install it: apt-get install --no-install-recommends postgresql"
)
OLDEST = 14  # has recovery_init_sync_method, with which a killed one is soon there again
TEMPLATE = "template_missive"
_numbers = itertools.count(1)


def programs() -> Path:
    """Return the folder of PostgreSQL's programs, the newest that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version)
    on_path = shutil.which("postgres")
    if not found and on_path is None:
        raise RuntimeError(HOW_TO_INSTALL)
    folder = found[-1].parent if found else Path(str(on_path)).parent
    version = _says(folder / "postgres")
    if version < OLDEST:
        raise RuntimeError(
            f"The PostgreSQL in {folder} is version {version}; these tests need {OLDEST} or newer."
        )
    return folder


@cache
def _says(program: Path) -> int:
    """Return which version a program says that it is."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\) (\d+)", said)
    if found is None:
        raise RuntimeError(f"{program} does not say which version it is: {said.strip()}")
    return int(found[1])


def _version(path: Path) -> float:
    return float(path.parts[-3])


class PostgresServer:
    """One running server, on a port of the loopback and with trust for who can reach it."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self.durable = durable
        (self.port,) = free_ports(1)
        self._data = folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        self._user = pwd.getpwnam("postgres" if os.geteuid() == 0 else _me())
        if os.geteuid() == 0:
            shutil.chown(folder, self._user.pw_uid, self._user.pw_gid)
        self._run("initdb", "-D", str(self._data), "-U", "missive", "-A", "trust", "-E", "UTF8",
                  "--locale=C", "--no-sync")  # fmt: skip

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://missive@127.0.0.1:{self.port}/{database}"

    def _as_user(self) -> dict[str, int]:
        if os.geteuid() != 0:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid}

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [programs() / program, *arguments],
            capture_output=True,
            cwd=self.folder,
            check=False,
            **self._as_user(),  # type: ignore[call-overload]
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr.decode(errors='replace')}")

    def start(self) -> None:
        sync = "on" if self.durable else "off"
        settings = {
            "listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": "",
            "fsync": sync, "full_page_writes": sync, "max_connections": "100",
            "shared_buffers": "64MB", "autovacuum_naptime": "10s", "log_min_messages": "fatal",
            "recovery_init_sync_method": "syncfs",
        }  # fmt: skip
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            [programs() / "postgres", "-D", str(self._data), *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.folder,
            start_new_session=True,
            **self._as_user(),  # type: ignore[call-overload]
        )
        log.close()
        asyncio.run(self._wait())

    async def _wait(self) -> None:
        end = time.monotonic() + 60
        while True:
            try:
                await (await asyncpg.connect(self.url(), timeout=5)).close()
                return
            except (OSError, asyncpg.PostgresError):
                if time.monotonic() > end or self._process is None or self._process.poll():
                    raise RuntimeError((self.folder / "log").read_text()) from None
                await asyncio.sleep(0.02)

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End every process of it at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGQUIT)  # "immediate": the folder goes with it

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                if how == signal.SIGKILL:
                    _kill_family(process.pid)
                process.send_signal(how)
            process.wait(30)

    # --- databases -----------------------------------------------------------------------

    def database(self) -> str:
        """Make a database with all tables and return its address."""
        return self.url(asyncio.run(self._database()))

    def empty(self) -> str:
        """Make a database without tables and return its address."""
        name = f"db{next(_numbers)}"

        async def make() -> None:
            connection = await asyncpg.connect(self.url())
            await connection.execute(f"CREATE DATABASE {name}")
            await connection.close()

        asyncio.run(make())
        return self.url(name)

    async def _database(self) -> str:
        name = f"db{next(_numbers)}"
        connection = await asyncpg.connect(self.url())
        try:
            if not await connection.fetchval(
                "SELECT 1 FROM pg_database WHERE datname = $1", TEMPLATE
            ):
                await connection.execute(f"CREATE DATABASE {TEMPLATE}")
                await (await open_store(self.url(TEMPLATE), self.folder)).close()
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        finally:
            await connection.close()
        return name


def _me() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


def _kill_family(pid: int) -> None:
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)


@contextlib.contextmanager
def running(*, durable: bool = False, within: Path | None = None) -> Iterator[PostgresServer]:
    """Run a server in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=within))
    try:
        server = PostgresServer(folder, durable=durable)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests; `postgres.database()` is a database of one's own."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")

    async def make() -> None:
        await (await open_store("", folder)).close()

    asyncio.run(make())
    return folder / FILE


@pytest.fixture
def sqlite_address(_sqlite_template: Path, tmp_path: Path) -> str:
    """The address "", with the tables made already in `tmp_path`."""
    shutil.copy(_sqlite_template, tmp_path / FILE)
    return ""


@pytest.fixture
def postgres_address(postgres: PostgresServer) -> str:
    return postgres.database()


@pytest.fixture(params=["sqlite", "postgresql"])
def server_address(request: pytest.FixtureRequest) -> str:
    """Each test with this runs on both: `open_store(server_address, tmp_path)`."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_address"))
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.database()
