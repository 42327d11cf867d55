"""Joins the settings of a team to their presenters."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from missive_desktop.app.presenters import team_notices
from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.sync_state import of_team
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
    sign_in = Signal(int)

    def __init__(
        self,
        theme: Theme,
        conn: Connection,
        engine: Engine,
        window: MainWindow,
        team: int,
        page: str = "",
    ) -> None:
        super().__init__(window)
        self._conn = conn
        self._team = team
        self._engine = engine
        self._tasks = Tasks(self._failed)
        names = [(row.id, row.called) for row in teams.all_(conn)]
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
        pages = {"people": self.people, "waiting": self.waiting}
        if page in pages:
            self.view.open(pages[page])
        window.show_page(self.view)
        self.view.setFocus()
        self._show_server()
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
        page.left.connect(login.leave)
        page.sign_in.connect(lambda: self.sign_in.emit(self._team))
        page.retried.connect(login.load)
        page.signed_out.connect(lambda forget: login.sign_out(forget=forget))
        people, members = self.people, self._members
        people.invited.connect(self._invite)
        people.withdrawn.connect(members.withdraw)
        people.menus.removed.connect(members.remove)
        people.menus.role_changed.connect(members.set_role)
        people.menus.seat_changed.connect(members.seat)
        people.inbox_made.connect(members.make_inbox)
        people.inbox_edited.connect(members.edit_inbox)
        people.inbox_deleted.connect(members.delete_inbox)
        people.organization.renamed.connect(members.rename)
        people.organization.demanded.connect(members.demand)
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

    def _show_server(self) -> None:
        row, found = teams.get(self._conn, self._team), of_team(self._conn, self._team)
        if row is not None and found is not None:
            self.security.show_server(row.host, found)

    def changed(self, changes: Changes) -> None:
        if f"team:{self._team}" in changes.teams:
            self._show_server()
            self._login.reload()
        self._members.changed(changes)
        self._show_waiting()

    def _failed(self, error: KnownError) -> None:
        """What could not be dropped or done again still stands in the list."""
        self._show_waiting()

    def close(self) -> None:
        self._tasks.cancel()
        self._login.close()
        self._members.close()
        self.deleteLater()
