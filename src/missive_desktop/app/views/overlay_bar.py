"""A scroll bar that lies over what it scrolls, so that rows keep their width."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtWidgets import QScrollBar, QTableView


class OverlayBar(QScrollBar):
    """Lies over the rows, so that they keep their width; follows the list's own bar."""

    def __init__(self, area: QTableView) -> None:
        super().__init__(Qt.Orientation.Vertical, area)
        self._own = area.verticalScrollBar()
        self._own.rangeChanged.connect(self._follow)
        self._own.valueChanged.connect(self._scrolled)
        self._rest = QTimer(self, singleShot=True, interval=1000)
        self._rest.timeout.connect(self._show_if_needed)
        self._near = False
        self.valueChanged.connect(self._own.setValue)
        self.hide()

    def _follow(self) -> None:
        self.setRange(self._own.minimum(), self._own.maximum())
        self.setPageStep(self._own.pageStep())
        self.setSingleStep(self._own.singleStep())
        self._show_if_needed()

    def set_near(self, near: bool) -> None:
        """Say whether the pointer is over the list: the bar shows then, and while it scrolls."""
        self._near = near
        self._show_if_needed()

    def _scrolled(self, value: int) -> None:
        self.setValue(value)
        self._rest.start()
        self._show_if_needed()

    def _show_if_needed(self) -> None:
        wanted = self._near or self._rest.isActive() or self.isSliderDown()
        self.setVisible(wanted and self._own.maximum() > self._own.minimum())

    def place(self, area: QRect, *, mirrored: bool) -> None:
        width = 12
        left = area.left() if mirrored else area.right() - width + 1
        self.setGeometry(left, area.top(), width, area.height())
        self.raise_()
