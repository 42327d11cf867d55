"""Members of one organization, each with an engine of their own over a real sync server."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.factories import KEY
from tests.servers.organization import Member, Office

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.spaces import Conversation, ConversationBody, Place
from missive_desktop.domain.team import Intent, TeamSettings
from missive_desktop.engine import dispatch
from missive_desktop.engine.protocol import Notice
from missive_desktop.engine.request import Request
from missive_desktop.engine.runtime import Runtime
from missive_desktop.profile import Profile
from missive_desktop.store import (
    database,
    team_conversations,
    team_pending,
    team_scopes,
    team_spaces,
    teams,
)
from missive_desktop.store.database import Connection
from missive_desktop.store.packs import PackWriter
from missive_desktop.store.teams import PrivateKeys
from missive_desktop.store.writer import Writer
from missive_desktop.sync.digesting import digest
from missive_desktop.team import blobs
from missive_desktop.team.organizing import Plan
from missive_desktop.team.spaces import sending
from missive_desktop.team.spaces.events import whole
from missive_wire import routes
from missive_wire.chain import Record
from missive_wire.ids import new_id, space_scope
from missive_wire.routes import AuditPage, AuditRequest

WAIT = 60.0


def until(holds: Callable[[], object], seconds: float = WAIT, pause: float = 0.01) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(pause)


def enter(profile: Profile, key: bytes, member: Member, root: bytes, url: str) -> int:
    """Keep in a profile that it is in a team, as joining does."""

    def work(conn: Connection, changes: Changes) -> int:
        me = member.me
        keys = PrivateKeys(me.identity.sign.seed, me.device.sign.seed, me.device.box.seed)
        team = teams.insert(
            conn, url, me.org, me.user, me.device.id, member.email, root.hex(),
            TeamSettings(depth_days=0), changes, token=member.token, keys=keys,
        )  # fmt: skip
        team_pending.set_numbers(conn, team, member.last_mid, member.last_mid)
        return team

    writer = Writer(database.create_or_open(profile, key), lambda changes: None)
    try:
        return writer.run(work)
    finally:
        writer.close()


class Colleague:
    """Somebody's engine, without the process around it."""

    closed = False

    def __init__(self, directory: Path, member: Member, root: bytes, url: str) -> None:
        self.member = member
        self.profile = Profile(directory)
        self.team = enter(self.profile, KEY, member, root, url)
        self.listeners: list[Callable[[Notice], None]] = []
        self.runtime = Runtime(self.profile, KEY, self._told)
        self.conn = database.open_reader(self.runtime.store)
        self.runtime.teams.watch(True)

    def _told(self, notice: Notice) -> None:
        for listener in tuple(self.listeners):
            listener(notice)

    def begin_again(self, meanwhile: Callable[[Connection], object]) -> None:
        """End the engine, change the store while nothing runs, and open it again: not watching."""
        self.close()
        with closing(database.open_writer(self.runtime.store)) as conn:
            meanwhile(conn)
        self.runtime = Runtime(self.profile, KEY, self._told)
        self.conn, self.closed = database.open_reader(self.runtime.store), False

    @property
    def user(self) -> str:
        return self.member.me.user

    def call(self, request: Request) -> dict[str, Any]:
        return dispatch.run(self.runtime, request)

    def undo(self, answer: dict[str, Any]) -> None:
        from missive_desktop.engine.protocol import Act

        for act in answer["undo"]:
            self.call(msgspec.convert(act, Act))

    def account(self, scope: str) -> int:
        row = team_spaces.get(self.conn, scope)
        return row.account if row else 0

    def whole(self, scope: str) -> bool:
        row = team_scopes.get(self.conn, self.team, scope)
        return row is not None and row.done and row.hi == row.head and self.account(scope) > 0

    def here(self, scope: str, conv: str) -> int:
        return team_conversations.here(self.conn, self.account(scope), conv)

    def places(self, scope: str, conv: str) -> set[Place]:
        rows = self.conn.execute(
            "SELECT f.name FROM listing AS l JOIN folders AS f ON f.id = l.folder_id"
            " WHERE l.conversation_id = ?",
            (self.here(scope, conv),),
        )
        return {Place(row[0]) for row in rows.fetchall()}

    def pending(self) -> list[team_pending.Pending]:
        return team_pending.open_(self.conn, self.team)

    def file_mail(self, scope: str, raw: bytes, conv: str = "") -> tuple[str, str]:
        """File mail for the space, as its worker does; return conversation and message."""
        store, account = self.runtime.store, self.account(scope)
        with closing(PackWriter(store.packs)) as packs:
            ready = blobs.seal(packs, io.BytesIO(raw))
        known, message, at = digest(raw), new_id(), int(time.time() * 1000)
        made, conv = not conv, conv or new_id()
        about = ConversationBody(known.subject, snippet=known.snippet)
        first = Conversation(inbox=True, last=at)
        header = {"conv": conv, "out": False, "at": at, "size": len(raw)}
        intents = [
            Intent("put", scope, "conv", conv, "conversation.created", whole(first), _json(about))
        ] * made
        intents.append(
            Intent(
                "put", scope, "msg", message, "message.added",
                header | {"blob": ready.blob.hash}, _json(sending.envelope(known, ready)),
            )
        )  # fmt: skip
        self.runtime.writer.run(
            lambda conn, _: blobs.keep_up(conn, self.team, account, scope, message, ready)
        )
        self.runtime.teams.of(self.team).submit(intents)
        return conv, message

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self.conn.close()
        self.runtime.close()
        assert (
            not self.profile.crash_log.exists() or self.profile.crash_log.read_text("utf-8") == ""
        )


def _json(body: msgspec.Struct) -> str:
    return msgspec.json.encode(body).decode()


class Firm:
    """An organization with a shared inbox; its owner's engine and another member's."""

    def __init__(self, directory: Path, office: Office, name: str) -> None:
        self.office = office
        owner, root = office.founded(f"{name}-0@example.com")
        self.root = root.public.fingerprint
        self.space = owner.space(self.root)
        self.scope = space_scope(self.space)
        invitation = owner.invited(self.root, (self.space,))
        ben = office.joined(invitation, f"{name}-1@example.com")
        device = {"device": ben.me.device.id}  # may serve the inbox too, from a mailbox of its own
        handed = Intent("put", self.scope, "mailbox", new_id(), "mailbox.handed", device)
        owner.do(Plan((handed,)))
        url = office.server.url
        self.ana = Colleague(directory / "ana", owner, self.root, url)
        self.ben = Colleague(directory / "ben", ben, self.root, url)
        until(lambda: self.ana.whole(self.scope) and self.ben.whole(self.scope))

    def trail(self, who: Colleague, scope: str) -> tuple[Record, ...]:
        """Return the newest of what the server shows somebody of a trail."""
        asked = AuditRequest(who.member.me.device.id, scope, before=1 << 40)
        return who.runtime.teams.of(who.team).calls.post(routes.AUDIT, asked, AuditPage).records

    def close(self) -> None:
        for each in (self.ana, self.ben):
            each.close()


@pytest.fixture
def firm(tmp_path: Path, office: Office, request: pytest.FixtureRequest) -> Iterator[Firm]:
    made = Firm(tmp_path, office, f"f{abs(hash(request.node.name)) % 100_000_000}")
    yield made
    made.close()
