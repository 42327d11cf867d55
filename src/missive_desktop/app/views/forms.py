"""What screens that ask for something share: the mark, a field with its name, what went wrong."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from missive_desktop.app.presenters.password_strength import strength
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import Icon, ground, label, restyle
from missive_desktop.app.views.painting import fill_rounded

_TONES = ("secondary", "warning", "success", "success")  # of the strength of a password
WIDTH = 440
TALL = "QLineEdit { min-height: 38px; } QLineEdit:focus { min-height: 36px; }"


class FormPage(QScrollArea):
    """A column in the middle of the window, between two springs."""

    def __init__(self) -> None:
        super().__init__()
        page = QWidget()
        ground(page, "page")
        self.setWidget(page)
        self.setWidgetResizable(True)
        ground(self, "page")
        outer = QHBoxLayout(page)
        outer.addStretch(1)
        holder = QWidget()
        holder.setMaximumWidth(WIDTH)
        outer.addWidget(holder, 1000)
        outer.addStretch(1)
        self.column = QVBoxLayout(holder)
        self.column.setContentsMargins(0, 24, 0, 24)
        self.column.setSpacing(0)


class Mark(QWidget):
    """The program's mark: an envelope on the accent."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(48, 48)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        fill_rounded(painter, QRectF(self.rect()), 10, self._theme.color("accent"))
        painter.drawPixmap(10, 10, self._theme.pixmap("mail", "on-accent", 28))
        painter.end()


class Problem(QWidget):
    """What went wrong, and what to try."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._error = label(tone="danger", wrap=True)
        self._advice = label(face="small", tone="secondary", wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 12, 10)
        row.setSpacing(10)
        row.addWidget(Icon(theme, "triangle-alert", "danger"), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self._error)
        column.addWidget(self._advice)
        row.addLayout(column, 1)
        self.setContentsMargins(0, 12, 0, 0)
        self.hide()

    def show_text(self, error: str, advice: str) -> None:
        self._error.setText(error)
        self._advice.setText(advice)
        self._advice.setVisible(bool(advice))
        self.setVisible(bool(error))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = QRectF(self.rect()).adjusted(0, 12, 0, 0)
        fill_rounded(painter, box, self._theme.radius(), self._theme.color("danger-soft"))
        painter.end()


class Field(QWidget):
    """A line to type in, with its name above; `secret` for a password that can be looked at."""

    def __init__(
        self, theme: Theme, name: str, placeholder: str = "", *, secret: bool = False
    ) -> None:
        super().__init__()
        self._theme = theme
        self.edit = QLineEdit()
        self.edit.setStyleSheet(TALL)
        self.edit.setPlaceholderText(placeholder)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(4)
        column.addWidget(caption(name, self.edit))
        column.addWidget(self.edit)
        self.hint = label(face="small", tone="secondary", wrap=True)
        self.hint.hide()
        column.addWidget(self.hint)
        self.setFocusProxy(self.edit)
        if secret:
            self.edit.setEchoMode(QLineEdit.EchoMode.Password)
            place = QLineEdit.ActionPosition
            self.edit.addAction(theme.icon("key-round"), place.LeadingPosition)
            self._eye = self.edit.addAction(theme.icon("eye"), place.TrailingPosition)
            self._eye.setToolTip(self.tr("Show the password"))
            self._eye.triggered.connect(self._toggle)

    @property
    def text(self) -> str:
        return self.edit.text()

    def say(self, text: str, tone: str = "secondary") -> None:
        """Write a hint under the field."""
        self.hint.setText(text)
        restyle(self.hint, "tone", tone)
        self.hint.setVisible(bool(text))

    def judge(self) -> None:
        """Say how hard it is to guess what is typed."""

        def say(typed: str) -> None:
            level, words = strength(typed)
            self.say(words if typed else "", _TONES[level])

        self.edit.textEdited.connect(say)

    def _toggle(self) -> None:
        hidden = self.edit.echoMode() == QLineEdit.EchoMode.Password
        mode = QLineEdit.EchoMode.Normal if hidden else QLineEdit.EchoMode.Password
        self.edit.setEchoMode(mode)
        self._eye.setIcon(self._theme.icon("eye-off" if hidden else "eye"))
        tip = self.tr("Hide the password") if hidden else self.tr("Show the password")
        self._eye.setToolTip(tip)


def caption(text: str, field: QLineEdit) -> QLabel:
    result = label(text, face="small-strong")
    result.setBuddy(field)
    field.setAccessibleName(text)
    return result
