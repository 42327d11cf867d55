"""The bulk path: one thread fetches, this one digests, hashes and seals, the writer commits.

What waits between them is bounded, in messages and in bytes. Bodies go to the packs at once, so
only digests wait; the pack is synced before the rows that point into it are committed.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.message import Flags
from missive_desktop.errors import Cancelled, DiskTrouble, KnownError
from missive_desktop.mail.session import Fetched, Session
from missive_desktop.store import arrivals, skipped
from missive_desktop.store.arrivals import Arrival
from missive_desktop.store.database import Connection
from missive_desktop.store.packs import Mark, PackWriter
from missive_desktop.sync.ahead import ahead
from missive_desktop.sync.books import Books
from missive_desktop.sync.digesting import digest
from missive_desktop.sync.parcels import Parcel
from missive_desktop.sync.porter import Porter

# Small transactions first, so that the first screen is there at once; larger ones cost less
# each, but whoever waits for the writer waits for a whole one.
_GROWTH = (50, 100, 200, 400, 800)
_BYTES = 32 << 20  # raw bytes in one transaction: bounds what a batch of large mails holds up
_NEAR = 350  # fetched here while a process starts that will fetch the rest
_SILENCE = 300.0  # servers hang up on who says nothing for half an hour
_WAITING = 2  # transactions handed over and not committed

Progress = Callable[[int], None]


class Pull:
    """One run over the messages of one folder. `fetch` may be called again after a break.

    Unread messages from the UID `announce` on are news to tell the user; 0: none is.
    """

    def __init__(
        self,
        books: Books,
        packs: PackWriter,
        folder: int,
        stop: threading.Event,
        progress: Progress,
        *,
        announce: int = 0,
    ) -> None:
        self._books, self._packs, self._folder = books, packs, folder
        self._stop, self._progress, self._announce = stop, progress, announce
        self._batch: list[Arrival] = []
        self._bytes = 0
        self._flushes = 0
        self._waiting: deque[tuple[Future[int], Mark]] = deque()
        self._kept = packs.mark()  # what lies before has rows
        self.stored = 0
        self.skipped = 0

    def fetch(self, session: Session, uids: Sequence[int], *, batch: int = 0) -> None:
        """Take in these messages of the folder that is open, in the order given.

        What came before a break is committed before the error is raised.
        """
        try:
            try:
                for fetched in ahead(session.fetch(uids, batch=batch), _size):
                    if self._stop.is_set():
                        raise Cancelled("Stopped.")
                    self._take(fetched)
            finally:
                self._finish()
        except DiskTrouble:
            self._give_back()
            raise

    def fetch_helped(
        self, session: Session, porter: Porter, name: str, uidvalidity: int, uids: Sequence[int]
    ) -> None:
        """As `fetch`, of the folder `name`; the process does most of it where that is worth it."""
        head = 0 if porter.running else _NEAR
        near, rest = uids[:head], uids[head:]
        if not porter.order(name, uidvalidity, rest):
            self.fetch(session, uids)
            return
        try:
            self.fetch(session, near)  # while the process starts and signs in
            came = self._receive(session, porter)
        except BaseException as error:
            porter.fail()
            if isinstance(error, DiskTrouble):
                self._give_back()
            raise
        if came is not None:
            self.fetch(session, [uid for uid in rest if uid not in came])

    def _receive(self, session: Session, porter: Porter) -> set[int] | None:
        """Take in what the process brings; None when that was all, else what came of it."""
        came: set[int] = set()
        spoke = time.monotonic()
        try:
            for box in porter.boxes():
                if self._stop.is_set():
                    raise Cancelled("Stopped.")
                for parcel in box:
                    self._accept(parcel)
                    came.add(parcel.uid)
                if time.monotonic() - spoke > _SILENCE:
                    session.noop()
                    spoke = time.monotonic()
        finally:
            self._finish()
        if self._stop.is_set():
            raise Cancelled("Stopped.")
        return came if porter.failed else None

    def skip(self, uid: int, reason: str) -> None:
        """Note that the server cannot give a message."""
        folder = self._folder

        def note(conn: Connection, changes: Changes) -> None:
            skipped.put(conn, folder, uid, reason, changes)

        self._books.writer.run(note)
        self.skipped += 1

    def _take(self, fetched: Fetched) -> None:
        raw = fetched.raw
        if raw is None:
            self.skip(fetched.uid, fetched.problem)
            return
        self._add(arrival(fetched, raw, self._packs))

    def _accept(self, parcel: Parcel) -> None:
        if parcel.digest is None:
            self.skip(parcel.uid, parcel.problem)
            return
        self._add(
            Arrival(
                uid=parcel.uid,
                flags=Flags(parcel.flags),
                keywords=parcel.keywords,
                received=parcel.received,
                digest=parcel.digest,
                sealed=self._packs.append_sealed(parcel.body, parcel.size, parcel.key),
                hash=parcel.hash,
                provider_id=parcel.provider_id,
                provider_thread=parcel.provider_thread,
            )
        )

    def _add(self, one: Arrival) -> None:
        size = one.sealed.size
        if self._batch and self._bytes + size > _BYTES:
            self._flush()
        self._batch.append(one)
        self._bytes += size
        if len(self._batch) >= _GROWTH[min(self._flushes, len(_GROWTH) - 1)]:
            self._flush()

    def _flush(self) -> None:
        """Hand the batch to the writer; wait for earlier ones where too many are under way."""
        if not self._batch:
            return
        self._packs.sync()
        batch, self._batch, self._bytes = self._batch, [], 0
        self._flushes += 1
        account, folder, announce = self._books.account, self._folder, self._announce

        def add(conn: Connection, changes: Changes) -> int:
            news = [one for one in batch if 0 < announce <= one.uid]
            old = [one for one in batch if not 0 < announce <= one.uid]
            for part, is_news in ((old, False), (news, True)):
                if part:
                    arrivals.add_batch(conn, account, folder, part, changes, announce=is_news)
            return len(batch)

        self._waiting.append((self._books.writer.submit(add), self._packs.mark()))
        while len(self._waiting) > _WAITING:
            self._settle()

    def _finish(self) -> None:
        """Commit what came; of several errors the first is raised, when nothing waits any more."""
        trouble: KnownError | None = None
        try:
            self._flush()
        except KnownError as error:
            trouble = error
        while self._waiting:
            try:
                self._settle()
            except KnownError as error:
                trouble = trouble or error
        if trouble is not None:
            raise trouble

    def _give_back(self) -> None:
        """Free the room of what was sealed and not committed: the disk may be full of it."""
        self._batch, self._bytes = [], 0
        self._packs.give_back(self._kept)

    def _settle(self) -> None:
        future, mark = self._waiting.popleft()
        self.stored += future.result()
        self._kept = mark
        self._progress(self.stored)


def _size(fetched: Fetched) -> int:
    return len(fetched.raw or b"")


def arrival(fetched: Fetched, raw: bytes | bytearray, packs: PackWriter) -> Arrival:
    """Digest, hash and seal one message."""
    return Arrival(
        uid=fetched.uid,
        flags=fetched.flags,
        keywords=fetched.keywords,
        received=fetched.received,
        digest=digest(raw),  # type: ignore[arg-type]
        sealed=packs.append(raw),
        hash=hashlib.sha256(raw).digest()[:16],
        provider_id=fetched.provider_id,
        provider_thread=fetched.provider_thread,
    )
