"""A place for a panel beside what is read; where there is room for one only, the panel has it."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import ground, line

SETTING = "window.context"  # whether the panel is shown where there is room
NARROWEST = 320  # pixels that what is read wants beside the panel


class Beside(QWidget):
    """`main` takes the room that a panel leaves."""

    def __init__(self, theme: Theme, main: QWidget) -> None:
        super().__init__()
        self._theme = theme
        self._main = main
        self._side = QWidget()
        ground(self._side, "surface")
        self._inner = QHBoxLayout(self._side)
        self._inner.setContentsMargins(0, 0, 0, 0)
        self._inner.setSpacing(0)
        self._inner.addWidget(line(vertical=True))
        self._inner.addStretch(0)
        self._side.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(main, 1)
        row.addWidget(self._side)

    def put(self, panel: QWidget) -> None:
        """Give the place its panel, which may be shown already, empty: it is made late."""
        self._inner.addWidget(panel, 1)

    @property
    def shown(self) -> bool:
        return not self._side.isHidden()

    def show_panel(self, show: bool) -> None:
        self._side.setVisible(show)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        crowded = self.width() < NARROWEST + self._theme.size("context")
        alone = crowded and self.shown
        self._main.setVisible(not alone)
        wide = self.width() if alone else self._theme.size("context")
        self._side.setFixedWidth(wide)
