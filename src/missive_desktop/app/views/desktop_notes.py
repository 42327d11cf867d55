"""Notifications of Linux desktops, over the session's D-Bus.

Qt's own can be shown but not clicked (they offer the desktop no action), and need an icon in the
panel, which some desktops do not have. What comes in wakes the program, nothing else does.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from jeepney import (
    DBusAddress,
    DBusErrorResponse,
    HeaderFields,
    MatchRule,
    MessageType,
    message_bus,
    new_method_call,
)
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier

from missive_desktop.app.views.tray import plain

_NAME = "org.freedesktop.Notifications"
_DESK = DBusAddress("/org/freedesktop/Notifications", _NAME, _NAME)
_MOST = 50  # notifications that are remembered for a click
_NORMAL = 1  # urgency
_AS_LONG_AS_USUAL = -1

Clicked = Callable[[], object]


class DesktopNotes(QObject):
    """Each notification is clicked for itself, also later in the desktop's list."""

    def __init__(self, connection: DBusConnection) -> None:
        super().__init__()
        self._connection = connection
        self._asked: dict[int, Clicked] = {}  # by the serial of the call
        self._shown: OrderedDict[int, Clicked] = OrderedDict()
        self._notifier = QSocketNotifier(connection.sock.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._receive)
        self._send(message_bus.AddMatch(MatchRule(type="signal", sender=_NAME, interface=_NAME)))

    def say(self, title: str, text: str, clicked: Clicked) -> None:
        values = (
            "Missive",
            0,  # a new one
            "mail-unread",
            plain(title),
            plain(text),
            ["default", QCoreApplication.translate("Notifications", "Open")],
            {"desktop-entry": ("s", "missive-desktop"), "urgency": ("y", _NORMAL)},
            _AS_LONG_AS_USUAL,
        )
        serial = self._send(new_method_call(_DESK, "Notify", "susssasa{sv}i", values))
        self._asked[serial] = clicked

    def count(self, unread: int) -> None:
        """These desktops show it nowhere."""

    def close(self) -> None:
        self._notifier.setEnabled(False)
        self._connection.close()
        self.deleteLater()

    def _send(self, message: Any) -> int:
        serial: int = next(self._connection.outgoing_serial)
        try:
            self._connection.send(message, serial=serial)
        except OSError:  # the session ends
            self._notifier.setEnabled(False)
        return serial

    def _receive(self) -> None:
        while True:
            try:
                message = self._connection.receive(timeout=0)
            except TimeoutError:
                return
            except OSError:
                self._notifier.setEnabled(False)
                return
            self._take(message.header, message.body)

    def _take(self, header: Any, body: Any) -> None:
        fields = header.fields
        if header.message_type is not MessageType.signal:
            clicked = self._asked.pop(fields.get(HeaderFields.reply_serial, 0), None)
            if clicked is not None and header.message_type is MessageType.method_return:
                self._shown[body[0]] = clicked
                while len(self._shown) > _MOST:
                    self._shown.popitem(last=False)
        elif fields.get(HeaderFields.interface) == _NAME:
            self._happened((fields.get(HeaderFields.member), *body))

    def _happened(self, what: tuple[object, ...]) -> None:
        """Something was done with a notification; everybody is told, of others' as well."""
        match what:
            case ("ActivationToken", int(note), str(token)) if note in self._shown:
                os.environ["XDG_ACTIVATION_TOKEN"] = token  # by it Wayland lets a window come up
            case ("ActionInvoked", int(note), _) if note in self._shown:
                self._shown[note]()
            case ("NotificationClosed", int(note), _):
                self._shown.pop(note, None)


def opened() -> DesktopNotes | None:
    """Return what shows notifications, where there is a session to show them in."""
    try:
        return DesktopNotes(open_dbus_connection("SESSION"))
    except (OSError, KeyError, RuntimeError, ValueError, DBusErrorResponse):
        return None
