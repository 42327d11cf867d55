"""The encrypted database: opening, migrating, and the driver's errors in plain words.

The only module that imports the driver. It knows nothing of mail. Forgetting the key would make
a plain file in silence, so every connection is made by `_connect`, which gives it first.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, Protocol, cast

import filelock
import sqlcipher3

from missive_desktop.errors import Cancelled, DiskTrouble, StoreLocked, disk_trouble
from missive_desktop.profile import Profile

KEY_BYTES = 32
_PLAIN = b"SQLite format 3\0"
_SCHEMA = Path(__file__).with_name("schema")
_WRITER_CACHE = 64 << 10  # KiB
_READER_CACHE = 16 << 10
_WAL_PAGES = 16_000  # about 65 MB: fewer checkpoints while a mailbox is pulled
BUSY_MS = 15_000

Parameters = Sequence[Any] | Mapping[str, Any]


class Cursor(Protocol):
    """What we use of the driver's cursor."""

    @property
    def rowcount(self) -> int: ...
    @property
    def lastrowid(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchmany(self, size: int = ...) -> list[Any]: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __next__(self) -> Any: ...


class Connection(Protocol):
    """What we use of the driver's connection. Transactions are begun and ended by `Writer` only."""

    @property
    def in_transaction(self) -> bool: ...
    def execute(self, sql: str, parameters: Parameters = ..., /) -> Cursor: ...
    def executemany(self, sql: str, rows: Iterable[Parameters], /) -> Cursor: ...
    def interrupt(self) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Store:
    """Where an opened profile's data lies, and what opens it."""

    path: Path
    packs: Path
    key: bytes = field(repr=False)


_ADVICE: dict[int, tuple[str, str]] = {
    sqlcipher3.SQLITE_FULL: ("The disk is full.", "Free some space; what was saved is safe."),
    sqlcipher3.SQLITE_IOERR: ("The disk cannot be read or written.", "Check the disk."),
    sqlcipher3.SQLITE_CORRUPT: ("The mail store is damaged.", "Run missive-desktop doctor."),
    sqlcipher3.SQLITE_NOTADB: ("The mail store is damaged.", "Run missive-desktop doctor."),
    sqlcipher3.SQLITE_CANTOPEN: ("The mail store cannot be opened.", "Check the folder's rights."),
    sqlcipher3.SQLITE_PERM: ("The mail store cannot be opened.", "Check the folder's rights."),
    sqlcipher3.SQLITE_READONLY: ("The disk is read-only.", "Check the folder's rights."),
    sqlcipher3.SQLITE_BUSY: ("The mail store is in use by another program.", "Close it first."),
    sqlcipher3.SQLITE_LOCKED: ("The mail store is in use by another program.", "Close it first."),
}


def translate(error: BaseException) -> BaseException:
    """Return the KnownError that a driver's error means, or the error itself if it is a bug."""
    if not isinstance(error, sqlcipher3.Error):
        return error
    code = _code(error)
    # An interrupt that comes while the search index is opened is told as its failure to open;
    # a damaged index has a code of its own.
    opening = code == int(sqlcipher3.SQLITE_ERROR) and "vtable constructor failed" in str(error)
    if code == int(sqlcipher3.SQLITE_INTERRUPT) or opening:
        return Cancelled("Stopped.")
    if code in _ADVICE:
        return DiskTrouble(*_ADVICE[code])
    return cast(BaseException, error)


def _raise(error: Exception) -> NoReturn:
    known = translate(error)
    if known is error:
        raise error
    raise known from error


class _Cursor(sqlcipher3.Cursor):  # type: ignore[misc]  # the driver has no types
    """The driver's cursor, with its errors translated: a damaged page shows as rows are fetched."""

    def fetchone(self) -> Any:
        try:
            return super().fetchone()
        except sqlcipher3.Error as error:
            _raise(error)

    def fetchmany(self, size: int = 1) -> list[Any]:
        try:
            return cast(list[Any], super().fetchmany(size))
        except sqlcipher3.Error as error:
            _raise(error)

    def fetchall(self) -> list[Any]:
        try:
            return cast(list[Any], super().fetchall())
        except sqlcipher3.Error as error:
            _raise(error)

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except sqlcipher3.Error as error:
            _raise(error)

    def __iter__(self) -> Iterator[Any]:
        step = super().__next__
        try:
            while True:
                yield step()
        except StopIteration:
            return
        except sqlcipher3.Error as error:
            _raise(error)


class _Connection(sqlcipher3.Connection):  # type: ignore[misc]  # the driver has no types
    """The driver's connection, with its errors translated."""

    def cursor(self, factory: type[_Cursor] = _Cursor) -> _Cursor:
        return cast(_Cursor, super().cursor(factory))

    def execute(self, sql: str, parameters: Parameters = (), /) -> Cursor:
        try:
            return cast(Cursor, _execute(self, sql, parameters))
        except sqlcipher3.Error as error:
            _raise(error)

    def executemany(self, sql: str, rows: Iterable[Parameters], /) -> Cursor:
        try:
            return cast(Cursor, _executemany(self, sql, rows))
        except sqlcipher3.Error as error:
            _raise(error)


_execute = sqlcipher3.Connection.execute
_executemany = sqlcipher3.Connection.executemany


def _connect(path: Path, key: bytes, *, cache: int, thread_bound: bool) -> Connection:
    if len(key) != KEY_BYTES:
        raise ValueError("the store key has 32 bytes")
    connection: Connection | None = None
    try:
        connection = sqlcipher3.connect(
            str(path),
            isolation_level=None,
            cached_statements=256,
            check_same_thread=thread_bound,
            factory=_Connection,
        )
        assert connection is not None
        # Else a wrong key writes to stderr. The key is raw: no derivation on each open.
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        connection.execute("PRAGMA cipher_memory_security = OFF")  # 3.5 times slower on
        connection.execute("PRAGMA cipher_page_size = 4096")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA cache_size = -{cache}")
        connection.execute("PRAGMA foreign_keys = ON")
        if not connection.execute("PRAGMA cipher_version").fetchone():
            raise AssertionError("the database driver cannot encrypt")
    except sqlcipher3.Error as error:
        _raise(error)
    except BaseException:
        if connection is not None:
            connection.close()
        raise
    return connection


def open_reader(store: Store, *, thread_bound: bool = True) -> Connection:
    """Open for reading; the connection belongs to the thread that opened it, or, where it is not
    bound, to one at a time."""
    connection = _connect(store.path, store.key, cache=_READER_CACHE, thread_bound=thread_bound)
    connection.execute("PRAGMA query_only = ON")
    return connection


def open_writer(store: Store) -> Connection:
    """Open for writing: for `Writer`, once for each profile."""
    connection = _connect(store.path, store.key, cache=_WRITER_CACHE, thread_bound=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")  # `Writer` raises it where it must last
    connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_PAGES * 4096}")
    connection.execute("PRAGMA secure_delete = ON")  # forgotten keys are overwritten
    return connection


def create_or_open(profile: Profile, key: bytes) -> Store:
    """Open the profile's store, made or brought to the newest schema where needed."""
    try:
        profile.create()
        _refuse_plain(profile.database)
        profile.database.touch(mode=0o600)
    except OSError as error:
        raise disk_trouble(error) from error
    store = Store(profile.database, profile.packs, key)
    try:
        if store.path.stat().st_size:
            _prepare(store)
        else:  # who comes second must read the salt that the first one writes
            with filelock.FileLock(store.path.with_suffix(".lock")):
                _prepare(store)
    except DiskTrouble as error:
        code = _code(error.__cause__)
        if code == int(sqlcipher3.SQLITE_IOERR) and _is_full(profile.directory):
            raise DiskTrouble(*_ADVICE[sqlcipher3.SQLITE_FULL]) from error
        if code != int(sqlcipher3.SQLITE_NOTADB):
            raise
        raise StoreLocked(
            "The mail store does not open with this key.",
            "If its folder came from another machine, bring the key or the passphrase too.",
        ) from error
    _refuse_plain(store.path)
    return store


def _is_full(directory: Path) -> bool:
    """Tell whether there is no room even for the index of the journal (32 KB)."""
    return shutil.disk_usage(directory).free < 64 << 10


def _prepare(store: Store) -> None:
    connection = _connect(store.path, store.key, cache=_READER_CACHE, thread_bound=True)
    with closing(connection):
        version = _version(connection)
        if version > newest_version():
            raise StoreLocked(
                "The mail store was written by a newer version of Missive.",
                "Install the newest version of Missive.",
            )
        if version < newest_version():
            connection.execute("PRAGMA journal_mode = WAL")
            migrate(connection)


def _code(error: BaseException | None) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _refuse_plain(path: Path) -> None:
    if not path.exists():
        return
    with path.open("rb") as file:
        head = file.read(len(_PLAIN))
    if head == _PLAIN:
        raise StoreLocked(
            "The mail store is not encrypted, so it is not ours.", "Choose another folder."
        )


def _version(connection: Connection) -> int:
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # proves the key
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def _migrations() -> dict[int, Path]:
    return {int(path.stem): path for path in _SCHEMA.glob("[0-9]*.sql")}


def newest_version() -> int:
    """Return the schema version that this program writes."""
    return max(_migrations())


def migrate(connection: Connection, upto: int | None = None) -> None:
    """Bring the schema from its version to `upto` (the newest), one transaction for each step."""
    for number, path in sorted(_migrations().items()):
        if upto is not None and number > upto:
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            if _version(connection) < number:  # another process may have been faster
                for statement in _statements(path.read_text("utf-8")):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _statements(script: str) -> Iterator[str]:
    lines: list[str] = []
    for line in script.splitlines():
        lines.append(line)
        if line.rstrip().endswith(";") or "; --" in line:
            statement = "\n".join(lines)
            if sqlcipher3.complete_statement(statement):
                yield statement
                lines = []
