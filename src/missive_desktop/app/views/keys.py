"""All shortcuts of the window in one table, and the sheet that shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import ground, key_cap, label


class Key(NamedTuple):
    """A command, its sequences (the first is shown), its words, its group in the sheet."""

    command: str
    sequences: tuple[str, ...]
    text: str
    group: str


_MOVE, _ACT, _WRITE, _GO, _TEAM = "Move", "Act", "Write", "Go to", "In a team"
KEYS: tuple[Key, ...] = (
    Key("next", ("J", "Down"), "Next conversation", _MOVE),
    Key("previous", ("K", "Up"), "Previous conversation", _MOVE),
    Key("open", ("O",), "Open", _MOVE),
    Key("back", ("U",), "Back to the list", _MOVE),
    Key("select", ("X",), "Select", _MOVE),
    Key("search", ("/", "Ctrl+K"), "Search all mail", _GO),
    Key("go_inbox", ("G, I",), "Inbox", _GO),
    Key("go_starred", ("G, S",), "Starred", _GO),
    Key("go_drafts", ("G, D",), "Drafts", _GO),
    Key("go_sent", ("G, T",), "Sent", _GO),
    Key("go_archive", ("G, A",), "Archive", _GO),
    Key("go_assigned", ("G, M",), "Assigned to me", _GO),
    Key("go_snoozed", ("G, Z",), "Snoozed", _GO),
    Key("go_report", ("G, W",), "Who tracks me", _GO),
    Key("keys", ("?",), "This sheet", _GO),
    Key("archive", ("E",), "Archive", _ACT),
    Key("trash", ("#", "Delete"), "Move to Trash", _ACT),
    Key("spam", ("!",), "Spam, or not spam", _ACT),
    Key("star", ("S",), "Star, or remove it", _ACT),
    Key("read", ("Shift+U",), "Read, or unread", _ACT),
    Key("move", ("V",), "Move to a folder or team", _ACT),
    Key("assign", ("A",), "Assign", _TEAM),
    Key("close", ("Shift+E",), "Close for all, or reopen", _TEAM),
    Key("label", ("L",), "Label", _TEAM),
    Key("snooze", ("Z",), "Snooze", _TEAM),
    Key("return", ("Shift+A",), "Back into the team inbox", _TEAM),
    Key("watch", ("Shift+W",), "Watch, or not", _TEAM),
    Key("task", ("T",), "Add a task", _TEAM),
    Key("rename", ("F2",), "Rename for everybody", _TEAM),
    Key("images", ("Shift+I",), "Show images", _ACT),
    Key("panel", ("I",), "People and privacy", _ACT),
    Key("undo", ("Ctrl+Z",), "Undo", _ACT),
    Key("compose", ("C",), "Write a mail", _WRITE),
    Key("comment", ("M",), "Comment", _WRITE),
    Key("reply", ("R",), "Reply", _WRITE),
    Key("reply_all", ("Shift+R",), "Reply to all", _WRITE),
    Key("forward", ("F",), "Forward", _WRITE),
)


def bind(window: QWidget, commands: Mapping[str, Callable[[], object]]) -> list[QShortcut]:
    """Make the shortcuts of the window; a field that is typed in keeps its letters."""
    made = []
    for key in KEYS:
        command = commands.get(key.command)
        if command is None:
            continue
        for sequence in key.sequences:
            if sequence in ("Up", "Down"):
                continue  # the list has them when it has the focus
            shortcut = QShortcut(QKeySequence(sequence), window)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(command)
            made.append(shortcut)
    return made


def caps(sequence: str) -> list[str]:
    """Return a sequence as the key caps to draw."""
    shown = []
    for part in sequence.split(", "):
        pieces = part.split("+") if len(part) > 1 else [part]
        shown += [{"Shift": "⇧", "Up": "↑", "Down": "↓"}.get(piece, piece) for piece in pieces]
    return shown


class KeySheet(QWidget):
    """An overlay with all keys; any key or click closes it."""

    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._window = parent
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Keys"))
        sheet = QFrame()
        ground(sheet, "popup")
        column = QVBoxLayout(sheet)
        column.setContentsMargins(24, 20, 24, 24)
        column.setSpacing(16)
        column.addWidget(label(self.tr("Keys"), face="title"))
        columns = QHBoxLayout()
        columns.setSpacing(48)
        for groups in ((_MOVE, _WRITE), (_ACT,), (_TEAM, _GO)):
            columns.addLayout(self._groups(groups))
        column.addLayout(columns)
        centre = QVBoxLayout(self)
        centre.addStretch(1)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(sheet)
        row.addStretch(1)
        centre.addLayout(row)
        centre.addStretch(1)
        parent.installEventFilter(self)
        self.hide()

    def _groups(self, groups: tuple[str, ...]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(32)
        grid.setVerticalSpacing(8)
        line = 0
        for group in groups:
            if line:
                grid.setRowMinimumHeight(line, 12)
                line += 1
            grid.addWidget(label(self.tr(group), face="small", tone="tertiary"), line, 0)
            for key in KEYS:
                if key.group != group:
                    continue
                line += 1
                grid.addWidget(label(self.tr(key.text)), line, 0)
                row = QHBoxLayout()
                row.setSpacing(4)
                row.addStretch(1)
                for cap in caps(key.sequences[0]):
                    row.addWidget(key_cap(cap))
                grid.addLayout(row, line, 1)
            line += 1
        grid.setRowStretch(line, 1)
        return grid

    def open(self) -> None:
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.close_sheet()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.close_sheet()

    def close_sheet(self) -> None:
        self.closed.emit()  # first the focus, or Qt gives it to whatever comes next
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._window.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("scrim"))
        painter.end()
