"""The field for finding words in the conversation that is open."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import IconButton, ground, line


class FindBar(QWidget):
    """`sought` says the words and whether to look backwards; `closed` that it was left."""

    sought = Signal(str, bool)
    closed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        ground(self, "page")
        self._field = QLineEdit()
        self._field.setPlaceholderText(self.tr("Find in this conversation"))
        self._field.setAccessibleName(self.tr("Find in this conversation"))
        self._field.textChanged.connect(lambda words: self.sought.emit(words, False))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(20, 8, 20, 8)
        row.addWidget(self._field, 1)
        for icon, tip, back in (
            ("chevron-up", self.tr("Previous"), True),
            ("chevron-down", self.tr("Next"), False),
        ):
            button = IconButton(theme, icon, tip)
            button.clicked.connect(lambda _=False, back=back: self._again(back))
            row.addWidget(button)
        close = IconButton(theme, "x", self.tr("Close"))
        close.clicked.connect(self.close_bar)
        row.addWidget(close)
        column.addLayout(row)
        column.addWidget(line())

    def open(self) -> None:
        self.show()
        self._field.setFocus()
        self._field.selectAll()

    def close_bar(self) -> None:
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._again(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)

    def _again(self, back: bool) -> None:
        self.sought.emit(self._field.text(), back)
