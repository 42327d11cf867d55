"""A colleague: an engine of their own in a folder of its own, without the process around it."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from missive_desktop.demo.board import Mail, Person
from missive_desktop.domain.spaces import Conversation, ConversationBody
from missive_desktop.domain.team import Intent
from missive_desktop.engine import dispatch, spaces
from missive_desktop.engine.request import Request
from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.team_login_requests import TeamCreate, TeamJoin
from missive_desktop.errors import Cancelled, Offline
from missive_desktop.profile import Profile
from missive_desktop.store import team_conversations, team_spaces, team_views, teams
from missive_desktop.store.database import Connection
from missive_desktop.store.packs import PackWriter
from missive_desktop.store.team_views import Timeline
from missive_desktop.sync.digesting import digest
from missive_desktop.team import blobs
from missive_desktop.team.spaces.events import received, whole
from missive_desktop.team.spaces.sending import envelope
from missive_wire.ids import new_id

_PATIENCE = 60.0  # seconds; a machine may be very busy
_STEP = 0.2


class Member:
    """Somebody with a device. `moved` is set whenever something happens in its store."""

    def __init__(
        self, directory: Path, person: Person, moved: threading.Event, stop: threading.Event
    ) -> None:
        self.person = person
        self.password = os.urandom(12).hex()
        self.team = 0
        self._stop = stop
        self.runtime = Runtime(Profile(directory).create(), os.urandom(32), lambda _: moved.set())
        self.runtime.teams.watch(True)

    def close(self) -> None:
        self.runtime.close()

    # -- coming in

    def found(self, url: str, setup: str) -> None:
        """Make the organization; its recovery key is nobody's business here."""
        request = TeamCreate(setup=setup, url=url, password=self.password, name=self.person.name)
        self.team = self.call(request)["team"]

    def join(self, link: str) -> None:
        name, email = self.person
        request = TeamJoin(link=link, email=email, name=name, password=self.password)
        self.team = self.call(request)["team"]

    # -- seeing

    def call(self, request: Request) -> dict[str, Any]:
        return dispatch.run(self.runtime, request)

    def wait(self, found: Callable[[Connection], Any]) -> Any:
        """Wait until there is something to be found, and return it."""
        end = time.monotonic() + _PATIENCE
        with self.runtime.reading() as conn:
            while not (result := found(conn)):
                if self._stop.is_set():
                    raise Cancelled("The demo has ended.")
                if time.monotonic() > end:
                    raise Offline("The team's server does not answer.")
                self.runtime.wait_for_change(_STEP)
        return result

    def here(self, conn: Connection, scope: str, conv: str) -> int:
        """Return a conversation's id in this store; 0 as long as it is not there."""
        row = team_spaces.get(conn, scope)
        return team_conversations.here(conn, row.account, conv) if row and row.account else 0

    def conversation(self, scope: str, conv: str) -> int:
        return int(self.wait(lambda conn: self.here(conn, scope, conv)))

    def timeline(self, conn: Connection, scope: str, conv: str) -> Timeline | None:
        here = self.here(conn, scope, conv)
        return team_views.timeline(conn, here) if here else None

    def user_of(self, person: Person) -> str:
        """Wait until somebody is in the team; return who they are there."""

        def found(conn: Connection) -> str:
            known = team_spaces.people(conn, self.team).values()
            return next((each.user for each in known if each.email == person.email), "")

        return str(self.wait(found))

    @property
    def user(self) -> str:
        with self.runtime.reading() as conn:
            row = teams.get(conn, self.team)
        return row.user if row else ""

    # -- doing

    def show(self, scope: str, conv: str, state: str) -> None:
        """Be seen looking at a conversation or writing in it."""
        presence = self.runtime.teams.of(self.team).presence
        if state == "typing":
            presence.show(scope, conv, "typing")
        else:
            presence.show(scope, conv, "viewing")

    def file(self, scope: str, mails: list[Mail], own: str, conv: str = "") -> str:
        """File mail in an inbox, as its worker does; return its conversation."""
        made, conv = not conv, conv or new_id()
        intents: list[Intent] = []
        header = Conversation() if made else self.header(scope, conv)
        with closing(PackWriter(self.runtime.store.packs)) as packs:
            for mail in mails:
                ready, known = blobs.seal(packs, io.BytesIO(mail.raw)), digest(mail.raw)
                out, at, message = known.sender.email == own, mail.at * 1000, new_id()
                header = header._replace(last=max(at, header.last))
                self._keep_up(scope, message, ready)
                put = {"conv": conv, "out": out, "at": at, "size": len(mail.raw)}
                put["blob"] = ready.blob.hash
                body = _json(envelope(known, ready))
                intents.append(Intent("put", scope, "msg", message, "message.added", put, body))
                about = known
        if made:
            first = digest(mails[0].raw)
            people = ((first.sender.name, first.sender.email),)
            body = _json(ConversationBody(first.subject, people, about.snippet))
            fields = whole(header._replace(inbox=True))
            act = "conversation.created"
            intents.insert(0, Intent("put", scope, "conv", conv, act, fields, body))
        else:
            self._received(intents, scope, conv, header.last)
        self.submit(intents)
        return conv

    def _received(self, intents: list[Intent], scope: str, conv: str, at: int) -> None:
        with self.runtime.reading() as conn:
            row = team_spaces.get(conn, scope)
        assert row is not None
        change = received(self.header(scope, conv), row.settings, at, at)
        act = "conversation.received"
        intents.insert(0, Intent("patch", scope, "conv", conv, act, change))

    def header(self, scope: str, conv: str) -> Conversation:
        """Return how a conversation stands."""
        with self.runtime.reading() as conn:
            known = self.timeline(conn, scope, conv)
        return known.header if known is not None else Conversation()

    def _keep_up(self, scope: str, message: str, ready: blobs.Ready) -> None:
        with self.runtime.reading() as conn:
            row = team_spaces.get(conn, scope)
        account = row.account if row else 0
        self.runtime.writer.run(
            lambda conn, _: blobs.keep_up(conn, self.team, account, scope, message, ready)
        )

    def submit(self, intents: list[Intent]) -> None:
        """Change what the team shares, as this person's program does."""
        done = self.runtime.writer.run(
            lambda conn, changes: spaces.submit(self.runtime, conn, changes, self.team, intents),
            durable=True,
        )
        spaces.told(self.runtime, [done])


def _json(body: msgspec.Struct) -> str:
    return msgspec.json.encode(body).decode()
