"""The application object: links that macOS hands to the program that runs, not on a command line.

No filter of all events: those of objects that are about to go would reach Python, too.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication


class Application(QApplication):
    """`handed` gets what begins with missive:."""

    handed: Callable[[str], object] | None = None

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QFileOpenEvent)
            and event.url().scheme() == "missive"
            and self.handed is not None
        ):
            self.handed(event.url().toString())
            return True
        return super().event(event)
