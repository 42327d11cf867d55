"""What runs inside an engine: the profile's lock, its store, its writer, its syncs and teams.

Handlers get it as their first argument. It decides nothing about mail.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

from filelock import FileLock, Timeout

from missive_desktop.domain.changes import Changes
from missive_desktop.engine import crashlog
from missive_desktop.engine.loading import Loading
from missive_desktop.engine.protocol import Changed, Notice
from missive_desktop.engine.syncs import Syncs
from missive_desktop.engine.teams import Teams
from missive_desktop.engine.workers import Workers
from missive_desktop.errors import AlreadyRunning, disk_trouble
from missive_desktop.profile import Profile
from missive_desktop.store import database, outbox
from missive_desktop.store.database import Connection, Store
from missive_desktop.store.writer import Writer


class Runtime:
    """Everything that lives as long as the engine."""

    def __init__(self, profile: Profile, key: bytes, publish: Callable[[Notice], None]) -> None:
        self.profile = profile
        self.publish = publish
        self.stopping = threading.Event()
        self.quiet_work = threading.Event()
        self.loading = Loading()
        self._commits = threading.Condition()
        self._told: tuple[Callable[[Changes], None], ...] = ()  # none before the store is open
        self._lock = _locked(profile)
        try:
            self.store: Store = database.create_or_open(profile, key)
            self.writer = Writer(self.store, self._committed)
            self.writer.run(outbox.recover, durable=True)
            self.syncs = Syncs(self.store, self.writer, publish)
            self.teams = Teams(self.store, self.writer, publish)
            self.workers = Workers(self.store, self.writer, self.syncs, self.teams, publish)
            self._told = (self.teams.committed, self.workers.committed)
            self.teams.expire()
        except BaseException:
            self._lock.release()
            raise
        empty_opened(profile)

    def _committed(self, changes: Changes) -> None:
        self.publish(Changed(changes))
        for told in self._told:
            told(changes)
        with self._commits:
            self._commits.notify_all()

    def wait_for_change(self, timeout: float) -> bool:
        """Wait for the next commit that changes something; False after `timeout` seconds."""
        with self._commits:
            return self._commits.wait(timeout)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A read-only connection for the time of one handler, on its thread."""
        with closing(database.open_reader(self.store)) as connection:
            yield connection

    def report_bug(self, error: BaseException) -> None:
        if not self.stopping.is_set():  # what stopping cuts off is no bug
            crashlog.write(self.profile.crash_log, error)

    def close(self) -> None:
        """Put everything in order. What is cut off by the process's end is safe as well."""
        self.stopping.set()
        with self._commits:
            self._commits.notify_all()
        self.workers.close()
        self.syncs.close()
        self.teams.close()
        self.writer.close()
        empty_opened(self.profile)
        self._lock.release()


def empty_opened(profile: Profile) -> None:
    """Remove the attachments that the user opened: the only clear text there may be."""
    for entry in list(profile.opened.iterdir()):
        with contextlib.suppress(OSError):  # still open in another program, on Windows
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()


def _locked(profile: Profile) -> FileLock:
    try:
        profile.create()
    except OSError as error:
        raise disk_trouble(error) from error
    lock = FileLock(profile.lock, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise AlreadyRunning("Another program uses this profile.") from error
    except OSError as error:
        raise disk_trouble(error) from error
    return lock
