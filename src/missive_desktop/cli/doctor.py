"""Doctor: what is in order here and what is not, in plain words. 1 when something must be done."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from missive_desktop import __version__, keychain, profile
from missive_desktop.cli import opening, output
from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.engine.protocol import Check, Rebuild, UpdateAccount
from missive_desktop.errors import KnownError
from missive_desktop.profile import Profile
from missive_desktop.store import accounts

_ROOM = 1 << 30
_TOO_EARLY = 1_790_000_000  # before this program was written: the clock is wrong
_QT = "import PySide6.QtWebEngineWidgets"
_SIGNS = {True: "ok   ", None: "note ", False: "WRONG"}


class Finding(NamedTuple):
    good: bool | None  # None: worth knowing, nothing wrong
    text: str


def examine(chosen: argparse.Namespace) -> int:
    """Print findings as they are made."""
    found = profile.locate(chosen.profile)
    wrong = False
    for finding in _findings(found, chosen):
        print(f"{_SIGNS[finding.good]} {output.line(finding.text)}", flush=True)
        wrong = wrong or finding.good is False
    return 1 if wrong else 0


def _findings(found: Profile, chosen: argparse.Namespace) -> Iterator[Finding]:
    yield Finding(
        True, f"Missive {__version__}, Python {platform.python_version()}, {platform.platform()}"
    )
    yield clock(time.time())
    yield _room(found.directory)
    yield _window()
    if not found.database.exists():
        yield Finding(None, f"There is no profile yet in {found.directory}.")
        return
    yield from _rights(found)
    try:
        key = keychain.unlock(found, opening.ask)
        yield Finding(True, f"The key opens; it is kept by {keychain.protection(found)}.")
        yield from _store(found, key, chosen)
    except KnownError as error:
        yield Finding(False, f"{error} {error.advice}")


def clock(now: float) -> Finding:
    """A wrong clock spoils certificates and the dates of what is sent."""
    if now < _TOO_EARLY:
        return Finding(False, "The clock is wrong: certificates will be refused. Set it.")
    return Finding(True, f"The clock says {output.local_time(int(now)):%Y-%m-%d %H:%M %z}.")


def _room(directory: Path) -> Finding:
    there = directory
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    return Finding(
        free >= _ROOM,
        f"{free / (1 << 30):.1f} GB are free for {directory}."
        + ("" if free >= _ROOM else " That is too little: free some space."),
    )


def _window() -> Finding:
    """Import Qt in a process of its own: the command line must not, and a crash says something."""
    process = subprocess.run(
        [sys.executable, "-P", "-c", _QT],
        capture_output=True,
        text=True,
        errors="replace",
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        timeout=120,
        check=False,
    )
    if process.returncode == 0:
        return Finding(True, "The window's libraries are complete.")
    last = process.stderr.strip().splitlines()[-1:] or ["it gave no reason"]
    return Finding(False, f"The window cannot open: {last[0]}")


def _rights(found: Profile) -> Iterator[Finding]:
    if os.name != "posix":
        return
    if found.directory.stat().st_mode & 0o077:
        yield Finding(False, f"Others can look into {found.directory}. Run: chmod 700 on it.")
    else:
        yield Finding(True, "Nobody else can look into the profile's folder.")
    if found.crash_log.exists() and found.crash_log.stat().st_size:
        yield Finding(None, f"There were crashes: {found.crash_log} says where in the program.")


def _store(found: Profile, key: bytes, chosen: argparse.Namespace) -> Iterator[Finding]:
    with BlockingClient(found, key) as client, opening.reading_with(found, key) as conn:
        if chosen.rebuild:
            count = client.call(Rebuild())["messages"]
            yield Finding(True, f"Index and lists were made anew from {count} messages.")
        problems = client.call(Check(thorough=chosen.thorough))["problems"]
        for problem in problems:
            yield Finding(False, problem)
        if not problems:
            yield Finding(True, "The store is whole.")
        for row in accounts.all_(conn):
            address = row.settings.address
            if row.error:
                yield Finding(None, f"{address}: {row.error}")
            if chosen.online and row.settings.imap.host:
                try:
                    client.call(UpdateAccount(account=row.id, settings=row.settings))
                    yield Finding(True, f"{address}: its server lets us in.")
                except KnownError as error:
                    yield Finding(False, f"{address}: {error} {error.advice}")
