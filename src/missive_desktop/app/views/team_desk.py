"""Teams in the window: coming into one, the settings of one's login, notices, what was refused."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.main_window import MainWindow
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import TeamState
from missive_desktop.store import teams
from missive_desktop.store.database import Connection

if TYPE_CHECKING:
    from missive_desktop.app.presenters.entering import EnteringPresenter
    from missive_desktop.app.views.entering import EnteringScreen


class TeamDesk(QObject):
    """`entered` when there is a team more to show."""

    entered = Signal()

    def __init__(
        self,
        theme: Theme,
        conn: Connection,
        engine: Engine,
        window: MainWindow,
        tell: Callable[[str, str], None],
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._conn = conn
        self._engine = engine
        self._window = window
        self._tell = tell
        self._entering: EnteringPresenter | None = None

    # -- coming in

    def ask(self, link: str = "") -> EnteringScreen:
        """Show the screen that asks for a link, or what a link is for."""
        screen, presenter = self._screen()
        if link:
            screen.show_link(link)
            presenter.given(link)
        else:
            screen.show_state(presenter.state)
        return screen

    def sign_in(self, team: int) -> None:
        """Sign in again, or go on waiting to be let in."""
        row = teams.get(self._conn, team)
        if row is None:
            return
        _, presenter = self._screen()
        if row.state is TeamState.APPROVAL:
            presenter.waiting(row.id, row.settings.code)
        else:
            presenter.again(row.url, row.email)

    def _screen(self) -> tuple[EnteringScreen, EnteringPresenter]:
        views = importlib.import_module("missive_desktop.app.views.entering")
        presenters = importlib.import_module("missive_desktop.app.presenters.entering")
        self._end_entering()
        screen: EnteringScreen = views.EnteringScreen(self._theme)
        presenter: EnteringPresenter = presenters.EnteringPresenter(
            self._engine, screen, self._came_in
        )
        screen.given.connect(presenter.given)
        screen.login_wanted.connect(presenter.login_instead)
        screen.joined.connect(presenter.join)
        screen.created.connect(presenter.create)
        screen.signed_in.connect(presenter.sign_in)
        screen.factor_typed.connect(presenter.second_factor)
        screen.recovery_wanted.connect(presenter.ask_recovery)
        screen.recovered.connect(presenter.recover)
        screen.key_kept.connect(presenter.key_kept)
        screen.key_again.connect(presenter.key_again)
        screen.proved.connect(presenter.prove)
        screen.cancelled.connect(self._leave)
        self._entering = presenter
        self._window.show_page(screen)
        return screen, presenter

    def _came_in(self, team: int, must: bool) -> None:
        self._leave()
        self.entered.emit()

    def _leave(self) -> None:
        self._end_entering()
        self._window.show_desk()

    def _end_entering(self) -> None:
        if self._entering is not None:
            self._entering.close()
            self._entering = None

    def changed(self, changes: Changes) -> None:
        """Take in what a transaction changed."""

    def close(self) -> None:
        self._end_entering()
