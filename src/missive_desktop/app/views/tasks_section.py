"""The tasks of a conversation in the panel at its side: to tick, to add, whose, until when."""

from __future__ import annotations

import time

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from missive_desktop.app.presenters.shown import TaskItem, TaskList
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import Avatar, IconButton, label, plain_tip
from missive_desktop.app.views.dates import until_time
from missive_desktop.app.views.small import OneLine


class TasksSection(QWidget):
    """`added` with a title; `acted` names what is asked of a task (tick, assign, due, delete), the
    task, and what a menu opens under."""

    added = Signal(str)
    acted = Signal(str, object, object)

    def __init__(self, theme: Theme, tasks: TaskList, typed: str | None = None) -> None:
        """`typed`: what stood in the field of a new task before all was read again."""
        super().__init__()
        self._theme = theme
        self.tasks = tasks
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 0, 12, 0)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(self.tr("Tasks"), face="small-strong"))
        if tasks.open:
            number = self.locale().toString(tasks.open)
            head.addWidget(label(number, face="small", tone="tertiary"))
        head.addStretch(1)
        plus = IconButton(theme, "plus", self.tr("Add a task"))
        plus.clicked.connect(self.begin)
        head.addWidget(plus)
        column.addLayout(head)
        for item in tasks.items:
            column.addWidget(_Line(theme, item, self))
        self._field = _Field(self)
        self._field.setPlaceholderText(self.tr("What is to be done?"))
        self._field.setAccessibleName(self.tr("New task"))
        self._field.returnPressed.connect(self._add)
        self._field.hide()
        column.addWidget(self._field)
        if typed is not None:
            self._field.setText(typed)
            self._field.show()

    @property
    def typed(self) -> str | None:
        """What stands in the field of a new task; None while there is none."""
        return None if self._field.isHidden() else self._field.text()

    @property
    def typing(self) -> bool:
        return self._field.hasFocus()

    def begin(self) -> None:
        """Let a new task be written."""
        self._field.show()
        self._field.setFocus()

    def end(self) -> None:
        self.setFocus()
        self._field.clear()
        self._field.hide()

    def _add(self) -> None:
        title = self._field.text().strip()
        if title:
            self._field.clear()
            self.added.emit(title)


class _Field(QLineEdit):
    def __init__(self, section: TasksSection) -> None:
        super().__init__()
        self._section = section

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._section.end()
        else:
            super().keyPressEvent(event)


class _Line(QWidget):
    """A round box to tick, the title, when it is due, who has it."""

    def __init__(self, theme: Theme, item: TaskItem, section: TasksSection) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 4, 2)
        row.setSpacing(8)
        tick = _Tick(theme, item)
        tick.clicked.connect(lambda: section.acted.emit("tick", item, tick))
        title = OneLine(item.title, tone="tertiary" if item.done else "")
        row.addWidget(tick)
        row.addWidget(title, 1)
        if item.due and not item.done:
            late = item.due < time.time()
            due = label(until_time(item.due), face="small", tone="danger" if late else "warning")
            row.addWidget(due)
        for each in item.assignees[:3]:
            avatar = Avatar(theme, theme.size("avatar-assignee"))
            avatar.set_person(each.name, each.email)
            avatar.setToolTip(plain_tip(each.name))
            row.addWidget(avatar)
        self._more = IconButton(theme, "ellipsis", self.tr("More for this task"), size=14)
        self._more.setFixedSize(20, 20)
        self._more.clicked.connect(lambda: self._open(theme, item, section))
        row.addWidget(self._more)

    def _open(self, theme: Theme, item: TaskItem, section: TasksSection) -> None:
        menu = QMenu(self)
        for icon, text, name in (
            ("user-plus", self.tr("Assign…"), "assign"),
            ("calendar", self.tr("Due on…"), "due"),
            ("trash-2", self.tr("Delete"), "delete"),
        ):
            action = menu.addAction(theme.icon(icon), text)
            action.triggered.connect(
                lambda _=False, name=name: section.acted.emit(name, item, self._more)
            )
        if item.due:
            action = menu.addAction(theme.icon("x"), self.tr("No day"))
            action.triggered.connect(lambda: section.acted.emit("no_day", item, self._more))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))


class _Tick(QAbstractButton):
    def __init__(self, theme: Theme, item: TaskItem) -> None:
        super().__init__()
        self._theme = theme
        self._done = item.done
        self.setFixedSize(16, 16)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        state = self.tr("{0}, done") if item.done else self.tr("{0}, to be done")
        self.setAccessibleName(state.format(item.title))
        self.setToolTip(self.tr("To be done again") if item.done else self.tr("Done"))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._done:
            ratio = self.devicePixelRatioF()
            painter.drawPixmap(0, 0, theme.pixmap("circle-check", "success", 16, ratio=ratio))
        else:
            near = self.underMouse() or self.hasFocus()
            color = theme.color("accent-mark" if near else "text-secondary")
            painter.setPen(QPen(color, theme.tokens.icon_stroke))
            painter.drawEllipse(QRectF(1.5, 1.5, 13, 13))
        painter.end()
