"""Ctrl-C in the terminal, and the system's wish that the program ends: both end it in order.

Python hears a signal only between two of its own steps, and an idle Qt loop makes none; so the
number of each signal is written into a socket that Qt listens to.
"""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Callable, Iterator

from PySide6.QtCore import QSocketNotifier

# SIGHUP: the terminal was closed; SIGBREAK: Ctrl-Break, on Windows.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


@contextlib.contextmanager
def heard(end: Callable[[], object]) -> Iterator[None]:
    """Call `end` at the first signal; the second one ends the program at once."""
    wanted = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    near, far = socket.socketpair()
    near.setblocking(False)
    far.setblocking(False)
    before = {each: signal.getsignal(each) for each in wanted}
    wakes = signal.set_wakeup_fd(far.fileno(), warn_on_full_buffer=False)
    for each in wanted:
        if before[each] is not signal.SIG_IGN:  # nohup, and shells in the background, mean it
            signal.signal(each, lambda number, frame: None)

    def told() -> None:
        with contextlib.suppress(BlockingIOError):
            near.recv(64)
        for each in wanted:
            if before[each] is not signal.SIG_IGN:
                signal.signal(each, signal.SIG_DFL)
        end()

    notifier = QSocketNotifier(near.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(told)
    try:
        yield
    finally:
        notifier.setEnabled(False)
        signal.set_wakeup_fd(wakes)
        for each, handler in before.items():
            signal.signal(each, handler)
        near.close()
        far.close()
