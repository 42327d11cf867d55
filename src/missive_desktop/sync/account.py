"""One account's sync as a whole: what is done in which order, over at most four connections.

Four threads: `sync` passes over all folders, `acts` tells the server what was done here and takes
in news of the inbox, `idle` waits for news, `send` sends. Each works on its own and survives what
goes wrong in it; the account's state and errors stand in the store.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from missive_desktop.domain.account import AccountState
from missive_desktop.domain.changes import Changes
from missive_desktop.errors import Cancelled, KnownError, LoginRefused, Offline, UsageError
from missive_desktop.mail.idle import Wake
from missive_desktop.store import accounts
from missive_desktop.store.database import Connection, Store
from missive_desktop.store.packs import PackWriter
from missive_desktop.store.writer import Writer
from missive_desktop.sync import drafts, outbox, passes
from missive_desktop.sync.books import Books
from missive_desktop.sync.folder import FolderProgress, Tools
from missive_desktop.sync.lines import Line, Lines
from missive_desktop.sync.loops import Loop
from missive_desktop.sync.porter import Porter
from missive_desktop.sync.rescue import Suspects
from missive_desktop.sync.watch import watch

POLL = 300.0  # seconds between rounds over all folders
_THOROUGH = 6  # each so manieth round looks at flags too where STATUS does not tell
_REFUSED_WAIT = 1800.0  # after a refused login: trying more often locks accounts
_STOP_WAIT = 5.0
_MANY = 200  # missing messages from which on the account is shown as syncing

Trouble = Callable[[KnownError], None]


class AccountSync:
    """Keeps one account in step. `trouble` and `progress` are called from its threads.

    `guard` is asked before a mail leaves, and before its last byte does: it raises where that
    must not be.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        account: int,
        *,
        trouble: Trouble = lambda error: None,
        progress: FolderProgress = lambda folder, done, total: None,
        guard: Callable[[], None] = lambda: None,
    ) -> None:
        self._books = Books(store, writer, account)
        with self._books.reading() as conn:
            row = accounts.get(conn, account)
            secret = accounts.secret(conn, account)
        if row is None:
            raise UsageError("There is no such account.")
        self._settings, self._secret = row.settings, secret
        self._state = row.state
        self._trouble, self._progress = trouble, progress
        self._submit = outbox.guarded(guard)
        self._stop = threading.Event()
        self._wake_idle = Wake()
        self._lines = Lines(row.settings, secret)
        self._porter = Porter(self._lines)
        self._suspects = Suspects()
        self._pass_lock, self._acts_lock, self._send_lock = (threading.Lock() for _ in range(3))
        self._pass_line, self._acts_line, self._idle_line = (Line(self._lines) for _ in range(3))
        self._pass_packs, self._acts_packs = PackWriter(store.packs), PackWriter(store.packs)
        self._inbox_news = threading.Event()
        self._rounds = 0
        self._working: list[Loop] = []
        self._watching: list[Loop] = []
        self._starting = threading.Lock()
        self._said = ""
        name = f"-{account}"
        self._sync_loop = Loop("sync" + name, self._poll, self._stop, self._failed, self.woke_up)
        self._idle_loop = Loop("idle" + name, self._idle, self._stop, self._aside)
        self._acts_loop = Loop("acts" + name, self._act, self._stop, self._aside)
        self._send_loop = Loop("send" + name, self._send, self._stop, self._aside)

    # --- for the engine ----------------------------------------------------------------------

    def start(self) -> None:
        """Keep the account in step from now on: pull, watch the inbox, poll the rest."""
        self.poke()
        with self._starting:
            if self._watching or self._stop.is_set():
                return
            self._watching = [self._sync_loop, self._idle_loop]
            for loop in self._watching:
                loop.start()

    def poke(self) -> None:
        """Something was done here: tell the server, send what is due."""
        with self._starting:
            if self._stop.is_set():
                return
            if not self._working:
                self._working = [self._acts_loop, self._send_loop]
                for loop in self._working:
                    loop.start()
                return
        for loop in self._working:
            loop.wake()

    def retry(self) -> None:
        """Try at once what waits for its time, as after the network came back."""
        for loop in [*self._working, *self._watching]:
            loop.wake()

    def woke_up(self) -> None:
        """The machine was suspended: connections from before are dead, whatever they say."""
        self._lines.break_all()
        self._porter.abort()
        self.retry()

    def sync_once(self, progress: FolderProgress | None = None) -> None:
        """Do one whole round now, in this thread; raises KnownError."""
        try:
            self._send_due()
            self._round(progress or self._progress, thorough=True)
            with self._acts_lock:
                passes.after_sending(
                    self._acts_line, self._acts_tools(), self._suspects, self._settings
                )
        except KnownError as error:
            self._note_failure(error)
            raise

    def tell_once(self) -> None:
        """Tell the server now, in this thread, what was done and sent here; raises KnownError."""
        try:
            with self._acts_lock:
                line, tools = self._acts_line, self._acts_tools()
                passes.tell(line, tools, self._suspects, self._trouble)
                passes.after_sending(line, tools, self._suspects, self._settings)
        except KnownError as error:
            self._note_failure(error)
            raise

    def stop(self) -> None:
        """Stop within moments; what is under way ends as if the connection broke."""
        self._stop.set()
        self._wake_idle.set()
        self._lines.stop()
        self._porter.abort()
        loops = [*self._working, *self._watching]
        for loop in loops:
            loop.wake()
        deadline = time.monotonic() + _STOP_WAIT
        ended = [loop.join(max(0.0, deadline - time.monotonic())) for loop in loops]
        with contextlib.ExitStack() as held:
            for lock in (self._pass_lock, self._acts_lock, self._send_lock):  # also of `sync_once`
                ended.append(lock.acquire(timeout=max(0.0, deadline - time.monotonic())))
                if ended[-1]:
                    held.callback(lock.release)
            if not all(ended):
                return  # a thread still uses them; they end with the process
            for line in (self._pass_line, self._acts_line, self._idle_line):
                line.drop()
            for packs in (self._pass_packs, self._acts_packs):
                packs.close()
            self._wake_idle.close()

    # --- the four threads --------------------------------------------------------------------

    def _poll(self) -> float | None:
        self._rounds += 1
        try:
            self._round(self._progress, thorough=self._rounds % _THOROUGH == 1)
        except LoginRefused as error:
            self._failed(error)
            return _REFUSED_WAIT
        return POLL

    def _act(self) -> float | None:
        """Tell the server what was done, take in news of the inbox, file and mirror."""
        if self._state is AccountState.REFUSED:
            return None
        with self._acts_lock:
            line, tools = self._acts_line, self._acts_tools()
            passes.tell(line, tools, self._suspects, self._trouble)
            if self._inbox_news.is_set():
                self._inbox_news.clear()
                passes.sync_some(line, tools, self._suspects, [passes.inbox_of(tools)])
            passes.after_sending(line, tools, self._suspects, self._settings)
        due = drafts.next_due(self._books)
        return None if due is None else max(2.0, due - time.time())

    def _send(self) -> float | None:
        due = self._send_due()
        return None if due is None else min(POLL, max(0.05, due - time.time()))

    def _idle(self) -> float | None:
        if self._state in (AccountState.NEW, AccountState.REFUSED):
            return None  # woken by the first round that succeeds
        with self._idle_line.session() as session:
            watch(session, "INBOX", self._wake_idle, self._stop, self._news)
        return 0.0

    # --- steps -------------------------------------------------------------------------------

    def _round(self, progress: FolderProgress, *, thorough: bool) -> None:
        with self._pass_lock:
            if self._state is not AccountState.READY:
                self._set_state(AccountState.SYNCING)

            def report(folder: str, done: int, total: int) -> None:
                if total - done > _MANY:
                    self._set_state(AccountState.SYNCING)
                progress(folder, done, total)

            tools = Tools(self._books, self._pass_packs, self._stop, report, self._porter)
            try:
                passes.all_folders(
                    self._pass_line, tools, self._suspects, self._trouble, thorough=thorough
                )
            finally:
                if self._porter.running:  # it was a large pull
                    self._books.writer.fold()
                self._porter.close()
        self._said = ""
        self._set_state(AccountState.READY)
        self.retry_waiting()

    def retry_waiting(self) -> None:
        """The server answers: whoever waits for that may go on."""
        for loop in [*self._working, *[w for w in self._watching if w is self._idle_loop]]:
            loop.wake()

    def _send_due(self) -> float | None:
        if self._settings.smtp is None:
            return None
        with self._send_lock:
            due = outbox.send_due(
                self._books, self._settings, self._secret, self._trouble, self._submit
            )
        if outbox.unfiled(self._books) and self._working:
            self._acts_loop.wake()
        return due

    def _acts_tools(self) -> Tools:
        return Tools(self._books, self._acts_packs, self._stop, self._progress)

    def _news(self) -> None:
        self._inbox_news.set()
        if self._working:
            self._acts_loop.wake()

    # --- states ------------------------------------------------------------------------------

    def _failed(self, error: KnownError) -> None:
        self._note_failure(error)
        if str(error) != self._said:  # the same trouble is told once
            self._said = str(error)
            self._trouble(error)

    def _aside(self, error: KnownError) -> None:
        """Trouble beside the rounds is tried again in silence, but for a refused login."""
        if isinstance(error, LoginRefused):
            self._failed(error)

    def _note_failure(self, error: KnownError) -> None:
        if isinstance(error, Cancelled) or self._stop.is_set():
            return
        if isinstance(error, LoginRefused):
            self._set_state(AccountState.REFUSED, str(error))
        elif isinstance(error, Offline):
            self._set_state(AccountState.OFFLINE, str(error))
        else:
            self._set_state(AccountState.FAILED, str(error))

    def _set_state(self, state: AccountState, error: str = "") -> None:
        if state is self._state and not error:
            return
        self._state = state
        account = self._books.account

        def work(conn: Connection, changes: Changes) -> None:
            accounts.set_state(conn, account, state, error, changes)

        self._books.writer.submit(work)
