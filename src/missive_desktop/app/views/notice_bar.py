"""What a person should know of their teams: one quiet bar above the mail, until it is closed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from missive_desktop.app.presenters.team_notices import Help, Notice, Tone
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import Icon, IconButton, TextButton, ground, label, line

_ICONS = {
    Tone.PLAIN: ("info", "text-secondary"),
    Tone.WARNING: ("triangle-alert", "warning"),
    Tone.GRAVE: ("shield-alert", "danger"),
}


class NoticeBar(QWidget):
    """`seen` with a notice that was closed, `asked` with one whose help is wanted."""

    seen = Signal(object)
    asked = Signal(object)

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
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        grave = notice.tone is Tone.GRAVE
        column.addWidget(
            label(notice.words, face="strong", tone="danger" if grave else "", wrap=True)
        )
        if notice.advice:
            column.addWidget(label(notice.advice, face="small", tone="secondary", wrap=True))
        row = QWidget()
        inner = QHBoxLayout(row)
        inner.setContentsMargins(16, 6, 8, 6)
        inner.setSpacing(10)
        inner.addWidget(Icon(self._theme, *_ICONS[notice.tone]))
        inner.addLayout(column, 1)
        if others:
            more = self.tr("{0} more").format(others)
            inner.addWidget(label(more, face="small", tone="tertiary"))
        if notice.help:
            button = TextButton(self._theme, self.verb(notice.help), small=True)
            button.clicked.connect(lambda: self.asked.emit(notice))
            inner.addWidget(button)
        close = IconButton(self._theme, "x", self.tr("Close"), size=self._theme.size("icon-small"))
        close.clicked.connect(lambda: self.seen.emit(notice))
        inner.addWidget(close)
        row.setAccessibleName(f"{notice.words} {notice.advice}".strip())
        return row

    def verb(self, help_: Help) -> str:
        """Return what the button does."""
        verbs = {
            Help.SIGN_IN: self.tr("Sign in…"), Help.CODE: self.tr("Show the code…"),
            Help.FACTOR: self.tr("Set it up…"), Help.DEVICES: self.tr("Look at it…"),
            Help.MEMBERS: self.tr("Members"), Help.FORGET: self.tr("Take it off the list…"),
        }  # fmt: skip
        return verbs.get(help_, "")
