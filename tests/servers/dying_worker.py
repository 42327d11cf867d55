"""`python -m tests.servers.dying_worker PROFILE POINT HOW [CLOCK]`: an engine that serves a while.

It keeps its store in step as a desktop does. After the commit that leads to POINT it ends itself by
HOW ("kill"), or stops itself until it is told to go on ("stop"), on the writer's thread: nothing is
done after that commit. POINT "" is never reached. Prints a line when it serves. CLOCK is a file
that says how wrong its clock is (`wrong_clock`).
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
from contextlib import closing
from pathlib import Path

from tests.factories import KEY
from tests.servers.wrong_clock import set_wrong

from missive_desktop.engine.protocol import Watch
from missive_desktop.engine.quiet import watch
from missive_desktop.engine.runtime import Runtime
from missive_desktop.profile import Profile
from missive_desktop.store import database

# After which commit: what has to be found in the store.
POINTS = {
    "filed": "SELECT 1 FROM served_mail",
    "asked": "SELECT 1 FROM served_sends",
    "accepted": "SELECT 1 FROM served_sends AS s JOIN team_pending AS p ON p.id = s.pending"
    " WHERE p.state IN ('ok', 'done')",
    "let go": "SELECT 1 FROM served_sends WHERE begun = 1",
    "sending": "SELECT 1 FROM outbox WHERE state = 'sending'",
    "data": "SELECT 1 FROM outbox WHERE data_sent = 1",
    "sent": "SELECT 1 FROM outbox WHERE state = 'sent'",
    "told": "SELECT 1 FROM served_sends WHERE seq = -1",
}
_SERVES = "SELECT 1 FROM served WHERE state = 'serving'"
_HOW = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP if os.name == "posix" else signal.SIGTERM}


def main(directory: str, point: str, how: str, clock: str = "") -> None:
    faulthandler.enable()
    if os.name == "posix":
        faulthandler.register(signal.SIGUSR1)  # asked where it stands, it tells its log
    if clock:
        set_wrong(Path(clock))
    reached = threading.Event()
    runtimes: list[Runtime] = []

    def found(question: str) -> bool:
        with closing(database.open_reader(runtimes[0].store)) as conn:
            return conn.execute(question).fetchone() is not None

    def look() -> None:
        if runtimes and point and not reached.is_set() and found(POINTS[point]):
            reached.set()
            print("reached", flush=True)
            os.kill(os.getpid(), _HOW[how])

    runtimes.append(Runtime(Profile(Path(directory)), KEY, lambda _: look()))
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    watch(runtimes[0], Watch())
    while not ended.wait(0.02) and not found(_SERVES):
        pass
    print("serving", flush=True)
    while not ended.wait(0.005 if point == "data" else 60.0):
        look()
    runtimes[0].close()


if __name__ == "__main__":
    main(*sys.argv[1:5])
