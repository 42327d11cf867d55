"""Composers as the window joins them: answers, drafts that come back, Undo, the end."""

import time
from contextlib import closing

import pytest
from PySide6.QtWidgets import QWidget
from tests.app.engines import RecordingEngine
from tests.factories import digest, mailbox

from missive_desktop.app.presenters.parts import PartReader
from missive_desktop.app.presenters.shown import Header
from missive_desktop.app.views.conversation import ConversationPane
from missive_desktop.app.views.undo_bar import UndoBar
from missive_desktop.app.views.writing_desk import WritingDesk
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Address, Flags
from missive_desktop.engine.protocol import (
    AttachToDraft,
    DiscardDraft,
    SaveDraft,
    SendDraft,
    UndoSend,
)
from missive_desktop.store import drafts, messages

CLAIRE = Address("Claire", "claire@velo.example")
RAW = (
    b"From: Claire <claire@velo.example>\r\nTo: ben@example.org, Dora <dora@x.example>\r\n"
    b"Subject: Order\r\nMessage-ID: <a@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nEight boxes?\r\n"
    b"--b\r\nContent-Type: application/pdf\r\n"
    b"Content-Disposition: attachment; filename=note.pdf\r\n\r\n%PDF-1\r\n--b--\r\n"
)


class Keeping(RecordingEngine):
    """Keeps drafts in the real store, as the engine does."""

    def __init__(self, box):
        super().__init__(
            {
                SaveDraft: self.save,
                SendDraft: lambda _: {"outbox": 3, "until": int(time.time()) + 10},
                UndoSend: lambda _: {"draft": self.last},
                AttachToDraft: lambda r: {
                    "raw": 1, "name": r.name, "media_type": "application/pdf",
                    "size": len(r.data), "content_id": r.content_id,
                },
            }
        )  # fmt: skip
        self.box = box
        self.last = 0

    def save(self, request):
        def work(conn, changes: Changes) -> int:
            return drafts.save(conn, request.draft, request.content, 1, changes)

        self.last = self.box.writer.run(work)
        return {"draft": self.last, "message_id": request.content.message_id or "d@x"}


class Setting:
    def __init__(self, theme, box, parts):
        self.box = box
        self.host = QWidget()
        self.host.resize(900, 700)
        self.engine = Keeping(box)
        self.pane = ConversationPane(theme, lambda: None)
        self.bar = UndoBar(theme, self.host)
        self.desk = WritingDesk(theme, box.reader, self.engine, parts, self.pane, self.bar)
        self.pane.setParent(self.host)
        self.pane.resize(900, 700)
        self.host.show()

    def open(self, message: int) -> None:
        """Do what the reading side does when a conversation is shown."""
        row = messages.get(self.box.reader, message)
        self.pane.show_header(
            Header(
                conversation=row.conversation, account=row.account, newest=message,
                subject=row.subject, chips=(), starred=False, unread=False, answers="Claire",
                several=True, targets=(),
            )
        )  # fmt: skip
        self.desk.conversation_shown(row.conversation)

    @property
    def composer(self):
        return self.desk._open[-1].composer

    def kinds(self, kind):
        return [request for request in self.engine.asked if isinstance(request, kind)]


@pytest.fixture
def box(tmp_path):
    with mailbox(tmp_path) as made:
        given = {"subject": "Order", "message_id": "a@x", "sender": CLAIRE}
        made.ids = made.add(
            [
                made.arrival(1, digest(**given), raw=RAW),
                made.arrival(2, digest(subject="Other"), raw=RAW.replace(b"a@x", b"b@x")),
            ]
        )
        yield made


@pytest.fixture
def setting(qt_loop, qtbot, theme, box):
    parts = PartReader(box.store)
    with closing(parts):
        made = Setting(theme, box, parts)
        qtbot.addWidget(made.host)
        yield made
        for opened in tuple(made.desk._open):
            opened.presenter.drop()
        made.desk._tasks.cancel()
        for task in made.desk._discarding.values():
            task.cancel()


def test_an_answer_to_all_is_begun_with_the_quote(setting, until, box):
    setting.open(box.ids[0])
    setting.pane.answered.emit("reply_all")
    until(lambda: setting.desk._open)
    written = setting.desk._open[0].presenter.content()
    assert [p.email for p in written.to] == ["claire@velo.example"]
    assert [p.email for p in written.cc] == ["dora@x.example"]
    assert written.subject == "Re: Order"
    assert "Claire wrote:\n> Eight boxes?" in written.text
    assert written.in_reply_to == "a@x"
    assert setting.engine.asked == []  # nothing is kept of an answer that was only opened


def test_a_forwarded_mail_brings_its_files(setting, until, box):
    setting.open(box.ids[0])
    setting.desk.answer("forward")
    until(lambda: setting.kinds(AttachToDraft))
    (request,) = setting.kinds(AttachToDraft)
    assert (request.name, request.data.strip(), request.path) == ("note.pdf", b"%PDF-1", "")
    content = setting.desk._open[0].presenter.content()
    assert content.subject == "Fwd: Order"
    assert "Forwarded message" in content.text
    assert content.conversation == 0


def test_a_draft_waits_in_its_conversation(setting, until, box):
    setting.open(box.ids[0])
    setting.desk.answer("reply")
    until(lambda: setting.desk._open)
    setting.composer.editor.insertPlainText("Yes, eight.")
    setting.open(box.ids[1])
    until(lambda: not setting.desk._open)
    assert setting.pane.foot.isVisible()
    setting.open(box.ids[0])
    until(lambda: setting.desk._open)
    assert setting.composer.editor.toPlainText().startswith("Yes, eight.")
    setting.desk.answer("reply")  # the one that is there
    until(lambda: len(setting.desk._open) == 1)


def test_one_composer_goes_and_another_comes(setting, until, box, rest):
    for message in box.ids:
        setting.open(message)
        setting.desk.answer("reply")
        until(lambda: setting.desk._open)
        setting.composer.editor.insertPlainText("text")
        setting.desk.run(setting.desk._open[-1].presenter.close())
        until(lambda: not setting.desk._open)
    setting.open(box.ids[0])
    until(lambda: setting.desk._open)
    setting.open(box.ids[1])  # the first is still being saved when the second is shown
    parents = lambda: [o.presenter.draft.parent for o in setting.desk._open]  # noqa: E731
    until(lambda: parents() == [box.ids[1]])
    rest(0.2)
    assert parents() == [box.ids[1]]
    assert setting.composer.isVisible()


def test_sending_can_be_undone(setting, until, box):
    setting.open(box.ids[0])
    setting.desk.answer("reply")
    until(lambda: setting.desk._open)
    setting.composer.editor.insertPlainText("Yes.")
    setting.composer.send_asked.emit(False, "")
    until(lambda: not setting.desk._open)
    assert setting.bar.isVisible()
    assert setting.bar.undo()
    until(lambda: setting.desk._open)
    assert setting.kinds(UndoSend)
    assert setting.composer.editor.toPlainText().startswith("Yes.")


def test_a_discarded_draft_comes_back_or_goes_for_good(setting, until, box):
    setting.open(box.ids[0])
    setting.desk.answer("reply")
    until(lambda: setting.desk._open)
    setting.composer.editor.insertPlainText("Yes.")
    until(lambda: setting.kinds(SaveDraft))
    setting.composer.discard_asked.emit()
    assert not setting.desk._open
    assert setting.bar.undo()
    assert setting.composer.editor.toPlainText().startswith("Yes.")
    setting.composer.discard_asked.emit()
    assert setting.kinds(DiscardDraft) == []
    until(lambda: setting.kinds(DiscardDraft))


def test_a_new_mail_stands_in_a_window_that_saves_when_it_is_closed(setting, until):
    setting.desk.mailto("mailto:ann@example.org?subject=Hello")
    window = setting.desk._open[0].window
    assert window.isVisible()
    setting.composer.editor.insertPlainText("Text")
    window.close()
    until(lambda: not setting.desk._open)
    (kept,) = drafts.all_(setting.box.reader)
    assert (kept.draft.to, kept.draft.subject) == ((Address("", "ann@example.org"),), "Hello")


def test_a_draft_begun_elsewhere_is_gone_on_with(setting, until, box):
    raw = b"To: Ann <ann@example.org>\r\nSubject: Plan\r\nMessage-ID: <p@x>\r\n\r\nTo be said\r\n"
    given = digest(subject="Plan", message_id="p@x", to=(Address("Ann", "ann@example.org"),))
    (message,) = box.add([box.arrival(7, given, raw=raw, flags=Flags.DRAFT | Flags.SEEN)])
    setting.open(message)
    until(lambda: setting.desk._open)
    presenter = setting.desk._open[0].presenter
    assert isinstance(presenter.draft, Draft)
    assert presenter.draft.message_id == "p@x"
    assert [p.email for p in presenter.content().to] == ["ann@example.org"]
    assert setting.composer.editor.toPlainText().strip() == "To be said"


def test_the_end_saves_what_is_open(setting, until, box, qt_loop):
    setting.open(box.ids[0])
    setting.desk.answer("reply")
    until(lambda: setting.desk._open)
    setting.composer.editor.insertPlainText("Half a senten")
    task = qt_loop.create_task(setting.desk.close_all())
    until(task.done)
    (kept,) = drafts.all_(setting.box.reader)
    assert kept.draft.text.startswith("Half a senten")
