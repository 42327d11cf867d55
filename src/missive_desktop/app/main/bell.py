"""Where later starts of the window ring: a local socket for this user alone, by Qt on every system.

Opened only under the lock of the profile's window, so whatever is left at the address is a dead
one's. What is no wish is passed over.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import msgspec
from PySide6.QtCore import QObject, QTimer
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from missive_desktop.app.main.one_window import LIMIT, TAKEN, Wish
from missive_desktop.profile import Profile
from missive_wire import shapes

PATIENCE = 5_000  # ms in which a wish must be here


class Bell(QObject):
    """Listens until it is closed; `rung` gets each wish."""

    def __init__(
        self, profile: Profile, rung: Callable[[Wish], object], *, patience: int = PATIENCE
    ) -> None:
        super().__init__()
        self._rung = rung
        self._patience = patience
        self._address = profile.window_address
        with suppress(OSError, UnicodeDecodeError):
            QLocalServer.removeServer(self._address.read_text("utf-8"))
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._admit)
        self._server.listen(f"missive-{secrets.token_hex(16)}")
        with suppress(OSError):  # a later start says that this one cannot be reached
            self._address.write_text(self._server.fullServerName(), "utf-8")

    def _admit(self) -> None:
        while self._server.hasPendingConnections():
            socket = self._server.nextPendingConnection()
            socket.setReadBufferSize(LIMIT + 1)
            socket.readyRead.connect(partial(self._read, socket))
            socket.disconnected.connect(socket.deleteLater)
            QTimer.singleShot(self._patience, socket, socket.abort)

    def _read(self, socket: QLocalSocket) -> None:
        if socket.bytesAvailable() > LIMIT:
            socket.abort()
            return
        if not socket.canReadLine():
            return
        wish = read(bytes(socket.readLine().data()))
        if wish is None:
            socket.abort()
            return
        socket.write(TAKEN)
        socket.disconnectFromServer()
        self._rung(wish)

    def close(self) -> None:
        """Stop listening; what has been taken until now was passed on."""
        self._server.close()
        with suppress(OSError):
            self._address.unlink(missing_ok=True)


def read(line: bytes) -> Wish | None:
    """Return the wish of a line, or None."""
    try:
        return shapes.read(line, Wish)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
