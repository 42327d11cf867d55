"""Teams in the window: coming into one, the settings of one's login, notices, what was refused."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.app.presenters.team_admission import Admission
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.main_window import MainWindow
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import TeamState
from missive_desktop.engine.team_login_requests import TeamLogout
from missive_desktop.engine.team_sync_requests import SeeNotice
from missive_desktop.store import teams
from missive_desktop.store.database import Connection

if TYPE_CHECKING:
    from missive_desktop.app.presenters.entering import EnteringPresenter
    from missive_desktop.app.presenters.team_notices import Notice
    from missive_desktop.app.views.ask_dialog import AskDialog
    from missive_desktop.app.views.entering import EnteringScreen
    from missive_desktop.app.views.notice_bar import NoticeBar
    from missive_desktop.app.views.team_settings_desk import TeamSettingsDesk
    from missive_desktop.store.teams import TeamRow


class TeamDesk(QObject):
    """`entered` when there is a team more to show; `given_up` when there is none."""

    entered = Signal()
    given_up = Signal()

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
        self._entering: EnteringPresenter | None = None
        self.settings: TeamSettingsDesk | None = None
        self._bar: NoticeBar | None = None
        self._told: set[Notice] = set()
        self._admission = Admission(conn, engine)
        self._tasks = Tasks(lambda error: tell(str(error), error.advice))

    # -- coming in

    def ask(self, link: str = "") -> None:
        """Show the screen that asks for a link, or what a link is for."""
        if self._entering is not None and not self._entering.state.leavable:
            return  # a link from elsewhere must not take away what is shown this once
        presenter = self._begin_entering()
        if link:
            presenter.given(link)

    def attend(self, team: int) -> None:
        """Show what a team needs: to sign in, to be let in, or to look at what was refused."""
        row = teams.get(self._conn, team)
        if row is None:
            return
        if row.state in (TeamState.SIGNED_OUT, TeamState.LOCKED, TeamState.APPROVAL):
            self.sign_in(team)
        elif row.state is TeamState.REMOVED:
            self._ask_forget(row)
        else:
            module = importlib.import_module("missive_desktop.app.presenters.team_notices")
            refused = any(each.why for each in module.waiting(self._conn))
            self.open_settings(team, "waiting" if refused else "")

    def _ask_forget(self, row: TeamRow) -> None:
        """What was here of it is gone already; what goes is its line."""
        title = self.tr("Take {0} off the list?").format(row.called)
        views = importlib.import_module("missive_desktop.app.views.ask_dialog")
        dialog: AskDialog = views.AskDialog(
            self._theme, title, self.tr("Take it off"), self._window
        )
        dialog.add_text(self.tr("You are not a member any more. Nothing of it is here any longer."))
        dialog.given.connect(
            lambda _: self._tasks.start(self._engine.call(TeamLogout(team=row.id, forget=True)))
        )
        dialog.open()

    def sign_in(self, team: int) -> None:
        """Sign in again, or go on waiting to be let in."""
        row = teams.get(self._conn, team)
        if row is None:
            return
        presenter = self._begin_entering()
        if row.state is TeamState.APPROVAL:
            presenter.waiting(row.id, row.settings.code, row.url, row.email)
        else:
            presenter.again(row.url, row.email)

    def _begin_entering(self) -> EnteringPresenter:
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
        screen.back.connect(presenter.back)
        screen.cancelled.connect(self._give_up)
        screen.destroyed.connect(lambda: self._gone(presenter))
        self._entering = presenter
        self._window.show_page(screen)
        return presenter

    def _came_in(self, team: int, must: bool) -> None:
        self._leave()
        self.entered.emit()
        if must:  # nothing goes on in this team before
            self.open_settings(team)

    def _give_up(self) -> None:
        self._leave()
        self.given_up.emit()

    def _leave(self) -> None:
        self._end_entering()
        self._end_settings()  # their page goes, too, where one came from there
        self._window.show_desk()

    def _end_entering(self) -> None:
        if self._entering is not None:
            self._gone(self._entering)

    def _gone(self, presenter: EnteringPresenter) -> None:
        """Its screen is let go, by whomever."""
        presenter.close()
        if self._entering is presenter:
            self._entering = None

    # -- settings

    def open_settings(self, team: int = 0, page: str = "") -> None:
        """Show one's login in a team, its members ("people"), what is on its way ("waiting")."""
        rows = teams.all_(self._conn)
        if not rows:
            self.ask()
            return
        chosen = next((row for row in rows if row.id == team), rows[0])
        module = importlib.import_module("missive_desktop.app.views.team_settings_desk")
        self._end_settings()
        made: TeamSettingsDesk = module.TeamSettingsDesk(
            self._theme, self._conn, self._engine, self._window, chosen.id, page
        )
        made.closed.connect(self.close_settings)
        made.team_chosen.connect(lambda chosen: self.open_settings(chosen))
        made.sign_in.connect(self.sign_in)
        made.signed_out.connect(self._signed_out)
        self.settings = made

    def close_settings(self) -> None:
        self._end_settings()
        self._window.show_desk()

    def _signed_out(self) -> None:
        self.close_settings()
        self.entered.emit()

    def _end_settings(self) -> None:
        if self.settings is not None:
            self.settings.close()
            self.settings = None

    # -- notices

    def look(self) -> None:
        """Tell what is to be known and was not closed yet."""
        self._admission.look()
        module = importlib.import_module("missive_desktop.app.presenters.team_notices")
        true = module.notices(self._conn)
        self._told.intersection_update(true)  # what is so once more is told once more
        found = [notice for notice in true if notice not in self._told]
        if found or self._bar is not None:
            self.notice_bar().show_notices(found)

    def notice_bar(self) -> NoticeBar:
        """The bar above the mail; made when there is something to tell."""
        if self._bar is None:
            views = importlib.import_module("missive_desktop.app.views.notice_bar")
            made: NoticeBar = views.NoticeBar(self._theme)
            made.asked.connect(self._help)
            made.seen.connect(self._seen)
            self._window.put_notices(made)
            self._bar = made
        return self._bar

    def _help(self, notice: Notice) -> None:
        """Do what a notice offers; what was looked into needs no second word."""
        match notice.help:
            case "members":
                self.open_settings(notice.team, "people")
            case "devices" | "factor":
                self.open_settings(notice.team)
            case _:
                self.attend(notice.team)
        if notice.id and notice.help != "forget":
            self._seen(notice)

    def _seen(self, notice: Notice) -> None:
        self._told.add(notice)
        if notice.id:
            self._tasks.start(self._engine.call(SeeNotice(notice=notice.id)))
        self.look()

    def changed(self, changes: Changes) -> None:
        """Take in what a transaction changed."""
        if changes.teams:
            self.look()
            if self.settings is not None:
                self.settings.changed(changes)

    def close(self) -> None:
        self._end_entering()
        self._end_settings()
        self._admission.close()
        self._tasks.cancel()
