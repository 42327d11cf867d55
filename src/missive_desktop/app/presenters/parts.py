"""Parts of mails, and images allowed for them: read on a thread of their own, from the packs."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

from missive_desktop.content import parse
from missive_desktop.store import messages, raws, remote_images
from missive_desktop.store.database import Connection, Store, open_reader


class PartReader:
    """One thread, one connection. `read` may be called from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="parts")
        self._local = threading.local()

    def read(self, message: int, part: int) -> Future[bytes]:
        """Return the decoded bytes of a part, to come."""
        return self._thread.submit(self._read, message, part)

    def remote(self, message: int, image: int) -> Future[bytes]:
        """Return a remote image that was allowed for this message, and no other, to come."""
        return self._thread.submit(
            lambda: remote_images.load(self._connection(), self._store, message, image).data
        )

    def raw(self, message: int) -> Future[bytes]:
        """Return a whole message as it was received, to come."""
        return self._thread.submit(lambda: messages.raw(self._connection(), self._store, message))

    def record(self, raw_id: int) -> Future[bytes]:
        """Return a record of the packs, such as a file of a draft, to come."""
        return self._thread.submit(lambda: raws.load(self._connection(), self._store, raw_id))

    def close(self) -> None:
        self._thread.submit(self._close)
        self._thread.shutdown(wait=True, cancel_futures=False)

    def _connection(self) -> Connection:
        found: Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = open_reader(self._store)
        return found

    def _read(self, message: int, part: int) -> bytes:
        return parse.attachment(messages.raw(self._connection(), self._store, message), part)

    def _close(self) -> None:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
