"""One line over a conversation that somebody else took out of the list while it was read."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import Icon, ground, label, line


class DepartedLine(QWidget):
    """Says nothing, and is not there, as long as it is in the list."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        ground(self, "sunken")
        self.words = label(face="small", tone="secondary", wrap=True)
        row = QHBoxLayout()
        row.setContentsMargins(20, 6, 20, 6)
        row.setSpacing(8)
        row.addWidget(Icon(theme, "info", small=True))
        row.addWidget(self.words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(line())
        self.hide()

    def say(self, words: str) -> None:
        self.words.setText(words)
        self.setVisible(bool(words))
