"""Settings of a team, in the window's place: a column of pages, and the one that is open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import IconButton, TextButton, ground, label, line, restyle
from missive_desktop.app.views.small import Choice, OneLine

COLUMN = 720
FOLDED = 720  # pixels of the window, below which the column at the side is icons only


class TeamSettings(QWidget):
    """`closed` when one goes back to the mail, `team_chosen` with another team's id."""

    closed = Signal()
    team_chosen = Signal(int)

    def __init__(self, theme: Theme, teams: Sequence[tuple[int, str]], team: int) -> None:
        super().__init__()
        self._theme = theme
        self._pages = QStackedWidget()
        self._entries: list[TextButton] = []
        self._headings: list[QWidget] = []
        self._column = QWidget()
        ground(self._column, "sunken")
        self._side = QVBoxLayout(self._column)
        self._side.setContentsMargins(8, 8, 8, 8)
        self._side.setSpacing(0)
        head = QHBoxLayout()
        head.setSpacing(8)
        back = IconButton(theme, "arrow-left", self.tr("Back to the mail"))
        back.clicked.connect(self.closed)
        head.addWidget(back)
        self._headings.append(label(self.tr("Settings"), face="strong"))
        head.addWidget(self._headings[0], 1)
        self._side.addLayout(head)
        self._side.addSpacing(8)
        if len(teams) > 1:
            choice = self._choice(teams, team)
            self._headings.append(choice)
            self._side.addWidget(choice)
            self._side.addSpacing(8)
        self._side.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._column)
        row.addWidget(line(vertical=True))
        row.addWidget(self._pages, 1)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.activated.connect(self.closed)

    def add_heading(self, text: str) -> None:
        heading = OneLine(text, face="small", tone="secondary")
        heading.setContentsMargins(8, 10, 8, 4)
        self._headings.append(heading)
        self._side.insertWidget(self._side.count() - 1, heading)

    def add_page(self, icon: str, text: str, page: QWidget) -> None:
        """Add an entry to the column; the first one is open."""
        entry = TextButton(self._theme, text, "row", icon=icon)
        entry.setToolTip(text)
        entry.clicked.connect(lambda: self.open(page))
        self._side.insertWidget(self._side.count() - 1, entry)
        if self._entries:  # one goes down the column, then into the page
            self.setTabOrder(self._entries[-1], entry)
        self._entries.append(entry)
        self._pages.addWidget(page)
        if len(self._entries) == 1:
            self.open(page)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold(folded=event.size().width() < FOLDED)

    def _fold(self, *, folded: bool) -> None:
        self._column.setFixedWidth(self._theme.size("rail" if folded else "sidebar"))
        for heading in self._headings:
            heading.setVisible(not folded)
        for entry in self._entries:
            entry.setText("" if folded else entry.toolTip())
            entry.setAccessibleName(entry.toolTip())

    def open(self, page: QWidget) -> None:
        self._pages.setCurrentWidget(page)
        for index, entry in enumerate(self._entries):
            restyle(entry, "chosen", str(index == self._pages.currentIndex()).lower())

    def _choice(self, teams: Sequence[tuple[int, str]], team: int) -> Choice:
        choice = Choice(self._theme)
        choice.setAccessibleName(self.tr("Team"))
        for number, name in teams:
            choice.addItem(name, number)
        choice.setCurrentIndex(max(0, choice.findData(team)))
        choice.activated.connect(lambda _: self.team_chosen.emit(int(choice.currentData())))
        return choice


class SettingsPage(QScrollArea):
    """A title, words, and cards one below the other."""

    def __init__(self) -> None:
        super().__init__()
        self._title = label(face="title")
        self._text = label(tone="secondary", wrap=True)
        page = QWidget()
        ground(page, "page")
        ground(self, "page")
        self.setWidget(page)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QHBoxLayout(page)
        outer.setContentsMargins(24, 0, 24, 0)
        outer.addStretch(1)
        holder = QWidget()
        holder.setMaximumWidth(COLUMN)
        outer.addWidget(holder, 1000)
        outer.addStretch(1)
        self.column = QVBoxLayout(holder)
        self.column.setContentsMargins(0, 32, 0, 32)
        self.column.setSpacing(16)
        head = QVBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._title)
        head.addWidget(self._text)
        self.column.addLayout(head)
        self.column.addSpacing(4)

    def set_head(self, title: str, text: str) -> None:
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))


class Card(QWidget):
    """Rows between hairlines."""

    def __init__(self) -> None:
        super().__init__()
        ground(self, "raised")
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(1, 1, 1, 1)
        self.rows.setSpacing(0)

    def clear(self) -> None:
        while (item := self.rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def add(self, *parts: QWidget, icon: QWidget | None = None) -> QWidget:
        """Add a row: the first part takes the room, the others stand at its end."""
        if self.rows.count():
            self.rows.addWidget(line())
        row = QWidget()
        inner = QHBoxLayout(row)
        inner.setContentsMargins(20, 12, 20, 12)
        inner.setSpacing(12)
        if icon is not None:
            inner.addWidget(icon)
        for index, part in enumerate(parts):
            inner.addWidget(part, 1 if index == 0 else 0)
        self.rows.addWidget(row)
        return row


def titled(title: str, text: str = "", tone: str = "secondary") -> QWidget:
    """Return a name with words under it."""
    result = QWidget()
    column = QVBoxLayout(result)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    column.addWidget(label(title, face="strong", wrap=True))
    if text:
        column.addWidget(label(text, face="small", tone=tone, wrap=True))
    return result
