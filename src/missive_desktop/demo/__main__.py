"""The companion of the demo's window: a server, two colleagues, and nothing left when it ends.

Started by `companion`, never by hand: the first line on standard input says where. It ends when
that input closes, which it does however the window ends.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import threading
import time
from pathlib import Path

from filelock import FileLock, Timeout

from missive_desktop.demo import lines, serving
from missive_desktop.demo.board import CHIARA, ORGANIZATION, PEOPLE
from missive_desktop.demo.lines import FromCompanion, Missing, Order, Ready
from missive_desktop.errors import Error
from missive_desktop.profile import Profile

_NICENESS = 10  # the window comes first
_LEAVING = 10.0  # seconds in which the window's engine must have gone


def main() -> int:
    if os.name == "posix":  # on Windows the parent starts us below normal
        os.nice(_NICENESS)
    order = lines.ordered(sys.stdin.buffer.readline())
    folder = Path(order.folder)
    stop = threading.Event()
    threading.Thread(target=_watch, args=(stop,), name="standard-input", daemon=True).start()
    playing = threading.Thread(target=_play, args=(order, stop), name="play", daemon=True)
    playing.start()
    stop.wait()
    playing.join(_LEAVING)
    _remove(folder, Profile(Path(order.profile)))
    os._exit(0)  # what still runs works on what is no longer there


def _watch(stop: threading.Event) -> None:
    while os.read(0, 1024):
        pass
    stop.set()


def _play(order: Order, stop: threading.Event) -> None:
    try:
        _company(order, stop)
    except Error as error:
        if not stop.is_set():
            _tell(Missing(str(error)))


def _company(order: Order, stop: threading.Event) -> None:
    """Have the team live in the folder until it is over."""
    if not serving.is_installed():
        _tell(Missing("The packages of the team's server are not installed."))
        return
    folder = Path(order.folder)
    process = serving.begin(folder / "server", ORGANIZATION, PEOPLE[CHIARA].email)
    try:
        # Heavy, so while the server starts.
        from missive_desktop.demo.company import Company
        from missive_desktop.demo.playing import Play
        from missive_desktop.demo.script import OPENING

        company = Company(folder, order.now, stop)
        try:
            company.member(CHIARA)
            served = serving.answering(process)
            company.begin(served, _tell)
            mails = company.open(OPENING)
            _tell(Ready(mails))
            Play(company, stop, live=order.live).run()
        finally:
            company.close()
    finally:
        serving.end(process)


def _tell(line: FromCompanion) -> None:
    with contextlib.suppress(OSError):  # the window has gone
        sys.stdout.buffer.write(lines.written(line))
        sys.stdout.buffer.flush()


def _remove(folder: Path, profile: Profile) -> None:
    """Remove all of the demo, once the window's engine has let go of it."""
    with contextlib.suppress(Timeout, OSError), FileLock(profile.lock, timeout=_LEAVING):
        pass
    end = time.monotonic() + _LEAVING
    while folder.exists() and time.monotonic() < end:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
