"""Notifications over D-Bus, to a desktop played by a script: what is shown, what is clicked."""

from __future__ import annotations

import os
import socket
import sys
import threading

import pytest

if sys.platform != "linux":
    pytest.skip("D-Bus", allow_module_level=True)

from jeepney import DBusAddress, MessageType, Parser, new_method_return, new_signal
from jeepney.io.blocking import DBusConnection

from missive_desktop.app.views import desktop_notes
from missive_desktop.app.views.desktop_notes import DesktopNotes

NAME = "org.freedesktop.Notifications"


class Desktop:
    """The other end of the connection, both bus and desktop: it numbers what it is to show."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._serial = 0
        self.asked = []
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        parser = Parser()
        while data := self._end.recv(4096):
            parser.add_data(data)
            while (message := parser.get_next_message()) is not None:
                self._answer(message)

    def _answer(self, message) -> None:
        member = message.header.fields[3]
        if member == "Hello":
            self._send(new_method_return(message, "s", (":1.1",)))
        elif member == "Notify":
            self.asked.append(message.body)
            self._send(new_method_return(message, "u", (10 + len(self.asked),)))

    def _send(self, message) -> None:
        self._serial += 1
        self._end.sendall(message.serialise(serial=self._serial))

    def tell(self, member: str, signature: str, *body: object) -> None:
        place = DBusAddress("/org/freedesktop/Notifications", NAME, NAME)
        made = new_signal(place, member, signature, body)
        assert made.header.message_type is MessageType.signal
        self._send(made)


@pytest.fixture
def desktop(qapp):
    near, far = socket.socketpair()
    made = Desktop(far)
    made.notes = DesktopNotes(DBusConnection(near))
    yield made
    made.notes.close()
    made.thread.join(60)
    far.close()


def test_a_click_is_told_to_the_notification_that_it_is_on(desktop, until, monkeypatch):
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "")
    clicked = []
    desktop.notes.say("Cara", "Order <1>", lambda: clicked.append("one"))
    desktop.notes.say("5 new mails", "", lambda: clicked.append("two"))
    until(lambda: len(desktop.notes._shown) == 2)
    assert [each[3:6] for each in desktop.asked] == [
        ("Cara", "Order ‹1›", ["default", "Open"]),
        ("5 new mails", "", ["default", "Open"]),
    ]
    desktop.tell("ActionInvoked", "us", 99, "default")  # somebody else's
    desktop.tell("ActivationToken", "us", 99, "theirs")
    desktop.tell("ActionInvoked", "s", "nonsense")
    desktop.tell("ActivationToken", "us", 11, "ours")
    desktop.tell("ActionInvoked", "us", 11, "default")
    until(lambda: clicked)
    assert (clicked, os.environ["XDG_ACTIVATION_TOKEN"]) == (["one"], "ours")
    desktop.tell("NotificationClosed", "uu", 12, 2)
    desktop.tell("ActionInvoked", "us", 12, "default")
    until(lambda: not set(desktop.notes._shown) - {11})
    assert clicked == ["one"]


def test_a_session_that_ends_is_no_fault(desktop, until):
    desktop._end.shutdown(socket.SHUT_RDWR)
    until(lambda: not desktop.notes._notifier.isEnabled())
    desktop.notes.say("Cara", "", lambda: None)


@pytest.mark.parametrize("address", ["", "nonsense", "tcp:host=x", "unix:path=/nowhere/at/all"])
def test_without_a_session_there_are_none(address, monkeypatch):
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    assert desktop_notes.opened() is None
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    assert desktop_notes.opened() is None
