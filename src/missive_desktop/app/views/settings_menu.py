"""The menu behind the gear: how the window looks, accounts, keys. Choices are kept in the store."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from missive_desktop.app.presenters import notifying
from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.theme import Choice, Theme
from missive_desktop.engine.protocol import SetSetting
from missive_desktop.errors import KnownError
from missive_desktop.store import settings, teams
from missive_desktop.store.database import Connection

if TYPE_CHECKING:
    from missive_desktop.app.views.privacy_menu import PrivacyMenu

THEME = "window.theme"
DENSITY = "window.density"


class SettingsMenu(QObject):
    """Reads the settings at start; writes each through the engine when it is chosen."""

    density_changed = Signal(bool)  # compact
    keys_asked = Signal()
    account_asked = Signal()
    privacy_changed = Signal()
    team_asked = Signal()
    security_asked = Signal()
    notifications_changed = Signal()

    def __init__(
        self,
        theme: Theme,
        conn: Connection,
        engine: Engine,
        window: QWidget,
        tell: Callable[[str, str], None],
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._conn = conn
        self._engine = engine
        self._window = window
        self._compact = False
        self._tell = tell
        self._privacy: PrivacyMenu | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def load(self) -> None:
        """Show the window as it was chosen before."""
        choice = settings.get(self._conn, THEME, "system")
        if choice in ("light", "dark", "system") and choice != self._theme.choice:
            self._theme.choose(choice)
        self._compact = settings.get(self._conn, DENSITY, "comfortable") == "compact"
        self.density_changed.emit(self._compact)

    def open(self, beside: QWidget) -> None:
        menu = QMenu(self._window)
        menu.aboutToHide.connect(menu.deleteLater)
        self._choices(
            menu,
            self.tr("Look"),
            (("system", self.tr("Like the system")), ("light", self.tr("Light")),
             ("dark", self.tr("Dark"))),
            self._theme.choice,
            self._choose_theme,
        )  # fmt: skip
        self._choices(
            menu,
            self.tr("Rows"),
            (("comfortable", self.tr("Comfortable")), ("compact", self.tr("Compact"))),
            "compact" if self._compact else "comfortable",
            self._choose_density,
        )
        self._notifications(menu.addMenu(self.tr("Notifications")))
        self.privacy.fill(menu.addMenu(self.tr("Privacy")))
        menu.addSeparator()
        menu.addAction(
            self._theme.icon("plus"), self.tr("Add an account…"), self.account_asked.emit
        )
        menu.addAction(
            self._theme.icon("users"), self.tr("Join or create a team…"), self.team_asked.emit
        )
        if teams.all_(self._conn):
            menu.addAction(
                self._theme.icon("key-round"),
                self.tr("Teams, login and security"),
                self.security_asked.emit,
            )
        menu.addAction(self._theme.icon("keyboard"), self.tr("Keys"), self.keys_asked.emit)
        size = menu.sizeHint()
        corner = beside.mapToGlobal(beside.rect().topLeft())
        corner.setY(corner.y() - size.height() - 4)
        menu.popup(corner)

    @property
    def privacy(self) -> PrivacyMenu:
        """What is set about private reading; made when it is first opened: it brings the parser."""
        if self._privacy is None:
            module = importlib.import_module("missive_desktop.app.views.privacy_menu")
            made: PrivacyMenu = module.PrivacyMenu(
                self._theme, self._conn, self._engine, self._window, self._tell
            )
            made.changed.connect(self.privacy_changed)
            self._privacy = made
        return self._privacy

    def _notifications(self, part: QMenu) -> None:
        part.setToolTipsVisible(True)
        on = bool(settings.get(self._conn, notifying.ON, notifying.ON_USUALLY))
        tell = part.addAction(self.tr("New mail, and what your team asks of you"))
        tell.setCheckable(True)
        tell.setChecked(on)
        tell.toggled.connect(lambda on: self._keep(notifying.ON, on))
        names = part.addAction(self.tr("Show sender and subject"))
        names.setToolTip(self.tr("Your system may keep them, and show them on the locked screen."))
        names.setCheckable(True)
        names.setChecked(bool(settings.get(self._conn, notifying.NAMES, notifying.NAMES_USUALLY)))
        names.setEnabled(on)
        names.toggled.connect(lambda on: self._keep(notifying.NAMES, on))

    def _choices(
        self,
        menu: QMenu,
        title: str,
        entries: tuple[tuple[str, str], ...],
        current: str,
        choose: Any,
    ) -> None:
        part = menu.addMenu(title)
        group = QActionGroup(part)
        for value, text in entries:
            action = part.addAction(text)
            action.setCheckable(True)
            action.setChecked(value == current)
            group.addAction(action)
            action.triggered.connect(lambda _=False, value=value: choose(value))

    def _choose_theme(self, choice: Choice) -> None:
        self._theme.choose(choice)
        self._keep(THEME, choice)

    def _choose_density(self, density: str) -> None:
        self._compact = density == "compact"
        self.density_changed.emit(self._compact)
        self._keep(DENSITY, density)

    def _keep(self, name: str, value: str | bool) -> None:
        task = asyncio.get_event_loop().create_task(self._write(name, value))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write(self, name: str, value: str | bool) -> None:
        try:
            await self._engine.call(SetSetting(name=name, value=value))
        except KnownError:
            return  # it holds until the window is closed
        if name in (notifying.ON, notifying.NAMES):
            self.notifications_changed.emit()
