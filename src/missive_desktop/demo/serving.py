"""The team's server as a process of its own; it ends when whoever started it has gone."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from missive_desktop.errors import KnownError
from missive_wire import shapes

# Not imported here: the desktop needs nothing of the server.
_MODULE = "missive_server.embedded"
NEEDED = ("missive_server", "starlette", "uvicorn", "alembic", "sqlalchemy", "obstore")


class Said(msgspec.Struct, frozen=True):
    url: str
    setup: str  # the link with which its organization begins


def is_installed(needed: Iterable[str] = NEEDED) -> bool:
    return all(importlib.util.find_spec(name) for name in needed)


def begin(data: Path, organization: str, owner: str) -> subprocess.Popen[bytes]:
    """Start it."""
    command = [sys.executable, "-P", "-m", _MODULE, "--data", str(data)]
    return subprocess.Popen(
        [*command, "--name", organization, "--owner", owner],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def answering(process: subprocess.Popen[bytes]) -> Said:
    """Wait until it answers."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.wait()
        raise KnownError("The team's server did not start.")
    return shapes.read(line, Said)


def end(process: subprocess.Popen[bytes]) -> None:
    """End it at once: what it holds is thrown away."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
