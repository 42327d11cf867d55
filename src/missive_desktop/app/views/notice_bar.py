"""What a person should know of their teams: one quiet bar above the mail, until it is closed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from missive_desktop.app.presenters.team_notices import Notice, Tone
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import IconButton, TextButton, ground, label, line


class NoticeBar(QWidget):
    """`seen` with a notice that was closed, `sign_in` with a team."""

    seen = Signal(object)
    sign_in = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        ground(self, "sunken")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.hide()

    def show_notices(self, found: Sequence[Notice]) -> None:
        """Show the first; the others wait until it is closed."""
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.setVisible(bool(found))
        if found:
            self._column.addWidget(self._row(found[0], len(found) - 1))
            self._column.addWidget(line())

    def _row(self, notice: Notice, others: int) -> QWidget:
        grave = notice.tone is Tone.GRAVE
        icon = QLabel()
        name, color = ("shield-alert", "danger") if grave else ("info", "text-secondary")
        icon.setPixmap(self._theme.pixmap(name, color))
        words = label(notice.words, face="strong" if grave else "", tone="danger" if grave else "")
        row = QWidget()
        inner = QHBoxLayout(row)
        inner.setContentsMargins(16, 6, 8, 6)
        inner.setSpacing(10)
        inner.addWidget(icon)
        words.setWordWrap(True)
        inner.addWidget(words, 1)
        if notice.advice and not notice.sign_in:
            inner.addWidget(label(notice.advice, tone="secondary", wrap=True), 1)
        if others:
            more = self.tr("{0} more").format(others)
            inner.addWidget(label(more, face="small", tone="tertiary"))
        if notice.sign_in:
            button = TextButton(self._theme, self.tr("Sign in…"), small=True)
            button.clicked.connect(lambda: self.sign_in.emit(notice.sign_in))
            inner.addWidget(button)
        close = IconButton(self._theme, "x", self.tr("Close"), size=self._theme.size("icon-small"))
        close.clicked.connect(lambda: self.seen.emit(notice))
        inner.addWidget(close)
        return row
