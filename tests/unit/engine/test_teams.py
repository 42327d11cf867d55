"""The teams of a profile: who asks which run, and what is forgotten after a while."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.factories import mailbox
from tests.team_factories import SCOPE, TeamBox

from missive_desktop.domain.changes import Changes
from missive_desktop.engine import quiet
from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.teams import Teams
from missive_desktop.store import database, team_aside
from missive_desktop.team import team


def test_the_writer_waits_for_no_team_that_is_being_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mailbox(tmp_path) as box:
        known = TeamBox(box).team
        teams = Teams(box.store, box.writer, lambda notice: None)
        told: list[bool] = []

        class Slow:
            def __init__(self, *given: Any, **more: Any) -> None:
                writing = threading.Thread(
                    target=teams.committed, args=(Changes(teams={"x"}),), daemon=True
                )
                writing.start()
                writing.join(60)
                told.append(not writing.is_alive())

        monkeypatch.setattr(team, "Team", Slow)
        assert isinstance(teams.of(known), Slow)
        assert told == [True]


def test_what_nobody_gives_back_any_more_is_forgotten_also_while_the_program_runs_on(
    tmp_path: Path,
) -> None:
    with mailbox(tmp_path) as box:
        known = TeamBox(box).team
        teams = Teams(box.store, box.writer, lambda notice: None)
        runtime = SimpleNamespace(
            store=box.store,
            writer=box.writer,
            teams=teams,
            stopping=threading.Event(),
            reading=lambda: closing(database.open_reader(box.store)),
        )
        box.writer.run(lambda conn, _: team_aside.add(conn, known, SCOPE, 1, b"sealed", 1))
        quiet._reclaim(cast(Runtime, runtime), 0)
        assert team_aside.of(box.reader, known, SCOPE) == []
