"""Work that a presenter has begun and does not wait for: kept alive, its faults told, cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from missive_desktop.errors import KnownError, UsageError


class Tasks:
    """Known errors go to `tell`; anything else is a bug and reaches the loop's handler."""

    def __init__(self, tell: Callable[[KnownError], None]) -> None:
        self._tell = tell
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._running.add(task)
        task.add_done_callback(self._done)
        task.add_done_callback(lambda _: work.close())  # it may have been cancelled unbegun
        return task

    def cancel(self) -> None:
        for task in tuple(self._running):
            task.cancel()

    async def _guarded(self, work: Coroutine[Any, Any, Any]) -> None:
        try:
            await work
        except KnownError as error:
            self._tell(error)
        except UsageError as error:
            self._tell(KnownError(str(error)))

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            context = {"message": "a presenter's task failed", "exception": error, "task": task}
            task.get_loop().call_exception_handler(context)
