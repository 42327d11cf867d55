"""Team sync: its figures, part by part."""

from __future__ import annotations

from tests.bench import team_keys
from tests.bench.report import Report

PARTS = (team_keys.run,)


def run(report: Report) -> None:
    for part in PARTS:
        part(report)
