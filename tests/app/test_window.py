"""The window on a real store, with an engine that only remembers what it was asked."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QItemSelectionModel, QObject, QPoint, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from tests.app.engines import RecordingEngine
from tests.factories import digest, mailbox

from missive_desktop.app.presenters import place as places
from missive_desktop.app.presenters.place import Filter
from missive_desktop.app.views.desk import Desk
from missive_desktop.app.views.row_painter import acts_box
from missive_desktop.domain.folder import Role
from missive_desktop.domain.message import Flags
from missive_desktop.engine.protocol import Act, Changed, SetSetting
from missive_desktop.store import database, placements


class Link(RecordingEngine):
    def __init__(self):
        undo = {"kind": "move", "messages": [1], "target": 1}
        super().__init__({Act: lambda act: {"undo": [] if act.kind in SILENT else [undo]}})
        self.listeners = []

    def subscribe(self, listener):
        self.listeners.append(listener)

    def on_health(self, listener):
        pass

    def restart(self):
        pass


class Mail(QObject):
    """Stands where mail is read and written: it remembers what it was to show."""

    archive_asked = Signal(int)
    conversation_asked = Signal(int)
    sought = Signal(str)
    task_asked = Signal(str, object, object)
    typing = Signal()
    closing = Signal(int)

    def __init__(self):
        super().__init__()
        self.shown = []
        self.gone = False

    def make_stack(self):
        return QWidget()

    def show(self, conversation, following=0, *, at_once=False):
        self.shown.append((conversation, following))

    def changed(self, changes):
        pass

    def show_gone(self, gone):
        self.gone = gone

    def draft_of(self, conversation):
        return max(-conversation, 0)


SILENT = ("read", "unread", "star", "unstar")


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as made:
        made.folder("Archive", Role.ARCHIVE)
        made.folder("Drafts", Role.DRAFTS)
        made.add([made.arrival(uid, digest(subject=f"Mail {uid}")) for uid in range(1, 91)])
        made.published.clear()
        yield made


@pytest.fixture
def desk(qt_loop, qtbot, theme, box):
    theme.choose("light")
    opened = lambda: database.open_reader(box.store)  # noqa: E731
    made = Desk(theme, box.reader, Link(), lambda _desk: Mail(), opened)
    made.begin()
    made.window.resize(1200, 800)
    made.window.show()
    qtbot.waitExposed(made.window)
    yield made
    made.window.hide()
    made.close()
    made.window.deleteLater()
    made.deleteLater()


def press(desk, key, modifier=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(desk.window, key, modifier)


def asked(desk, kind):
    return [request for request in desk._link.asked if isinstance(request, kind)]


def subject(desk):
    return desk.list.rows_of([desk.list.current])[0].subject


def test_keys_go_through_the_list(desk, qtbot):
    press(desk, Qt.Key.Key_J)
    assert subject(desk) == "Mail 90"
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_K)
    assert subject(desk) == "Mail 89"


def test_nothing_is_opened_by_itself(desk, qtbot):
    desk.list.setFocus()
    assert desk.list.current == 0
    assert desk.mail.shown in ([], [(0, 0)])


def test_another_place_shows_none_of_the_mail_of_the_last(desk, qtbot):
    press(desk, Qt.Key.Key_J)
    desk.open_place(places.ARCHIVE)
    assert desk.list.current == 0
    assert desk.mail.shown[-1] == (0, 0)


def test_archive_asks_the_engine_and_offers_undo(desk, qtbot, box):
    press(desk, Qt.Key.Key_J)
    conversation = desk.list.current
    press(desk, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: desk.window.undo_bar.isVisible())
    (act,) = asked(desk, Act)
    assert (act.kind, act.conversations, act.source) == ("archive", (conversation,), box.inbox)
    press(desk, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(asked(desk, Act)) == 2)
    assert asked(desk, Act)[1].kind == "move"
    assert not desk.window.undo_bar.isVisible()


def test_star_and_read_are_switches(desk, qtbot):
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_S)
    press(desk, Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: len(asked(desk, Act)) == 2)
    assert [act.kind for act in asked(desk, Act)] == ["star", "read"]


def test_several_are_marked_and_acted_on_together(desk, qtbot):
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_X)
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_X)
    press(desk, Qt.Key.Key_J)
    assert len(desk.list.targets()) == 2
    QTest.keyClick(desk.list, Qt.Key.Key_Escape)
    assert len(desk.list.targets()) == 1
    press(desk, Qt.Key.Key_X)
    press(desk, Qt.Key.Key_K)
    press(desk, Qt.Key.Key_X)
    press(desk, Qt.Key.Key_NumberSign)
    qtbot.waitUntil(lambda: bool(asked(desk, Act)))
    (act,) = asked(desk, Act)
    assert act.kind == "trash"
    assert len(act.conversations) == 2


def test_what_arrives_keeps_the_row_at_the_top_and_the_current_one(desk, qtbot, box):
    desk._listing.load_more()
    bar = desk.list.verticalScrollBar()
    desk.list.set_current(desk._model.ids[40])
    bar.setValue(40 * 72 + 13)
    current, top = desk.list.current, desk._model.ids[40]
    box.add([box.arrival(uid, digest(subject=f"New {uid}")) for uid in range(500, 503)])
    desk._notice(Changed(box.published[-1]))
    qtbot.waitUntil(lambda: len(desk._model.ids) == 93)
    assert desk.list.current == current
    assert bar.value() == 43 * 72 + 13
    assert desk._model.index_of(top) == 43


def test_the_neighbour_follows_what_one_takes_out_of_the_list(desk, qtbot, box):
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_J)
    ids = list(desk._model.ids)
    desk.list.expected.add([ids[1]])
    desk.list.update_ids([item for item in ids if item != ids[1]])
    assert desk.list.current == ids[2]
    assert not desk.mail.gone


def test_what_somebody_else_takes_out_of_the_list_stays_open(desk, qtbot, box):
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_J)
    ids = list(desk._model.ids)
    shown = list(desk.mail.shown)
    without = [item for item in ids if item != ids[1]]
    desk.list.update_ids(without)
    assert (desk.list.current, desk.mail.gone) == (ids[1], True)
    assert desk.list.targets() == [ids[1]]
    assert desk.mail.shown == shown
    desk.list.update_ids(ids)
    assert (desk.list.current, desk.mail.gone) == (ids[1], False)
    assert desk.list.currentIndex().row() == 1
    desk.list.update_ids(without)
    press(desk, Qt.Key.Key_J)
    assert desk.list.current == ids[2]
    desk.list.update_ids(ids)
    desk.list.update_ids([item for item in ids if item != ids[2]])
    press(desk, Qt.Key.Key_K)
    assert desk.list.current == ids[1]


def test_what_is_deleted_for_good_makes_room_for_the_next(desk, qtbot, box):
    press(desk, Qt.Key.Key_J)
    second = desk._model.ids[1]
    box.writer.run(lambda c, ch: placements.remove(c, box.inbox, [90], ch))
    desk._notice(Changed(box.published[-1]))
    qtbot.waitUntil(lambda: desk.list.current == second)


def test_hover_acts_are_hit(desk, qtbot, theme):
    row = desk.list.visualRect(desk._model.index(2, 0))
    width = desk.list.viewport().width()
    act = acts_box(theme, width, compact=False, mirrored=False)
    point = row.topLeft() + QPoint(int(act.left()) + 10, int(act.center().y()))
    qtbot.mouseMove(desk.list.viewport(), point)
    qtbot.mouseClick(desk.list.viewport(), Qt.MouseButton.LeftButton, pos=point)
    qtbot.waitUntil(lambda: bool(asked(desk, Act)))
    assert asked(desk, Act)[0].kind == "archive"
    assert asked(desk, Act)[0].conversations == (desk._model.ids[2],)


def test_the_filter_shows_what_it_says(desk, qtbot, box):
    box.add([box.arrival(900, digest(subject="Read"), flags=Flags.SEEN)])
    desk.list_pane.filtered.emit(Filter.STARRED)
    assert desk._model.ids == []
    assert not desk.list.isVisible()
    desk.list_pane.filtered.emit(Filter.UNREAD)
    assert len(desk._model.ids) == 90


def test_without_the_filter_all_are_there_again(desk, qtbot, box):
    box.add([box.arrival(uid, digest(subject=f"Mail {uid}")) for uid in range(91, 331)])
    desk.open_place(places.INBOX)
    qtbot.waitUntil(lambda: len(desk._model.ids) == 330)
    desk.list_pane.filtered.emit(Filter.UNREAD)
    desk.list_pane.filtered.emit(Filter.ALL)
    qtbot.waitUntil(lambda: len(desk._model.ids) == 330)


def test_moving_says_where_to(desk, qtbot, box):
    press(desk, Qt.Key.Key_J)
    desk.pane.moved.emit(7, "Archive")
    qtbot.waitUntil(lambda: desk.window.undo_bar.isVisible())
    assert desk.window.undo_bar._label.text() == "Moved to Archive"


def test_letters_typed_into_the_search_are_no_commands(desk, qtbot):
    press(desk, Qt.Key.Key_Slash)
    assert desk.window.search.active
    qtbot.keyClicks(desk.window.search._edit, "e#j")
    assert desk.window.search.text == "e#j"
    assert not asked(desk, Act)
    QTest.keyClick(desk.window.search._edit, Qt.Key.Key_Escape)
    assert not desk.window.search.active
    assert len(desk._model.ids) == 90


def test_narrow_windows_fold(desk, qtbot):
    desk.window.resize(1000, 700)
    assert desk.window.sidebar.width() == 55
    desk.window.resize(600, 700)
    press(desk, Qt.Key.Key_J)
    assert not desk.pane.isVisible()
    press(desk, Qt.Key.Key_O)
    assert desk.pane.isVisible()
    assert not desk.list.isVisible()
    assert not desk.window.search.active
    press(desk, Qt.Key.Key_U)
    assert desk.list.isVisible()
    desk.window.resize(1300, 700)
    assert desk.pane.isVisible()
    assert desk.list.isVisible()


def test_the_theme_changes_live_and_is_kept(desk, qtbot, theme):
    desk.settings._choose_theme("dark")
    assert theme.dark
    qtbot.waitUntil(lambda: bool(asked(desk, SetSetting)))
    assert asked(desk, SetSetting)[0] == SetSetting(name="window.theme", value="dark")


def test_a_row_says_what_it_is_to_assistive_technology(desk):
    index = desk._model.index(0, 0)
    text = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert text.startswith("unread, Ann Archer, Mail 90")


def test_drag_names_the_conversations(desk):
    index = desk._model.index(1, 0)
    desk.list.selectionModel().select(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
    data = desk._model.mimeData([index])
    desk.acting.drop(places.ARCHIVE, [desk._model.ids[1]])
    assert str(desk._model.ids[1]).encode() in bytes(data.data(data.formats()[0]).data())


def test_the_report_takes_the_place_of_list_and_conversation(desk, until):
    press(desk, Qt.Key.Key_G)
    press(desk, Qt.Key.Key_W)
    until(lambda: desk.window.reporting)
    page = desk._report.page
    until(lambda: "No trackers since" in page._totals.text())
    assert not desk.list.isVisible()
    assert desk.window.sidebar.tree.current_place() == places.WHO_TRACKS
    desk.open_place(places.INBOX)
    assert not desk.window.reporting
    assert desk.list.isVisible()


def test_what_the_report_leads_to_is_searched_for(desk, until):
    desk.open_place(places.WHO_TRACKS)
    until(lambda: desk.window.reporting)
    desk._report.page.sought.emit("tracker:SendGrid")
    until(lambda: desk.window.search.active)
    assert desk.window.search.text == "tracker:SendGrid"
    assert not desk.window.reporting


def test_a_conversation_is_opened_wherever_it_lies(desk, box, until):
    desk.open_place(places.DRAFTS)
    (wanted,) = box.reader.execute(
        "SELECT conversation_id FROM messages ORDER BY id LIMIT 1"
    ).fetchone()
    desk.open_conversation(wanted)
    assert desk.list.current == wanted
    assert subject(desk) == "Mail 1"


def test_keys_about_conversations_rest_while_the_report_is_shown(desk, until):
    desk.open_place(places.WHO_TRACKS)
    until(lambda: desk.window.reporting)
    press(desk, Qt.Key.Key_J)
    press(desk, Qt.Key.Key_E)
    assert desk.list.current == 0
    assert asked(desk, Act) == []
    press(desk, Qt.Key.Key_Slash)
    until(lambda: desk.window.search.active)
    assert not desk.window.reporting
    assert desk.window.sidebar.tree.current_place() == places.INBOX


def test_room_for_the_panel_is_there_from_the_start(desk):
    assert desk.pane.beside.shown
    assert desk.pane.beside._main.isVisible()
    desk.window.resize(600, 800)
    desk.window.show_conversation()
    assert not desk.pane.beside._main.isVisible()  # there is room for one only
    desk.pane.beside.show_panel(False)
    assert desk.pane.beside._main.isVisible()
