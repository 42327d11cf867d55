"""Files shown over the window: the real overlay, the real web view, the real PDF process."""

import base64
import io
from contextlib import closing

import pypdfium2
import pytest
from PySide6.QtCore import QBuffer, Qt
from PySide6.QtGui import QColor, QImage, QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QMainWindow
from tests.factories import digest, mailbox

from missive_desktop.app.presenters.parts import PartReader
from missive_desktop.app.presenters.preparing import Look
from missive_desktop.app.presenters.preview import PreviewPresenter, items
from missive_desktop.app.views.preview import PreviewOverlay
from missive_desktop.app.web.sandbox import Sandbox
from missive_desktop.content.parse import parse


def picture():
    image = QImage(60, 40, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


def pdf(pages):
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(595, 842)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def part(name, data):
    return (
        f'Content-Type: application/octet-stream; name="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode() + base64.encodebytes(data)


def mail(*parts):
    body = b"".join(b"--b\r\n" + each + b"\r\n" for each in parts)
    head = b"From: a@x\r\nMessage-ID: <a@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + body + b"--b--\r\n"


RAW = mail(
    part("red.png", picture()),
    part("long.pdf", pdf(60)),
    part("notes.txt", "<b>Grüße</b>\n".encode() * 3),
    part("broken.pdf", b"%PDF-1.7 no"),
    part("fake.jpg", b"no picture"),
    part("table.xlsx", b"PK"),
)


class Setting:
    def __init__(self, theme, box, parts, message):
        self.window = QMainWindow()
        self.field = QLineEdit()
        self.window.setCentralWidget(self.field)
        self.window.resize(700, 600)
        self.window.show()
        self.window.activateWindow()
        self.pressed = []
        QShortcut(QKeySequence("E"), self.window, lambda: self.pressed.append("E"))
        self.sandbox = Sandbox(parts.read, parts.read)
        self.overlay = PreviewOverlay(theme, self.sandbox, self.window)
        look = Look(theme.css_variables(), dark=False)
        self.presenter = PreviewPresenter(parts, self.overlay, lambda: look)
        self.asked = []

        def sheet(token, number):
            self.asked.append(number)
            return self.presenter.sheet(token, number)

        self.sandbox.handler.sheets = sheet
        self.overlay.stepped.connect(self.presenter.step)
        self.overlay.closed.connect(self.presenter.close)
        self.items = items(message, parse(RAW).attachments)

    def text(self):
        return "" if self.overlay._view is None else self.overlay._page.title()


@pytest.fixture
def setting(qt_loop, qtbot, theme, tmp_path):
    with mailbox(tmp_path) as box:
        (message,) = box.add([box.arrival(1, digest(message_id="a@x"), raw=RAW)])
        parts = PartReader(box.store)
        with closing(parts):
            made = Setting(theme, box, parts, message)
            qtbot.addWidget(made.window)
            yield made
            made.overlay.end()
            made.presenter.close()
            made.sandbox.close()


def ask(setting, until, code):
    got = []
    setting.overlay._page.own_code(code, got.append)
    until(lambda: got)
    return got[0]


def shows(setting, until, code, seconds=60):
    until(lambda: setting.overlay._view is not None and ask(setting, until, code), seconds)


def test_which_files_can_be_shown(setting):
    assert [(one.name, one.kind) for one in setting.items] == [
        ("red.png", "image"),
        ("long.pdf", "pdf"),
        ("notes.txt", "text"),
        ("broken.pdf", "pdf"),
        ("fake.jpg", "image"),
    ]


def test_a_picture_is_shown_and_enlarged(setting, until):
    setting.presenter.show(setting.items, 0)
    shows(setting, until, "document.images[0]?.naturalWidth === 60")
    assert setting.overlay.geometry() == setting.window.rect()
    before = ask(setting, until, "document.images[0].getBoundingClientRect().width")
    setting.overlay.zoom(1)
    shows(setting, until, f"document.images[0].getBoundingClientRect().width > {before}")


def test_pages_of_a_pdf_are_drawn_as_they_come_into_view(setting, until):
    setting.presenter.show(setting.items, 1)
    shows(setting, until, "document.querySelectorAll('section').length === 60")
    until(lambda: 0 in setting.asked)
    assert len(set(setting.asked)) < 20
    ask(setting, until, "scrollTo(0, document.body.scrollHeight); 1")
    until(lambda: 59 in setting.asked)
    assert len(set(setting.asked)) < 40


def test_text_is_text(setting, until):
    setting.presenter.show(setting.items, 2)
    shows(setting, until, "document.querySelector('pre')?.textContent.startsWith('<b>Grüße</b>')")


@pytest.mark.parametrize(("at", "said"), [(3, "cannot be read"), (4, "not a picture")])
def test_what_cannot_be_shown_is_said(setting, until, at, said):
    setting.presenter.show(setting.items, at)
    until(lambda: said in setting.overlay._title.text())


def test_keys_stay_in_the_overlay(setting, until, qtbot):
    setting.presenter.show(setting.items, 0)
    shows(setting, until, "document.images.length === 1")
    qtbot.keyClick(setting.overlay, Qt.Key.Key_E)
    qtbot.keyClick(setting.overlay, Qt.Key.Key_Right)
    until(lambda: setting.presenter.item is setting.items[1])
    qtbot.keyClick(setting.overlay, Qt.Key.Key_Escape)
    until(lambda: not setting.overlay.isVisible())
    assert setting.pressed == []
    assert setting.presenter.item is None


def test_the_ends_stay_where_they_are(setting, until):
    setting.presenter.show(setting.items, 4)
    setting.presenter.step(1)
    assert setting.presenter.item is setting.items[4]
    setting.presenter.step(-10)
    assert setting.presenter.item is setting.items[0]
