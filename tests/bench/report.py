"""Figures with their goals, printed as one table, and the measuring of processes."""

from __future__ import annotations

import contextlib
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Figure:
    """One line of the table. `goal` is the most that is allowed, or with `least` the least, or None
    where none is set.
    """

    name: str
    value: float
    unit: str
    goal: float | None = None
    note: str = ""
    least: bool = False

    @property
    def reached(self) -> bool:
        if self.goal is None:
            return True
        return self.value >= self.goal if self.least else self.value <= self.goal

    def line(self) -> str:
        goal = "" if self.goal is None else f"{'≥' if self.least else '≤'} {self.goal:g}"
        verdict = "" if self.goal is None else ("ok" if self.reached else "MISSED")
        return (
            f"{self.name:<66} {self.value:>10.3g} {self.unit:<6} {goal:<9} {verdict:<7} {self.note}"
        )


@dataclass
class Report:
    figures: list[Figure] = field(default_factory=list)

    def add(
        self,
        name: str,
        value: float,
        unit: str,
        goal: float | None = None,
        note: str = "",
        *,
        least: bool = False,
    ) -> None:
        """Take a figure and print it at once: a later benchmark may fail."""
        self.figures.append(Figure(name, value, unit, goal, note, least))
        print(self.figures[-1].line(), flush=True)

    @property
    def missed(self) -> list[Figure]:
        return [figure for figure in self.figures if not figure.reached]


class Watch:
    """Wall time of a block, in seconds, in `.seconds` afterwards."""

    seconds = 0.0


@contextmanager
def timed() -> Iterator[Watch]:
    watch, start = Watch(), time.perf_counter()
    try:
        yield watch
    finally:
        watch.seconds = time.perf_counter() - start


def cpu_seconds(pid: int) -> float:
    """Return user and system time of a living process with its reaped children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(fields[k]) for k in (11, 12, 13, 14)) / TICKS


def peak_megabytes(pid: int) -> float:
    """Return the largest resident size that a process has had, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def children(pid: int) -> list[int]:
    """Return the processes that any thread of a process has started and not yet reaped."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, task.read_text().split())
    return found


def tree_size(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


def milliseconds(work: Callable[[], object], runs: int = 30) -> float:
    """Return the median wall time of `work`, in ms, after one warm-up run."""
    work()
    return statistics.median(samples(work, runs))


def samples(work: Callable[[], object], runs: int) -> list[float]:
    """Return the wall time of each run, in ms."""
    out = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        out.append((time.perf_counter() - start) * 1000)
    return out


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
