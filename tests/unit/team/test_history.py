"""How far down history is read: as the team's settings say, until somebody asks for more."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.team_model import SCOPES, Client, ModelServer, clients

from missive_desktop.domain.team import Intent, TeamSettings
from missive_desktop.errors import Offline, PeerBroken
from missive_desktop.store import team_scopes, teams
from missive_wire.ids import new_id

DAYS = 90 * 86_400_000


def until(client: Client) -> dict[str, int]:
    with client.books.reading() as conn:
        return {row.scope: row.until for row in team_scopes.all_(conn, client.team)}


def test_who_asked_for_all_of_it_still_has_all_of_it_after_a_server_was_set_back(
    tmp_path: Path,
) -> None:
    server = ModelServer()
    backup = server.state
    with clients(tmp_path, server, 1) as (one,):
        one.writer.run(
            lambda conn, changes: teams.update_settings(
                conn, one.team, TeamSettings(depth_days=90), changes
            )
        )
        one.settle()
        before = until(one)
        assert {name: at > DAYS for name, at in before.items()} == {
            name: name[:1] == "s" for name in SCOPES
        }

        def ask(conn, changes):
            found = team_scopes.get(conn, one.team, SCOPES[0])
            team_scopes.set_until(conn, found.id, 0)

        one.writer.run(ask)
        server.restore(backup)
        one.settle()
        assert until(one) == before | {SCOPES[0]: 0}


def test_a_conversation_that_was_asked_for_while_there_was_no_connection_comes_with_it(
    tmp_path: Path,
) -> None:
    server, conv = ModelServer(), new_id()
    with clients(tmp_path, server, 1) as (one,):
        one.settle()
        post, asked = one.wire.post, []

        def told(path, value, shape, **more):
            asked.append(getattr(value, "conv", ""))
            return post(path, value, shape, **more)

        one.wire.post = told
        one.wire.lose.append("there")
        one.history.want(SCOPES[0], conv)
        with pytest.raises(Offline):
            one.history.step()
        assert one.history.step()
        assert not one.history.step()
        assert asked == [conv, conv]


def test_a_server_that_goes_on_with_another_history_is_left_alone(tmp_path: Path) -> None:
    server = ModelServer()
    with clients(tmp_path, server, 2) as (one, other):
        one.submit(*(Intent("put", SCOPES[0], "conv", new_id(), "made", {}) for _ in range(9)))
        one.settle()
        post = other.wire.post

        def of_another(path, value, shape, **more):
            answer = post(path, value, shape, **more)
            if not getattr(value, "below", 0):
                return answer
            return msgspec.structs.replace(answer, e="e7", rows=(), lo=value.below, done=True)

        other.wire.post = of_another
        with pytest.raises(PeerBroken):
            any(not other.history.step() for _ in range(9))
