"""An engine process that is killed while it works, and what its store says afterwards."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.errors import EngineGone
from missive_desktop.profile import Profile
from missive_desktop.store import database, integrity
from missive_desktop.store.database import Connection

T = TypeVar("T")
_PATIENCE = 60.0


class Victim:
    """A profile whose engine dies often."""

    def __init__(self, directory: Path) -> None:
        self.profile = Profile(directory / "profile").create()
        self.key = os.urandom(32)

    def client(self) -> BlockingClient:
        return BlockingClient(self.profile, self.key)

    def killed(
        self,
        seconds: float,
        work: Callable[[BlockingClient], None],
        since: Callable[[], bool] = lambda: True,
    ) -> None:
        """Let a new engine work, and kill -9 it, wherever it is, so many seconds after `since`.

        A busy machine needs longer to begin: what must have been done is said by `since`.
        """
        client = self.client()

        def kill() -> None:
            end = time.monotonic() + _PATIENCE
            while not since() and time.monotonic() < end:
                time.sleep(0.005)
            time.sleep(seconds)
            os.kill(client.pid, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            work(client)
        except EngineGone:
            pass
        finally:
            killer.join()
            client.close()

    def read(self, work: Callable[[Connection], T]) -> T:
        store = database.Store(self.profile.database, self.profile.packs, self.key)
        with closing(database.open_reader(store)) as conn:
            return work(conn)

    def problems(self) -> list[str]:
        """Return what a thorough check finds, and bugs that were logged."""
        store = database.Store(self.profile.database, self.profile.packs, self.key)
        found = self.read(lambda conn: integrity.check(conn, store))
        log = self.profile.crash_log
        if log.exists() and log.stat().st_size:
            found.append(log.read_text())
        return found
