"""A real window on a profile that is in a team: it says what it acts, and what it has painted.

Reads its order from standard input, then a line for each act: the subject of a conversation to
comment on. Times are of the clock that all processes of a machine share.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QPainter

from missive_desktop.app.main import run_session
from missive_desktop.app.presenters import place as places
from missive_desktop.app.presenters.place import Tab
from missive_desktop.app.presenters.rows import Row
from missive_desktop.app.views.desk import Desk
from missive_desktop.app.views.row_painter import Look
from missive_desktop.engine.space_requests import Comment
from missive_desktop.profile import Profile
from missive_desktop.store import database, listing, team_spaces
from missive_desktop.store.database import Connection

PATIENCE = 60.0


def main() -> None:
    order: dict[str, Any] = json.loads(sys.stdin.readline())
    profile, key = Profile(Path(order["folder"])), bytes.fromhex(order["key"])
    sys.exit(run_session(profile, key, lambda desk: _inside(desk, profile, key, order)))


async def _inside(desk: Desk, profile: Profile, key: bytes, order: dict[str, Any]) -> int:
    conn = database.open_reader(database.create_or_open(profile, key))
    try:
        place = await _place(conn, order)
        seen: set[tuple[str, int]] = set()
        desk.list.row_painter.paint = _watched(desk.list.row_painter.paint, seen)  # type: ignore[method-assign]
        desk.open_place(place)
        await _until(lambda: len(seen) >= order["shown"])
        _say(ready=time.monotonic())
        await _act(desk, conn)
    finally:
        conn.close()
    return 0


def _watched(
    paint: Callable[[QPainter, Row, str, Look], None], seen: set[tuple[str, int]]
) -> Callable[[QPainter, Row, str, Look], None]:
    """Say when a row is painted with a number of comments for the first time."""

    def painted(painter: QPainter, row: Row, time_: str, look: Look) -> None:
        paint(painter, row, time_, look)
        comments = row.shared.comments if row.shared else 0
        if (row.subject, comments) not in seen:
            seen.add((row.subject, comments))
            _say(subject=row.subject, comments=comments, painted=time.monotonic())

    return painted


async def _place(conn: Connection, order: dict[str, Any]) -> places.Place:
    """Wait until all of the space is here; return where its conversations stand."""

    def listed() -> int:
        space = team_spaces.get(conn, order["scope"])
        if space is None or not space.account:
            return 0
        folders = places.folders_of(conn, places.space_place(space, Tab.OPEN))
        return len(listing.filtered(conn, [row.id for row in folders], "all"))

    await _until(lambda: listed() >= order["conversations"])
    space = team_spaces.get(conn, order["scope"])
    assert space is not None
    return places.space_place(space, Tab.OPEN)


async def _act(desk: Desk, conn: Connection) -> None:
    """Comment on what is asked for, until nothing is."""
    loop = asyncio.get_running_loop()
    asked: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(asked.put_nowait, line.strip())
        loop.call_soon_threadsafe(asked.put_nowait, "")

    threading.Thread(target=read, daemon=True).start()
    while subject := await asked.get():
        (conversation,) = conn.execute(
            "SELECT conversation_id FROM messages WHERE subject = ?", (subject,)
        ).fetchone()
        begun = time.monotonic()
        await desk._link.call(Comment(conversation=conversation, text="Have a look at this one."))
        _say(acted=begun, answered=time.monotonic())


async def _until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError
        await asyncio.sleep(0.02)


def _say(**values: float | str) -> None:
    print(json.dumps(values), flush=True)


if __name__ == "__main__":
    main()
