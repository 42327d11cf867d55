"""One user on a server and the same account in a store of ours, to be compared."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from imapclient.imap_utf7 import decode as decode_utf7
from imapclient.imap_utf7 import encode as encode_utf7
from tests.servers.dovecot import DovecotServer, User

from missive_desktop.domain.account import AccountSettings
from missive_desktop.domain.act import Act, Deed
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.message import FLAG_NAMES, Flags
from missive_desktop.errors import KnownError
from missive_desktop.profile import Profile
from missive_desktop.store import accounts, database, folders, messages, outbox, placements
from missive_desktop.store.database import Connection, Store
from missive_desktop.store.folders import FolderRow
from missive_desktop.store.writer import Writer
from missive_desktop.sync import actions
from missive_desktop.sync.account import AccountSync

T = TypeVar("T")
KEY = bytes(range(32))
_BITS = {name.lower(): flag for flag, name in FLAG_NAMES.items()}

# What a folder holds: UID → (hash of the message, flags).
Contents = dict[int, tuple[bytes, Flags]]


@dataclass
class Ours:
    """Our side of an account: its store, and its sync."""

    store: Store
    writer: Writer
    account: int
    sync: AccountSync
    troubles: list[KnownError] = field(default_factory=list)
    changes: list[Changes] = field(default_factory=list)

    def reopen(self) -> None:
        """Go on after another process had the store."""
        self.store = database.create_or_open(Profile(self.store.path.parent), KEY)
        self.writer = Writer(self.store, self.changes.append)
        self.writer.run(outbox.recover)
        self.sync = AccountSync(self.store, self.writer, self.account, trouble=self.troubles.append)

    def read(self, work: Callable[[Connection], T]) -> T:
        connection = database.open_reader(self.store)
        try:
            return work(connection)
        finally:
            connection.close()

    def restart(self) -> None:
        """As after the program was ended and started again."""
        self.sync.stop()
        self.writer.run(outbox.recover)
        self.renew()

    def renew(self) -> None:
        """As after the settings of the account changed."""
        self.sync.stop()
        self.sync = AccountSync(self.store, self.writer, self.account, trouble=self.troubles.append)

    def folders(self) -> dict[str, FolderRow]:
        return {row.name: row for row in self.read(lambda c: folders.for_account(c, self.account))}

    def folder(self, name: str = "INBOX") -> int:
        return self.folders()[name].id

    def ours(self, name: str = "INBOX") -> Contents:
        """Return what lies in a folder here; pending placements under their negative UIDs."""
        folder = self.folder(name)

        def work(conn: Connection) -> Contents:
            rows = conn.execute(
                "SELECT p.uid, m.hash, p.flags FROM placements AS p JOIN messages AS m"
                " ON m.id = p.message_id WHERE p.folder_id = ?",
                (folder,),
            ).fetchall()
            return {uid: (hash_, Flags(bits)) for uid, hash_, bits in rows}

        return self.read(work)

    def message(self, subject: str) -> int:
        """Return the id of the one message with this subject."""
        sql = "SELECT id FROM messages WHERE subject = ? AND account_id = ?"
        rows = self.read(lambda c: c.execute(sql, (subject, self.account)).fetchall())
        assert len(rows) == 1, (subject, rows)
        return int(rows[0][0])

    def places(self, subject: str) -> set[str]:
        """Return the names of the folders in which a message lies here."""
        found = self.read(lambda c: placements.of_messages(c, [self.message(subject)]))
        names = {row.id: name for name, row in self.folders().items()}
        return {names[placement.folder] for placement in found}

    def flags(self, subject: str) -> Flags:
        row = self.read(lambda c: messages.get(c, self.message(subject)))
        assert row is not None
        return row.flags

    def act(self, kind: Deed, *subjects: str, source: str = "", target: str = "") -> list[Act]:
        wish = Act(
            kind,
            tuple(self.message(subject) for subject in subjects),
            source=self.folder(source) if source else 0,
            target=self.folder(target) if target else 0,
        )
        return self.do(wish)

    def do(self, wish: Act) -> list[Act]:
        return self.writer.run(lambda conn, changes: actions.act(conn, wish, changes))

    def queued(self) -> int:
        return int(self.read(lambda c: c.execute("SELECT count(*) FROM actions").fetchone()[0]))


@dataclass
class Pair(Ours):
    """Our side and theirs: a user on a real server."""

    server: DovecotServer = field(kw_only=True)
    user: User = field(kw_only=True)

    def theirs(self, name: str = "INBOX") -> Contents:
        found: Contents = {}
        with self.server.client(self.user, _utf7(name)) as client:
            _, data = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])")
        for item in data:
            if isinstance(item, tuple):
                head, raw = item
            else:
                continue
            uid = re.search(rb"UID (\d+)", head)
            flags = re.search(rb"FLAGS \(([^)]*)\)", head)
            assert uid, head
            assert flags, head
            bits = Flags(0)
            for word in flags.group(1).decode().split():
                bits |= _BITS.get(word.lower(), Flags(0))
            found[int(uid.group(1))] = (hashlib.sha256(raw).digest()[:16], bits)
        return found

    def their_folders(self) -> set[str]:
        with self.server.client(self.user) as client:
            _, lines = client.list()
        return {decode_utf7(re.sub(rb'^.*"/" "?|"?$', b"", line)) for line in lines if line}

    def do_there(self, folder: str, *commands: tuple[str, ...]) -> None:
        """Run UID commands as another client would."""
        with self.server.client(self.user, _utf7(folder)) as client:
            for command in commands:
                status, text = client.uid(*command)
                assert status == "OK", text

    def assert_same(self) -> None:
        """Both sides hold the same folders and the same in each."""
        assert self.queued() == 0
        assert set(self.folders()) == self.their_folders()
        for name, row in self.folders().items():
            if row.selectable:
                ours, theirs = self.ours(name), self.theirs(name)
                assert ours == theirs, name
                assert row.stored == len(theirs), name


def _utf7(name: str) -> str:
    return encode_utf7(name).decode("ascii")


@contextmanager
def ours(directory: Path, settings: AccountSettings, secret: str) -> Iterator[Ours]:
    """Make an account in a store; nothing is synced yet."""
    store = database.create_or_open(Profile(directory / "profile"), KEY)
    changes: list[Changes] = []
    writer = Writer(store, changes.append)
    account = writer.run(lambda c, ch: accounts.insert(c, settings, secret, ch))
    troubles: list[KnownError] = []
    sync = AccountSync(store, writer, account, trouble=troubles.append)
    made = Ours(store, writer, account, sync, troubles, changes)
    try:
        yield made
    finally:
        made.sync.stop()
        writer.close()


@contextmanager
def pair(
    server: DovecotServer, directory: Path, settings: AccountSettings | None = None
) -> Iterator[Pair]:
    """Make a user there and its account here; nothing is synced yet."""
    user = server.new_user()
    with ours(directory, settings or server.settings(user), user.password) as made:
        both = Pair(
            made.store,
            made.writer,
            made.account,
            made.sync,
            made.troubles,
            made.changes,
            server=server,
            user=user,
        )
        try:
            yield both
        finally:
            both.sync.stop()
            both.writer.close()


def mail(subject: str, body: str = "Hello.\r\n", **headers: str) -> bytes:
    """Return a message whose Message-ID follows from its subject."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    name = hashlib.sha256(subject.encode()).hexdigest()[:12]
    return (
        f"From: Ann Archer <ann@example.org>\r\nTo: ben@example.com\r\nSubject: {subject}\r\n"
        f"Date: Fri, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{name}@example.org>\r\n"
        f"{more}\r\n{body}"
    ).encode()


def eventually(check: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until `check` holds."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)
