"""Accounts in the window: the first run, another account, a password that is refused."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QInputDialog, QLineEdit

from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.main_window import MainWindow
from missive_desktop.engine.protocol import LoadDemo, UpdateAccount
from missive_desktop.errors import KnownError
from missive_desktop.store import accounts, teams
from missive_desktop.store.database import Connection

if TYPE_CHECKING:
    from missive_desktop.app.presenters.add_account import AddAccountPresenter
    from missive_desktop.app.views.add_account import AddAccountScreen


class AccountsDesk(QObject):
    """`added` when there is mail to show; trouble goes to `tell` (message, advice)."""

    added = Signal()
    team_asked = Signal()

    def __init__(
        self,
        theme: Theme,
        conn: Connection,
        engine: Engine,
        window: MainWindow,
        run: Callable[[Coroutine[Any, Any, Any]], None],
        tell: Callable[[str, str], None],
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._conn = conn
        self._engine = engine
        self._window = window
        self._run = run
        self._tell = tell

    def ask_first(self) -> None:
        """Ask for an account where there is nothing yet to be shown."""
        if not accounts.all_(self._conn) and not teams.all_(self._conn):
            self.ask(first=True)

    def ask(self, *, first: bool = False) -> AddAccountScreen:
        """Show the screen that asks for an account."""
        views = importlib.import_module("missive_desktop.app.views.add_account")
        presenters = importlib.import_module("missive_desktop.app.presenters.add_account")
        screen: AddAccountScreen = views.AddAccountScreen(self._theme, first=first)
        presenter: AddAccountPresenter = presenters.AddAccountPresenter(
            self._engine, screen, lambda _: self._done()
        )
        screen.address_typed.connect(presenter.typed)
        screen.address_done.connect(presenter.look)
        screen.settings_wanted.connect(presenter.change_settings)
        screen.sign_in_asked.connect(presenter.sign_in)
        screen.sample_wanted.connect(lambda: self._run(self._sample()))
        screen.team_wanted.connect(self.team_asked)
        screen.cancelled.connect(self._end)
        screen.destroyed.connect(presenter.close)
        self._window.show_page(screen)
        screen.setFocus()
        return screen

    def ask_password(self, account: int) -> None:
        """Ask for the password of an account whose login was refused."""
        row = accounts.get(self._conn, account)
        if row is None:
            return
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle(self.tr("Sign in again"))
        dialog.setLabelText(self.tr("Password of {0}:").format(row.settings.address))
        dialog.setTextEchoMode(QLineEdit.EchoMode.Password)
        dialog.accepted.connect(lambda: self._run(self._sign_in(account, dialog.textValue())))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    async def _sign_in(self, account: int, secret: str) -> None:
        row = accounts.get(self._conn, account)
        if row is None or not secret:
            return
        try:
            await self._engine.call(
                UpdateAccount(account=account, settings=row.settings, secret=secret)
            )
        except KnownError as error:
            self._tell(str(error), error.advice)

    async def _sample(self) -> None:
        try:
            await self.import_sample()
        except KnownError as error:
            self._tell(str(error), error.advice)
            return
        self._done()

    async def import_sample(self) -> None:
        """Take in the mail that comes with the program, by the ordinary way of import."""
        await self._engine.call(LoadDemo(now=int(time.time())))

    def _done(self) -> None:
        self._end()
        self.added.emit()

    def _end(self) -> None:
        self._window.show_desk()
