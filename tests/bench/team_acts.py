"""From an act in one window to its paint in another's: two engines, two windows, one server."""

from __future__ import annotations

import contextlib
import json
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from tests.bench.processes import serving
from tests.bench.report import Report, percentile
from tests.bench.team_space import fill
from tests.factories import KEY
from tests.servers.colleagues import Colleague, until
from tests.servers.organization import Member, Office

from missive_wire.ids import space_scope

CONVERSATIONS, ACTS, SHOWN = 200, 60, 8
PAUSE = 0.25  # between acts, as of somebody quick
PATIENCE = 60.0


class Window:
    """A window in a process of its own, and what it says."""

    def __init__(self, folder: Path, member: Member, root: bytes, url: str, scope: str) -> None:
        before = Colleague(folder, member, root, url)  # so that it is all here as the window opens
        until(lambda: before.whole(scope))
        before.close()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.team_window"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # where there is no graphics card, the web engine says so
            text=True,
        )
        self.said: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()
        order = {"folder": str(folder), "key": KEY.hex(), "scope": scope, "shown": SHOWN,
                 "conversations": CONVERSATIONS}  # fmt: skip
        self.ask(json.dumps(order))

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with contextlib.suppress(json.JSONDecodeError):
                self.said.put(json.loads(line))

    def ask(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def until(self, **wanted: Any) -> dict[str, Any]:
        """Return the first that is said with these values, or with these names (None)."""
        end = time.monotonic() + PATIENCE
        while True:
            said = self.said.get(timeout=max(0.1, end - time.monotonic()))
            if all(name in said and value in (None, said[name]) for name, value in wanted.items()):
                return said

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)


def run(report: Report) -> None:
    with tempfile.TemporaryDirectory() as name, serving(Path(name) / "server") as server:
        office = Office(server)
        try:
            _measure(report, Path(name), office)
        finally:
            office.close()


def _measure(report: Report, folder: Path, office: Office) -> None:
    ana, root = office.founded("ana@example.com")
    fingerprint = root.public.fingerprint
    space = ana.space(fingerprint)
    scope = space_scope(space)
    fill(ana, scope, CONVERSATIONS, numbered=True)
    ben = office.joined(ana.invited(fingerprint, (space,)), "ben@example.com")
    url = office.server.url
    with contextlib.ExitStack() as stack:
        windows = []
        for each in (ana, ben):
            windows.append(Window(folder / each.me.user, each, fingerprint, url, scope))
            stack.callback(windows[-1].close)
        acting, watching = windows
        subjects = sorted({watching.until(painted=None)["subject"] for _ in range(SHOWN - 2)})
        for window in windows:
            window.until(ready=None)
        times = _times(acting, watching, subjects)
    report.add("act in one window to the paint in another's, p95", percentile(times, 0.95), "ms",
               150, f"median {statistics.median(times):.0f} ms, {len(times)} comments")  # fmt: skip


def _times(acting: Window, watching: Window, subjects: list[str]) -> list[float]:
    times = []
    for number in range(ACTS + len(subjects)):
        subject = subjects[number % len(subjects)]
        acting.ask(subject)
        begun = acting.until(acted=None)["acted"]
        comments = number // len(subjects) + 1
        painted = watching.until(subject=subject, comments=comments)["painted"]
        times.append((painted - begun) * 1000)
        time.sleep(PAUSE)
    return times[len(subjects) :]  # the first of each is warm-up
