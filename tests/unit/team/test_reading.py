"""Which scopes come and go by what a pull says, and what a pull cannot know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.team_model import ORG, SCOPES, Client, ModelServer, Scope

from missive_desktop.domain.team import Intent
from missive_desktop.store import team_scopes
from missive_wire import routes
from missive_wire.frames import Granted
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
