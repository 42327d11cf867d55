"""Asks for a day and a time to come."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import QDateTime, Signal
from PySide6.QtWidgets import QDateTimeEdit, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.ask_dialog import AskDialog


class DateDialog(AskDialog):
    """`chosen` with unix seconds."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, now: datetime, title: str, done: str, parent: QWidget) -> None:
        super().__init__(theme, title, done, parent)
        tomorrow = (now + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
        field = QDateTimeEdit(QDateTime.fromSecsSinceEpoch(int(tomorrow.timestamp())))
        field.setMinimumDateTime(QDateTime.fromSecsSinceEpoch(int(now.timestamp()) + 60))
        field.setCalendarPopup(True)
        field.setAccessibleName(self.tr("Day and time"))
        field.setFixedHeight(theme.size("field"))
        self.add(field)
        field.setFocus()
        self.given.connect(lambda _: self.chosen.emit(field.dateTime().toSecsSinceEpoch()))
