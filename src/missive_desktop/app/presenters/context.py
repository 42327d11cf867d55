"""The panel beside a conversation: who wrote, what there was with them, who would have watched.

Reads after the mail is shown, and only while somebody looks at the panel. Knows no Qt.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from missive_desktop.app.presenters import spaces
from missive_desktop.app.presenters.image_choices import ImageChoices, rule_of, switched_off
from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.mail_cards import shown_of
from missive_desktop.app.presenters.shown import TaskList
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.content.page_privacy import Rule
from missive_desktop.content.rendered import Rendered
from missive_desktop.domain import query as language
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.message import Address
from missive_desktop.domain.sender import Verdict
from missive_desktop.domain.tracking import Kind, Tracker, watchers
from missive_desktop.engine import sender_check
from missive_desktop.store import accounts, correspondents, messages
from missive_desktop.store.correspondents import Correspondent, PastList
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow
from missive_desktop.sync.digesting import known_vendors

PAUSE = 0.06  # seconds after the mail, so that the panel never holds it up


@dataclass(frozen=True, slots=True)
class Watcher:
    """Somebody who would have learned something: `things` is what was found, counted."""

    name: str  # a company, else a host
    known: bool  # the table knows the company
    things: tuple[tuple[Kind, str, int], ...]  # kind, by what it was found, how many
    learns: str


@dataclass(frozen=True, slots=True)
class Person:
    address: Address
    known: Correspondent
    written: int  # when the reader last wrote to them, 0 for never
    past: PastList


@dataclass(frozen=True, slots=True)
class Privacy:
    """Of one mail."""

    message: int
    sender: str
    date: int
    newest: bool
    watchers: tuple[Watcher, ...]
    verdict: Verdict | None
    rule: Rule
    off: bool  # no remote images at all, whatever the rule
    remote: int  # images that are not loaded
    loaded: int


@dataclass(frozen=True, slots=True)
class Context:
    person: Person
    privacy: Privacy | None  # None while the mail is not prepared
    tasks: TaskList | None = None  # None where nobody shares it


class ContextView(Protocol):
    def show_context(self, context: Context | None) -> None: ...

    def wanted(self) -> bool:
        """Say whether the panel is there to be seen."""


class ContextPresenter:
    """One conversation at a time; the mail in focus is the newest of others, or one asked for."""

    def __init__(
        self,
        conn: Connection,
        engine: Engine,
        view: ContextView,
        tell: Callable[[str, str], None],
        *,
        pause: float = PAUSE,
    ) -> None:
        self._conn = conn
        self._view = view
        self._tasks = Tasks(lambda error: tell(str(error), error.advice))
        self._choices = ImageChoices(conn, engine)
        self._pause = pause
        self._reading: asyncio.Task[None] | None = None
        self._conversation = 0
        self._focus = 0

    def show(self, conversation: int, message: int = 0) -> None:
        """Show what belongs to a conversation (0: none), of one of its mails if one is named."""
        if conversation != self._conversation or message:
            self._focus = message
        self._conversation = conversation
        self.refresh()

    def refresh(self) -> None:
        """Read again, if somebody looks."""
        if self._reading is not None:
            self._reading.cancel()
        if self._view.wanted():
            self._reading = self._tasks.start(self._read())

    def changed(self, changes: Changes) -> None:
        """Take in what a transaction changed."""
        if self._conversation in changes.conversations or changes.messages:
            self.refresh()

    def set_rule(self, rule: Rule, done: Callable[[], None]) -> None:
        """Decide about the images of the sender that is shown; `done` when it holds."""
        row = self._row()
        if row is not None:
            self._tasks.start(self._set_rule(row, rule, done))

    def close(self) -> None:
        self._tasks.cancel()

    async def _set_rule(self, row: MessageRow, rule: Rule, done: Callable[[], None]) -> None:
        scope = {"allow": "sender", "never": "never", "ask": "ask"}[rule]
        await self._choices.decide(row.sender.email, scope)
        self.refresh()
        done()

    async def _read(self) -> None:
        if self._conversation:
            await asyncio.sleep(self._pause)
        self._view.show_context(self.read())

    def read(self) -> Context | None:
        """Return what there is to show now."""
        row = self._row()
        if row is None:
            return None
        own = {one.settings.address.lower() for one in accounts.all_(self._conn)}
        tasks = spaces.tasks(self._conn, self._conversation)
        return Context(self._person(row, own), self._privacy(row), tasks)

    def _row(self) -> MessageRow | None:
        if not self._conversation:
            return None
        rows = messages.in_conversation(self._conn, self._conversation)
        asked = next((row for row in rows if row.id == self._focus), None)
        if asked is not None:
            return asked
        own = {one.settings.address.lower() for one in accounts.all_(self._conn)}
        others = [row for row in rows if row.sender.email.lower() not in own]
        return next(reversed(others or rows), None)

    def _person(self, row: MessageRow, own: set[str]) -> Person:
        who = row.sender
        if who.email.lower() in own:
            who = next((one for one in row.to if one.email.lower() not in own), who)
        known = correspondents.of(self._conn, who.email)
        written = 0
        if known.times_written and '"' not in who.email:
            mine = " OR ".join(f'from:"{address}"' for address in sorted(own))
            query = language.parse(f'to:"{who.email}" ({mine})')
            written = correspondents.last_written(self._conn, query, int(time.time()))
        past = correspondents.past(self._conn, who.email, but=row.conversation)
        return Person(who, known, written, past)

    def _privacy(self, row: MessageRow) -> Privacy | None:
        shown = shown_of(self._conn, row.id)
        if shown is None:
            return None
        rows = messages.in_conversation(self._conn, row.conversation)
        return Privacy(
            message=row.id,
            sender=row.sender.name or row.sender.email,
            date=row.date,
            newest=row.id == rows[-1].id,
            watchers=watching(shown),
            verdict=sender_check.verdict(self._conn, row, shown),
            rule=rule_of(self._conn, row.sender.email),
            off=switched_off(self._conn),
            remote=len(shown.remote),
            loaded=shown.loaded,
        )


def watching(shown: Rendered) -> tuple[Watcher, ...]:
    """Return who would have learned something from this mail, and by what."""
    table = known_vendors()
    found = []
    for name in watchers(shown.trackers):
        theirs = [one for one in shown.trackers if (one.vendor or one.host) == name]
        vendor = theirs[0].vendor
        found.append(Watcher(name, bool(vendor), _things(theirs), table.learns(vendor)))
    return tuple(found)


def _things(trackers: list[Tracker]) -> tuple[tuple[Kind, str, int], ...]:
    counted: dict[tuple[Kind, str], int] = {}
    for one in trackers:
        key = (one.kind, one.how if one.kind != "link" else "vendor")
        counted[key] = counted.get(key, 0) + 1
    return tuple((kind, how, number) for (kind, how), number in counted.items())
