"""Values for tests: digests, arrivals, a store in a folder of the test's own."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from missive_desktop.domain.account import AccountSettings, Endpoint, Security
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role
from missive_desktop.domain.ids import MessageId
from missive_desktop.domain.message import Address, Digest, Flags
from missive_desktop.profile import Profile
from missive_desktop.store import accounts, database, folders, messages
from missive_desktop.store.database import Connection, Store
from missive_desktop.store.messages import Arrival
from missive_desktop.store.packs import PackWriter
from missive_desktop.store.writer import Writer

KEY = bytes(range(32))
NOON = 1_750_000_000
ANN = Address("Ann Archer", "ann@example.org")
BEN = Address("Ben Baker", "ben@example.org")

_count = itertools.count(1)


def digest(**given: Any) -> Digest:
    """A digest with sensible values for what is not given."""
    number = next(_count)
    values: dict[str, Any] = {
        "message_id": f"m{number}@example.org",
        "references": (),
        "subject": f"Subject {number}",
        "sender": ANN,
        "to": (BEN,),
        "cc": (),
        "bcc": (),
        "reply_to": (),
        "date": NOON + number,
        "text": f"text of {number}",
        "snippet": f"snippet of {number}",
        "filenames": (),
        "attachments": 0,
        "tracked": (),
        "list_id": "",
        "auto_submitted": False,
        "defects": (),
    }
    return Digest(**(values | given))


def settings(address: str = "ben@example.org") -> AccountSettings:
    return AccountSettings(
        address=address,
        imap=Endpoint("127.0.0.1", 993, Security.TLS),
        smtp=Endpoint("127.0.0.1", 465, Security.TLS),
        user=address,
    )


@dataclass
class Mailbox:
    """A store with one account and an INBOX, a writer, a reader and a pack to append to."""

    profile: Profile
    store: Store
    writer: Writer
    reader: Connection
    packs: PackWriter
    account: int = 0
    inbox: int = 0
    published: list[Changes] = field(default_factory=list)

    def folder(self, name: str, role: Role = Role.NONE, account: int = 0) -> int:
        return self.writer.run(
            lambda conn, changes: folders.ensure(
                conn, account or self.account, name, "/", role, True, changes
            )
        )

    def arrival(
        self,
        uid: int,
        content: Digest | None = None,
        *,
        raw: bytes | None = None,
        flags: Flags | int = 0,
        received: int = 0,
        keywords: str = "",
        provider_id: int = 0,
        provider_thread: int = 0,
    ) -> Arrival:
        """A message that comes in; its raw form is made up from the digest if not given."""
        content = content or digest()
        raw = raw if raw is not None else f"Message-ID: <{content.message_id}>\r\n\r\n".encode()
        return Arrival(
            uid=uid,
            flags=Flags(flags),
            keywords=keywords,
            received=received or content.date,
            digest=content,
            sealed=self.packs.append(raw),
            hash=hashlib.sha256(raw).digest()[:16],
            provider_id=provider_id,
            provider_thread=provider_thread,
        )

    def add(
        self, arrivals: Sequence[Arrival], *, folder: int = 0, account: int = 0, **given: Any
    ) -> list[MessageId]:
        """Take the arrivals in, as the engine does."""
        self.packs.sync()
        return self.writer.run(
            lambda conn, changes: messages.add_batch(
                conn,
                account or self.account,
                folder or self.inbox,
                arrivals,
                changes,
                **given,
            )
        )


@contextmanager
def mailbox(directory: Path, address: str = "ben@example.org") -> Iterator[Mailbox]:
    """Open (or make) a profile in `directory` with an account and its INBOX."""
    profile = Profile(directory)
    store = database.create_or_open(profile, KEY)
    published: list[Changes] = []
    writer = Writer(store, published.append)
    reader = database.open_reader(store)
    box = Mailbox(profile, store, writer, reader, PackWriter(store.packs), published=published)
    try:
        known = accounts.by_address(reader, address)
        box.account = (
            known.id
            if known
            else writer.run(
                lambda conn, changes: accounts.insert(conn, settings(address), "secret", changes)
            )
        )
        box.inbox = box.folder("INBOX", Role.INBOX)
        published.clear()
        yield box
    finally:
        box.packs.close()
        reader.close()
        writer.close()
