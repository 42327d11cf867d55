"""What the team says and does between the mails of a shared conversation, read from the store.

Decides where each thing stands in the order of time. Knows no Qt.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import msgspec

from missive_desktop.app.presenters.happened import EventRow, Names, lines, refused
from missive_desktop.content import dangers, page_talk
from missive_desktop.content.page_talk import Between, Comment, File, Going, Mark, Refusal
from missive_desktop.domain import refusals
from missive_desktop.domain.message import Address
from missive_desktop.domain.spaces import CommentBody, SharedFile
from missive_desktop.domain.team import REFUSED, SHOWN
from missive_desktop.store import (
    team_mail,
    team_pending,
    team_spaces,
    team_talk,
    team_trail,
    team_views,
)
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow
from missive_desktop.store.team_pending import Pending
from missive_desktop.store.team_spaces import Person
from missive_desktop.store.team_talk import CommentRow, SendRow
from missive_desktop.store.team_views import Timeline
from missive_desktop.team.spaces import mentions
from missive_wire import shapes

_STATES: dict[str, Literal["waiting", "sending", "uncertain", "failed"]] = {
    "requested": "waiting",
    "sending": "sending",
    "uncertain": "uncertain",
    "failed": "failed",
}


class Told(NamedTuple):
    """`items` with their times (ms) in order; `authors`: who of the team wrote which mail, by
    message; `due`: when something changes by itself (ms, 0: nothing does)."""

    items: tuple[tuple[int, Between], ...] = ()
    authors: Mapping[int, Address] = {}
    due: int = 0
    account: int = 0
    scope: str = ""
    conv: str = ""


NOTHING = Told()


def milliseconds() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Talk:
    """`time_text` formats unix seconds for a reader."""

    conn: Connection
    time_text: Callable[[int], str]
    now: Callable[[], int] = milliseconds

    def read(self, conversation: int) -> Told:
        """Return what stands in a conversation beside its mails; nothing in one of one's own."""
        found = team_views.timeline(self.conn, conversation)
        space = team_spaces.get(self.conn, found.scope) if found is not None else None
        if found is None or space is None:
            return NOTHING
        now = self.now()
        said = {row.id for row in found.comments}
        asked = {row.id for row in found.tasks} | {row.id for row in found.sends}
        belonging = {found.conv} | said | asked
        own = [
            row
            for row in team_pending.open_(self.conn, space.team)
            if row.scope == found.scope
            and (row.entity in belonging or row.h.get("conv") == found.conv)
        ]
        items: list[tuple[int, Between]] = []
        readers = team_views.people(self.conn, found.account)
        items += [(row.at, self._comment(row, found, readers, own)) for row in found.comments]
        items += self._refused_comments(found, own)
        items += self._events(found, space.team, own)
        items += [(row.at, self._going(row, found, now)) for row in found.sends]
        items.sort(key=lambda item: item[0])
        due = [row.due for row in found.sends if row.state == "requested" and row.due > now]
        authors = self._authors(found)
        return Told(
            tuple(items), authors, min(due, default=0), found.account, found.scope, found.conv
        )

    # -- comments

    def _comment(
        self,
        row: CommentRow,
        found: Timeline,
        readers: Mapping[str, Person],
        own: Sequence[Pending],
    ) -> Comment:
        denied = next((p for p in own if p.entity == row.id and p.state in REFUSED), None)
        return Comment(
            id=row.id,
            author=_person(found, row.author),
            time=self.time_text(row.at // 1000),
            text=row.text,
            marks=marks(row.text, row.mentions, found.me, readers),
            edited=row.v > 1,
            mine=row.author == found.me,
            sending=row.pending,
            refused=Refusal(why(denied), denied.id) if denied else None,
            file=file_of(row.file),
        )

    def _refused_comments(
        self, found: Timeline, own: Sequence[Pending]
    ) -> list[tuple[int, Between]]:
        """Comments that never came to be: what was written is not lost by that."""
        shown = {row.id for row in found.comments}
        return [
            (
                row.created,
                Comment(
                    id=row.entity,
                    author=_person(found, found.me),
                    time=self.time_text(row.created // 1000),
                    text=body.text,
                    mine=True,
                    refused=Refusal(why(row), row.id),
                    file=file_of(body.file),
                ),
            )
            for row in own
            if row.t == "comment" and row.op == "put" and row.state in REFUSED
            if row.entity not in shown
            for body in (_comment_body(row.body),)
        ]

    # -- events

    def _events(
        self, found: Timeline, team: int, own: Sequence[Pending]
    ) -> list[tuple[int, Between]]:
        people = {user: person.called for user, person in found.people.items()}
        labels = {id_: label.name for id_, label in found.labels.items()}
        names = Names(found.me, people, labels, self.time_text)
        done = team_trail.of_conversation(self.conn, team, found.scope, found.conv)
        rows = [EventRow(one.at, one.actor, one.act, one.details) for one in done]
        newest = rows[-1].at if rows else 0
        waiting = [
            EventRow(row.created, found.me, row.act, row.h, waiting=True)
            for row in own
            if row.t in ("conv", "task") and row.state in SHOWN and row.created > newest
        ]
        result: list[tuple[int, Between]] = list(lines([*rows, *waiting], names))
        whole = {"assignees": list(found.header.assignees), "labels": list(found.header.labels)}
        stands = EventRow(0, "", "", whole)
        for row in own:
            if row.state in REFUSED and row.t in ("conv", "task", "send"):
                made = EventRow(row.created, found.me, row.act, row.h)
                event = refused(made, why(row), row.id, stands, names)
                result.append((row.created, event))
        return result

    # -- mail on its way

    def _going(self, row: SendRow, found: Timeline, now: int) -> Going:
        body = row.asked
        people = (*body.envelope.to, *body.envelope.cc, *body.envelope.bcc)
        names = [name or address for name, address in people] or list(body.recipients)
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        mine = row.author == found.me
        state = _STATES.get(row.state, "sending")
        return Going(
            id=row.id,
            author=_person(found, row.author),
            to=f"{names[0]}{more}" if names else "nobody",
            time=self.time_text(row.at // 1000),
            text=body.envelope.snippet or body.envelope.text[:300],
            state=state,
            error=body.error,
            undo=mine and state == "waiting" and row.due > now,
            mine=mine,
        )

    def _authors(self, found: Timeline) -> dict[int, Address]:
        """Return who wrote what went out: what was sent is the very file that was asked to be. Of
        what was moved here that is the word of who moved it."""
        asked = {
            row.blob: row.author
            for row in team_talk.sends(self.conn, found.account, found.conv)
            if row.blob and row.author in found.people
        }
        mails = team_mail.of_conversation(self.conn, found.account, found.conv)
        known = {row: asked.get(row.blob) or row.author for row in mails if row.out}
        return {
            row.message: _person(found, user)
            if row.blob in asked or user == row.own
            else _moved(_person(found, user), _person(found, row.own))
            for row, user in known.items()
            if user in found.people
        }


def _moved(author: Address, mover: Address) -> Address:
    return Address(f"{author.name} (moved here by {mover.name})", author.email)


def between(told: Told, rows: Sequence[MessageRow]) -> tuple[tuple[int, str], ...]:
    """Write what stands between these mails, each with how many of them come before it."""
    places: dict[int, list[Between]] = {}
    for at, item in told.items:
        before = max((i + 1 for i, row in enumerate(rows) if row.date * 1000 <= at), default=0)
        places.setdefault(before, []).append(item)
    return tuple((before, page_talk.written(places[before])) for before in sorted(places))


def marks(
    text: str, mentioned: Sequence[str], me: str, people: Mapping[str, Person]
) -> tuple[Mark, ...]:
    """Return where a comment names those whom it calls."""
    named = set(mentioned)
    spans = mentions.places(text, people, named)
    return tuple(
        Mark(span.start, span.end, me in span.users and me in named)
        for span in spans
        if named.intersection(span.users)
    )


def _person(found: Timeline, user: str) -> Address:
    person = found.people.get(user)
    return Address(person.called, person.email) if person else Address("Somebody", user)


def why(row: Pending) -> str:
    """Say in plain words why a change was not taken."""
    return refusals.words(row.state, row.why)


def file_of(file: SharedFile | None) -> File | None:
    """Return what is shown of a comment's file; of its name alone, what may harm in it."""
    if file is None:
        return None
    return File(file.name, file.size, dangers.warning(file.name, file.type, b""))


def _comment_body(body: str) -> CommentBody:
    try:
        return shapes.read(body, CommentBody) if body else CommentBody()
    except msgspec.MsgspecError:
        return CommentBody()
