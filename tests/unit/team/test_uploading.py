"""Files that the server refuses: tried ever later, then said, and nothing waits behind them."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.factories import settings
from tests.team_model import SCOPES, Client, ModelServer, clients

from missive_desktop.domain.team import Intent, PendingState
from missive_desktop.store import accounts, team_blobs
from missive_desktop.store.packs import PackWriter
from missive_desktop.team import blobs, submitting
from missive_desktop.team.calls import Outdated, Problems
from missive_desktop.team.uploading import Uploads
from missive_wire import routes
from missive_wire.ids import new_id


class Door:
    """The server's, for files: refuses all with `code`, or takes all at once."""

    def __init__(self, code: str) -> None:
        self.code, self.asked = code, 0

    def post(self, path: str, value: Any, shape: Any, **_: Any) -> Any:
        assert path == routes.BLOBS
        self.asked += 1
        if self.code == "upgrade":
            raise Outdated("Too old.")
        if self.code:
            raise Problems(self.code, "Not this one.")
        return routes.BlobState(value.size, done=True, part=1)


class Sender:
    def __init__(self, client: Client, code: str) -> None:
        self.client, self.door = client, Door(code)
        calls: Any = self.door
        self.now = 1000.0
        self.uploads = Uploads(client.books, calls, client.device, lambda: self.now)
        self.account = client.writer.run(
            lambda conn, changes: accounts.insert(conn, settings(), "", changes)
        )

    def named(self) -> tuple[int, str]:
        """Submit something that names a file; its number, and the file's name."""
        with closing(PackWriter(self.client.store.packs)) as packs:
            ready = blobs.seal(packs, io.BytesIO(b"a file"))
        id_, hash_ = new_id(), ready.blob.hash
        self.client.writer.run(
            lambda conn, _: blobs.keep_up(
                conn, self.client.team, self.account, SCOPES[0], id_, ready
            )
        )
        intent = Intent("put", SCOPES[0], "msg", id_, "message.added", {"blob": hash_}, "{}")
        return self.client.submit(intent)[0], hash_

    def run(self) -> float | None:
        return self.uploads.run(threading.Event(), lambda: None)

    def state(self, pending: int) -> PendingState | None:
        return next((p.state for p in self.client.pending() if p.id == pending), None)

    def waiting(self) -> int:
        with self.client.books.reading() as conn:
            return len(team_blobs.waiting(conn, self.client.team, "up"))


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with clients(tmp_path, ModelServer(), 1) as (made,):
        yield made


def test_what_is_refused_again_and_again_is_said_and_holds_up_nothing(
    client: Client,
) -> None:
    sender = Sender(client, "forbidden")
    pending, _ = sender.named()
    after = client.submit(Intent("put", SCOPES[0], "conv", new_id(), "made", {}, "{}"))[0]
    waits: list[float] = []
    while (wait := sender.run()) is not None:
        waits.append(wait)
        assert sender.run() is not None  # woken too early: nothing is tried
        assert sender.door.asked == len(waits)
        assert not client.push()  # it holds up what comes after it
        sender.now += wait
    assert waits == sorted(waits)
    assert (len(waits), sender.state(pending)) == (7, PendingState.INVALID)
    assert "Not this one." in client.pending()[0].why
    assert client.push()
    assert sender.state(after) is PendingState.OK
    assert sender.run() is None
    assert sender.door.asked == 8


def test_what_is_too_large_is_said_at_once_and_done_again_or_dropped(client: Client) -> None:
    sender = Sender(client, "too_large")
    pending, _ = sender.named()
    assert sender.run() is None
    assert sender.state(pending) is PendingState.INVALID
    client.writer.run(lambda conn, changes: submitting.redo(conn, pending, client.seen, changes))
    assert sender.run() is None
    assert (sender.door.asked, sender.state(pending)) == (2, PendingState.INVALID)
    client.writer.run(lambda conn, changes: submitting.drop(conn, pending, client.seen, changes))
    assert sender.waiting() == 0
    again, _ = sender.named()
    sender.door.code = ""
    assert sender.run() is None
    assert client.push()
    assert sender.state(again) is PendingState.OK


def test_what_no_file_could_help_is_held_against_none(client: Client) -> None:
    sender = Sender(client, "upgrade")
    pending, _ = sender.named()
    for _ in range(9):
        with pytest.raises(Outdated):
            sender.run()
    assert sender.state(pending) is PendingState.WAITING
    sender.door.code = ""
    sender.run()
    assert client.push()
    assert sender.state(pending) is PendingState.OK
