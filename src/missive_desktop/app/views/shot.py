"""Waiting until a window shows what it will show: for screenshots and the gallery."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from missive_desktop.app.views.desk import Desk

PATIENCE = 15.0  # seconds, then the picture shows what there is
REST = 0.5  # seconds for the compositor of the web view


async def wait_until_painted(desk: Desk, *, first: bool = True) -> None:
    """Open the first conversation (where `first`), and wait until list and mail are painted."""
    loop = asyncio.get_running_loop()
    end = loop.time() + PATIENCE
    if first:
        desk.open_first()
    while not desk.shown and loop.time() < end:  # noqa: ASYNC110 - several things are awaited
        await asyncio.sleep(0.02)
    await asyncio.sleep(REST)
