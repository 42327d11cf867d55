"""Cycles end in the window's thread, however much another one makes."""

import gc
import threading
import weakref

from PySide6.QtCore import QObject

from missive_desktop.app.main.collecting import Collecting


class Knot:
    def __init__(self):
        self.itself = self


def test_what_hangs_on_itself_ends_in_the_windows_thread(qapp, until):
    gc.enable()
    owner = QObject()
    Collecting(owner, every=10)
    ended = []
    try:
        weakref.finalize(Knot(), lambda: ended.append(threading.current_thread()))
        busy = threading.Thread(target=lambda: [Knot() for _ in range(100_000)])
        busy.start()
        busy.join()
        assert ended == []
        until(lambda: ended)
        assert ended == [threading.main_thread()]
    finally:
        owner.deleteLater()
        gc.disable()
