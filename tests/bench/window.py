"""The window: from the start of the process to the painted list."""

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

from missive_desktop.profile import Profile

RUNS = 7


def run(report: Report, largest: int = 100_000) -> None:
    """Start the window on stores of growing size."""
    room = Path(tempfile.mkdtemp(prefix="missive-bench-"))
    try:
        for count in (1_000, 10_000, largest):
            profile = Profile(room / f"profile-{count}")
            stores.fill(profile, count)
            goal = 0.6 if count == largest else None
            report.add(f"start to the painted list, {count:,} messages", _start(profile), "s", goal)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _start(profile: Profile) -> float:
    """Return the median time from the start of the process to the painted list, in seconds."""
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "MISSIVE_TIMING": "1",
        "MISSIVE_KEY_FOR_BENCH": stores.KEY.hex(),
    }
    taken = []
    for _ in range(RUNS):
        done = subprocess.run(
            [sys.executable, "-m", "missive_desktop", "--profile", str(profile.directory)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        line = next(x for x in done.stdout.splitlines() if x.startswith("painted "))
        taken.append(float(line.split()[1]) / 1000)
    return statistics.median(taken[1:])
