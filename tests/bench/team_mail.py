"""Mail that arrives at a shared mailbox, until it is decrypted on a member's machine.

Real Dovecot, real sync server, the engine that serves and the member's engine each with a store of
their own. A bare IMAP client that only waits in IDLE is the peer: what it hears is the server's
own delay, and is taken off.
"""

from __future__ import annotations

import imaplib
import statistics
import tempfile
import threading
import time
from pathlib import Path

from tests.bench.report import Report
from tests.servers.colleagues import Colleague, Firm, until
from tests.servers.dovecot import DovecotServer
from tests.servers.missive_server import TeamServer
from tests.servers.organization import Office
from tests.servers.served import Served, mail

MAILS = 15
OLD = 300
GOAL_OLD = 100.0  # mails/s
GOAL = 1000.0  # ms beyond the server's own delay


def run(report: Report) -> None:
    """Measure a mail at a time, then how fast an old mailbox is taken in."""
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # Dovecot's mail is another user's
        server = TeamServer(folder / "team").start()
        office = Office(server)
        try:
            with DovecotServer(_made(folder / "mail")) as dovecot:
                firm = Firm(_made(folder / "firm"), office, "bench")
                try:
                    _measured(report, firm, dovecot)
                finally:
                    firm.close()
        finally:
            office.close()
            server.kill()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _measured(report: Report, firm: Firm, dovecot: DovecotServer) -> None:
    inbox = Served(firm, dovecot)
    dovecot.append(inbox.user, [mail(f"old {n}") for n in range(OLD)])
    start = time.perf_counter()
    inbox.by(firm.ana)
    until(lambda: _count(firm.ben, firm.scope) == OLD, 300, pause=0.05)  # it costs them time, too
    took = time.perf_counter() - start
    words = "an old mailbox taken in, until a member has it: mails/s"
    report.add(words, OLD / took, "/s", GOAL_OLD, least=True)
    beyond, whole = [], []
    for number in range(MAILS):
        subject = f"new {number}"
        heard = _Idle(inbox)
        sent = time.perf_counter()
        inbox.deliver(mail(subject))
        until(lambda s=subject: bool(inbox.conversation(firm.ben, s)), 30)  # type: ignore[misc]
        there = time.perf_counter()
        whole.append(there - sent)
        beyond.append(there - heard.at())
    words = "mail at the shared mailbox → decrypted at a member, beyond IDLE"
    note = f"p50; most {max(beyond) * 1000:.0f} ms"
    report.add(words, statistics.median(beyond) * 1000, "ms", GOAL, note)
    report.add(
        "the same from its delivery on, IDLE included", statistics.median(whole) * 1000, "ms"
    )


def _count(who: Colleague, scope: str) -> int:
    row = who.conn.execute(
        "SELECT count(*) FROM team_messages WHERE account_id = ?", (who.account(scope),)
    ).fetchone()
    return int(row[0])


class _Idle:
    """A bare client that waits in IDLE, and notes when it hears of a mail."""

    def __init__(self, inbox: Served) -> None:
        self._inbox = inbox
        self._waits, self._heard = threading.Event(), threading.Event()
        self._at = 0.0
        threading.Thread(target=self._wait, daemon=True).start()
        assert self._waits.wait(20)

    def at(self) -> float:
        """Return when it heard; by then it has."""
        assert self._heard.wait(30)
        return self._at

    def _wait(self) -> None:
        with self._inbox.server.client(self._inbox.user, "INBOX") as client:
            client.send(b"x1 IDLE\r\n")
            _until_line(client, b"+")
            self._waits.set()
            _until_line(client, b"EXISTS")
            self._at = time.perf_counter()
            self._heard.set()
            client.send(b"DONE\r\n")
            _until_line(client, b"x1 ")


def _until_line(client: imaplib.IMAP4, part: bytes) -> None:
    while part not in client.readline():
        pass
