"""Team sync: its figures, part by part."""

from __future__ import annotations

from tests.bench import team_acts, team_keys, team_mail, team_push, team_space, team_writes
from tests.bench.report import Report

PARTS = (
    team_keys.run, team_writes.run, team_push.run, team_space.run, team_mail.run, team_acts.run,
)  # fmt: skip


def run(report: Report) -> None:
    for part in PARTS:
        part(report)
