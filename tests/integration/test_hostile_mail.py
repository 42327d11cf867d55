"""Hostile mail on its whole way: server, sync, store, search, what is shown, command line.

Each is kept byte by byte and shown somehow, the next one goes on, and memory stays bounded.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.servers.dovecot import MAIL_UID, DovecotServer, User
from tests.servers.hostile_mail import hostile_mails
from tests.servers.pair import mail
from tests.servers.program import Program

from missive_desktop import keychain
from missive_desktop.content import rendered
from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.engine.protocol import AddAccount, Check, Prepare, Rebuild, Sync
from missive_desktop.profile import Profile
from missive_desktop.store import database, messages
from missive_desktop.store import rendered as kept
from missive_desktop.store.database import Store

MEMORY = 400  # MB
PATIENCE = 40.0  # seconds for one message and a start of the program, on a busy machine


@dataclass
class Taken:
    """A profile into which all of it was synced, and its running engine."""

    program: Program
    store: Store
    client: BlockingClient
    raws: dict[bytes, bytes]  # hash → message, as the server gives it

    def peak(self) -> int:
        """Return the most memory that the engine ever had, in MB."""
        status = Path(f"/proc/{self.client.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        return int(found[1]) // 1024


def lay(user: User) -> None:
    """Put the messages into the maildir: over IMAP some of them could not be handed in."""
    folder = user.home / "Maildir" / "cur"
    for number, (_, raw) in enumerate(hostile_mails()):
        path = folder / f"{1_700_000_000 + number}.M{number}.hostile:2,"
        path.write_bytes(raw)
        if os.geteuid() == 0:
            shutil.chown(path, MAIL_UID, MAIL_UID)


def on_server(server: DovecotServer, user: User) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    with server.client(user, "INBOX") as client:
        count = int(client.search(None, "ALL")[1][0].split()[-1])
        for number in range(1, count + 1):
            _, data = client.fetch(str(number), "(BODY.PEEK[])")
            raw = data[0][1] if isinstance(data[0], tuple) else b""
            found[hashlib.sha256(raw).digest()[:16]] = raw
    return found


@pytest.fixture(scope="module")
def taken(dovecot: DovecotServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    user = dovecot.new_user()
    dovecot.append(user, mail("the first"))
    lay(user)
    dovecot.append(user, mail("the last"))
    directory = tmp_path_factory.mktemp("hostile")
    program = Program(directory)
    profile = Profile(program.profile).create()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(keychain.PASSPHRASE_FILE, program.environment[keychain.PASSPHRASE_FILE])
        key = keychain.unlock(profile, lambda _: None)
    with BlockingClient(profile, key) as client:
        client.call(AddAccount(settings=dovecot.settings(user), secret=user.password))
        [answer] = client.call(Sync())["accounts"]
        assert answer["error"] == ""
        store = Store(profile.database, profile.packs, key)
        yield Taken(program, store, client, on_server(dovecot, user))
    assert program.crashes() == ""


def test_each_is_kept_as_it_is(taken: Taken) -> None:
    with closing(database.open_reader(taken.store)) as conn:
        rows = dict(conn.execute("SELECT hash, id FROM messages").fetchall())
        assert rows.keys() == taken.raws.keys()
        for hash_, raw in taken.raws.items():
            assert messages.raw(conn, taken.store, rows[hash_]) == raw
        subjects = {row.subject for row in messages.rows(conn, list(rows.values())).values()}
        assert {"the first", "the last"} <= subjects
        assert conn.execute("SELECT count(*) FROM skipped").fetchone() == (0,)


def test_each_can_be_shown(taken: Taken) -> None:
    with closing(database.open_reader(taken.store)) as conn:
        ids = [row[0] for row in conn.execute("SELECT id FROM messages").fetchall()]
        slow: dict[int, float] = {}
        for number in ids:
            began = time.monotonic()
            taken.client.call(Prepare(messages=(number,)))
            slow[number] = time.monotonic() - began
            ready = kept.get(conn, number)
            assert ready is not None, number
            rendered.decode(ready[1])
        worst = max(slow, key=lambda number: slow[number])
        assert slow[worst] < PATIENCE, messages.get(conn, worst)


def test_each_can_be_listed_searched_and_printed(taken: Taken) -> None:
    program = taken.program
    rows = program.json("list", "--limit", "1000")
    assert len(rows) == len(taken.raws)
    assert all("0001" <= row["date"][:4] <= "2100" for row in rows)
    assert int(program.run("search", "", "--count").stdout) == len(rows)
    [hit] = program.json("search", "subject:of-50-mb")
    assert hit["attachments"] == 1
    for form in ("--text", "--html", "--raw"):
        program.run("show", str(hit["id"]), form, timeout=PATIENCE)
    for query in ("100000-recipients", "deep", "parts"):
        [hit] = program.json("search", f"subject:{query}")
        program.run("show", str(hit["id"]), timeout=PATIENCE)


def test_the_store_is_whole_and_can_be_made_anew(taken: Taken) -> None:
    assert taken.client.call(Check(thorough=True))["problems"] == []
    assert taken.client.call(Rebuild())["messages"] == len(taken.raws)
    assert taken.client.call(Check(thorough=True))["problems"] == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_was_bounded(taken: Taken) -> None:
    assert taken.peak() <= MEMORY
