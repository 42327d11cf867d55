"""Asks for a day and a time to come."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import QDateTime, Qt, Signal
from PySide6.QtWidgets import QDateTimeEdit, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import TextButton, label


class DateDialog(QDialog):
    """`chosen` with unix seconds."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, now: datetime, title: str, done: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        tomorrow = (now + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
        self._field = QDateTimeEdit(QDateTime.fromSecsSinceEpoch(int(tomorrow.timestamp())))
        self._field.setMinimumDateTime(QDateTime.fromSecsSinceEpoch(int(now.timestamp()) + 60))
        self._field.setCalendarPopup(True)
        self._field.setAccessibleName(self.tr("Day and time"))
        self._field.setFixedHeight(theme.size("field"))
        cancel = TextButton(theme, self.tr("Cancel"), "quiet")
        cancel.clicked.connect(self.reject)
        take = TextButton(theme, done, "primary")
        take.setDefault(True)
        take.clicked.connect(self._done)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(take)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(label(title, face="title"))
        column.addWidget(self._field)
        column.addLayout(buttons)
        self.setMinimumWidth(300)

    def _done(self) -> None:
        until = self._field.dateTime().toSecsSinceEpoch()
        self.accept()
        self.chosen.emit(until)
