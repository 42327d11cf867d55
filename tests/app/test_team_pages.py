"""The pages of a team, its menus and its notices, in the window of a member."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from tests.app import test_team_window
from tests.app.test_team_window import asked, here, press, show_above, team_changes, type_into
from tests.team_factories import ANA, BEN, conv

from missive_desktop.app.presenters import team_notices
from missive_desktop.app.presenters.entering import State, Step
from missive_desktop.app.views.context_desk import ContextDesk
from missive_desktop.app.views.entering import EnteringScreen
from missive_desktop.domain.team import TeamState
from missive_desktop.engine.space_requests import Assign
from missive_desktop.engine.team_login_requests import TeamEntered
from missive_desktop.store import teams

team, desk = test_team_window.team, test_team_window.desk


def test_settings_that_one_signed_in_from_are_let_go(desk, team, qtbot):
    (row,) = teams.all_(team.box.reader)
    desk.teams.open_settings()
    page = desk.teams.settings.view
    desk.teams.settings.security.sign_in.emit()
    desk.window.findChild(EnteringScreen).cancelled.emit()
    with qtbot.waitSignal(page.destroyed):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    desk.teams.changed(team_changes(f"team:{row.id}"))
    assert desk.teams.settings is None


def test_a_link_does_not_take_away_what_is_shown_this_once(desk):
    desk.teams.ask()
    presenter = desk.teams._entering
    presenter._show(State(Step.KEY, recovery="K7QM 3FZX 91TD 8HVB"))
    desk.teams.ask("https://team.example/join#1.x.y.z")
    assert desk.teams._entering is presenter
    desk.window.show_desk()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert desk.teams._entering is None  # whoever lets the screen go


def test_what_is_so_once_more_is_told_once_more(desk, team):
    box = team.box
    (row,) = teams.all_(box.reader)

    def become(state):
        box.writer.run(lambda c, ch: teams.set_state(c, row.id, state, "", ch))
        desk.teams.look()

    become(TeamState.SIGNED_OUT)
    bar = desk.teams.notice_bar()
    assert bar.isVisible()
    desk.teams._seen(team_notices.notices(box.reader)[0])
    assert not bar.isVisible()
    become(TeamState.READY)
    become(TeamState.SIGNED_OUT)
    assert bar.isVisible()


def test_who_clicks_elsewhere_types_there(desk, qtbot):
    desk.window.activateWindow()
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_A)
    assert desk.spaces.menu is not None
    field = desk.window.search.typed_in
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    assert desk.spaces.menu is None
    assert field.hasFocus()


def test_what_enter_takes_is_read_out(desk):
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_A)
    field = desk.spaces.menu.findChild(QLineEdit)
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert field.accessibleDescription() == "Ana Ribeiro, chosen"


def test_who_still_has_it_is_named(desk, team, qtbot):
    team.take(conv("hers", assignees=[ANA, BEN]))
    desk.list.set_current(here(team, "hers"))
    press(desk, Qt.Key.Key_A)
    QTest.keyClick(type_into(desk.spaces.menu, "ana"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(asked(desk, Assign)))
    assert asked(desk, Assign)[0].remove == (ANA,)
    qtbot.waitUntil(lambda: desk.window.undo_bar._label.text() == "Assigned to Ben Okafor")


def test_a_task_is_begun_also_where_the_panel_is_folded(desk, team, qtbot):
    context = ContextDesk(desk.theme, desk._conn, desk._link, desk.pane, lambda *_: None)
    show_above(desk, team, "hers")
    context.presenter.show(here(team, "hers"))
    desk.pane.beside.show_panel(False)
    context.begin_task()
    qtbot.waitUntil(lambda: context.panel.tasks is not None)
    assert context.panel.tasks.typed == ""
    desk.theme.changed.disconnect(context.presenter.refresh)  # the next test has this theme, too
    context.close()


def test_who_is_let_in_unseen_reads_on(desk, team, qtbot):
    (row,) = teams.all_(team.box.reader)
    desk.list.set_current(here(team, "hers"))
    team.box.writer.run(lambda c, ch: teams.set_state(c, row.id, TeamState.APPROVAL, "", ch))
    desk.teams.look()
    qtbot.waitUntil(lambda: bool(asked(desk, TeamEntered)))
    qtbot.wait(20)
    assert desk.list.current == here(team, "hers")
