"""Links that macOS hands to the program: to the one that runs, not on a command line."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QFileOpenEvent


class HandedLinks(QObject):
    """Installed on the application; `opened` gets what begins with missive:."""

    def __init__(self, parent: QObject, opened: Callable[[str], object]) -> None:
        super().__init__(parent)
        self._opened = opened
        parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent) and event.url().scheme() == "missive":
            self._opened(event.url().toString())
            return True
        return False
