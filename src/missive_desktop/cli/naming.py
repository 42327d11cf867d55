"""What a team's trail speaks of by ids, called as people know it: from what is here alone."""

from __future__ import annotations

from typing import Any

import msgspec

from missive_desktop.content import parse
from missive_desktop.errors import KnownError
from missive_desktop.store import (
    messages,
    team_mail,
    team_rows,
    team_scopes,
    team_spaces,
    team_trail,
)
from missive_desktop.store.database import Connection, Store
from missive_desktop.store.team_rows import EntityRow
from missive_desktop.store.team_trail import Event, Wanted
from missive_desktop.store.teams import TeamRow
from missive_wire import shapes
from missive_wire.acts import ACTS
from missive_wire.ids import space_scope

# What a worker does beside the sending that only a worker may do: mail comes in, or is filed.
_BY_WORKERS = {name for name, rule in ACTS.items() if rule.worker} | {
    "conversation.created", "conversation.received", "conversation.replied", "message.added",
    "message.checked", "blob.read",
}  # fmt: skip


class Names:
    """Names of one team, looked up once."""

    def __init__(self, conn: Connection, team: TeamRow, store: Store | None = None) -> None:
        self._conn, self._team, self._store = conn, team, store
        self.people = team_spaces.people(conn, team.id)
        self._spaces = {row.scope: row.called for row in team_spaces.all_(conn, team.id)}
        self._scopes = {row.scope: row for row in team_scopes.all_(conn, team.id)}
        self._subjects: dict[tuple[str, str], str] = {}
        self._workers: dict[str, set[str]] = {}

    def person(self, user: str) -> str:
        if not user:
            return "the server"
        found = self.people.get(user)
        return found.called if found else f"somebody who left ({user})"

    def who(self, event: Event) -> str:
        """Return who did it; what a worker does by itself its owner did not do."""
        name = self.person(event.actor)
        if event.act not in _BY_WORKERS or not event.device:
            return name
        if event.scope not in self._workers:
            serving = Wanted({"lease.taken"}, scope=event.scope)
            found = team_trail.listed(self._conn, self._team.id, serving)
            self._workers[event.scope] = {each.device for each in found}
        serves = ACTS[event.act].worker or event.device in self._workers[event.scope]
        return f"the worker of {name}" if serves else name

    def scope(self, scope: str) -> str:
        if scope[:1] == "o":
            return self._team.settings.name or "the organization"
        if scope[:1] == "u":
            return "yourself" if scope[2:] == self._team.user else self.person(scope[2:])
        return self._spaces.get(scope) or f"an inbox that is no more ({scope[2:]})"

    def conversation(self, event: Event) -> str:
        """Return the subject of the conversation that something was done to."""
        if not event.conv:
            return ""
        key = event.scope, event.conv
        if key not in self._subjects:
            row = self._row(event.scope, "conv", event.conv)
            self._subjects[key] = _text(row, "subject") if row else ""
        return self._subjects[key]

    def what(self, event: Event) -> str:
        """Return what something was done to, with whom it was about."""
        parts = [self._file(event), self.conversation(event)]
        if event.t in ("comment", "task"):
            row = self._row(event.scope, event.t, event.id)
            parts.insert(0, (_text(row, "title") or _text(row, "text"))[:60] if row else "")
        about = event.details.get("assignees") or event.details.get("user")
        if event.t in ("member", "seat", "device") and not about:
            about = event.id if event.t == "member" else ""
        if event.t == "space":
            parts.append(self.scope(space_scope(event.id)))
        people = about if isinstance(about, list) else [about] if about else []
        if event.t == "send" and ACTS[event.act].worker:
            asked = self._row(event.scope, event.t, event.id)
            parts.append(f"for {self.person(asked.own)}" if asked else "")
        if people:
            parts.append(", ".join(self.person(str(each)) for each in people))
        return " · ".join(part for part in parts if part)

    def _file(self, event: Event) -> str:
        """Return the name of the attachment that was opened or saved."""
        part, scope = event.details.get("part"), self._scopes.get(event.scope)
        if not event.act.startswith("attachment.") or scope is None:
            return ""
        row = team_mail.by_id(self._conn, scope.account, event.id)
        if row is not None and row.complete and self._store is not None:
            try:
                raw = messages.raw(self._conn, self._store, row.message)
            except KnownError:
                return ""
            for file in parse.parse(raw).attachments:
                if file.part == part:
                    return file.name
        found = self._row(event.scope, event.t, event.id)
        files = _body(found).get("files") if found else None
        names = [str(each[0]) for each in files if each] if isinstance(files, list) else []
        return names[0] if len(names) == 1 else f"one of {', '.join(names)}" if names else ""

    def _row(self, scope: str, t: str, id_: str) -> EntityRow | None:
        found = self._scopes.get(scope)
        return team_rows.get(self._conn, found.id, t, id_) if found else None


def _body(row: EntityRow) -> dict[str, Any]:
    try:
        return shapes.read(row.body, dict[str, Any]) if row.body else {}
    except msgspec.MsgspecError:
        return {}


def _text(row: EntityRow, name: str) -> str:
    found = _body(row).get(name)
    return found if isinstance(found, str) else ""
