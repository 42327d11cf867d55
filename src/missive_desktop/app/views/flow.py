"""A layout that puts things in a row and goes on in the next one, as words in a text."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """The last item may be asked to fill what is left of its row (a field after tokens)."""

    def __init__(self, parent: QWidget, *, gap: int = 8, fill_last: int = 0) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self._fill_last = fill_last
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def insert(self, index: int, widget: QWidget) -> None:
        self.addWidget(widget)
        self._items.insert(index, self._items.pop())
        self.invalidate()

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, box: QRect) -> None:
        super().setGeometry(box)
        self._place(box, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize(0, 0)
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _place(self, box: QRect, *, move: bool) -> int:
        """Return the height; right to left in windows that are mirrored."""
        x = y = row_height = 0
        mirrored = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
        for index, item in enumerate(self._items):
            hint = item.sizeHint()
            last = index == len(self._items) - 1 and self._fill_last
            wanted = self._fill_last if last else min(hint.width(), box.width())
            if x > 0 and x + wanted > box.width():
                x, y = 0, y + row_height + self._gap
                row_height = 0
            width = max(wanted, box.width() - x) if last else wanted
            if move:
                left = box.right() + 1 - x - width if mirrored else box.left() + x
                place = QPoint(left, box.top() + y)
                item.setGeometry(QRect(place, QSize(width, hint.height())))
            x += width + self._gap
            row_height = max(row_height, hint.height())
        return y + row_height
