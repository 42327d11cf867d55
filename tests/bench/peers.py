"""The peers we are measured against: mbsync, mu, notmuch, and a bare drain of all bodies."""

from __future__ import annotations

import imaplib
import json
import os
import re
import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.bench.report import timed

_NOTMUCH = """
import json, sys, time, notmuch2
database = notmuch2.Database(sys.argv[1])
out = {}
for name, query in json.loads(sys.argv[2]).items():
    times = []
    for _ in range(31):
        start = time.perf_counter()
        hits = []
        for message in database.messages(query, sort=notmuch2.Database.SORT.NEWEST_FIRST):
            hits.append((message.header('subject'), message.header('from'), message.date))
            if len(hits) == 50:
                break
        times.append((time.perf_counter() - start) * 1000)
    out[name] = sorted(times[1:])[15]
print(json.dumps(out))
"""


@dataclass(frozen=True)
class Login:
    """Where the benchmark's server is and who asks."""

    host: str
    port: int
    user: str
    password: str
    ca_file: Path


def available(*commands: str) -> bool:
    return all(shutil.which(command) for command in commands)


class Mbsync:
    """mbsync pulling all folders into a Maildir below `folder`."""

    def __init__(self, folder: Path, login: Login) -> None:
        self.mail = folder / "mail"
        self.mail.mkdir(parents=True)
        self._config = folder / "mbsyncrc"
        self._config.write_text(
            f"IMAPStore far\nHost {login.host}\nPort {login.port}\nUser {login.user}\n"
            f'Pass "{login.password}"\nSSLType IMAPS\nCertificateFile {login.ca_file}\n\n'
            f"MaildirStore near\nPath {self.mail}/\nInbox {self.mail}/INBOX\n"
            "SubFolders Verbatim\n\n"
            "Channel all\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nExpunge Near\n"
            f"Sync Pull\nSyncState {folder}/state-\n"
        )

    def seconds(self) -> float:
        """Sync once and return the wall time."""
        with timed() as watch:
            subprocess.run(["mbsync", "-c", self._config, "-q", "all"], check=True)
        return watch.seconds


def mu_index_seconds(maildir: Path, folder: Path) -> float:
    """Index a Maildir with mu into a fresh database."""
    home = folder / "mu"
    subprocess.run(
        ["mu", "init", f"--muhome={home}", f"--maildir={maildir}"], check=True, capture_output=True
    )
    with timed() as watch:
        subprocess.run(
            ["mu", "index", f"--muhome={home}", "--quiet"], check=True, capture_output=True
        )
    return watch.seconds


def notmuch_index_seconds(maildir: Path, folder: Path) -> float:
    """Index a Maildir with notmuch; its database lies in the Maildir."""
    config = folder / "notmuch.conf"
    config.write_text(
        f"[database]\npath={maildir}\n[user]\nname=Bench\nprimary_email=user@example.com\n"
    )
    with timed() as watch:
        subprocess.run(
            ["notmuch", f"--config={config}", "new", "--quiet"], check=True, capture_output=True
        )
    return watch.seconds


def notmuch_search_ms(maildir: Path, folder: Path, queries: dict[str, str]) -> dict[str, float]:
    """Median ms for the first 50 hits with subject, people and date, through notmuch's bindings."""
    python = "/usr/bin/python3"  # Debian's bindings are for Debian's Python
    done = subprocess.run(
        [python, "-c", _NOTMUCH, str(maildir), json.dumps(queries)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"NOTMUCH_CONFIG": str(folder / "notmuch.conf")},
    )
    return dict(json.loads(done.stdout))


def drain_seconds(login: Login, folders: list[str]) -> float:
    """Fetch every body with a bare socket reader and throw it away: the floor of any pull."""
    context = ssl.create_default_context(cafile=str(login.ca_file))
    connection = imaplib.IMAP4_SSL(login.host, login.port, ssl_context=context)
    connection.login(login.user, login.password)
    buffer = memoryview(bytearray(1 << 17))
    with timed() as watch:
        for folder in folders:
            connection.select(f'"{folder}"', readonly=True)
            connection.sock.sendall(b"drain UID FETCH 1:* (BODY.PEEK[])\r\n")
            tail = b""
            while not re.search(rb"\ndrain (OK|NO|BAD)[^\n]*\n\Z", tail):
                length = connection.sock.recv_into(buffer)
                if length == 0:
                    raise ConnectionError("the server closed the drain")
                tail = (tail + bytes(buffer[max(0, length - 256) : length]))[-256:]
    connection.sock.close()
    return watch.seconds
