"""Notifications by Qt, and the icon that they need: Windows, macOS, desktops without D-Bus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from missive_desktop.app.theme import Theme, icons

_SIZES = (16, 22, 32, 48, 64)
_SHOWN = 10_000  # ms, where the system leaves it to us
_LONGEST = 160  # characters of a line
_STEERING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_MARKUP = str.maketrans("<>", "‹›")  # desktops may read tags in what strangers wrote


class Outlet(Protocol):
    """What notifications go out by."""

    def say(self, title: str, text: str, clicked: Callable[[], object]) -> None:
        """Show one; `clicked` when the person wants to see what it is about."""

    def count(self, unread: int) -> None:
        """Show how much waits to be read."""

    def close(self) -> None: ...


class Tray:
    """One icon; the notification that was shown last is the one that is clicked."""

    def __init__(self, theme: Theme, acts: Sequence[tuple[str, Callable[[], object]]]) -> None:
        self._menu = QMenu()
        for text, act in acts:
            self._menu.addAction(text, act)
        self._icon = QSystemTrayIcon(icon(theme))
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._activated)
        self._icon.messageClicked.connect(lambda: self._clicked())
        self._open = acts[0][1]
        self._clicked: Callable[[], object] = self._open
        self.count(0)
        self._icon.show()

    def say(self, title: str, text: str, clicked: Callable[[], object]) -> None:
        self._clicked = clicked
        self._icon.showMessage(plain(title), plain(text), self._icon.icon(), _SHOWN)

    def count(self, unread: int) -> None:
        words = _tr("Missive, {0} unread").format(unread) if unread else "Missive"
        if words != self._icon.toolTip():
            self._icon.setToolTip(words)

    def close(self) -> None:
        self._icon.hide()
        self._icon.deleteLater()
        self._menu.deleteLater()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self._open()


def opened(theme: Theme, acts: Sequence[tuple[str, Callable[[], object]]]) -> Tray | None:
    """Return the tray of this system, with a menu whose first act opens the window."""
    if QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages():
        return Tray(theme, acts)
    return None


def plain(text: str) -> str:
    """Return a line as it may stand among the system's own: no tags, no turns, not too long."""
    line = " ".join(text.translate(_STEERING).translate(_MARKUP).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _tr(text: str) -> str:
    return QCoreApplication.translate("Tray", text)


def icon(theme: Theme) -> QIcon:
    """Return an envelope on a tile of our own: panels are light or dark."""
    result = QIcon()
    for size in _SIZES:
        tile = QPixmap(QSize(size, size))
        tile.fill(Qt.GlobalColor.transparent)
        painter = QPainter(tile)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent"))
        painter.drawRoundedRect(QRectF(0, 0, size, size), size / 5, size / 5)
        edge = round(size * 0.7)
        left = (size - edge) / 2
        painter.drawPixmap(QPointF(left, left), icons.render("mail", "#FFFFFF", edge, 1.0, 1.5))
        painter.end()
        result.addPixmap(tile)
    return result
