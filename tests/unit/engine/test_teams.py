"""The teams of a profile: who asks which run waits for none that is only being made."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from tests.factories import mailbox
from tests.team_factories import TeamBox

from missive_desktop.domain.changes import Changes
from missive_desktop.engine.teams import Teams
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
                writing.join(5)
                told.append(not writing.is_alive())

        monkeypatch.setattr(team, "Team", Slow)
        assert isinstance(teams.of(known), Slow)
        assert told == [True]
