"""A signed-in IMAP connection, for one thread: the verbs that sync speaks.

Built on IMAPClient for signing in; what is read in bulk, and what needs exact answers, is read by
our own readers over the same buffer. Raises only what `errors` draws.
"""

from __future__ import annotations

import contextlib
import imaplib
from collections.abc import Collection, Iterator, Sequence

from missive_desktop.domain.account import AccountSettings
from missive_desktop.domain.message import Flags
from missive_desktop.errors import Offline
from missive_desktop.mail import acts, fetch, folders, sequence
from missive_desktop.mail.commands import mailbox, run
from missive_desktop.mail.fetch_parser import Fetched, FlagUpdate, Identity
from missive_desktop.mail.folders import Known, ListedFolder, Selected, Status
from missive_desktop.mail.idle import Wake, idle, is_news, pause
from missive_desktop.mail.login import SignedIn, sign_in
from missive_desktop.mail.wire import LITERAL_LIMIT

__all__ = ["Fetched", "FlagUpdate", "Identity", "ListedFolder", "Selected", "Session", "Status"]

NO_FLAGS = Flags(0)
TIMEOUT = 60.0  # of silence, while an answer is due


def connect(
    settings: AccountSettings,
    secret: str,
    *,
    timeout: float = TIMEOUT,
    compress: bool | None = None,
) -> Session:
    """Connect and sign in, or say in plain words why not.

    `compress` None: where it is offered and the server is not near. It halves what is sent, and
    costs more time than that saves on anything faster than about 100 Mbit/s.
    """
    return Session(sign_in(settings, secret, timeout=timeout, compress=compress))


class Session:
    """One connection. UIDs only: message numbers are never used."""

    def __init__(self, signed_in: SignedIn) -> None:
        self._client, self.capabilities, self._utf8 = signed_in
        self._wire = self._client.wire
        self.selected: Selected | None = None
        # UIDs that were asked for when `fetch` broke: the first is likely the culprit.
        self.unanswered: list[int] = []

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # --- folders -----------------------------------------------------------------------------

    def folders(self) -> list[ListedFolder]:
        """List the account's own folders; `status` is there if LIST-STATUS is offered."""
        return folders.list_folders(self._wire, self.capabilities, utf8=self._utf8)

    def status(self, name: str) -> Status:
        """Ask how a folder stands without opening it."""
        return folders.status(self._wire, self.capabilities, name, utf8=self._utf8)

    def select(
        self,
        name: str,
        *,
        qresync: tuple[int, int, Sequence[int]] | None = None,
        readonly: bool = False,
    ) -> Selected:
        """Open a folder. `qresync` is (UIDVALIDITY, MODSEQ, known UIDs ascending), used if offered.

        `vanished` and `changed` count only if the UIDVALIDITY is still the same.
        """
        self.selected = None
        self.selected = folders.select(
            self._wire,
            self.capabilities,
            name,
            known=Known(*qresync) if qresync else None,
            readonly=readonly,
            utf8=self._utf8,
        )
        self._wire.state = "SELECTED"
        return self.selected

    def create(self, name: str) -> None:
        """Make a folder and subscribe to it."""
        acts.create(self._wire, name, utf8=self._utf8)

    def rename(self, name: str, to: str) -> None:
        """Rename a folder with all below it."""
        acts.rename(self._wire, name, to, utf8=self._utf8)

    def delete(self, name: str) -> None:
        """Delete a folder with its messages."""
        acts.delete(self._wire, name, utf8=self._utf8)

    # --- reading the open folder ---------------------------------------------------------------

    def uids(self) -> list[int]:
        """Return all UIDs, ascending."""
        exists = self.selected.exists if self.selected else 0
        return acts.uids(self._wire, self.capabilities, exists)

    def flags(
        self, uids: str | Collection[int] = "1:*", changed_since: int = 0
    ) -> Iterator[FlagUpdate]:
        """Yield flags as they come; with `changed_since` (a MODSEQ) only what changed after it."""
        sets = iter([uids]) if isinstance(uids, str) else sequence.batches(uids)
        return fetch.flags(self._wire, sets, changed_since=changed_since)

    def fetch(
        self, uids: Sequence[int], *, batch: int = 0, limit: int = LITERAL_LIMIT
    ) -> Iterator[Fetched]:
        """Yield whole messages: batches in the order asked, inside one as the server gives them.

        If it breaks, `unanswered` holds what did not come. Leaving it early ends the connection.
        """
        self.unanswered.clear()
        return fetch.fetch(
            self._wire,
            uids,
            gmail=self.capabilities.gmail,
            batch=batch,
            limit=limit,
            unanswered=self.unanswered,
        )

    def identities(self, uids: str | Collection[int] = "1:*") -> list[Identity]:
        """Return Gmail's own numbers of messages, with their flags."""
        sets = iter([uids]) if isinstance(uids, str) else sequence.batches(uids)
        return fetch.identities(self._wire, sets)

    def find_message_id(self, message_id: str) -> list[int]:
        """Return the UIDs of messages with this Message-ID (without angle brackets)."""
        return acts.find_message_id(self._wire, message_id)

    # --- changing ----------------------------------------------------------------------------

    def store_flags(
        self, uids: Collection[int], add: Flags = NO_FLAGS, remove: Flags = NO_FLAGS
    ) -> None:
        """Add and remove flags."""
        acts.store_flags(self._wire, uids, add, remove)

    def copy(self, uids: Collection[int], target: str) -> dict[int, int]:
        """Copy to another folder → {old UID: new UID}, empty where the server does not say."""
        return acts.copy(self._wire, uids, mailbox(target, utf8=self._utf8))

    def move(self, uids: Collection[int], target: str) -> dict[int, int]:
        """Move to another folder → {old UID: new UID}, empty where the server does not say."""
        target_name = mailbox(target, utf8=self._utf8)
        return acts.move(self._wire, self.capabilities, uids, target_name)

    def expunge(self, uids: Collection[int]) -> None:
        """Delete for good."""
        acts.expunge(self._wire, self.capabilities, uids)

    def append(self, folder: str, raw: bytes, flags: Flags = NO_FLAGS, date: int = 0) -> int:
        """Put a message into a folder → its UID, or 0 where the server does not say."""
        target = mailbox(folder, utf8=self._utf8)
        return acts.append(self._wire, target, raw, flags, date, utf8=self._utf8)

    # --- waiting -----------------------------------------------------------------------------

    def idle(self, timeout: float, wake: Wake | None = None) -> bool:
        """Wait for news of the open folder; True if it changed. `wake` ends it early.

        Where IDLE is not offered, this asks once at the end.
        """
        if self.capabilities.idle:
            return idle(self._wire, timeout, wake)
        pause(timeout, wake)
        return self.noop()

    def noop(self) -> bool:
        """Ask for news; True if the open folder changed."""
        return any(is_news(pieces[0]) for pieces in run(self._wire, b"NOOP").untagged)

    def abort(self) -> None:
        """End the connection, from any thread: its own thread gets Offline, and closes it."""
        self._wire.interrupt()

    def close(self, *, politely: bool = True) -> None:
        """Drop the connection, after saying goodbye if the server still listens."""
        with contextlib.suppress(Offline, OSError, imaplib.IMAP4.error):
            if politely:
                self._wire.sock.settimeout(2.0)
                self._client.logout()
        self._wire.shutdown()
