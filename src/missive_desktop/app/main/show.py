"""The demo as the window sees it: sample mail at once, and the team as soon as it is there."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from missive_desktop.app.main import timing
from missive_desktop.demo.companion import Companion
from missive_desktop.errors import KnownError

if TYPE_CHECKING:
    from missive_desktop.app.presenters.link import EngineLink
    from missive_desktop.app.views.desk import Desk
    from missive_desktop.store.database import Connection

_PAGES = 100.0
_REST = 0.3  # seconds in which it is painted
_PATIENCE = 60.0  # seconds that a picture waits for the team


class Show:
    """One run of the demo in the window."""

    def __init__(self, companion: Companion) -> None:
        self._companion = companion
        self._team: asyncio.Task[None] | None = None

    async def begin(self, desk: Desk, link: EngineLink, conn: Connection, *, waits: bool) -> None:
        """Show the sample mail, and then the team; come back at once, or when all `waits` for."""
        self._companion.attend()
        await desk.accounts.import_sample()
        desk.reload()
        if not waits:
            desk.open_first()  # the first look is at a mail, not at an empty pane
        self._team = asyncio.get_running_loop().create_task(self._join(desk, link, conn, waits))
        if waits:
            await asyncio.wait([self._team], timeout=_PATIENCE)
            if desk.list.current <= 0:
                desk.open_first()

    async def arrange(self, desk: Desk) -> None:
        """Have the picture begin where the conversation does."""
        desk.pane.scroll_pages(-_PAGES)
        await asyncio.sleep(_REST)

    def end(self) -> None:
        if self._team is not None:
            self._team.cancel()

    async def _join(self, desk: Desk, link: EngineLink, conn: Connection, waits: bool) -> None:
        """Follow what the companion says; what it is about is opened as soon as it is there."""
        # Imported here: the first look does not wait for what talks to teams.
        from missive_desktop.demo.guest import Guest

        before, found = desk.list.current, 0

        def there(conversation: int) -> None:
            nonlocal found
            timing.mark("team")
            found = conversation
            if not waits and desk.list.current == before:  # who has gone elsewhere stays there
                desk.open_conversation(conversation)

        try:
            why = await Guest(link, conn, there).settle(self._companion.news)
        except KnownError as error:
            why = str(error)
        if why:
            print(f"The demo goes on without a team. {why}", file=sys.stderr)  # noqa: T201
        timing.mark("settled")
        if waits and found:
            desk.open_conversation(found)
