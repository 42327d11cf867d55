"""A shared inbox served from a real mailbox: a firm's owner serves, another member looks on."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest
from tests.servers.colleagues import Colleague, Firm
from tests.servers.dovecot import DovecotServer, User
from tests.servers.missive_server import TeamServer

from missive_desktop.domain.account import AccountSettings
from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Address
from missive_desktop.engine.protocol import AddAccount, SaveDraft, SendDraft
from missive_desktop.engine.serving_requests import ServeInbox
from missive_desktop.store import served, team_talk
from missive_desktop.store.database import Connection


def mail(subject: str, *, answers: str = "", name: str = "", sender: str = "Cara <c@example.org>",
         to: str = "help@example.com", text: str = "Where is it?") -> bytes:  # fmt: skip
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"] = "Mon, 23 Nov 2026 08:00:00 +0000"
    made["Message-ID"] = f"<{name or subject.replace(' ', '-')}@example.org>"
    if answers:
        made["In-Reply-To"] = made["References"] = f"<{answers}@example.org>"
    made.set_content(text)
    return made.as_bytes().replace(b"\n", b"\r\n")


class Served:
    """Ana serves the firm's inbox from a mailbox on Dovecot."""

    def __init__(self, firm: Firm, server: DovecotServer) -> None:
        self.firm, self.server = firm, server
        self.user: User = server.new_user()
        self.scope = firm.scope
        self.accounts: dict[str, int] = {}  # by user: the mailbox in their profile

    @property
    def settings(self) -> AccountSettings:
        return self.server.settings(self.user)

    def by(self, who: Colleague) -> int:
        """Have somebody serve it; return the account of the mailbox."""
        added = who.call(AddAccount(settings=self.settings, secret=self.user.password))
        who.runtime.syncs.watch(True)
        who.runtime.workers.watch(True)
        self.accounts[who.user] = added["account"]
        who.call(ServeInbox(scope=self.scope, account=added["account"]))
        return int(added["account"])

    def round(self, who: Colleague) -> None:
        """Bring somebody's copy of the mailbox in step."""
        who.runtime.syncs.round(self.accounts[who.user])

    def state(self, who: Colleague) -> str:
        row = served.get(who.conn, self.scope)
        return row.state.value if row else ""

    def deliver(self, raw: bytes) -> None:
        self.server.deliver(self.user, raw)

    def count(self, folder: str = "INBOX") -> int:
        with self.server.client(self.user, folder) as client:
            return len(client.search(None, "ALL")[1][0].split())

    def subjects(self, who: Colleague) -> list[str]:
        return subjects(who.conn, who.account(self.scope))

    def conversation(self, who: Colleague, subject: str) -> str:
        """Return the conversation of a mail, once it is here; "" before."""
        row = who.conn.execute(
            "SELECT t.conv FROM team_messages AS t JOIN messages AS m ON m.id = t.message_id"
            " WHERE t.account_id = ? AND m.subject = ?",
            (who.account(self.scope), subject),
        ).fetchone()
        return str(row[0]) if row else ""

    def answer(self, who: Colleague, subject: str, *, to: str, undo: int = 0) -> int:
        """Have a member answer a mail; return what takes it back."""
        account = who.account(self.scope)
        row = who.conn.execute(
            "SELECT m.id, m.conversation_id FROM messages AS m WHERE m.account_id = ?"
            " AND m.subject = ? ORDER BY m.id DESC",
            (account, subject),
        ).fetchone()
        content = Draft(
            account, "reply", row[0], row[1], Address("Help", self.user.address),
            (Address("", to),), subject=f"Re: {subject}", text="Soon.",
        )  # fmt: skip
        saved = who.call(SaveDraft(draft=0, content=content))["draft"]
        return int(who.call(SendDraft(draft=saved, undo_seconds=undo))["outbox"])

    def sends(self, who: Colleague) -> list[str]:
        return [row.state for row in team_talk.sends(who.conn, who.account(self.scope))]


class Machine:
    """Somebody's engine in a process of its own, that serves until a point (`dying_worker`)."""

    def __init__(self, directory: Path, point: str = "", how: str = "kill") -> None:
        command = [sys.executable, "-m", "tests.servers.dying_worker", str(directory), point, how]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def heard(self, line: str, seconds: float = 60.0) -> None:
        """Wait until it prints a line."""
        assert self._process.stdout is not None
        timer = threading.Timer(seconds, self._process.kill)
        timer.start()
        try:
            for said in self._process.stdout:
                if said.decode().strip() == line:
                    return
        finally:
            timer.cancel()
        raise AssertionError(f"it never said {line}")

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def ended(self) -> int:
        return self._process.wait(60)

    def close(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, stopped or not; kill it if it does not."""
        if self._process.poll() is None:
            self._process.send_signal(how)
            self._process.send_signal(signal.SIGCONT)
        try:
            code = self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        if self._process.stdout is not None:
            self._process.stdout.close()
        return code


def expire_leases(server: TeamServer) -> None:
    """Have half a minute pass for whoever serves: for tests in which that one is dead."""
    with closing(sqlite3.connect(server.data / "server.db", timeout=20)) as conn:
        conn.execute("UPDATE leases SET until = 0")
        conn.commit()


def subjects(conn: Connection, account: int) -> list[str]:
    rows = conn.execute(
        "SELECT m.subject FROM messages AS m WHERE m.account_id = ? ORDER BY m.subject", (account,)
    )
    return [subject for (subject,) in rows.fetchall()]


@pytest.fixture
def inbox(firm: Firm, dovecot: DovecotServer) -> Iterator[Served]:
    made = Served(firm, dovecot)
    yield made
    dovecot.submission.behaviour.answer, dovecot.submission.behaviour.delay = "", 0.0
