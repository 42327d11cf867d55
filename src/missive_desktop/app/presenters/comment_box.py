"""The comment that is being written under a shared conversation: kept, completed, said. No Qt.

What was begun is in the store after a pause, for each conversation; it goes with its space.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.mentioning import Offer, offers
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.domain.changes import Changes
from missive_desktop.engine.protocol import SetSetting
from missive_desktop.engine.space_requests import Comment, EditComment
from missive_desktop.errors import KnownError
from missive_desktop.store import (
    settings,
    team_conversations,
    team_spaces,
    team_views,
    teams,
)
from missive_desktop.store.database import Connection
from missive_desktop.store.team_spaces import Person
from missive_wire import rules

BEGUN = "comments.begun"
PAUSE = 0.4  # seconds without a key, after which a comment is kept


class Space(NamedTuple):
    """Where the comment would stand."""

    conversation: int
    account: int
    scope: str
    conv: str
    name: str
    people: tuple[Person, ...]
    may_comment: bool
    may_send: bool


class CommentView(Protocol):
    """The box as its presenter sees it."""

    def show_space(self, space: Space | None) -> None: ...

    def show_text(self, text: str, *, editing: bool) -> None: ...

    def show_file(self, file: Path | None) -> None: ...

    def show_busy(self, busy: bool) -> None: ...


class CommentBox:
    """`tell` says what went wrong."""

    def __init__(
        self,
        conn: Connection,
        engine: Engine,
        view: CommentView,
        tell: Callable[[KnownError], None],
        *,
        pause: float = PAUSE,
    ) -> None:
        self._conn = conn
        self._engine = engine
        self._view = view
        self._tasks = Tasks(tell)
        self._pause = pause
        self._saving: asyncio.Task[None] | None = None
        self._begun: dict[str, str] | None = None
        self._files: dict[str, Path] = {}  # what is to go along, by conversation, while we run
        self._busy = False
        self._editing = ""
        self.space: Space | None = None

    def show(self, conversation: int) -> None:
        """Another conversation is open (0: none)."""
        self.space = space_of(self._conn, conversation) if conversation > 0 else None
        self._editing = ""
        self._view.show_space(self.space)
        if self.space is not None:
            self._show_begun()

    def _show_begun(self) -> None:
        self._view.show_text(self._kept().get(self._key(), ""), editing=False)
        self._view.show_file(self._files.get(self._key()))

    def attach(self, file: Path | None) -> None:
        """Let a file go along with the comment, or none."""
        if self.space is None or self._editing:
            return
        if file is not None:
            self._files[self._key()] = file
        else:
            self._files.pop(self._key(), None)
        self._view.show_file(file)

    def changed(self, changes: Changes) -> None:
        """Follow who belongs to the space, and what one may do there."""
        if self.space is None or not changes.teams:
            return
        now = space_of(self._conn, self.space.conversation)
        if now != self.space:
            self.space = now
            self._view.show_space(now)

    def typed(self, text: str) -> None:
        """Keep what is being written, at the next pause."""
        if self.space is None or self._editing:
            return
        kept, key = self._kept(), self._key()
        if kept.get(key, "") == text:
            return
        if text.strip():
            kept[key] = text
        else:
            kept.pop(key, None)
        self._save(self._pause)

    def offers(self, text: str, caret: int) -> list[Offer]:
        """Return whom an @ that is being typed may mean."""
        if self.space is None:
            return []
        return offers(text, caret, self.space.people, self.space.name)

    def edit(self, comment: str, text: str) -> None:
        """Change a comment that was made."""
        self._editing = comment
        self._view.show_file(None)
        self._view.show_text(text, editing=True)

    def leave_edit(self) -> None:
        """Leave a comment as it was; what was begun comes back."""
        if self._editing and self.space is not None:
            self._editing = ""
            self._show_begun()

    def say(self, text: str) -> None:
        """Send it; what is said while the last one is on its way is the same once more."""
        file = self._files.get(self._key()) if not self._editing else None
        if (text.strip() or file is not None) and self.space is not None and not self._busy:
            self._show_busy(True)
            self._tasks.start(self._say(self.space, text.strip(), self._editing, file))

    def _show_busy(self, busy: bool) -> None:
        self._busy = busy
        self._view.show_busy(busy)

    async def _say(self, space: Space, text: str, editing: str, file: Path | None) -> None:
        try:
            if editing:
                edit = EditComment(account=space.account, comment=editing, text=text)
                await self._engine.call(edit)
            else:
                path = str(file) if file is not None else ""
                made = Comment(conversation=space.conversation, text=text, path=path)
                await self._engine.call(made)
        finally:
            self._show_busy(False)
        if editing:
            if self._editing == editing:
                self.leave_edit()
            return
        said = f"{space.scope}/{space.conv}"
        self._kept().pop(said, None)
        self._files.pop(said, None)
        self._save(0)
        if self.space is not None and self.space.conv == space.conv and not self._editing:
            self._show_begun()

    # -- what was begun

    def _key(self) -> str:
        return f"{self.space.scope}/{self.space.conv}" if self.space is not None else ""

    def _kept(self) -> dict[str, str]:
        if self._begun is None:
            found = settings.get(self._conn, BEGUN, {})
            here = {space.scope for space in team_spaces.mine(self._conn)}
            known = found.items() if isinstance(found, dict) else ()
            self._begun = {key: text for key, text in known if key.partition("/")[0] in here}
        return self._begun

    def _save(self, pause: float) -> None:
        if self._saving is not None:
            self._saving.cancel()
        self._saving = self._tasks.start(self._save_after(pause))

    async def _save_after(self, pause: float) -> None:
        await asyncio.sleep(pause)
        await self._engine.call(SetSetting(name=BEGUN, value=dict(self._kept())))

    async def close(self) -> None:
        """Keep what was begun, at the end of the program."""
        if self._saving is not None and not self._saving.done():
            self._saving.cancel()
            with contextlib.suppress(KnownError):  # the engine is gone: the rest has to end, too
                await self._engine.call(SetSetting(name=BEGUN, value=dict(self._kept())))
        self._tasks.cancel()


def space_of(conn: Connection, conversation: int) -> Space | None:
    """Return the space of a conversation, and what one may do there."""
    found = team_conversations.find_by_id(conn, conversation)
    space = team_spaces.of_account(conn, found[0]) if found else None
    team = teams.get(conn, space.team) if space else None
    if found is None or space is None or team is None:
        return None
    people = team_views.people(conn, found[0])
    seat = team_spaces.seats(conn, space.scope).get(team.user)
    me = team_spaces.people(conn, team.id).get(team.user)
    role = rules.effective(me.role if me else "", seat.role if seat else "")
    return Space(
        conversation=conversation,
        account=found[0],
        scope=space.scope,
        conv=found[1],
        name=space.name,
        people=tuple(person for user, person in people.items() if user != team.user),
        may_comment=rules.may(role, "comment.added"),
        may_send=rules.may(role, "send.requested"),
    )
