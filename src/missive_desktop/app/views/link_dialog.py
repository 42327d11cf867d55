"""Asks before a doubtful link is opened, and says why another one is not: both names, plainly."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from missive_desktop.app.presenters.opening import Seen, written
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import Icon, TextButton, ground, label

WIDTH = 480
MAX_SHOWN = 600  # characters of an address


class LinkDialog(QDialog):
    """`agreed` says that the link shall be opened all the same. Cancel is what Return does."""

    agreed = Signal()

    def __init__(self, theme: Theme, seen: Seen, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._theme = theme
        self._seen = seen
        link = seen.link
        refused = bool(link.refused)
        title = self.tr("This link is not opened") if refused else self.tr("Open this link?")
        self.setWindowTitle(title)
        self.setFixedWidth(WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(label(title, face="title"))
        said = [link.refused] if refused else [caution.text for caution in link.warnings]
        for text in said:
            column.addLayout(self._caution(text))
        column.addWidget(self._names())
        column.addSpacing(4)
        column.addLayout(self._buttons(refused))

    def _caution(self, text: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        mark = Icon(self._theme, "triangle-alert", "danger")
        mark.setFixedWidth(self._theme.size("icon"))
        mark.setFixedHeight(self._theme.line("body"))
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label(text, wrap=True), 1, Qt.AlignmentFlag.AlignTop)
        return row

    def _names(self) -> QWidget:
        """What the text says and where the link leads, one under the other."""
        box = ground(QWidget(), "raised")
        grid = QGridLayout(box)
        grid.setContentsMargins(12, 12, 12, 12)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        link = self._seen.link
        rows: list[tuple[str, QLabel]] = []
        if self._seen.text:
            rows.append((self.tr("Its text"), label(_breakable(self._seen.text), wrap=True)))
        if link.domain and link.kind == "web":
            rows.append((self.tr("Leads to"), label(_breakable(link.domain), face="strong")))
        whole = "".join(written(link)) if link.kind == "web" else link.target or link.original
        shown = label(_breakable(_shortened(whole)), tone="secondary", wrap=True)
        shown.setAccessibleName(whole[:MAX_SHOWN])
        rows.append((self.tr("Address"), shown))
        for at, (name, value) in enumerate(rows):
            value.setWordWrap(True)
            grid.addWidget(label(name, tone="secondary"), at, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, at, 1)
        return box

    def _buttons(self, refused: bool) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.copy_button = TextButton(self._theme, self.tr("Copy the address"), "quiet")
        self.copy_button.clicked.connect(self._copy)
        self.cancel_button = TextButton(
            self._theme, self.tr("Close") if refused else self.tr("Cancel"), "primary"
        )
        self.cancel_button.clicked.connect(self.reject)
        row.addWidget(self.copy_button)
        row.addStretch(1)
        self.open_button = TextButton(self._theme, self.tr("Open all the same"), "danger")
        self.open_button.setVisible(not refused)
        self.open_button.clicked.connect(self._open)
        row.addWidget(self.open_button)
        row.addWidget(self.cancel_button)
        for button in (self.copy_button, self.open_button):
            button.setAutoDefault(False)
        self.cancel_button.setDefault(True)
        self.cancel_button.setFocus()
        return row

    def _open(self) -> None:
        self.agreed.emit()
        self.accept()

    def _copy(self) -> None:
        link = self._seen.link
        QGuiApplication.clipboard().setText(link.target or link.original)
        self.reject()


def _shortened(text: str) -> str:
    """Cut the middle out of an address that would fill the screen."""
    if len(text) <= MAX_SHOWN:
        return text
    half = MAX_SHOWN // 2
    return f"{text[:half]}…{text[-half:]}"


def _breakable(text: str) -> str:
    """Let a long address break where it has to: labels break at words only."""
    return "\u200b".join(text[at : at + 8] for at in range(0, len(text), 8))
