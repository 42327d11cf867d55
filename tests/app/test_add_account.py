"""The screen for adding an account, with the keyboard only."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

from missive_desktop.app.presenters.add_account import Stage, State, guess
from missive_desktop.app.views.add_account import AddAccountScreen
from missive_desktop.domain.account import Endpoint, Security

SETTINGS = guess("ann@example.org")


@pytest.fixture
def screen(qtbot, theme):
    made = AddAccountScreen(theme)
    qtbot.addWidget(made)
    made.resize(720, 860)
    made.show()
    made.activateWindow()
    qtbot.waitActive(made)
    made.setFocus()
    return made


def key(code: Qt.Key) -> None:
    QTest.keyClick(QApplication.focusWidget(), code)


def test_one_field_first(screen):
    assert screen._address.hasFocus()
    for part in (screen._found, screen._form, screen._secret_part, screen._sign_in):
        assert not part.isVisible()


def test_the_whole_way_by_keyboard(screen):
    said = []
    screen.address_typed.connect(lambda text: said.append(("typed", text)))
    screen.address_done.connect(lambda: said.append(("done", "")))
    screen.sign_in_asked.connect(lambda secret, typed: said.append((secret, typed)))
    QTest.keyClicks(screen._address, "a@b.c")
    assert said[-1] == ("typed", "a@b.c")
    key(Qt.Key.Key_Return)
    assert said[-1] == ("done", "")
    screen.show_state(State(Stage.FOUND, SETTINGS, "published by example.org"))
    key(Qt.Key.Key_Return)
    assert screen._secret.hasFocus()
    QTest.keyClicks(screen._secret, "secret")
    key(Qt.Key.Key_Return)
    assert said[-1] == ("secret", None)


def test_the_servers_are_shown_before_the_password_is_asked_for(screen):
    screen.show_state(State(Stage.FOUND, SETTINGS, "published by example.org"))
    texts = [widget.text() for widget in screen._found.findChildren(QLabel)]
    assert "published by example.org" in texts
    assert "Incoming: IMAP, imap.example.org" in texts
    assert "encrypted, 993" in texts
    assert "Outgoing: SMTP, smtp.example.org" in texts


def test_a_wrong_password_is_marked_and_ready_to_be_typed_again(screen):
    screen.show_state(State(Stage.FOUND, SETTINGS))
    screen._secret.setText("wrong")
    screen.show_state(
        State(Stage.FOUND, SETTINGS, error="No.", advice="Try another.", password_wrong=True)
    )
    assert screen._problem.isVisible()
    assert screen._secret.hasFocus()
    assert screen._secret.selectedText() == "wrong"


def test_settings_can_be_said_by_the_user(screen):
    asked = []
    screen.sign_in_asked.connect(lambda _secret, typed: asked.append(typed))
    screen.show_state(State(Stage.MANUAL, SETTINGS))
    assert screen._form.isVisible()
    host, port, security = screen._form._rows["imap"]
    assert host.hasFocus()
    host.setText("mx.example.org")
    port.setText("143")
    security.setCurrentIndex(1)
    screen._form._rows["smtp"][0].clear()
    screen._sign_in.click()
    assert asked == [
        msgspec.structs.replace(
            SETTINGS, imap=Endpoint("mx.example.org", 143, Security.STARTTLS), smtp=None
        )
    ]


def test_nothing_can_be_changed_while_it_signs_in(screen):
    screen.show_state(State(Stage.FOUND, SETTINGS))
    screen.show_state(State(Stage.SIGNING_IN, SETTINGS))
    assert not any(
        widget.isEnabled() for widget in (screen._address, screen._secret, screen._sign_in)
    )


def test_the_password_can_be_looked_at(screen):
    screen.show_state(State(Stage.FOUND, SETTINGS))
    assert screen._secret.echoMode() == QLineEdit.EchoMode.Password
    screen._secret_part._eye.trigger()
    assert screen._secret.echoMode() == QLineEdit.EchoMode.Normal
