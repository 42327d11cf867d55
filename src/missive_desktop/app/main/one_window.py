"""One window for each profile: a later start hands what it was started with to the one that runs.

A lock decides: of two that start at once one stays, and one that was killed holds nothing. Where
the running one listens stands in the profile, and its name cannot be foreseen: nobody else on the
machine can stand there to be handed an invitation. No Qt until there is somebody to hand it to.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress

import msgspec
from filelock import FileLock, Timeout

from missive_desktop.errors import AlreadyRunning
from missive_desktop.profile import Profile

LIMIT = 32_768  # bytes of a wish
TAKEN = b"\n"  # the answer to one
_LONGEST = 4096  # characters; no link is as long
_PATIENCE = 30.0  # seconds in which the running window must have answered
_PAUSE = 0.05


class Wish(msgspec.Struct, frozen=True):
    """What a start asks of the window: to come forward, and to open a link if there is one."""

    link: str = ""
    token: str = ""  # Wayland lets a window come to the front by what was clicked


def claim(profile: Profile, link: str) -> FileLock | None:
    """Return the lock of the profile's window; None: the one that runs has taken over."""
    lock = FileLock(profile.window_lock)
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            profile.create()
            lock.acquire(timeout=0)
            return lock
        except Timeout:
            pass
        except OSError:
            return lock  # the engine says what is the matter with the folder
        if _hand_over(profile, link):
            return None
        if time.monotonic() > end:
            raise AlreadyRunning(
                "The window of this profile is open and does not answer.",
                "End it, then try again.",
            )
        time.sleep(_PAUSE)


def _hand_over(profile: Profile, link: str) -> bool:
    """Tell the running window; False while it cannot be reached: it begins, ends, or is gone."""
    from PySide6.QtNetwork import QLocalSocket

    try:
        address = profile.window_address.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    patience = round(_PATIENCE * 1000)
    socket = QLocalSocket()
    socket.connectToServer(address)
    if not socket.waitForConnected(patience):
        return False
    _let_come_forward()
    plain = link[:_LONGEST].encode("utf-8", "replace").decode()
    wish = Wish(plain, os.environ.get("XDG_ACTIVATION_TOKEN", ""))
    socket.write(msgspec.json.encode(wish) + b"\n")
    return socket.waitForReadyRead(patience) and socket.readAll().data() == TAKEN


def _let_come_forward() -> None:
    """Windows lets only the program that was just started pass the foreground on."""
    if sys.platform == "win32":
        import ctypes

        any_process = -1
        with suppress(OSError):
            ctypes.windll.user32.AllowSetForegroundWindow(any_process)
