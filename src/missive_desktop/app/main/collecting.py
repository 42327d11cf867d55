"""Garbage is collected in the window's thread only.

Left to itself Python collects cycles in whichever thread happens to make an object: one that reads
parts of a mail, say. A widget or a web profile that ends there takes the program down with it.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY = 2000  # ms


class Collecting(QObject):
    """In Python's place from now on, and as often as it would, but for the thread."""

    def __init__(self, parent: QObject, every: int = _EVERY) -> None:
        super().__init__(parent)
        self._most = gc.get_threshold()
        gc.disable()
        self._timer = QTimer(self, interval=every)
        self._timer.timeout.connect(self._collect)
        self._timer.start()

    def _collect(self) -> None:
        count = gc.get_count()
        due = [generation for generation in range(3) if count[generation] > self._most[generation]]
        if due:
            gc.collect(max(due))
