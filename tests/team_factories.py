"""A team in a store of the test's own, and rows of its feed as the window shall see them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from tests.factories import Mailbox

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.spaces import Place
from missive_desktop.domain.team import Entity, TeamSettings
from missive_desktop.store import (
    team_conversations,
    team_rows,
    team_scopes,
    team_spaces,
    teams,
)
from missive_desktop.store.database import Connection
from missive_desktop.store.team_rows import EntityRow
from missive_desktop.team import overlay
from missive_desktop.team.spaces.projection import SpaceProjection
from missive_wire.ids import derived_id

ORG = derived_id("00000000-0000-0000-0000-000000000000", "org")
ME, ANA, BEN = (derived_id(ORG, name) for name in ("me", "ana", "ben"))
SPACE = derived_id(ORG, "support")
SCOPE, OWN, ALL = f"s:{SPACE}", f"u:{ME}", f"o:{ORG}"
NOON = 1_750_000_000_000  # milliseconds

_count = itertools.count(1)


def name(text: str) -> str:
    """The id of something that the test calls by a word."""
    return derived_id(SPACE, text)


def conv(word: str, body: dict[str, Any] | None = None, **header: Any) -> Entity:
    known = {"st": "open", "inbox": False, "assignees": [], "labels": [], "last": NOON, "since": 0}
    return _entity("conv", name(word), known | header, body or {"subject": word})


def mail(
    word: str, of: str, at: int = NOON, out: bool = False, blob: str = "", **envelope: Any
) -> Entity:
    body = {
        "message_id": f"{word}@example.org",
        "subject": f"About {of}",
        "sender": ["Cara Customer", "cara@example.org"],
        "to": [["", "support@example.org"]],
        "date": at // 1000,
        "snippet": f"snippet of {word}",
        "text": f"text of {word}",
    }
    header = {"conv": name(of), "out": out, "at": at, "size": 10, "blob": blob}
    return _entity("msg", name(word), header, body | envelope)


def send(word: str, of: str, blob: str, own: str = ANA, st: str = "sent", **body: Any) -> Entity:
    """A mail that a member asked to be sent."""
    header = {"conv": name(of), "st": st, "due": 0, "blob": blob, "close": False}
    return _entity("send", name(word), header, body, own=own)


def comment(
    word: str,
    of: str,
    text: str,
    at: int = NOON,
    own: str = ANA,
    mentions: Iterable[str] = (),
    file: dict[str, Any] | None = None,
) -> Entity:
    header = {"conv": name(of), "mentions": list(mentions)}
    body: dict[str, Any] = {"text": text}
    if file is not None:
        header["blob"] = "f" * 64
        body["file"] = file
    return _entity("comment", name(word), header, body, own=own, at=at)


def task(word: str, of: str, title: str, **header: Any) -> Entity:
    known = {"conv": name(of) if of else "", "assignees": [], "st": "todo", "due": 0}
    return _entity("task", name(word), known | header, {"title": title})


def own(of: str, **state: Any) -> Entity:
    """One's own state of a conversation."""
    body = {"conv": name(of), "space": SPACE} | state
    return _entity("pstate", derived_id(name(of), ME), {}, body, own=ME)


def label(word: str, colour: str = "red") -> Entity:
    return _entity("label", name(word), {}, {"name": word, "colour": colour})


def space(**body: Any) -> Entity:
    known = {"name": "Support", "address": "support@example.org"}
    return _entity("space", SPACE, {"kind": "inbox"}, known | body)


def member(user: str, called: str, role: str = "member", email: str = "") -> Entity:
    email = email or f"{called.lower()}@example.org"
    return _entity("member", user, {"user": user, "role": role}, {"name": called, "email": email})


def seat(user: str, kind: str = "active") -> Entity:
    return _entity("seat", derived_id(SPACE, f"seat {user}"), {"user": user, "kind": kind}, None)


def gone(entity: Entity) -> Entity:
    return Entity(entity.t, entity.id, gone=True)


def _entity(
    t: str,
    id_: str,
    header: dict[str, Any],
    body: dict[str, Any] | None,
    own: str = ANA,
    at: int = NOON,
) -> Entity:
    written = json.dumps(body) if body is not None else ""
    return Entity(t, id_, header, written, v=1, own=own, by=own, at=at, seq=next(_count))


def confirmed(entity: Entity) -> EntityRow:
    return EntityRow(
        entity.t, entity.id, "del" if entity.gone else "put", next(_count), entity.v or 1,
        entity.h, 1, 1, entity.body, own=entity.own, by=entity.by, at=entity.at,
    )  # fmt: skip


@dataclass
class TeamBox:
    """A profile in a team, with what shows the team's rows."""

    box: Mailbox
    now: int = NOON
    team: int = 0
    projection: SpaceProjection = field(init=False)

    def __post_init__(self) -> None:
        self.projection = SpaceProjection(self.box.store.packs, lambda: self.now)
        self.team = self.box.writer.run(
            lambda conn, changes: teams.insert(
                conn, "https://localhost", ORG, ME, name("device"), "me@example.org", "",
                TeamSettings(), changes,
            )
        )  # fmt: skip

    def take(self, *entities: Entity, scope: str = SCOPE, early: bool = False) -> Changes:
        """Take rows of a scope, as the client does with a page of the feed; `early`: with the
        rows made ready before, as with one of history."""
        last = {(each.t, each.id): each for each in entities}.values()
        rows = [confirmed(each) for each in last]
        shown = [overlay.of_row(row) for row in rows] if early else entities
        made = [self.early(*rows)] if early else []

        def work(conn: Connection, changes: Changes) -> Changes:
            row = team_scopes.ensure(conn, self.team, scope, changes)
            team_rows.write(conn, row.id, rows)
            prepared = self.projection.prepare(row, shown, made)
            self.projection.project(conn, row, prepared, changes)
            return changes

        return self.box.writer.run(work)

    def early(self, *rows: EntityRow) -> object:
        with closing(self.projection.early()) as runner:
            return runner.prepare(rows)

    def take_own(self, *entities: Entity) -> Changes:
        return self.take(*entities, scope=OWN)

    def take_all(self, *entities: Entity) -> Changes:
        return self.take(*entities, scope=ALL)

    @property
    def account(self) -> int:
        row = team_spaces.get(self.box.reader, SCOPE)
        return row.account if row else 0

    def places(self, of: str) -> set[Place]:
        """Return where the conversation is listed."""
        here = team_conversations.here(self.box.reader, self.account, name(of))
        rows = self.box.reader.execute(
            "SELECT f.name FROM listing AS l JOIN folders AS f ON f.id = l.folder_id"
            " WHERE l.conversation_id = ?",
            (here,),
        )
        return {Place(row[0]) for row in rows.fetchall()}
