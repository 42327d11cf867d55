"""Stores of a given size, filled through the ordinary bulk path without a server."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.mailbox import Mailbox

from missive_desktop.content.digest import digest
from missive_desktop.domain.account import AccountSettings, AccountState, Endpoint, Security
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.domain.message import Flags
from missive_desktop.profile import Profile
from missive_desktop.store import accounts, database, folders, messages
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import Arrival
from missive_desktop.store.packs import PackWriter
from missive_desktop.store.writer import Writer

KEY = bytes(range(32))
SCALE = 0.1  # about 5 KB a message: what is measured on these stores does not read bodies
_BATCH = 1000


def fill(
    profile: Profile, count: int, maildir: Path | None = None, key: bytes = KEY
) -> database.Store:
    """Fill a new profile with `count` messages; the same mail also as a Maildir for the peers."""
    store = database.create_or_open(profile, key)
    writer = Writer(store, lambda _changes: None)
    mailbox = Mailbox(count, scale=SCALE)
    account, folder = writer.run(_account)
    pack = PackWriter(store.packs)
    for start in range(0, count, _BATCH):
        mails = [mailbox[i] for i in range(start, min(start + _BATCH, count))]
        arrivals = [
            Arrival(
                uid=start + k + 1,
                flags=Flags.SEEN if mail.seen else Flags(0),
                keywords="",
                received=mail.date,
                digest=digest(mail.raw),
                sealed=pack.append(mail.raw),
                hash=hashlib.sha256(mail.raw).digest()[:16],
            )
            for k, mail in enumerate(mails)
        ]
        pack.sync()

        def add(c: Connection, changes: Changes, batch: list[Arrival] = arrivals) -> None:
            messages.add_batch(c, account, folder, batch, changes)

        writer.run(add)
        if maildir is not None:
            _copy(maildir, start, [mail.raw for mail in mails])
    writer.close()
    return store


def _account(connection: Connection, changes: Changes) -> tuple[int, int]:
    nowhere = Endpoint("", 993, Security.TLS)
    settings = AccountSettings("user@example.com", nowhere, None, "user@example.com")
    account = accounts.insert(connection, settings, "", changes)
    accounts.set_state(connection, account, AccountState.READY, "", changes)
    folder = folders.ensure(connection, account, "INBOX", "/", Role.INBOX, True, changes)
    return account, folder


def _copy(maildir: Path, start: int, raws: list[bytes]) -> None:
    for name in ("cur", "new", "tmp"):
        (maildir / name).mkdir(parents=True, exist_ok=True)
    for k, raw in enumerate(raws):
        (maildir / "cur" / f"{start + k}.bench:2,S").write_bytes(raw)


@contextmanager
def reader(store: database.Store) -> Iterator[Connection]:
    connection = database.open_reader(store)
    try:
        yield connection
    finally:
        connection.close()
