"""Comments as they are written: kept, completed, said, changed; and the field they stand in."""

import asyncio

import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QTest
from tests import instant
from tests.app.engines import RecordingEngine
from tests.factories import mailbox
from tests.team_factories import (
    ANA,
    BEN,
    ME,
    SCOPE,
    TeamBox,
    comment,
    conv,
    mail,
    member,
    name,
    seat,
    space,
)  # fmt: skip

from missive_desktop.app.presenters import talk_acts
from missive_desktop.app.presenters.comment_box import BEGUN, CommentBox, space_of
from missive_desktop.app.presenters.mentioning import Offer
from missive_desktop.app.presenters.talk import Told
from missive_desktop.app.views.comment_box import CommentField
from missive_desktop.engine.protocol import SetSetting, UndoSend
from missive_desktop.engine.space_requests import Comment, EditComment, ResolveSend
from missive_desktop.engine.team_sync_requests import DropPending, RedoPending
from missive_desktop.errors import KnownError, UsageError
from missive_desktop.store import settings, team_outbox


class View:
    def __init__(self):
        self.space, self.text, self.editing, self.edited, self.undo, self.draft = (None,) * 6
        self.file = self.handed = None

    def show_space(self, space):
        self.space = space

    def show_text(self, text, *, editing):
        self.text, self.editing = text, editing

    def show_file(self, file):
        self.file = file

    def hand_file(self, account, comment, file, *, save):
        self.handed = (account, comment, file.name, save)

    def show_busy(self, busy):
        self.busy = busy

    def edit_comment(self, id_, text):
        self.edited = (id_, text)

    def offer_undo(self, text, undo):
        self.undo = undo

    def open_draft(self, draft):
        self.draft = draft


@pytest.fixture
def team(tmp_path):
    with mailbox(tmp_path) as box:
        made = TeamBox(box)
        made.take_all(space(), member(ME, "Me"), member(ANA, "Ana"), member(BEN, "Ben"))
        made.take(seat(ME), seat(ANA), conv("order", inbox=True), mail("one", "order"))
        made.take(conv("other", inbox=True), mail("two", "other"))
        yield made


def here(team, of="order"):
    found = team.box.reader.execute(
        "SELECT conversation_id FROM team_conversations WHERE conv = ?", (name(of),)
    ).fetchone()
    return found[0]


def engine_of(team) -> RecordingEngine:
    def keep(request):
        team.box.writer.run(lambda conn, _: settings.put(conn, request.name, request.value))
        return {}

    return RecordingEngine({SetSetting: keep, EditComment: lambda _: {"undo": []}})


def test_who_can_be_mentioned_are_those_who_see_it(team):
    found = space_of(team.box.reader, here(team))
    assert (found.name, [person.name for person in found.people]) == ("Support", ["Ana"])
    assert found.may_comment
    assert found.may_send
    assert space_of(team.box.reader, 999) is None


@pytest.mark.parametrize(
    ("role", "comments", "sends"),
    [("drafter", True, False), ("viewer", False, False), ("guest", True, False)],
)
def test_a_role_may_not_do_all(team, role, comments, sends):
    team.take_all(member(ME, "Me", role))
    found = space_of(team.box.reader, here(team))
    assert (found.may_comment, found.may_send) == (comments, sends)


def test_what_was_begun_comes_back_after_a_crash(team):
    async def scenario():
        view, engine = View(), engine_of(team)
        box = CommentBox(team.box.reader, engine, view, pytest.fail, pause=0.01)
        box.show(here(team))
        box.typed("Ask Ana")
        await asyncio.sleep(0.05)
        box.show(here(team, "other"))
        assert view.text == ""
        box.show(here(team))
        assert view.text == "Ask Ana"
        again = CommentBox(team.box.reader, engine, view, pytest.fail)
        again.show(here(team))
        assert view.text == "Ask Ana"

    instant.run(scenario())


def test_what_was_begun_goes_with_its_space(team):
    begun = {f"{SCOPE}/x": "kept", "s:gone/x": "of a space that is no longer here"}
    team.box.writer.run(lambda conn, _: settings.put(conn, BEGUN, begun))

    async def scenario():
        engine = engine_of(team)
        box = CommentBox(team.box.reader, engine, View(), pytest.fail, pause=0)
        box.show(here(team))
        box.typed("x")
        await asyncio.sleep(0.02)
        kept = settings.get(team.box.reader, BEGUN)
        assert kept == {f"{SCOPE}/x": "kept", f"{SCOPE}/{name('order')}": "x"}

    instant.run(scenario())


def test_a_comment_is_said_and_the_box_is_empty(team):
    async def scenario():
        view, engine = View(), engine_of(team)
        box = CommentBox(team.box.reader, engine, view, pytest.fail, pause=0)
        box.show(here(team))
        box.typed("Ask @Ana")
        box.say("  Ask @Ana \n")
        await asyncio.sleep(0.05)
        said = [request for request in engine.asked if isinstance(request, Comment)]
        assert said == [Comment(conversation=here(team), text="Ask @Ana")]
        assert view.text == ""
        assert settings.get(team.box.reader, BEGUN) == {}

    instant.run(scenario())


def test_enter_pressed_twice_says_it_once(team):
    async def scenario():
        view, engine = View(), engine_of(team)
        box = CommentBox(team.box.reader, engine, view, pytest.fail, pause=0)
        box.show(here(team))
        box.say("Once")
        assert view.busy
        box.say("Once")
        await asyncio.sleep(0.05)
        assert [request.text for request in engine.asked if isinstance(request, Comment)] == [
            "Once"
        ]
        assert not view.busy

    asyncio.run(scenario())


def test_a_comment_that_is_changed_stays_in_the_box_when_the_last_one_was_said(team):
    async def scenario():
        view, engine = View(), engine_of(team)
        box = CommentBox(team.box.reader, engine, view, pytest.fail, pause=0)
        box.show(here(team))
        box.say("On its way")
        box.edit("c1", "old words")
        await asyncio.sleep(0.05)
        assert (view.text, view.editing) == ("old words", True)

    asyncio.run(scenario())


def test_the_end_of_the_program_goes_on_without_an_engine(team):
    async def scenario():
        def gone(_):
            raise KnownError("The engine is gone.")

        box = CommentBox(team.box.reader, RecordingEngine({SetSetting: gone}), View(), pytest.fail)
        box.show(here(team))
        box.typed("begun")
        await box.close()

    asyncio.run(scenario())


def test_a_file_goes_along_with_the_comment_it_was_put_to(team, tmp_path):
    async def scenario():
        view, engine = View(), engine_of(team)
        box = CommentBox(team.box.reader, engine, view, pytest.fail, pause=0)
        box.show(here(team))
        box.attach(tmp_path / "claim.pdf")
        box.show(here(team, "other"))
        assert view.file is None
        box.show(here(team))
        assert view.file == tmp_path / "claim.pdf"
        box.edit("c1", "old words")
        assert view.file is None
        box.leave_edit()
        box.say("")
        await asyncio.sleep(0.05)
        said = [request for request in engine.asked if isinstance(request, Comment)]
        path = str(tmp_path / "claim.pdf")
        assert said == [Comment(conversation=here(team), text="", path=path)]
        assert view.file is None

    instant.run(scenario())


def test_what_could_not_be_said_stays(team):
    async def scenario():
        def refuse(_):
            raise KnownError("No room.")

        view, told = View(), []
        engine = RecordingEngine({Comment: refuse})
        box = CommentBox(team.box.reader, engine, view, told.append)
        box.show(here(team))
        view.text = "as it was typed"
        box.say("x")
        await asyncio.sleep(0.02)
        assert [str(error) for error in told] == ["No room."]
        assert view.text == "as it was typed"

    instant.run(scenario())


def test_a_comment_of_ones_own_is_changed_in_the_box(team):
    async def scenario():
        view, engine = View(), engine_of(team)
        box = CommentBox(team.box.reader, engine, view, pytest.fail)
        box.show(here(team))
        box.typed("begun")
        box.edit("c1", "old words")
        assert (view.text, view.editing) == ("old words", True)
        box.say("new words")
        await asyncio.sleep(0.02)
        assert EditComment(account=team.account, comment="c1", text="new words") in engine.asked
        assert (view.text, view.editing) == ("begun", False)

    instant.run(scenario())


def act(team, engine, view, name_, **values):
    told = Told(account=team.account, scope=SCOPE, conv=name("order"))
    instant.run(talk_acts.act(team.box.reader, engine, view, told, name_, values))


def test_acts_between_the_mails(team):
    team.take(comment("mine", "order", "Words", own=ME))
    view, engine = View(), engine_of(team)
    act(team, engine, view, "comment-edit", comment=name("mine"))
    assert view.edited == (name("mine"), "Words")
    act(team, engine, view, "comment-delete", comment=name("mine"))
    act(team, engine, view, "pending-again", pending="7")
    act(team, engine, view, "pending-drop", pending="8")
    act(team, engine, view, "send-resolve", send="s", how="sent")
    assert engine.asked == [
        EditComment(account=team.account, comment=name("mine")),
        RedoPending(pending=7),
        DropPending(pending=8),
        ResolveSend(account=team.account, send="s", how="sent"),
    ]
    assert view.undo == []


def test_the_file_of_a_comment_is_opened_or_saved(team):
    file = {"name": "claim.pdf", "type": "application/pdf", "size": 9, "key": "00", "hash": "11"}
    team.take(comment("filed", "order", "Look", own=BEN, file=file))
    view, engine = View(), engine_of(team)
    act(team, engine, view, "comment-open", comment=name("filed"))
    assert view.handed == (team.account, name("filed"), "claim.pdf", False)
    act(team, engine, view, "comment-save", comment=name("filed"))
    assert view.handed == (team.account, name("filed"), "claim.pdf", True)


def test_a_mail_is_taken_back_where_it_was_written(team):
    view = View()
    engine = RecordingEngine({UndoSend: lambda _: {"draft": 5}})
    with pytest.raises(UsageError, match="another device"):
        act(team, engine, view, "send-undo", send="s")
    account = team.account
    number = team.box.writer.run(lambda conn, _: team_outbox.add(conn, account, "s", None, ()))
    act(team, engine, view, "send-undo", send="s")
    assert engine.asked == [UndoSend(outbox=-number)]
    assert view.draft == 5


# -- the field


@pytest.fixture
def field(qtbot, theme):
    made = CommentField(theme, lambda text, caret: [Offer("Ben Okafor", "ben@halden.example")]
                        if text.endswith("@b") else [])  # fmt: skip
    qtbot.addWidget(made)
    made.resize(500, 40)
    made.show()
    qtbot.waitExposed(made)
    made.begin()
    return made


def test_enter_says_it_and_shift_enter_begins_a_line(field):
    said = []
    field.said.connect(said.append)
    QTest.keyClicks(field._editor, "One")
    before = field.height()
    QTest.keyClick(field._editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(field._editor, "two")
    assert field.height() > before
    QTest.keyClick(field._editor, Qt.Key.Key_Return)
    assert said == ["One\ntwo"]
    field.show_text("", editing=False)
    QTest.keyClick(field._editor, Qt.Key.Key_Return)
    assert said == ["One\ntwo"]


def test_a_file_is_dropped_pasted_and_taken_off(field, tmp_path):
    file = tmp_path / "claim.pdf"
    file.write_bytes(b"12345")
    filed = []
    field.filed.connect(filed.append)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file)), QUrl.fromLocalFile(str(tmp_path))])
    field._editor.insertFromMimeData(data)
    assert filed == [[file]]
    assert field.text == ""
    before = field.height()
    field.show_file(file)
    assert field.height() > before
    assert field.sayable
    assert field._file._cross.accessibleName() == "Remove claim.pdf"
    field._file._cross.click()
    assert filed == [[file], []]
    field.show_text("changed", editing=True)
    assert not field.take_files(data)


def test_letters_are_no_shortcuts_while_a_comment_is_on_its_way(field, qtbot):
    archived = []
    shortcut = QShortcut(QKeySequence("E"), field)
    shortcut.activated.connect(lambda: archived.append(True))
    field.activateWindow()
    qtbot.waitUntil(field._editor.hasFocus)
    field.show_busy(True)
    QTest.keyClick(field._editor, Qt.Key.Key_E)
    assert not archived
    field._editor.clearFocus()
    QTest.keyClick(field, Qt.Key.Key_E)
    assert archived


def test_a_mention_is_chosen_by_keyboard(field):
    QTest.keyClicks(field._editor, "Ask @b")
    assert field._popup.isVisible()
    QTest.keyClick(field._editor, Qt.Key.Key_Tab)
    assert field.text == "Ask @Ben Okafor "
    assert not field._popup.isVisible()


def test_a_change_of_a_comment_can_be_given_up(field):
    left = []
    field.left.connect(lambda: left.append(True))
    field.show_text("old", editing=True)
    assert field._note.isVisible()
    QTest.keyClick(field._editor, Qt.Key.Key_Escape)
    assert left


def test_markup_that_is_pasted_stays_text(field):
    field.show_text("<img src=x>", editing=False)
    assert field.text == "<img src=x>"
