"""The user's own part in the demo: joins the team by its link, and asks Ben what is asked there.

Everything goes through the window's engine, as if it had been clicked and typed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, TypeVar

from missive_desktop.demo.board import BEN, PEOPLE
from missive_desktop.demo.lines import Filed, FromCompanion, Invited, Missing, Ready
from missive_desktop.domain.team import NoticeKind
from missive_desktop.engine.protocol import Act, Notice, Prepare
from missive_desktop.engine.request import Request
from missive_desktop.engine.space_requests import Assign, Comment
from missive_desktop.engine.team_login_requests import TeamJoin
from missive_desktop.engine.team_sync_requests import SeeNotice
from missive_desktop.store import (
    messages,
    team_conversations,
    team_notices,
    team_spaces,
    team_trail,
    team_views,
)
from missive_desktop.store.database import Connection

T = TypeVar("T")
_STEP = 0.5  # seconds after which is looked again, though nothing was told
QUESTION = (
    "@Ben Okafor the scan at the gate says 8 boxes, so it is the carrier."
    " Can you open a claim before we promise a date?"
)


class Engine(Protocol):
    """What is needed of the window's link to its engine."""

    def subscribe(self, listener: Callable[[Notice], None]) -> Any: ...

    async def call(self, request: Request) -> dict[str, Any]: ...


class Guest:
    """Whoever uses the window. `conn` reads the window's store, on the loop's thread."""

    def __init__(self, engine: Engine, conn: Connection, there: Callable[[int], None]) -> None:
        """`there` is told the conversation that all is about, as soon as it is here."""
        self._engine, self._conn, self._there = engine, conn, there
        self._changed = asyncio.Event()
        engine.subscribe(lambda _: self._changed.set())

    async def settle(self, news: asyncio.Queue[FromCompanion]) -> str:
        """Follow the companion until all is ready; return why there is no team, if so."""
        filed: Filed | None = None
        greeting = asyncio.create_task(self._greet())
        while True:
            line = await news.get()
            match line:
                case Missing():
                    greeting.cancel()
                    return line.why
                case Invited():
                    await self._engine.call(
                        TeamJoin(
                            link=line.link, email=line.email, name=line.name, password=line.password
                        )
                    )
                case Filed():
                    filed = line
                    await self._take_part(line)
                case Ready():
                    assert filed is not None
                    await self._whole(filed, line.mails)
                    await greeting
                    return ""

    async def _greet(self) -> None:
        """Have seen who joined: to the reader the colleagues were always there."""
        missing = len(PEOPLE) - 1
        while missing:
            for notice in await self._until(self._joined):
                await self._engine.call(SeeNotice(notice=notice))
                missing -= 1

    def _joined(self) -> list[int]:
        rows = team_notices.unseen(self._conn)
        return [row.id for row in rows if row.kind == NoticeKind.JOINED]

    async def _take_part(self, filed: Filed) -> None:
        """Have read what is not new, hand the case to Ben, and ask him."""
        opened = await self._until(lambda: self._here(filed.scope, filed.opened))
        await self._engine.call(Act(kind="read", conversations=(opened,)))
        self._there(opened)
        read = [await self._until(partial(self._here, *at)) for at in filed.read]
        await self._engine.call(Act(kind="read", conversations=tuple(read)))
        ben = await self._until(lambda: self._ben(filed.scope))
        await self._engine.call(Assign(conversations=(opened,), add=(ben,)))
        await self._until(lambda: self._is_known(opened))
        await self._engine.call(Comment(conversation=opened, text=QUESTION))

    def _is_known(self, conversation: int) -> bool:
        """Tell whether all that was done to a conversation here has reached the server."""
        extras = team_views.extras(self._conn, [conversation]).get(conversation)
        return extras is not None and bool(extras.assignees) and not extras.pending

    async def _whole(self, filed: Filed, mails: int) -> None:
        """Wait until everything that has been said is here."""
        here = self._here(filed.scope, filed.opened)
        await self._until(lambda: self._is_whole(filed, here, mails))
        mine = tuple(row.id for row in messages.in_conversation(self._conn, here))
        await self._engine.call(Prepare(messages=mine))

    def _is_whole(self, filed: Filed, here: int, mails: int) -> bool:
        seen = team_views.timeline(self._conn, here)
        if seen is None or len(seen.comments) < 2:
            return False
        space = team_spaces.get(self._conn, filed.scope)
        team = space.team if space else 0
        done = team_trail.of_conversation(self._conn, team, filed.scope, filed.opened)
        if not any(event.act == "conversation.assigned" for event in done):
            return False
        contents = team_conversations.contents(self._conn, seen.account, filed.opened)
        return sum(t == "msg" for t, _ in contents) >= mails

    def _here(self, scope: str, conv: str) -> int:
        row = team_spaces.get(self._conn, scope)
        return team_conversations.here(self._conn, row.account, conv) if row and row.account else 0

    def _ben(self, scope: str) -> str:
        row = team_spaces.get(self._conn, scope)
        known = team_views.people(self._conn, row.account) if row else {}
        email = PEOPLE[BEN].email
        return next((person.user for person in known.values() if person.email == email), "")

    async def _until(self, found: Callable[[], T]) -> T:
        while not (result := found()):
            self._changed.clear()
            try:
                async with asyncio.timeout(_STEP):
                    await self._changed.wait()
            except TimeoutError:
                pass
        return result
