"""The window: from the start of the process to the painted list, on stores of growing size."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import stores
from tests.bench.report import Report

from missive_desktop import keychain
from missive_desktop.profile import Profile

RUNS = 8


def run(report: Report, largest: int = 100_000) -> None:
    """Start the window as a user would, unlocked by a passphrase: Argon2id is part of it."""
    room = Path(tempfile.mkdtemp(prefix="missive-bench-"))
    passphrase = room / "passphrase"
    passphrase.write_text("correct horse battery staple")
    os.environ[keychain.PASSPHRASE_FILE] = str(passphrase)
    try:
        for count in (1_000, 10_000, largest):
            profile = Profile(room / f"profile-{count}")
            key = keychain.unlock(profile, lambda _question: None)
            stores.fill(profile, count, key=key)
            goal = 0.6 if count == largest else None
            report.add(f"start to the painted list, {count:,} messages", _start(profile), "s", goal)
    finally:
        del os.environ[keychain.PASSPHRASE_FILE]
        shutil.rmtree(room, ignore_errors=True)


def _start(profile: Profile) -> float:
    """Return the median time from the start of the process to the painted list, in seconds."""
    return statistics.median([_once(profile) for _ in range(RUNS)][1:])


def _once(profile: Profile) -> float:
    # An installed program is compiled; here the first run does it, and is not counted.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        [sys.executable, "-m", "missive_desktop", "--profile", str(profile.directory)],
        env=environment | {"QT_QPA_PLATFORM": "offscreen", "MISSIVE_TIMING": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if line.startswith("painted "):
                return float(line.split()[1]) / 1000
    finally:
        process.terminate()
        process.wait(10)
        process.stderr.close()
    raise RuntimeError("the window ended before its list was painted")
