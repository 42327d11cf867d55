"""What becomes of an act between the moment a page was prepared and the one it is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.team_model import SCOPES, Client, ModelServer, clients

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import Intent
from missive_desktop.store import team_scopes, teams
from missive_desktop.store.database import Connection
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.team import applying
from missive_wire.ids import new_id


def changed(id_: str, **h: Any) -> Intent:
    return Intent("patch", SCOPES[0], "conv", id_, "changed", h)


def test_what_was_settled_while_a_page_was_prepared_is_not_shown_as_pending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, id_ = ModelServer(), new_id()
    with clients(tmp_path, server, 2) as (one, other):
        one.submit(Intent("put", SCOPES[0], "conv", id_, "made", {}, "{}"))
        one.settle()
        other.settle()
        one.submit(changed(id_, mark="mine"))
        one.wire.lose.append("back")
        with pytest.raises(Exception, match="lost"):
            one.push()
        one.reading.pull()  # the row is here, and its answer was lost
        other.submit(changed(id_, note="theirs"))
        assert other.push()
        prepare = one.seen.prepare

        def meanwhile(*given: Any) -> Any:
            prepared = prepare(*given)
            monkeypatch.undo()
            assert one.push()
            return prepared

        monkeypatch.setattr(one.seen, "prepare", meanwhile)
        one.reading.frame(server.frames[one.device][-1])
        assert list(one.all_pending().values()) == ["done", "done"]
        shown = one.seen.entities[SCOPES[0], "conv", id_]
        assert (shown.h, shown.pending) == ({"mark": "mine", "note": "theirs"}, False)


def standing(client: Client) -> ScopeRow:
    with client.books.reading() as conn:
        found = team_scopes.get(conn, client.team, SCOPES[0])
    assert found is not None
    return found


def meanwhile(
    client: Client, monkeypatch: pytest.MonkeyPatch, work: Callable[[Connection, Changes], None]
) -> None:
    """Do something between the reading of what comes next and its transaction."""
    prepare = client.seen.prepare

    def prepared(*given: Any) -> Any:
        monkeypatch.undo()
        client.writer.run(work)
        return prepare(*given)

    monkeypatch.setattr(client.seen, "prepare", prepared)


def test_how_far_down_history_goes_is_not_forgotten_by_what_comes_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, id_ = ModelServer(), new_id()
    with clients(tmp_path, server, 1) as (one,):
        one.settle()
        one.writer.run(lambda conn, _: conn.execute("UPDATE team_scopes SET until = 500"))
        one.submit(Intent("put", SCOPES[0], "conv", id_, "made", {}, "{}"))
        assert one.push()
        meanwhile(
            one, monkeypatch, lambda conn, _: team_scopes.set_until(conn, standing(one).id, 400)
        )
        one.reading.frame(server.frames[one.device][-1])
        assert (standing(one).until, standing(one).hi) == (400, 1)


def test_a_key_that_is_demanded_meanwhile_stays_demanded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ModelServer()
    with clients(tmp_path, server, 1) as (one,):
        one.submit(Intent("put", SCOPES[0], "conv", new_id(), "made", {}, "{}"))
        one.settle()
        rows = tuple(server.state.scopes[SCOPES[0]].rows.values())
        meanwhile(
            one,
            monkeypatch,
            lambda conn, _: team_scopes.save(
                conn, msgspec.structs.replace(standing(one), rekey=True)
            ),
        )
        assert applying.take_some(one.books, SCOPES[0], rows)
        assert standing(one).rekey


def test_a_page_of_a_team_that_is_forgotten_meanwhile_leads_to_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ModelServer()
    with clients(tmp_path, server, 1) as (one,):
        one.settle()
        one.submit(Intent("put", SCOPES[0], "conv", new_id(), "made", {}, "{}"))
        assert one.push()
        meanwhile(one, monkeypatch, lambda conn, changes: teams.remove(conn, one.team, changes))
        one.reading.frame(server.frames[one.device][-1])
        with one.books.reading() as conn:
            assert conn.execute("SELECT count(*) FROM team_rows").fetchone() == (0,)
