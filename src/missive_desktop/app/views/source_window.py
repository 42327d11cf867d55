"""A window that shows a mail as it was received, or its headers: text, and nothing but text."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontDatabase, QKeySequence, QShortcut
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import ground

SHOWN = 2_000_000  # characters; more makes the text widget slow, and nobody reads it


class SourceWindow(QWidget):
    """Deletes itself when it is closed."""

    def __init__(self, theme: Theme, title: str, text: str) -> None:
        super().__init__()
        ground(self, "surface")
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(860, 680)
        view = QPlainTextEdit()
        view.setReadOnly(True)
        view.setAccessibleName(title)
        font = QFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        font.setPixelSize(theme.tokens.faces["small"].size)
        view.setFont(font)
        if len(text) > SHOWN:
            cut = self.tr("… {0} more characters are not shown").format(len(text) - SHOWN)
            text = f"{text[:SHOWN]}\n\n{cut}"
        view.setPlainText(text)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 4, 4)
        column.addWidget(view)
        QShortcut(QKeySequence("Escape"), self, self.close)
