"""A process that syncs an account and acts on it without end, until it is killed.

Each act that is committed is acknowledged on standard output, one JSON list a line.
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path

from missive_desktop.domain.act import Act, Deed
from missive_desktop.domain.changes import Changes
from missive_desktop.profile import Profile
from missive_desktop.store import database, folders, messages, outbox, raws
from missive_desktop.store.database import Connection
from missive_desktop.store.outbox import Outbound
from missive_desktop.store.packs import PackWriter
from missive_desktop.store.writer import Writer
from missive_desktop.sync import actions
from missive_desktop.sync.account import AccountSync

KEY = bytes(range(32))


def act_on_one(conn: Connection, account: int, changes: Changes) -> list[str]:
    """Archive or star a message of the inbox; return what was done to which."""
    inbox = folders.by_name(conn, account, "INBOX")
    rows = messages.newest(conn, inbox.id, 1000) if inbox else []
    if not rows:
        return []
    row = random.choice(rows)
    kind = random.choice([Deed.ARCHIVE, Deed.STAR])
    actions.act(conn, Act(kind, (row.id,)), changes)
    return [kind, row.subject]


def queue_one(conn: Connection, account: int, packs: PackWriter, changes: Changes) -> list[str]:
    name = f"{random.getrandbits(64):x}@example.com"
    raw = f"From: me@example.com\r\nSubject: out\r\nMessage-ID: <{name}>\r\n\r\nHi.\r\n".encode()
    sealed = packs.append(raw)
    packs.sync()
    item = Outbound(
        account=account,
        raw_id=raws.insert(conn, account, sealed),
        sender="me@example.com",
        recipients=(sys.argv[3],),
        subject="out",
        message_id=name,
        not_before=int(time.time()),
        created=int(time.time()),
    )
    outbox.enqueue(conn, item, changes)
    return ["send", name]


def main() -> None:
    store = database.create_or_open(Profile(Path(sys.argv[1])), KEY)
    account = int(sys.argv[2])
    writer = Writer(store, lambda changes: None)
    writer.run(outbox.recover, durable=True)
    packs = PackWriter(store.packs)
    sync = AccountSync(store, writer, account)
    sync.start()
    while True:
        if random.random() < 0.15:
            done = writer.run(lambda c, ch: queue_one(c, account, packs, ch), durable=True)
        else:
            done = writer.run(lambda c, ch: act_on_one(c, account, ch), durable=True)
        if done:
            print(json.dumps(done), flush=True)
        sync.poke()
        time.sleep(random.random() * 0.05)


main()
