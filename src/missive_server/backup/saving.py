"""Saving: all tables in one reading transaction, while the server goes on, then the files."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from missive_server.backup.archive import FORMAT, MANIFEST, Manifest, Output, writing
from missive_server.blobs.opening import open_place
from missive_server.blobs.place import CHUNK, Name, Place
from missive_server.config import Config
from missive_server.database import catalog
from missive_server.database.catalog import Table
from missive_server.database.opening import open_as_it_is
from missive_server.database.work import Query, Work
from missive_server.errors import Trouble
from missive_wire import __version__

_ROWS = 500
_IN_MEMORY = 32 << 20
_LEFT_OUT = {"throttle", "uploads"}  # of the moment only


class Saved(NamedTuple):
    rows: int
    files: int
    missing: int  # files that the tables name and the place has not


async def save(config: Config, path: Path, *, files: bool = True) -> Saved:
    """Write everything to a file. The server may run meanwhile."""
    store, revision = await open_as_it_is(config.database, config.data)
    try:
        with writing(path) as output:
            rows, names = await store.read(_dump, output, store.dialect, revision, files)
            missing = 0
            if files:
                place = open_place(config.blob_place)
                for name, size in names:
                    missing += not await _save_file(output, place, name, size)
            return Saved(rows, len(names) - missing if files else 0, missing)
    finally:
        await store.close()


Dumped = tuple[int, list[tuple[Name, int]]]


def _dump(output: Output, dialect: str, revision: str, files: bool) -> Work[Dumped]:
    """Write all rows. Not to be tried again: a reading transaction loses no race."""
    made = time.time_ns() // 1_000_000  # all that is older is in it
    tables = [t for t in (yield from catalog.tables(dialect)) if t.name not in _LEFT_OUT]
    columns = {table.name: table.columns for table in tables}
    manifest = Manifest(FORMAT, made, __version__, revision, columns, files)
    output.add(MANIFEST, msgspec.json.encode(manifest))
    rows = 0
    for table in tables:
        rows += yield from _dump_table(output, table)
    found = yield Query(
        "SELECT org, hash, size FROM blobs WHERE state = 'there' ORDER BY org, hash"
    )
    return rows, [(Name(org, hash_), size) for org, hash_, size in found]


def _dump_table(output: Output, table: Table) -> Work[int]:
    key = ", ".join(table.key)
    places = [table.columns.index(name) for name in table.key]
    bounds = ", ".join(f"${n}" for n in range(2, len(table.key) + 2))
    start = f"SELECT {', '.join(table.columns)} FROM {table.name}"
    end = f"ORDER BY {key} LIMIT $1"
    count = number = 0
    last: tuple[Any, ...] = ()
    while True:
        after = f"WHERE ({key}) > ({bounds})" if last else ""
        rows = yield Query(f"{start} {after} {end}", (_ROWS, *last))
        if not rows:
            return count
        number += 1
        count += len(rows)
        output.rows(table.name, number, [tuple(row) for row in rows])
        last = tuple(rows[-1][place] for place in places)


async def _save_file(output: Output, place: Place, name: Name, size: int) -> bool:
    """Say whether the file was there: it may have been deleted since, or be damaged."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as whole:
        try:
            async for piece in place.read(name, 0, size):
                whole.write(piece)
        except (FileNotFoundError, Trouble):
            return False
        whole.seek(0)
        with output.adding(f"files/{name.org}/{name.hash}", size) as part:
            while piece := whole.read(CHUNK):
                part.write(piece)
    return True
