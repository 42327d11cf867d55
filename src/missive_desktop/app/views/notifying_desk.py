"""Joins what there is to tell to the system's notifications, and a click on one to the window."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from missive_desktop.app.presenters.notifying import News, NotifyingPresenter
from missive_desktop.app.presenters.place import INBOX
from missive_desktop.app.presenters.sidebar import Content
from missive_desktop.app.theme import Theme
from missive_desktop.app.views import tray
from missive_desktop.app.views.conversation import ConversationPane
from missive_desktop.app.views.main_window import MainWindow
from missive_desktop.app.views.notification_words import worded
from missive_desktop.app.views.tray import Outlet
from missive_desktop.domain.changes import Changes
from missive_desktop.store.database import Connection

GATHER = 2_000  # ms in which what happens is told together


class NotifyingDesk(QObject):
    """`opened` names the conversation that a notification was about."""

    opened = Signal(int)
    composed = Signal()

    def __init__(
        self, theme: Theme, conn: Connection, window: MainWindow, pane: ConversationPane
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._pane = pane
        self._unread = 0
        self._presenter = NotifyingPresenter(conn, self)
        self.outlet: Outlet | None = None
        self.gathering = QTimer(self, singleShot=True, interval=GATHER)
        self.gathering.timeout.connect(self._presenter.tell)

    def load(self) -> None:
        """Begin or end to tell, as the person chose."""
        self._presenter.load()
        if not self._presenter.on:
            self.close()
        elif self.outlet is None:
            self.outlet = self._opened()
            self._count()

    def _opened(self) -> Outlet | None:
        """Return what this system shows notifications by; None where there is no screen."""
        if QGuiApplication.platformName() in ("offscreen", "minimal"):
            return None
        found: Outlet | None = None
        if sys.platform == "linux":
            found = importlib.import_module("missive_desktop.app.views.desktop_notes").opened()
        acts: list[tuple[str, Callable[[], object]]] = [
            (self.tr("Open"), self._window.come_forward),
            (self.tr("Write a mail"), self._compose),
            (self.tr("Quit"), self._window.close),
        ]
        return found or tray.opened(self._theme, acts)

    def changed(self, changes: Changes) -> None:
        if self.outlet is not None:
            self._presenter.changed(changes)

    def show_content(self, content: Content) -> None:
        """Take in how much is unread."""
        self._unread = sum(each.count for each in content.places if each.place is INBOX)
        self._count()

    def _count(self) -> None:
        if self.outlet is not None:
            self.outlet.count(self._unread)

    def close(self) -> None:
        self.gathering.stop()
        if self.outlet is not None:
            self.outlet.close()
            self.outlet = None

    # -- what the presenter asks for

    def gather(self) -> None:
        if not self.gathering.isActive():
            self.gathering.start()

    def say(self, news: News, *, names: bool) -> None:
        if self.outlet is not None:
            title, text = worded(news, names=names)
            self.outlet.say(title, text, lambda: self._clicked(news.newest))

    def sees(self, conversation: int) -> bool:
        header = self._pane.header
        shown = header is not None and header.conversation == conversation
        return shown and self._window.isActiveWindow() and self._pane.watched()

    def _clicked(self, conversation: int) -> None:
        self._window.come_forward()
        self.opened.emit(conversation)

    def _compose(self) -> None:
        self._window.come_forward()
        self.composed.emit()
