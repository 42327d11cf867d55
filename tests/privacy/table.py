"""One table of what was promised and what was measured, printed line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    """`own` lines are ours to hold: one that is missed fails the run."""

    what: str
    goal: str
    measured: str
    met: bool
    own: bool = True
    notes: Sequence[str] = ()


@dataclass
class Table:
    lines: list[Line] = field(default_factory=list)

    def head(self) -> None:
        print(f"{'what':<74} {'goal':<16} {'measured':<22} met", flush=True)

    def add(self, line: Line) -> None:
        """Take a line and print it at once: a later one may fail."""
        self.lines.append(line)
        met = "yes" if line.met else "NO"
        print(f"{line.what:<74} {line.goal:<16} {line.measured:<22} {met}", flush=True)
        for note in line.notes:
            print(f"    {note}", flush=True)

    def skip(self, what: str, why: str) -> None:
        print(f"{what:<74} skipped: {why}", flush=True)

    @property
    def failed(self) -> bool:
        return any(line.own and not line.met for line in self.lines)
