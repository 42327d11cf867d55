"""Joins the settings of a team to their presenters."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from missive_desktop.app.presenters import team_notices
from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.app.presenters.team_login import LoginPresenter
from missive_desktop.app.presenters.team_members import MembersPresenter
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.main_window import MainWindow
from missive_desktop.app.views.members_page import MembersPage
from missive_desktop.app.views.security_page import SecurityPage
from missive_desktop.app.views.team_settings import TeamSettings
from missive_desktop.app.views.waiting_page import WaitingPage
from missive_desktop.domain.changes import Changes
from missive_desktop.engine.team_sync_requests import DropPending, RedoPending
from missive_desktop.errors import KnownError
from missive_desktop.store import teams
from missive_desktop.store.database import Connection


class TeamSettingsDesk(QObject):
    closed = Signal()
    team_chosen = Signal(int)
    signed_out = Signal()

    def __init__(
        self, theme: Theme, conn: Connection, engine: Engine, window: MainWindow, team: int
    ) -> None:
        super().__init__(window)
        self._conn = conn
        self._engine = engine
        self._tasks = Tasks(self._failed)
        names = [
            (row.id, row.settings.name or row.url.partition("://")[2]) for row in teams.all_(conn)
        ]
        self.view = TeamSettings(theme, names, team)
        self.security = SecurityPage(theme)
        self.people = MembersPage(theme)
        self.waiting = WaitingPage(theme)
        self._login = LoginPresenter(engine, self.security, team, self.signed_out.emit)
        self._members = MembersPresenter(conn, engine, self.people, team)
        self._connect()
        self.view.add_heading(self.tr("Safety"))
        self.view.add_page("key-round", self.tr("Login and security"), self.security)
        self.view.add_heading(dict(names).get(team, ""))
        self.view.add_page("users", self.tr("Members and inboxes"), self.people)
        self.view.add_page("clock", self.tr("On its way"), self.waiting)
        window.show_page(self.view)
        self._login.load()
        self._members.load()
        self._show_waiting()

    def _connect(self) -> None:
        self.view.closed.connect(self.closed)
        self.view.team_chosen.connect(self.team_chosen)
        page, login = self.security, self._login
        page.password_changed.connect(login.change_password)
        page.two_factor_begun.connect(login.begin_two_factor)
        page.two_factor_confirmed.connect(login.confirm_two_factor)
        page.two_factor_cancelled.connect(login.cancel_two_factor)
        page.two_factor_ended.connect(login.end_two_factor)
        page.new_codes.connect(login.new_codes)
        page.codes_kept.connect(login.codes_kept)
        page.approved.connect(login.approve)
        page.revoked.connect(login.revoke)
        page.others_ended.connect(login.end_others)
        page.signed_out.connect(lambda forget: login.sign_out(forget=forget))
        people, members = self.people, self._members
        people.invited.connect(self._invite)
        people.removed.connect(members.remove)
        people.role_changed.connect(members.set_role)
        people.seat_changed.connect(members.seat)
        people.inbox_made.connect(members.make_inbox)
        self.waiting.again.connect(
            lambda id_: self._tasks.start(self._engine.call(RedoPending(pending=id_)))
        )
        self.waiting.dropped.connect(
            lambda id_: self._tasks.start(self._engine.call(DropPending(pending=id_)))
        )

    def _invite(self, email: str, name: str, role: str, scopes: Sequence[str]) -> None:
        self._members.invite(email, name, role, [(scope, "active") for scope in scopes])

    def _show_waiting(self) -> None:
        self.waiting.show_waiting(team_notices.waiting(self._conn))

    def changed(self, changes: Changes) -> None:
        self._members.changed(changes)
        self._show_waiting()

    def _failed(self, error: KnownError) -> None:
        """What could not be dropped or done again still stands in the list."""
        self._show_waiting()

    def close(self) -> None:
        self._tasks.cancel()
        self._login.close()
        self._members.close()
