"""One server for one data folder: changes are told within a process, so a second one on the same
SQLite would leave its members waiting. Several nodes share a PostgreSQL instead.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from missive_server.errors import Trouble

FILE = "serving"


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder. SQLite's own lock: the same on every system, gone with the process."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = sqlite3.connect(folder / FILE, timeout=0, isolation_level=None)
    except (OSError, sqlite3.OperationalError):
        raise Trouble(f"The folder {folder} cannot be made or written.") from None
    try:
        try:
            held.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise Trouble(f"Another server serves the folder {folder} already.") from None
            raise Trouble(f"The folder {folder} cannot be made or written.") from None
        yield
    finally:
        held.close()
