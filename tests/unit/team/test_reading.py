"""Which scopes come and go by what a pull says, and what a pull cannot know."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.team_model import ORG, SCOPES, Client, ModelServer, Scope, server_rows

from missive_desktop.domain.team import Intent
from missive_desktop.errors import PeerBroken
from missive_desktop.store import team_notices, team_scopes
from missive_wire import routes
from missive_wire.entities import Row
from missive_wire.feed import Page
from missive_wire.frames import Change, Granted
from missive_wire.ids import derived_id, new_id, space_scope

SPACE = derived_id(ORG, "a new space")
NEW = space_scope(SPACE)
MADE = (
    Intent("put", SCOPES[0], "space", SPACE, "space.created", {"kind": "inbox"}),
    Intent("put", NEW, "seat", new_id(), "seat.given", {"user": "ana"}),
)


class Told(Client):
    """A client that writes down which scopes it was told to remove."""

    def __init__(self, directory: Path, server: ModelServer) -> None:
        self.gone: list[str] = []
        super().__init__(directory, server, derived_id(ORG, "device"))

    def revoked(self, scope: str) -> None:
        self.gone.append(scope)

    def row(self, name: str) -> team_scopes.ScopeRow:
        with self.books.reading() as conn:
            found = team_scopes.get(conn, self.team, name)
        assert found is not None
        return found


@pytest.fixture
def server() -> ModelServer:
    return ModelServer()


@pytest.fixture
def client(tmp_path: Path, server: ModelServer) -> Iterator[Told]:
    made = Told(tmp_path, server)
    made.settle()
    yield made
    made.close()


def test_a_space_that_is_being_made_is_not_taken_for_one_that_was_taken_away(
    client: Told, server: ModelServer
) -> None:
    client.submit(*MADE)
    client.reading.pull()  # the server has not heard of it yet
    assert client.gone == []
    server.state.scopes[NEW] = Scope()
    client.settle()
    assert set(client.all_pending().values()) == {"done"}
    assert client.gone == []
    del server.state.scopes[NEW]
    client.reading.pull()
    assert client.gone == [NEW]


def test_an_answer_says_nothing_of_what_came_after_the_question(
    client: Told, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = client.wire.post

    def late(path: str, value: Any, shape: Any, **more: Any) -> Any:
        answer = post(path, value, shape, **more)
        if path == routes.PULL and NEW not in server.state.scopes:
            server.state.scopes[NEW] = Scope()
            client.reading.frame(Granted(NEW))
        return answer

    monkeypatch.setattr(client.wire, "post", late)
    client.reading.pull()
    assert client.gone == []
    client.settle()
    assert client.row(NEW).done


def test_what_is_read_anew_in_vain_is_said_and_tried_again_ever_later(
    client: Told, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that holds back a row."""
    held, now, fetched = new_id(), [1000.0], [0]
    post, lies = client.wire.post, [True]

    def without(path: str, value: Any, shape: Any, **more: Any) -> Any:
        answer = post(path, value, shape, **more)
        if path == routes.BACKFILL:
            fetched[0] += not value.types and value.max > 1 and not value.below
            rows = tuple(row for row in answer.rows if row.id != held or not lies[0])
            return msgspec.structs.replace(answer, rows=rows)
        return answer

    def read() -> int:
        """Read all there is to be read; how often it was begun anew."""
        before = fetched[0]
        for _ in range(8):
            client.reading.pull()
            while client.history.step():
                pass
        return fetched[0] - before

    client.clock = lambda: now[0]
    server.state.scopes[SCOPES[0]].put(Row("put", 0, "conv", held, 1, {}))
    stands = "UPDATE team_scopes SET hi = 1 WHERE scope = ?"  # as if that row had come
    client.writer.run(lambda conn, _: conn.execute(stands, (SCOPES[0],)))
    client.reading.verify(SCOPES[0])
    monkeypatch.setattr(client.wire, "post", without)
    assert [read(), read()] == [3, 0]
    with client.books.reading() as conn:
        words = [each.words for each in team_notices.unseen(conn)]
    assert [("still" in each, "again" in each) for each in words] == [(False, True), (True, True)]
    now[0] += 599
    assert read() == 0
    now[0] += 2
    assert [read(), read()] == [1, 0]
    now[0] += 1201
    lies[0] = False
    assert read() == 1
    assert client.rows(SCOPES[0]) == server_rows(server, SCOPES[0])
    now[0] += 1_000_000
    assert read() == 0


def test_what_was_asked_for_too_early_begins_once_it_may_be_read(
    client: Told, server: ModelServer
) -> None:
    client.submit(*MADE)
    assert client.history.step()  # refused: there is none
    assert (client.row(NEW).e, client.row(NEW).done) == ("", True)
    server.state.scopes[NEW] = Scope()
    client.settle()
    assert (client.row(NEW).e, client.row(NEW).done) == ("e1", True)
    assert client.row(NEW).hi == 1


def test_a_server_that_always_has_more_and_never_sends_it_is_left_alone(
    client: Told, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, asked = client.wire.post, []

    def more(path: str, value: Any, shape: Any, **rest: Any) -> Any:
        answer = post(path, value, shape, **rest)
        if path != routes.PULL:
            return answer
        asked.append(path)
        row = client.row(SCOPES[0])
        page = Page(row.e, row.hi, row.hi, row.hi + 9, row.acl, more=True)
        return msgspec.structs.replace(answer, scopes={SCOPES[0]: page})

    monkeypatch.setattr(client.wire, "post", more)
    with pytest.raises(PeerBroken):
        client.reading.pull()
    assert len(asked) == 3


def test_two_who_pull_at_once_compare_one_after_the_other(
    client: Told, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, asked, others = client.wire.post, [], []

    def while_one_compares(path: str, value: Any, shape: Any, **more: Any) -> Any:
        asked.append(path)
        if path == routes.BACKFILL and not others:
            others.append(threading.Thread(target=client.reading.pull))
            others[0].start()
            others[0].join(0.2)
        return post(path, value, shape, **more)

    monkeypatch.setattr(client.wire, "post", while_one_compares)
    for name in SCOPES:
        client.reading.verify(name)
    client.reading.pull()
    others[0].join()
    assert asked == [routes.PULL, routes.BACKFILL, routes.BACKFILL, routes.PULL]


def test_what_a_server_says_of_scopes_that_are_none_of_ours_is_not_remembered(
    client: Told,
) -> None:
    began: list[str] = []
    client.began = began.append  # type: ignore[method-assign]
    for number in range(3):
        client.reading.frame(Change(f"s:{number}", "e1", 0, 1, 1, ()))
    assert (client.reading._missed, began) == (set(), [])
