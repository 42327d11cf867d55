"""Settings of a team: members in hundreds, what can be done about each, notices in the bar."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QMenu, QVBoxLayout, QWidget

from missive_desktop.app.presenters.sync_state import TeamSync
from missive_desktop.app.presenters.team_login import Login
from missive_desktop.app.presenters.team_members import Inbox, Invited, Member, Members
from missive_desktop.app.presenters.team_notices import Help, Notice, Tone
from missive_desktop.app.views.members_page import AT_ONCE, MembersPage
from missive_desktop.app.views.notice_bar import NoticeBar
from missive_desktop.app.views.security_page import SecurityPage
from missive_desktop.domain.team import TeamState

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
