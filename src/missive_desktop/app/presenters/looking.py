"""Who looks at what: this person is told to the team, the others are shown. Knows no Qt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal, Protocol

from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.app.presenters.team_rows import Looking
from missive_desktop.engine.team_sync_requests import ShowPresence, WhoIsThere
from missive_desktop.store import team_conversations, team_lists, team_spaces
from missive_desktop.store.database import Connection

PRESENCE = "presence"  # among Changes.teams
AGAIN = 15.0  # seconds, before the others take it for over
TYPING = 4.0  # seconds without a key, after which one only looks again; with keys, told again


class LookingView(Protocol):
    def show_looking(self, looking: Looking) -> None: ...

    def watched(self) -> bool:
        """Say whether the person can see the conversation."""


class LookingPresenter:
    """One conversation at a time; nothing is told of mail that is nobody else's."""

    def __init__(
        self, conn: Connection, engine: Engine, view: LookingView, *, again: float = AGAIN
    ) -> None:
        self._conn = conn
        self._engine = engine
        self._view = view
        self._again = again
        self._tasks = Tasks(lambda _: None)  # the sync line tells of what is the matter
        self._place: tuple[str, str] | None = None  # scope and conversation that are shown
        self._showing: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._typing: Callable[[], None] | None = None
        self._told_typing = 0.0
        self.looking: Looking = {}

    def show(self, conversation: int) -> None:
        """Tell that this one is looked at now (0: none)."""
        place = self._of(conversation) if conversation > 0 else None
        if place == self._place:
            return
        before, self._place = self._place, place
        self._stop_typing()
        if self._showing is not None:
            self._showing.cancel()
            self._showing = None
        if place is not None:
            self._showing = self._tasks.start(self._keep_telling(*place))
        elif before is not None:
            self._tasks.start(self._tell(*before, ""))

    def type_key(self) -> None:
        """Tell that something is written to the conversation that is shown."""
        if self._place is None:
            return
        loop = asyncio.get_running_loop()
        if self._typing is None or loop.time() - self._told_typing > TYPING:
            self._told_typing = loop.time()
            self._tasks.start(self._tell(*self._place, "typing"))
        self._stop_typing()
        self._typing = loop.call_later(TYPING, self._rest).cancel

    def ask(self) -> None:
        """Ask who looks at what now."""
        if self._asking is not None:
            self._asking.cancel()
        self._asking = self._tasks.start(self._ask())

    def close(self) -> None:
        self._stop_typing()
        self._tasks.cancel()

    def _rest(self) -> None:
        self._typing = None
        if self._place is not None:
            self._tasks.start(self._tell(*self._place, "viewing"))

    def _stop_typing(self) -> None:
        if self._typing is not None:
            self._typing()
            self._typing = None

    async def _keep_telling(self, scope: str, conv: str) -> None:
        while True:
            if self._view.watched() and self._typing is None:
                await self._tell(scope, conv, "viewing")
            await asyncio.sleep(self._again)

    async def _tell(self, scope: str, conv: str, state: Literal["viewing", "typing", ""]) -> None:
        await self._engine.call(ShowPresence(scope=scope, conv=conv, state=state))

    async def _ask(self) -> None:
        """Ask, and again while somebody is there: who goes without a word is gone after a time."""
        while True:
            answer = await self._engine.call(WhoIsThere())
            self._take(answer.get("seen", []))
            if not self.looking:
                return
            await asyncio.sleep(self._again)

    def _take(self, seen: list[list[str]]) -> None:
        found: dict[int, tuple[tuple[str, str], ...]] = {}
        for scope, conv, user, state in seen:
            if not conv or state not in ("viewing", "typing"):
                continue
            space = team_spaces.get(self._conn, scope)
            here = team_conversations.here(self._conn, space.account, conv) if space else 0
            if here:
                found[here] = (*found.get(here, ()), (user, state))
        if found != self.looking:
            self.looking = found
            self._view.show_looking(found)

    def _of(self, conversation: int) -> tuple[str, str] | None:
        space = team_lists.space_of(self._conn, conversation)
        where = team_conversations.find_by_id(self._conn, conversation)
        return (space.scope, where[1]) if space is not None and where is not None else None
