"""A loop on which waiting takes no time: what presenters do in between is done, at any load.

A sleep ends when all that was due before has run, and work that was given to threads has come back.
So a pause in a test says an order of things and no measure of seconds.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Made = TypeVar("Made")


class _Jumping(selectors.DefaultSelector):
    """Where nothing is ready and no thread works, the clock goes on to the next timer."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0  # what is measured from zero has long been
        self.at_work = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0 or self.at_work:
            return super().select(None if self.at_work and timeout != 0 else timeout)
        self.now += timeout
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:
        made = super().run_in_executor(executor, func, *args)
        self._jumping.at_work += 1
        made.add_done_callback(self._back)
        return made

    def _back(self, _: asyncio.Future[Any]) -> None:
        self._jumping.at_work -= 1


def run(scene: Coroutine[Any, Any, Made]) -> Made:
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(scene)
