"""The application object: what it is handed while it runs, by later starts and by macOS.

macOS hands links to the program that runs, not on a command line. No filter of all events: those of
objects that are about to go would reach Python, too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from missive_desktop.app.main.one_window import Wish


class Application(QApplication):
    """What is handed over before somebody attends is kept."""

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__(arguments)
        self._kept: list[Wish] = []
        self._attend: Callable[[Wish], object] = self._kept.append

    def attend(self, taker: Callable[[Wish], object]) -> None:
        """Have `taker` get each wish from now on, and first those that were kept."""
        self._attend = taker
        for wish in self._kept:
            taker(wish)
        self._kept.clear()

    def neglect(self) -> None:
        """Keep wishes again."""
        self._attend = self._kept.append

    def hand(self, wish: Wish) -> None:
        if wish.token:
            os.environ["XDG_ACTIVATION_TOKEN"] = wish.token  # Qt uses it up as it activates
        self._attend(wish)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent) and event.url().scheme() == "missive":
            self.hand(Wish(event.url().toString()))
            return True
        return super().event(event)
