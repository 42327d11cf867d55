"""Files of a mail from their tiles: nothing that may harm is opened without a question."""

from contextlib import closing

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QLabel, QMainWindow, QMessageBox, QWidget
from tests.app.engines import RecordingEngine
from tests.factories import digest, mailbox

from missive_desktop.app.presenters.parts import PartReader
from missive_desktop.app.views.file_desk import FileDesk
from missive_desktop.app.web.sandbox import Sandbox
from missive_desktop.engine.protocol import OpenAttachment, SaveAttachment

RAW = (
    b"From: a@x\r\nMessage-ID: <a@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: application/x; name=bill.pdf.exe\r\n\r\nMZ\r\n"
    b"--b\r\nContent-Type: application/x; name=table.xlsx\r\n\r\nx\r\n"
    b"--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=notes.txt"
    b"\r\n\r\nnotes\r\n--b--\r\n"
)
PROGRAM, TABLE, NOTES = 0, 1, 2


class Opened(QObject):
    """Stands where other programs would: the system is told to hand files to it."""

    def __init__(self):
        super().__init__()
        self.urls = []

    @Slot(QUrl)
    def take(self, url):
        self.urls.append(url)


@pytest.fixture
def opened(qapp):
    made = Opened()
    QDesktopServices.setUrlHandler("file", made, "take")
    yield made
    QDesktopServices.unsetUrlHandler("file")


class Setting:
    def __init__(self, theme, box, parts, message):
        self.message = message
        self.window = QMainWindow()
        pane = QWidget()
        self.window.setCentralWidget(pane)
        self.window.show()
        self.engine = RecordingEngine(
            {OpenAttachment: lambda r: {"path": f"/tmp/{r.part}"}, SaveAttachment: lambda _: {}}
        )
        self.sandbox = Sandbox(parts.read, parts.read)
        self.told = []
        self.desk = FileDesk(
            theme, self.engine, parts, self.sandbox, pane, lambda *said: self.told.append(said)
        )

    def question(self):
        return next((one for one in self.window.findChildren(QMessageBox) if one.isVisible()), None)


@pytest.fixture
def setting(qt_loop, qtbot, theme, tmp_path, opened):
    with mailbox(tmp_path) as box:
        (message,) = box.add([box.arrival(1, digest(message_id="a@x"), raw=RAW)])
        parts = PartReader(box.store)
        with closing(parts):
            made = Setting(theme, box, parts, message)
            qtbot.addWidget(made.window)
            yield made
            made.desk.close()
            made.sandbox.close()


def press(box, role):
    next(button for button in box.buttons() if box.buttonRole(button) == role).click()


def test_what_may_harm_is_asked_about_and_not_opened(setting, until, opened):
    setting.desk.act("open", setting.message, PROGRAM)
    until(setting.question)
    box = setting.question()
    assert box.text() == "Open bill.pdf.exe?"
    assert "pretends to be a .pdf file, but ends in .exe" in box.informativeText()
    said = [one for one in box.findChildren(QLabel) if one.text()]
    assert len(said) >= 2
    assert {one.textFormat() for one in said} == {Qt.TextFormat.PlainText}
    press(box, QMessageBox.ButtonRole.RejectRole)
    until(lambda: not setting.desk._tasks._running)
    assert setting.engine.asked == []
    assert opened.urls == []


def test_who_goes_on_opens_it(setting, until, opened):
    setting.desk.act("open", setting.message, PROGRAM)
    until(setting.question)
    press(setting.question(), QMessageBox.ButtonRole.DestructiveRole)
    until(lambda: opened.urls)
    assert setting.engine.asked == [OpenAttachment(message=setting.message, part=PROGRAM)]


def test_what_is_harmless_is_opened_at_once(setting, until, opened):
    setting.desk.act("open", setting.message, TABLE)
    until(lambda: opened.urls)
    assert setting.question() is None


def test_what_cannot_be_shown_is_opened_and_asked_about(setting, until):
    setting.desk.act("preview", setting.message, PROGRAM)
    until(setting.question)
    assert setting.engine.asked == []


def test_what_can_be_shown_is_shown(setting, until):
    setting.desk.act("preview", setting.message, NOTES)
    until(lambda: setting.desk._overlay is not None and setting.desk._overlay.isVisible())
    assert setting.engine.asked == []
    setting.desk._overlay.end()


def test_saving_asks_where(setting, until, tmp_path):
    setting.desk.act("save", setting.message, PROGRAM)
    until(lambda: setting.window.findChildren(QFileDialog))
    (dialog,) = setting.window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "bill.exe"))
    until(lambda: setting.told)
    (asked,) = setting.engine.asked
    assert (asked.part, asked.path) == (PROGRAM, str(tmp_path / "bill.exe"))
    dialog.close()


def test_other_acts_are_none(setting):
    setting.desk.act("delete", setting.message, NOTES)
    assert not setting.desk._tasks._running
