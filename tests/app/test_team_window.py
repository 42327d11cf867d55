"""The window of a member: lists and menus of a space, over a store with a team's rows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from tests.app.engines import RecordingEngine
from tests.app.test_window import Mail
from tests.factories import mailbox
from tests.team_factories import (
    ANA,
    BEN,
    ME,
    NOON,
    TeamBox,
    comment,
    conv,
    label,
    mail,
    member,
    name,
    seat,
    space,
    task,
)

from missive_desktop.app.presenters import looking, sidebar, spaces
from missive_desktop.app.presenters import place as places
from missive_desktop.app.presenters.conversation_header import header
from missive_desktop.app.presenters.place import Tab
from missive_desktop.app.presenters.sync_state import Overall, SpaceSync, TeamSync, summarize
from missive_desktop.app.views.ask_dialog import AskDialog
from missive_desktop.app.views.context_panel import ContextPanel
from missive_desktop.app.views.conversation_head import Chip
from missive_desktop.app.views.desk import Desk
from missive_desktop.app.views.entering import EnteringScreen
from missive_desktop.app.views.row_painter import acts_box
from missive_desktop.app.views.space_words import shared_with, whom
from missive_desktop.domain.team import TeamState
from missive_desktop.engine.protocol import Act, Changed
from missive_desktop.engine.space_requests import (
    AddTask,
    Assign,
    EditTask,
    Label,
    MakeLabel,
    Rename,
    ReturnToTeam,
    SetOpen,
    Snooze,
    WatchConversations,
)
from missive_desktop.engine.team_sync_requests import ShowPresence, WhoIsThere
from missive_desktop.store import database, messages, team_spaces, teams

UNDO = {"undo": [{"kind": "revert", "team": 1}]}


class Link(RecordingEngine):
    def __init__(self):
        kinds = (Assign, SetOpen, Label, Snooze, AddTask, EditTask, Act, Rename, ReturnToTeam)
        kinds = (*kinds, WatchConversations)
        super().__init__({kind: lambda _: UNDO for kind in kinds})
        self.answers[MakeLabel] = lambda _: {"label": "new", "undo": []}
        self.answers[WhoIsThere] = lambda _: {"seen": self.seen}
        self.seen = []
        self.listeners = []

    def subscribe(self, listener):
        self.listeners.append(listener)

    def on_health(self, listener):
        pass

    def restart(self):
        pass


@pytest.fixture
def team(tmp_path):
    with mailbox(tmp_path) as box:
        made = TeamBox(box)
        made.take_all(
            member(ME, "Mia Me"), member(ANA, "Ana Ribeiro"), member(BEN, "Ben Okafor"),
            space(colour="green"), label("Dealer", "teal"),
        )  # fmt: skip
        made.take(seat(ME), seat(ANA), seat(BEN, "observer"))
        made.take(
            conv("new", inbox=True), mail("m1", "new", NOON + 1000),
            conv("hers", assignees=[ANA], since=NOON, labels=[name("Dealer")]),
            mail("m2", "hers", NOON + 2000), comment("c", "hers", "Look", NOON + 2500),
            task("t", "hers", "Call them", assignees=[BEN]),
        )  # fmt: skip
        yield made


@pytest.fixture
def desk(qt_loop, qtbot, theme, team):
    theme.choose("light")
    box = team.box
    made = Desk(
        theme, box.reader, Link(), lambda _: Mail(), lambda: database.open_reader(box.store)
    )
    made.begin()
    made.window.resize(1300, 800)
    made.window.show()
    qtbot.waitExposed(made.window)
    (entry,) = sidebar.read(box.reader).teams
    made.open_place(entry.place)
    yield made
    made.window.hide()
    made.close()
    made.window.deleteLater()
    made.deleteLater()


def press(desk, key, modifier=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(desk.window, key, modifier)


def asked(desk, kind):
    return [request for request in desk._link.asked if isinstance(request, kind)]


def here(team, word):
    from missive_desktop.store import team_conversations

    return team_conversations.here(team.box.reader, team.account, name(word))


def type_into(menu, text):
    menu.type_text(text)
    return menu.findChild(QLineEdit)


def show_above(desk, team, word):
    rows = messages.in_conversation(team.box.reader, here(team, word))
    desk.pane.show_header(header(team.box.reader, rows))


def test_the_list_of_a_space_has_its_tabs(desk, team):
    pane = desk.list_pane
    texts = [button.text() for button in pane._tabs.buttons() if button.isVisible()]
    assert texts == ["Unassigned 1", "Open 2", "Closed"]
    pane.tabbed.emit(Tab.UNASSIGNED)
    assert desk.list._rows.ids == [here(team, "new")]
    assert desk.window.sidebar.tree.current_place().account == team.account
    desk.open_place(places.INBOX)
    assert not any(button.isVisible() for button in pane._tabs.buttons())


def test_in_a_narrow_list_words_stand_for_the_tabs(desk):
    desk.list_pane.resize(300, 600)
    desk.list_pane._show_tabs()
    assert desk.list_pane._where.text() == "2 open"
    assert not any(button.isVisible() for button in desk.list_pane._tabs.buttons())


def test_assign_by_key_takes_the_first_that_fits(desk, team, qtbot):
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_A)
    menu = desk.spaces.menu
    assert menu.shown == ["Mia Me (you)", "Ana Ribeiro", "Ben Okafor", "Nobody"]
    field = type_into(menu, "ben")
    assert menu.shown == ["Ben Okafor"]
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.window.undo_bar.isVisible())
    assert asked(desk, Assign) == [Assign(conversations=(here(team, "hers"),), add=(BEN,))]
    assert desk.window.undo_bar._label.text() == "Assigned to Ana Ribeiro, Ben Okafor"
    assert desk.spaces.menu is None
    press(desk, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(asked(desk, Act)))
    assert asked(desk, Act)[0].kind == "revert"


def test_several_people_are_taken_with_shift(desk, team, qtbot):
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_A)
    field = desk.spaces.menu.findChild(QLineEdit)
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(field, Qt.Key.Key_Down)
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(asked(desk, Assign)))
    (request,) = asked(desk, Assign)
    assert (request.add, request.remove) == ((ME,), (ANA,))


def test_nobody_takes_it_from_all(desk, team, qtbot):
    desk.list.step(0)
    press(desk, Qt.Key.Key_A)
    QTest.keyClick(type_into(desk.spaces.menu, "nobody"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(asked(desk, Assign)))
    (request,) = asked(desk, Assign)
    assert (request.add, request.remove) == ((), (ANA,))


def test_a_conversation_is_renamed_by_key(desk, team, qtbot):
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_F2)
    (dialog,) = desk.window.findChildren(AskDialog)
    field = dialog.fields["name"].edit
    assert field.text() == desk.list.rows_of([here(team, "hers")])[0].subject
    field.setText("The green ones")
    dialog.go.click()
    qtbot.waitUntil(lambda: bool(asked(desk, Rename)))
    assert asked(desk, Rename) == [Rename(conversation=here(team, "hers"), name="The green ones")]
    show_above(desk, team, "hers")
    assert not desk.pane.header.called


def test_watching_and_giving_back_have_keys(desk, team, qtbot):
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_W, Qt.KeyboardModifier.ShiftModifier)
    press(desk, Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: bool(asked(desk, WatchConversations) and asked(desk, ReturnToTeam)))
    assert asked(desk, WatchConversations)[0].watching


def test_who_is_too_many_is_counted(desk, team, theme):
    many = [member(f"u{n}", f"Name{n} Long") for n in range(6)]
    team.take_all(*many)
    users = [f"u{n}" for n in range(6)]
    team.take(*(seat(user) for user in users), conv("hers", assignees=users))
    show_above(desk, team, "hers")
    chips = [chip.accessibleName() for chip in desk.pane.head.findChildren(Chip)]
    assert "Assigned to Name0 Long" in chips
    assert "Assigned to Name3 Long, Name4 Long, Name5 Long" in chips


def test_tab_goes_from_the_acts_to_the_chips_to_the_foot(desk, team):
    show_above(desk, team, "hers")
    last, order = desk.pane.bar.last, []
    widget = last.nextInFocusChain()
    while widget is not desk.pane.foot.comment._editor:
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible():
            order.append(widget.accessibleName())
        widget = widget.nextInFocusChain()
    chips = ["Support", "Dealer", "Assigned to Ana Ribeiro", "Shared with Support, 3 people"]
    assert order[:4] == chips


def test_a_colleague_closes_what_is_read(desk, team, qtbot):
    press(desk, Qt.Key.Key_J)
    conversation = desk.list.current
    assert conversation == here(team, "hers")
    team.take(conv("hers", st="closed"))
    desk._notice(Changed(team.box.published[-1]))
    qtbot.waitUntil(lambda: conversation not in desk._model.ids)
    assert (desk.list.current, desk.mail.gone) == (conversation, True)
    assert desk.list.targets() == [conversation]


@pytest.mark.parametrize(("key", "at"), [(Qt.Key.Key_Down, 3), (Qt.Key.Key_Up, 1)])
def test_arrows_go_on_from_where_it_stood(desk, team, qtbot, key, at):
    team.take(*(row for n in (3, 4) for row in (conv(f"c{n}"), mail(f"m{n}", f"c{n}", NOON + n))))
    desk.open_place(places.space_tab(desk._listing.place, Tab.OPEN))
    ids = list(desk._model.ids)
    desk.list.set_current(ids[2])
    team.take(conv({here(team, w): w for w in ("new", "hers", "c3", "c4")}[ids[2]], st="closed"))
    desk._notice(Changed(team.box.published[-1]))
    qtbot.waitUntil(lambda: ids[2] not in desk._model.ids)
    QTest.keyClick(desk.list, key)
    assert desk.list.current == ids[at]


def test_what_one_closes_oneself_makes_room_for_the_next(desk, team, qtbot):
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: bool(asked(desk, SetOpen)))
    team.take(conv("hers", st="closed"))
    desk._notice(Changed(team.box.published[-1]))
    qtbot.waitUntil(lambda: desk.list.current == here(team, "new"))
    assert not desk.mail.gone


def test_several_rows_are_assigned_at_once(desk, team, qtbot):
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_X)
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_X)
    press(desk, Qt.Key.Key_A)
    QTest.keyClick(type_into(desk.spaces.menu, "mia"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(asked(desk, Assign)))
    assert set(asked(desk, Assign)[0].conversations) == {here(team, "new"), here(team, "hers")}
    qtbot.waitUntil(lambda: "2 assigned to" in desk.window.undo_bar._label.text())


def test_close_by_key_says_for_whom(desk, qtbot):
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: desk.window.undo_bar.isVisible())
    assert asked(desk, SetOpen)[0].open is False
    assert desk.window.undo_bar._label.text() == "Closed for the 3 people of Support"


def test_a_label_that_is_not_there_is_made(desk, team, qtbot):
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_L)
    menu = desk.spaces.menu
    assert menu.is_on(name("Dealer"))
    QTest.keyClick(type_into(menu, "Urgent"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(asked(desk, Label)))
    assert asked(desk, MakeLabel)[0].name == "Urgent"
    assert asked(desk, Label)[0].add == ("new",)


def test_snooze_offers_times_and_escape_does_nothing(desk, qtbot):
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_Z)
    menu = desk.spaces.menu
    assert {"Tomorrow", "Next week", "Another time…"} <= set(menu.shown)
    QTest.keyClick(menu.findChild(QLineEdit), Qt.Key.Key_Escape)
    assert desk.spaces.menu is None
    press(desk, Qt.Key.Key_Z)
    QTest.keyClick(type_into(desk.spaces.menu, "tomorrow"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(asked(desk, Snooze)))
    assert asked(desk, Snooze)[0].until > 0


def test_mail_of_ones_own_cannot_be_assigned(desk, team, qtbot):
    from tests.factories import digest

    box = team.box
    box.add([box.arrival(1, digest(subject="Own"))])
    desk.open_place(places.INBOX)
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_A)
    assert desk.spaces.menu is None
    assert "conversations of a team" in desk.window.undo_bar._label.text()


def test_hover_acts_of_a_shared_row_assign_and_snooze(desk, theme, team):
    viewport = desk.list.viewport()
    box = acts_box(theme, viewport.width(), compact=False, mirrored=False)
    third = QPoint(int(box.left() + 2 + 2.5 * theme.size("row-action")), int(box.center().y()))
    QTest.mouseMove(viewport, third)
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=third)
    assert desk.spaces.menu.shown[0] == "Mia Me (you)"


def test_the_bar_has_the_acts_of_what_is_shown(desk, team):
    show_above(desk, team, "hers")
    bar = desk.pane.bar
    assert bar._close.isVisible()
    assert not bar._star.isVisible()
    assert "for the 3 people of Support" in bar._close.toolTip()
    assert "only for you" in bar._archive.toolTip()
    space_header = desk.pane.header.space
    assert [each.name for each in space_header.assignees] == ["Ana Ribeiro"]
    assert [mark.name for mark in space_header.labels] == ["Dealer"]
    assert shared_with(space_header) == "Shared with Support, 3 people"
    team.take(conv("hers", st="closed"))
    show_above(desk, team, "hers")
    assert bar._close.accessibleName() == "Reopen"


def test_who_is_there_stands_in_bar_and_row(desk, team, qtbot):
    conversation = here(team, "hers")
    desk.list.set_current(conversation)
    show_above(desk, team, "hers")
    scope = team_spaces.of_account(team.box.reader, team.account).scope
    desk._link.seen = [[scope, name("hers"), ANA, "typing"], [scope, "", BEN, "online"]]
    desk._notice(Changed(team_changes("presence")))
    qtbot.waitUntil(lambda: desk.pane.bar.here.text == "Ana is typing…")
    (row,) = desk.list.rows_of([conversation])
    assert row.shared.typing
    desk._link.seen = []
    desk._notice(Changed(team_changes("presence")))
    qtbot.waitUntil(lambda: not desk.pane.bar.here.isVisible())


def test_what_is_looked_at_is_told_and_when_it_is_left(desk, team, qtbot):
    desk.spaces.watched = lambda: True
    desk.list.set_current(here(team, "hers"))
    qtbot.waitUntil(lambda: bool(asked(desk, ShowPresence)))
    assert (asked(desk, ShowPresence)[0].conv, asked(desk, ShowPresence)[0].state) == (
        name("hers"),
        "viewing",
    )
    desk.spaces.looking.type_key()
    qtbot.waitUntil(lambda: asked(desk, ShowPresence)[-1].state == "typing")
    desk.open_place(places.INBOX)
    qtbot.waitUntil(lambda: asked(desk, ShowPresence)[-1].state == "")


def test_who_types_for_long_is_told_again(desk, team, qtbot):
    desk.list.set_current(here(team, "hers"))
    desk.spaces.looking._told_typing = -looking.TYPING
    desk.spaces.looking.type_key()
    desk.spaces.looking.type_key()
    typing = lambda: [r for r in asked(desk, ShowPresence) if r.state == "typing"]  # noqa: E731
    qtbot.waitUntil(lambda: len(typing()) == 1)
    desk.spaces.looking._told_typing -= looking.TYPING
    desk.spaces.looking.type_key()
    qtbot.waitUntil(lambda: len(typing()) == 2)


def test_a_drop_on_a_label_puts_it_on(desk, team, qtbot):
    (entry,) = sidebar.read(team.box.reader).labels
    desk.window.sidebar.tree.dropped.emit(entry.place, [here(team, "new")])
    qtbot.waitUntil(lambda: bool(asked(desk, Label)))
    desk.window.sidebar.tree.dropped.emit(places.ASSIGNED, [here(team, "new")])
    qtbot.waitUntil(lambda: bool(asked(desk, Assign)))
    assert asked(desk, Assign)[0].add == (ME,)


def test_tasks_are_ticked_added_and_given(desk, team, qtbot, theme):
    tasks = spaces.tasks(team.box.reader, here(team, "hers"))
    assert [(item.title, item.done) for item in tasks.items] == [("Call them", False)]
    assert [each.name for each in tasks.items[0].assignees] == ["Ben Okafor"]
    panel = ContextPanel(theme)
    qtbot.addWidget(panel)
    panel.task_asked.connect(desk.spaces.task)
    section = panel._tasks(tasks)
    qtbot.addWidget(section)
    section.acted.emit("tick", tasks.items[0], None)
    section.begin()
    field = section.findChild(QLineEdit)
    QTest.keyClicks(field, "Send the form")
    kept = panel._tasks(tasks)  # read again while it is typed
    assert kept.typed == "Send the form"
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(asked(desk, AddTask)) == 1)
    assert asked(desk, AddTask)[0].title == "Send the form"
    assert asked(desk, EditTask)[0].state == "closed"
    section.acted.emit("assign", tasks.items[0], None)
    QTest.keyClick(type_into(desk.spaces.menu, "mia"), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(asked(desk, EditTask)) == 2)
    assert set(asked(desk, EditTask)[1].assignees) == {ME, BEN}


def test_the_foot_says_how_the_team_is(desk):
    for state, overall, words in (
        (TeamState.READY, Overall.UP_TO_DATE, "Up to date"),
        (TeamState.CONNECTING, Overall.SYNCING, "Connecting…"),
        (TeamState.OFFLINE, Overall.OFFLINE, "Offline"),
        (TeamState.SIGNED_OUT, Overall.SIGN_IN, "Sign in again"),
        (TeamState.APPROVAL, Overall.APPROVAL, "Waits for approval"),
        (TeamState.REMOVED, Overall.FAILED, "Sync has a problem"),
    ):
        shown = summarize((), (TeamSync(1, "Halden", state, "", (SpaceSync("Support", 2),)),))
        assert shown.overall is overall
        desk.show_sync(shown)
        assert desk.window.sidebar.sync_line.sentence() == words


def test_what_a_team_needs_is_a_click_away(desk, team):
    box = team.box
    (row,) = teams.all_(box.reader)
    desk.window.sync_popup.team_asked.emit(row.id)
    assert desk.teams.settings is not None  # what was refused stands there
    desk.teams.close_settings()
    box.writer.run(lambda c, ch: teams.set_state(c, row.id, TeamState.SIGNED_OUT, "", ch))
    desk.window.sync_popup.team_asked.emit(row.id)
    assert desk.window.findChildren(EnteringScreen)


def test_who_serves_an_inbox_sees_it_at_the_foot(desk):
    spaces_ = (SpaceSync("Support", 2, serves="support@example.org"),)
    desk.show_sync(summarize((), (TeamSync(1, "Halden", TeamState.READY, "", spaces_),)))
    line = desk.window.sidebar.sync_line
    assert line.sentence() == "Up to date, serves support@example.org"


def test_words_say_who_is_affected():
    assert whom(6, "Support") == "for the 6 people of Support"
    assert whom(1, "Support") == "for all of Support"
    assert whom(0, "") == "for everybody who shares them"


def team_changes(*names):
    from missive_desktop.domain.changes import Changes

    return Changes(teams=set(names))
