"""The benchmark's mail server: a real Dovecot that holds a generated mailbox in six folders."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.mailbox import Mailbox, write_maildir
from tests.bench.peers import Login
from tests.servers.dovecot import DovecotServer, User
from tests.servers.dovecot_config import MAIL_UID

# The share of the mailbox that lies in each folder.
SHARES = {"INBOX": 0.7, "Archive": 0.2, "Sent": 0.06, "Projects": 0.02, "Trash": 0.01, "Junk": 0.01}


@dataclass(frozen=True)
class Ground:
    """A running server with one user's mail on it, and room on the disk for the clients."""

    server: DovecotServer
    user: User
    messages: int
    bytes: int
    room: Path

    @property
    def login(self) -> Login:
        return Login(
            "localhost",
            self.server.imaps_port,
            self.user.address,
            self.user.password,
            Path(self.server.ca_file),
        )


@contextmanager
def ground(messages: int) -> Iterator[Ground]:
    """Start a server that holds a mailbox of `messages`."""
    room = Path(tempfile.mkdtemp(prefix="missive-bench-"))
    room.chmod(0o755)
    try:
        (room / "server").mkdir()
        (room / "clients").mkdir()
        with DovecotServer(room / "server", fsync="optimized") as server:
            user = server.new_user("bench")
            size = _fill(user.home / "Maildir", messages)
            yield Ground(server, user, messages, size, room / "clients")
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _fill(maildir: Path, messages: int) -> int:
    mailbox = Mailbox(messages)
    total = start = 0
    for name, share in SHARES.items():
        end = messages if name == "Junk" else start + int(messages * share)
        folder = maildir if name == "INBOX" else maildir / f".{name}"
        total += write_maildir(mailbox, folder, range(start, end))
        start = end
    if os.geteuid() == 0:
        for path in (maildir.parent.parent, *maildir.parent.parent.rglob("*")):
            os.chown(path, MAIL_UID, MAIL_UID)
    return total
