"""Joins the report's screen to its presenter; made when the report is first asked for."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.report import ReportPresenter
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.link_desk import browse
from missive_desktop.app.views.main_window import MainWindow
from missive_desktop.app.views.report import ReportPage
from missive_desktop.domain.changes import Changes
from missive_desktop.store.database import Connection


class ReportDesk(QObject):
    """`sought` says what to search for."""

    sought = Signal(str)

    def __init__(
        self,
        theme: Theme,
        engine: Engine,
        window: MainWindow,
        open_connection: Callable[[], Connection],
        tell: Callable[[str, str], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self.page = ReportPage(theme)
        self._presenter = ReportPresenter(open_connection, engine, self.page, browse, tell)
        self.page.span_chosen.connect(self._presenter.open)
        self.page.export_asked.connect(self._presenter.export)
        self.page.unsubscribe_asked.connect(self._presenter.unsubscribe)
        self.page.sought.connect(self.sought)

    def open(self) -> None:
        self._window.show_report(self.page)
        self._presenter.open()

    def leave(self) -> None:
        self._presenter.leave()

    def changed(self, changes: Changes) -> None:
        self._presenter.changed(changes)

    def close(self) -> None:
        self._presenter.close()
