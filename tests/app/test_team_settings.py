"""Settings of a team: members in hundreds, what can be done about each, notices in the bar."""

from __future__ import annotations

import asyncio
from datetime import datetime
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDateTimeEdit,
    QLabel,
    QMenu,
    QVBoxLayout,
    QWidget,
)
from tests.app.engines import RecordingEngine

from missive_desktop.app.presenters.sync_state import TeamSync
from missive_desktop.app.presenters.team_login import Login, LoginPresenter
from missive_desktop.app.presenters.team_members import Inbox, Invited, Member, Members
from missive_desktop.app.presenters.team_notices import Help, Notice, Tone, Waiting
from missive_desktop.app.views.ask_dialog import AskDialog
from missive_desktop.app.views.controls import Icon
from missive_desktop.app.views.date_dialog import DateDialog
from missive_desktop.app.views.members_page import AT_ONCE, MembersPage
from missive_desktop.app.views.notice_bar import NoticeBar
from missive_desktop.app.views.security_page import SecurityPage
from missive_desktop.app.views.team_settings import TeamSettings
from missive_desktop.app.views.waiting_page import WaitingPage
from missive_desktop.domain.team import TeamState
from missive_desktop.engine.team_login_requests import ChangePassword
from missive_desktop.errors import KnownError

SUPPORT = Inbox("s:1", "Support & Sales", "blue", "support@example.org", 1)
ME = Member("me", "Mia Me", "mia@example.org", "owner", True, (("s:1", "active"),))
BEN = Member("ben", "Ben Okafor", "ben@example.org", "member", False, (("s:1", "observer"),))


def team(*members, **more):
    found = {"admin": True, "owner": True, "inboxes": (SUPPORT,)} | more
    return Members(1, "Halden", members=members, **found)


@pytest.fixture
def page(qtbot, theme):
    made = MembersPage(theme)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    return made


def texts(widget):
    QApplication.processEvents()  # what is new is shown with the next layout
    return [
        each.text() for each in widget.findChildren(QLabel) if each.isVisibleTo(widget)
    ]  # fmt: skip


def button(widget, name):
    QApplication.processEvents()
    return next(
        each
        for each in widget.findChildren(QAbstractButton)
        if name in (each.text(), each.accessibleName()) and each.isVisibleTo(widget)
    )


def chosen(menu: QMenu, *path):
    for text in path:
        (action,) = [each for each in menu.actions() if each.text() == text]
        menu = action.menu()
    return action


def test_of_hundreds_the_first_are_shown_and_each_can_be_found(page):
    many = tuple(BEN._replace(user=f"u{n}", name=f"Person {n:03}") for n in range(500))
    page.show_members(team(ME, *many))
    assert sum("Person" in text for text in texts(page)) < AT_ONCE
    page._filter.setText("person 499")
    assert [text for text in texts(page) if "Person" in text] == ["Person 499"]
    page._filter.setText("nobody such")
    assert "Nobody of that name." in texts(page)
    page._filter.clear()
    button(page, "Show more: 461 are left").click()
    assert sum("Person" in text for text in texts(page)) == 2 * AT_ONCE - 1


def test_a_seat_can_be_watched_taken_part_in_or_taken(page, qtbot):
    page.show_members(team(ME, BEN))
    menu = button(page, "Change Ben Okafor").menu()
    menu.aboutToShow.emit()
    assert chosen(menu, "Inboxes", "Support && Sales", "Only watches").isChecked()
    with qtbot.waitSignal(page.menus.seat_changed) as told:
        chosen(menu, "Inboxes", "Support && Sales", "Does not see it").trigger()
    assert told.args == ["s:1", "ben", ""]
    with qtbot.waitSignal(page.menus.role_changed) as told:
        chosen(menu, "Role", "Admin").trigger()
    assert told.args == ["ben", "admin"]


def test_who_is_no_admin_can_only_compare(page):
    page.show_members(team(ME, BEN, admin=False, owner=False, prints={"ben": "AAAA " * 8}))
    menu = button(page, "Change Ben Okafor").menu()
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == ["Compare fingerprint…"]
    assert not [each for each in page.findChildren(QAbstractButton) if each.text() == "Invite…"]


def test_an_invitation_can_be_withdrawn(page, qtbot):
    waiting = Invited("i", "chiara@example.org", "Chiara", "member", 1_760_000_000_000)
    page.show_members(team(ME, waiting=(waiting,)))
    with qtbot.waitSignal(page.withdrawn) as told:
        button(page, "Withdraw").click()
    assert told.args == ["i"]


def test_all_can_be_asked_for_a_second_factor(page, qtbot):
    page.show_members(team(ME, required=True, prints={"": "M3QK " * 8}))
    assert "All members have to have one." in texts(page)
    assert "M3QK" in texts(page)
    with qtbot.waitSignal(page.organization.demanded) as told:
        button(page, "No longer ask").click()
    assert told.args == [False]


def test_without_the_server_the_page_says_so_and_one_can_still_leave(qtbot, theme):
    page = SecurityPage(theme)
    qtbot.addWidget(page)
    page.show()
    page.show_server("team.example", TeamSync(1, "Halden", TeamState.OFFLINE, "", ()))
    page.show_login(Login(1, loading=False, error="The team's server cannot be reached."))
    seen = texts(page)
    assert "Server team.example" in seen
    assert "Password" not in seen
    assert "The team's server cannot be reached." in seen
    with qtbot.waitSignal(page.retried):
        button(page, "Try again").click()
    assert button(page, "Sign out and forget")


def test_the_bar_shows_one_notice_after_the_other(qtbot, theme):
    bar = NoticeBar(theme)
    holder = QWidget()
    qtbot.addWidget(holder)
    QVBoxLayout(holder).addWidget(bar)
    holder.show()
    waits = Notice(1, "A device waits.", "Is it yours?", Tone.WARNING, Help.DEVICES, 3)
    other = Notice(2, "Ben has joined.", help=Help.MEMBERS, team=3)
    bar.show_notices([waits, other])
    assert texts(bar)[1:] == ["A device waits.", "Is it yours?", "1 more"]
    with qtbot.waitSignal(bar.asked) as told:
        button(bar, "Look at it…").click()
    assert told.args == [waits]
    with qtbot.waitSignal(bar.seen) as told:
        button(bar, "Close").click()
    assert told.args == [waits]
    bar.show_notices([])
    assert not bar.isVisibleTo(holder)


def test_what_waits_is_not_written_anew_for_nothing(qtbot, theme):
    page = WaitingPage(theme)
    qtbot.addWidget(page)
    page.show()
    page.show_waiting([Waiting(1, "Your comment", "Your role does not allow it.")])
    drop = button(page, "Drop")
    page.show_waiting([Waiting(1, "Your comment", "Your role does not allow it.")])
    assert button(page, "Drop") is drop


def test_blanks_are_no_name(qtbot, theme):
    holder = QWidget()
    qtbot.addWidget(holder)
    dialog = AskDialog(theme, "Rename", "Rename it", holder)
    dialog.add_field("name", "Name", "  ")
    dialog.given.connect(pytest.fail)
    dialog.go.click()


def test_tab_goes_down_the_column_before_the_page(qtbot, theme):
    settings = TeamSettings(theme, [(1, "Halden")], 1)
    qtbot.addWidget(settings)
    for name in ("First", "Second"):
        page = WaitingPage(theme)
        page.show_waiting([Waiting(1, "Your comment")])
        settings.add_page("clock", name, page)
    first, second = settings._entries
    assert first.nextInFocusChain() is second


def test_one_code_is_one(qtbot, theme):
    page = SecurityPage(theme)
    qtbot.addWidget(page)
    page.show_login(Login(1, loading=False, known=True, two_factor=True, codes_left=1))
    assert "On. One recovery code is left." in texts(page)


class Slow(RecordingEngine):
    """Its first answer comes when it is let go."""

    def __init__(self):
        super().__init__({})
        self.let_go = asyncio.Event()

    async def call(self, request):
        if not self.asked:
            self.asked.append(request)
            await self.let_go.wait()
        return await super().call(request)


def test_what_is_said_of_an_act_stays_when_the_page_is_read_anew():
    async def scenario():
        seen, engine = [], Slow()
        presenter = LoginPresenter(engine, SimpleNamespace(show_login=seen.append), 1)
        presenter.reload()
        await asyncio.sleep(0)
        presenter.approve("40721")
        await asyncio.sleep(0.02)
        assert "let in" in seen[-1].done
        engine.let_go.set()
        await asyncio.sleep(0.02)
        assert len(seen) == 2
        assert "let in" in seen[-1].done
        presenter.close()

    asyncio.run(scenario())


def test_what_went_wrong_stays_when_the_page_is_read_anew():
    async def scenario():
        def refuse(_):
            raise KnownError("The password is wrong.")

        seen = []
        engine = RecordingEngine({ChangePassword: refuse})
        presenter = LoginPresenter(engine, SimpleNamespace(show_login=seen.append), 1)
        presenter.change_password("a", "b")
        await asyncio.sleep(0.02)
        presenter.reload()
        await asyncio.sleep(0.02)
        assert (seen[-1].error, seen[-1].known) == ("The password is wrong.", True)
        presenter.close()

    asyncio.run(scenario())


def test_in_a_narrow_window_the_column_is_icons_with_names(qtbot, theme):
    settings = TeamSettings(theme, [(1, "Halden")], 1)
    qtbot.addWidget(settings)
    settings.add_heading("Halden")
    settings.add_page("clock", "On its way", WaitingPage(theme))
    settings.resize(640, 600)
    settings.show()
    assert "Halden" not in texts(settings)
    assert settings._entries[0].text() == ""
    assert button(settings, "On its way").toolTip() == "On its way"
    settings.resize(900, 600)
    assert "Halden" in texts(settings)
    assert "On its way" in settings._entries[0].text()


def test_an_icon_is_drawn_anew_in_the_dark(qtbot, theme):
    theme.choose("light")
    icon = Icon(theme, "clock")
    qtbot.addWidget(icon)
    before = icon.pixmap().cacheKey()
    theme.choose("dark")
    assert icon.pixmap().cacheKey() != before
    theme.choose("light")


def test_a_day_to_come_is_asked_for(qtbot, theme):
    holder = QWidget()
    qtbot.addWidget(holder)
    now = datetime(2026, 3, 4, 17, 30)  # noqa: DTZ001 - the person's own clock
    dialog = DateDialog(theme, now, "Put off until", "Put off", holder)
    dialog.open()
    assert isinstance(dialog.focusWidget(), QDateTimeEdit)
    with qtbot.waitSignal(dialog.chosen) as told:
        dialog.go.click()
    assert told.args[0] - now.timestamp() == 15.5 * 3600
