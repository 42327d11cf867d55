"""The connections of one account: never more than four, opened when needed, kept while good."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

from missive_desktop.domain.account import AccountSettings
from missive_desktop.errors import Cancelled, KnownError, Offline, Refused, UsageError
from missive_desktop.mail.session import Session, connect

MOST = 4
CONNECT_TIMEOUT = 30.0
_DOUBT = 60.0  # seconds of rest after which servers and routers may have dropped a connection


class Lines:
    """Hands out connections; `stop` ends them all, whatever their threads wait for."""

    def __init__(self, settings: AccountSettings, secret: str) -> None:
        self.settings, self.secret = settings, secret
        self._free = threading.BoundedSemaphore(MOST)
        self._open: set[Session] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def open(self) -> Session:
        """Sign in over a new connection; wait for a free line, but not without end."""
        if not self._free.acquire(timeout=CONNECT_TIMEOUT):
            raise Offline("All connections of this account are busy.")
        try:
            session = connect(self.settings, self.secret, timeout=CONNECT_TIMEOUT)
        except BaseException:
            self._free.release()
            raise
        with self._lock:
            self._open.add(session)
            stopped = self._stopped
        if stopped:
            self.close(session)
            raise Cancelled("Stopped.")
        return session

    def close(self, session: Session) -> None:
        """Give a connection back; twice does no harm."""
        with self._lock:
            if session not in self._open:
                return
            self._open.discard(session)
        try:
            session.close(politely=not self._stopped)
        finally:
            self._free.release()

    def spare(self) -> bool:
        """Take a line without opening it here, if one is free and all goes on."""
        return not self._stopped and self._free.acquire(blocking=False)

    def give_back(self) -> None:
        """Give back what `spare` took."""
        self._free.release()

    def break_all(self) -> None:
        """Break what is open; whoever uses it gets Offline and opens anew."""
        with self._lock:
            sessions = list(self._open)
        for session in sessions:
            session.abort()

    def stop(self) -> None:
        """Break all connections, so that nobody waits on one any more."""
        with self._lock:
            self._stopped = True
        self.break_all()


class Line:
    """One connection that is kept between uses; for one thread at a time."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._session: Session | None = None
        self._used = 0.0

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """Lend the connection, signed in; one that broke is dropped."""
        if self._session is not None and time.monotonic() - self._used > _DOUBT:
            self._ask()
        if self._session is None:
            self._session = self._lines.open()
        try:
            yield self._session
            self._used = time.monotonic()
        except (Refused, UsageError):
            raise  # the connection is as good as before
        except BaseException:
            self.drop()
            raise

    def _ask(self) -> None:
        """Find out whether a connection that rested is still one."""
        assert self._session is not None
        try:
            self._session.noop()
        except KnownError:
            self.drop()

    def drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with contextlib.suppress(KnownError):
                self._lines.close(session)
