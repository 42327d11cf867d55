"""Members with a running `Team` over a store of their own, on a real sync server.

`Link` is a way to the server that can be disturbed: bytes are delayed, lost in one direction, cut.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.factories import KEY
from tests.servers.missive_server import TeamServer
from tests.servers.organization import Member, Office

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import Entity, Intent, TeamSettings
from missive_desktop.errors import KnownError
from missive_desktop.profile import Profile
from missive_desktop.store import (
    database,
    team_notices,
    team_pending,
    team_rows,
    team_scopes,
    teams,
)
from missive_desktop.store.database import Connection
from missive_desktop.store.teams import PrivateKeys
from missive_desktop.store.writer import Writer
from missive_desktop.team import showing
from missive_desktop.team.spaces.projection import SpaceProjection
from missive_desktop.team.team import Team
from missive_wire.ids import new_id, space_scope

WAIT = 60.0


class Link:
    """A TCP proxy before the server, for connections that are opened through it."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.refuse = False
        self.no_upgrade = False  # as proxies that know no WebSocket
        self.drop_down = False  # what the server says gets lost
        self.drop_up = False
        self.delay = 0.0
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def reset(self) -> None:
        """Cut all connections."""
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.refuse = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.reset()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self.refuse:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                near.close()
                continue
            self._open |= {near, far}
            for source, target, up in ((near, far, True), (far, near, False)):
                threading.Thread(target=self._pump, args=(source, target, up), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, up: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if self.delay:
                    time.sleep(self.delay)
                if up and self.no_upgrade and b"/v1/stream" in data[:200]:
                    break
                if (self.drop_up if up else self.drop_down) or self.refuse:
                    continue
                target.sendall(data)
        for each in (source, target):
            self._open.discard(each)
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


class Mate:
    """Somebody's device: its store, and the team that runs over it."""

    def __init__(
        self, directory: Path, member: Member, root: bytes, url: str, depth_days: int = 0
    ) -> None:
        self.member, self.directory = member, directory
        self.store = database.create_or_open(Profile(directory), KEY)
        self.changes: list[Changes] = []
        self.troubles: list[KnownError] = []
        self.writer = Writer(self.store, self.changes.append)
        self.reader = database.open_reader(self.store)
        known = teams.all_(self.reader)
        self.id = known[0].id if known else self._insert(root, url, depth_days)
        self.projection = SpaceProjection(self.store.packs)
        self.team = self._team()

    def _insert(self, root: bytes, url: str, depth_days: int) -> int:
        me = self.member.me
        keys = PrivateKeys(me.identity.sign.seed, me.device.sign.seed, me.device.box.seed)
        settings = TeamSettings(depth_days=depth_days)

        def work(conn: Connection, changes: Changes) -> int:
            team = teams.insert(
                conn, url, me.org, me.user, me.device.id, self.member.email, root.hex(),
                settings, changes, token=self.member.token, keys=keys,
            )  # fmt: skip
            last = self.member.last_mid
            team_pending.set_numbers(conn, team, last, last)
            return team

        return self.writer.run(work)

    def _team(self) -> Team:
        return Team(self.store, self.writer, self.id, self.projection, trouble=self.troubles.append)

    def start(self) -> Mate:
        """As requests do that find all at once that it does not run yet."""
        with ThreadPoolExecutor(4) as several:
            list(several.map(lambda _: self.team.start(), range(4)))
        return self

    def again(self) -> None:
        """Stop, and run anew over the same store."""
        self.team.stop()
        self.team = self._team()
        self.team.start()

    def close(self) -> None:
        self.team.stop()
        self.reader.close()
        self.writer.close()

    # --- what is there -----------------------------------------------------------------------

    def scope(self, name: str) -> team_scopes.ScopeRow | None:
        return team_scopes.get(self.reader, self.id, name)

    def rows(self, name: str, t: str) -> dict[str, team_rows.EntityRow]:
        scope = self.scope(name)
        found = team_rows.of_type(self.reader, scope.id, t) if scope else []
        return {row.id: row for row in found}

    def shown(self, name: str, t: str, id_: str) -> Entity | None:
        scope = self.scope(name)
        found = showing.shown(self.reader, scope, {(t, id_)}) if scope else {}
        return found.get((t, id_))

    def state(self) -> str:
        row = teams.get(self.reader, self.id)
        return row.state.value if row else ""

    def pending(self) -> list[team_pending.Pending]:
        return team_pending.open_(self.reader, self.id)

    def notices(self) -> list[str]:
        return [each.kind for each in team_notices.unseen(self.reader)]

    def whole(self, name: str) -> bool:
        scope = self.scope(name)
        return scope is not None and scope.done and scope.hi == scope.head

    # --- what is done ------------------------------------------------------------------------

    def conversation(self, scope: str, subject: str = "About it", **h: Any) -> str:
        id_ = new_id()
        body = msgspec.json.encode({"subject": subject}).decode()
        header = {"st": "open", "inbox": True, "assignees": [], "labels": [], "last": 1} | h
        self.team.submit([Intent("put", scope, "conv", id_, "conversation.created", header, body)])
        return id_

    def patch(self, scope: str, conv: str, act: str, pre: Any = None, **h: Any) -> list[int]:
        return self.team.submit([Intent("patch", scope, "conv", conv, act, h, "", pre)])

    def comment(self, scope: str, conv: str, text: str) -> str:
        id_ = new_id()
        body = msgspec.json.encode({"text": text}).decode()
        header = {"conv": conv, "mentions": []}
        self.team.submit([Intent("put", scope, "comment", id_, "comment.added", header, body)])
        return id_

    def message(self, scope: str, header: dict[str, Any]) -> str:
        id_ = new_id()
        body = msgspec.json.encode({"subject": "A file", "message_id": f"{id_}@x"}).decode()
        self.team.submit([Intent("put", scope, "msg", id_, "message.added", header, body)])
        return id_


def until(holds: Callable[[], object], seconds: float = WAIT) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.01)


class Mates:
    """An organization with a space, and running members of it."""

    def __init__(self, directory: Path, office: Office, name: str) -> None:
        self.directory, self.office, self.name = directory, office, name
        self.owner, root = office.founded(f"{name}-0@example.com")
        self.root = root.public.fingerprint
        self.space = self.owner.space(self.root)
        self.scope = space_scope(self.space)
        self.made: list[Mate] = []
        self.links: list[Link] = []

    def link(self) -> Link:
        link = Link(self.office.server.port)
        self.links.append(link)
        return link

    def mate(self, member: Member | None = None, link: Link | None = None, **more: Any) -> Mate:
        """Return a member's device, running; the owner's where nobody is named."""
        count = len(self.made)
        member = member or self.owner
        url = f"http://localhost:{link.port}" if link else self.office.server.url
        mate = Mate(self.directory / f"{self.name}-{count}", member, self.root, url, **more)
        self.made.append(mate)
        return mate.start()

    def join(self, role: Any = "member") -> Member:
        """Let somebody in, before the owner's own device runs: their numbers are used up here."""
        assert not any(mate.member is self.owner for mate in self.made)
        invitation = self.owner.invited(self.root, (self.space,), role)
        email = f"{self.name}-{new_id()[-8:]}@example.com"
        return self.office.joined(invitation, email)

    def close(self) -> None:
        for mate in self.made:
            mate.close()
        for link in self.links:
            link.close()


@pytest.fixture
def mates(tmp_path: Path, office: Office, request: pytest.FixtureRequest) -> Iterator[Mates]:
    name = f"m{abs(hash(request.node.name)) % 100_000_000}"
    made = Mates(tmp_path, office, name)
    yield made
    made.close()


@pytest.fixture
def own_mates(tmp_path: Path, team_server: TeamServer) -> Iterator[Mates]:
    """On a server of one's own, which may be stopped and set back."""
    office = Office(team_server)
    made = Mates(tmp_path / "mates", office, "own")
    yield made
    made.close()
    office.close()
