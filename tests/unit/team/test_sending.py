"""What an answer may still change once it is here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.team_model import SCOPES, ModelServer, clients

from missive_desktop.domain.team import Intent
from missive_desktop.store import team_pending
from missive_desktop.team.sending import Sending
from missive_wire import routes
from missive_wire.ids import new_id


def test_an_answer_brings_back_nothing_of_a_space_that_was_taken_away_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clients(tmp_path, ModelServer(), 1) as (client,):
        post = client.wire.post

        def late(path: str, value: Any, shape: Any, **more: Any) -> Any:
            answer = post(path, value, shape, **more)
            if path == routes.MUTATE:
                client.writer.run(
                    lambda conn, changes: team_pending.deny(
                        conn, client.team, SCOPES[0], "No longer yours.", 2, changes
                    )
                )
            return answer

        monkeypatch.setattr(client.wire, "post", late)
        [taken, refused, here] = client.submit(
            Intent("put", SCOPES[0], "conv", new_id(), "made", {"mark": "secret"}, '{"a": 1}'),
            Intent("patch", SCOPES[0], "conv", new_id(), "denied", {"mark": "no"}, '{"a": 1}'),
            Intent("put", SCOPES[1], "conv", new_id(), "made", {"mark": "mine"}, '{"a": 1}'),
        )
        client.push()
        assert client.all_pending() == {taken: "done", refused: "denied", here: "ok"}
        with client.books.reading() as conn:
            for left in (team_pending.get(conn, taken), team_pending.get(conn, refused)):
                assert (left.h, left.body, left.sealed) == ({}, "", b"")


def test_what_no_backup_asks_for_any_more_is_forgotten_also_while_the_program_runs_on(
    tmp_path: Path,
) -> None:
    now = [1000.0]
    with clients(tmp_path, ModelServer(), 1) as (client,):
        wire: Any = client.wire
        client.sending = Sending(client.books, wire, lambda: now[0])

        client.submit(Intent("put", SCOPES[0], "conv", new_id(), "made", {}, "{}"))
        client.settle()
        client.writer.run(lambda conn, _: conn.execute("UPDATE team_pending SET settled = 1"))
        client.push()
        assert list(client.all_pending().values()) == ["done"]  # it has just looked
        now[0] += 3601
        client.push()
        assert client.all_pending() == {}
