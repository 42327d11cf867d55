"""Links in the real view: what the strip says, what a click opens, what is asked first."""

from concurrent.futures import Future
from html import escape

import pytest
from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QCursor, QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from shiboken6 import delete

from missive_desktop.app.presenters.rows import Chip
from missive_desktop.app.presenters.shown import Header, Page
from missive_desktop.app.views.conversation import ConversationPane
from missive_desktop.app.views.link_desk import LinkDesk
from missive_desktop.app.views.link_dialog import LinkDialog
from missive_desktop.app.views.mail_stack import MailStack, token_of
from missive_desktop.app.web.sandbox import Sandbox
from missive_desktop.content.links import LinkNote

HEADER = Header(
    conversation=1, account=1, newest=5, subject="Order 48213", chips=(Chip("Inbox"),),
    starred=False, unread=True, answers="Claire", several=False, targets=(),
)  # fmt: skip
GOOD = "https://www.shop.com/a;b?id=1&utm_source=news&x=%41+%2F"
EVIL = "https://evil.example/login"
MAIL = "mailto:ann@example.org?subject=Hello&attach=/etc/passwd"
THROUGH = "https://u1.ct.sendgrid.net/ls/click?upn=abc"
RUNS = "javascript:alert(1)"
ROW = 40


class Desktop(QObject):
    """Stands where the desktop would open an address."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))


@pytest.fixture
def desktop(qapp):
    made = Desktop()
    for scheme in ("https", "http", "mailto", "tel"):
        QDesktopServices.setUrlHandler(scheme, made, "open")
    yield made
    for scheme in ("https", "http", "mailto", "tel"):
        QDesktopServices.unsetUrlHandler(scheme)


@pytest.fixture
def pane(qtbot, theme):
    sandbox = Sandbox(lambda _message, _part: Future(), lambda _message, _image: Future())
    made = ConversationPane(theme, lambda: MailStack(theme, sandbox))
    made.resize(700, 600)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.hide()
    delete(made)
    sandbox.close()


@pytest.fixture
def desk(theme, pane, until):
    made = LinkDesk(theme, pane)
    pane.link_clicked.connect(made.click)
    rows = "".join(
        f'<a style="display:block;height:{ROW}px" href="{escape(url)}">link</a>'
        for url in (GOOD, EVIL, MAIL, THROUGH, "act:open?message=1")
    )
    html = (
        "<!doctype html><body style='margin:0'><article><template shadowrootmode=open>"
        f"{rows}</template></article></body>"
    )
    pane.show_header(HEADER)
    page = Page(html, "", (LinkNote(EVIL, "www.paypal.com"),), ("news@shop.com",))
    pane.show_page(page)
    until(lambda: pane.stack.token == token_of(html))
    return made


def view_of(pane):
    return pane.stack._front.view.focusProxy()


def place(row: int) -> QPoint:
    return QPoint(30, row * ROW + 10)


def dialog_of(pane) -> LinkDialog | None:
    return next((each for each in pane.findChildren(LinkDialog) if each.isVisible()), None)


def test_the_strip_says_where_a_link_leads(pane, desk, until):
    QTest.mouseMove(view_of(pane), place(0))
    until(pane.strip.isVisible)
    said = pane.strip.accessibleName()
    assert said.startswith("www.shop.com/a;b?id=1&x=")
    assert "1 tracking part is cut" in said
    assert pane.strip.geometry().bottom() <= pane.strip.parentWidget().height()
    QTest.mouseMove(view_of(pane), place(3))
    until(lambda: "Goes through SendGrid" in pane.strip.accessibleName())
    QTest.mouseMove(view_of(pane), place(1))
    until(lambda: "www.paypal.com" in pane.strip.accessibleName())
    assert pane.strip._tone() == "danger"
    QTest.mouseMove(view_of(pane), place(9))
    until(lambda: not pane.strip.isVisible())


def test_the_strip_follows_the_keyboard_too(pane, desk, until):
    pane.activateWindow()
    pane.stack.focus()
    QTest.keyClick(view_of(pane), Qt.Key.Key_Tab)
    until(lambda: pane.strip.isVisible() and "www.shop.com" in pane.strip.accessibleName())
    QTest.keyClick(view_of(pane), Qt.Key.Key_Tab)
    until(lambda: "evil.example" in pane.strip.accessibleName())


def test_the_strip_gives_way_to_the_pointer(pane, desk, until):
    body = pane.strip.parentWidget()
    QCursor.setPos(body.mapToGlobal(QPoint(body.width() // 2, 5)))
    pane.strip.show_link(desk.look(QUrl(EVIL)))
    assert pane.strip.geometry().bottom() > body.height() - 20
    QCursor.setPos(body.mapToGlobal(QPoint(30, body.height() - 12)))
    pane.strip.show_link(desk.look(QUrl(EVIL)))
    assert pane.strip.geometry().top() < 20


def test_a_long_address_keeps_its_domain(pane, desk):
    pane.strip.show_link(desk.look(QUrl("https://a.b.c.example.org/" + "long/" * 300)))
    assert pane.strip.width() <= pane.strip.parentWidget().width()
    assert not pane.strip.grab().isNull()


def test_the_strip_goes_with_the_page(pane, desk, until):
    pane.strip.show_link(desk.look(QUrl(GOOD)))
    pane.show_page(Page("<!doctype html>next", ""))
    assert not pane.strip.isVisible()


def test_our_own_acts_are_no_links(pane, desk, rest):
    QTest.mouseMove(view_of(pane), place(4))
    rest(0.3)
    assert not pane.strip.isVisible()


def test_a_click_opens_the_clean_target(pane, desk, desktop, until):
    QTest.mouseClick(view_of(pane), Qt.MouseButton.LeftButton, pos=place(0))
    until(lambda: desktop.opened)
    assert desktop.opened == ["https://www.shop.com/a;b?id=1&x=A+%2F"]


def test_a_mail_link_goes_to_the_composer_without_what_it_may_not_fill(pane, desk, desktop, until):
    heard: list[str] = []
    desk.mail_link.connect(heard.append)
    QTest.mouseClick(view_of(pane), Qt.MouseButton.LeftButton, pos=place(2))
    until(lambda: heard)
    assert heard == ["mailto:ann@example.org?subject=Hello"]
    assert desktop.opened == []


def test_a_doubtful_link_is_asked_about_and_not_opened_by_return(pane, desk, desktop, until):
    QTest.mouseClick(view_of(pane), Qt.MouseButton.LeftButton, pos=place(1))
    until(lambda: dialog_of(pane))
    dialog = dialog_of(pane)
    assert dialog.cancel_button.isDefault()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    until(lambda: dialog_of(pane) is None)
    assert desktop.opened == []


def test_a_doubtful_link_is_opened_all_the_same(pane, desk, desktop, until):
    desk.click(QUrl(EVIL))
    until(lambda: dialog_of(pane))
    dialog_of(pane).open_button.click()
    until(lambda: desktop.opened)
    assert desktop.opened == [EVIL]


def test_its_address_can_be_copied_instead(pane, desk, desktop, until):
    desk.click(QUrl(EVIL))
    until(lambda: dialog_of(pane))
    dialog_of(pane).copy_button.click()
    assert QGuiApplication.clipboard().text() == EVIL
    until(lambda: dialog_of(pane) is None)
    assert desktop.opened == []


def test_what_runs_is_refused_with_a_reason(pane, desk, desktop, until):
    desk.click(QUrl(RUNS))
    until(lambda: dialog_of(pane))
    assert not dialog_of(pane).open_button.isVisible()
    dialog_of(pane).cancel_button.click()
    until(lambda: dialog_of(pane) is None)
    assert desktop.opened == []


def menu_on(pane, row: int, until) -> dict[str, object]:
    QTest.mouseClick(view_of(pane), Qt.MouseButton.RightButton, pos=place(row))
    until(lambda: QApplication.activePopupWidget())
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return {act.text(): act for act in menu.actions() if act.text()}


# What the offscreen platform says of itself when a menu opens.
quiet = pytest.mark.qt_log_ignore(r"does not support (raise|grabbing)", extend=True)


@quiet
def test_the_menu_of_a_link(pane, desk, desktop, until):
    acts = menu_on(pane, 0, until)
    assert list(acts) == ["Open", "Copy address", "Copy original address", "Open without changes"]
    acts["Copy address"].trigger()
    assert QGuiApplication.clipboard().text() == "https://www.shop.com/a;b?id=1&x=%41+%2F"
    acts["Copy original address"].trigger()
    assert "utm_source" in QGuiApplication.clipboard().text()
    acts["Open without changes"].trigger()
    assert "utm_source" in desktop.opened[0]
    QApplication.activePopupWidget().close()
    acts = menu_on(pane, 2, until)
    assert list(acts) == ["Write to this address", "Copy address"]
    acts["Copy address"].trigger()
    assert QGuiApplication.clipboard().text() == "ann@example.org"
    QApplication.activePopupWidget().close()


@quiet
def test_the_menu_of_a_mail_leads_nowhere(pane, desk, until):
    acts = menu_on(pane, 9, until)
    assert list(acts) == ["Copy", "Select all"]
    QApplication.activePopupWidget().close()
