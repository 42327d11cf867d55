"""A throw-away mail server: Debian's Dovecot 2.3 from a folder, and submission beside it.

Used by the fixtures and, without pytest, by the benchmark. Runs as root (mail then belongs to
uid 5000, so the folder must be reachable for others) or as an ordinary user.
"""

from __future__ import annotations

import contextlib
import imaplib
import itertools
import os
import shutil
import signal
import smtplib
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.servers import certificates
from tests.servers.dovecot_config import MAIL_UID, configuration, token_configuration
from tests.servers.ports import free_ports, wait_for_port
from tests.servers.submission import SubmissionServer
from tests.servers.tokens import TokenServer

from missive_desktop.domain.account import AccountSettings, Auth, Endpoint, Security

HOW_TO_INSTALL = (
    "These tests need a real mail server. "
    "Install it: apt-get install --no-install-recommends dovecot-imapd dovecot-lmtpd"
)
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


@dataclass(frozen=True)
class User:
    address: str
    password: str
    home: Path  # holds Maildir/


class DovecotServer:
    """One running server. `profile` is "full", or "plain": no extension is offered."""

    def __init__(self, directory: Path, profile: str = "full", *, fsync: str = "never") -> None:
        self.directory = directory
        self.profile = profile
        self.fsync = fsync
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self.imap_port, self.imaps_port, self.lmtp_port, self._token_port = free_ports(4)
        self._lay()
        self.tokens = TokenServer(self._token_port)
        self.submission = SubmissionServer(self.certificates, self.lmtp_port)

    def _lay(self) -> None:
        for name in ("run", "state", "mail", "users"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        self.certificates = certificates.make(self.directory / "tls")
        self.ca_file = str(self.certificates.ca)
        tokens = self.directory / "oauth2.conf"
        tokens.write_text(token_configuration(self._token_port))
        config = configuration(
            self.directory,
            imap=self.imap_port,
            imaps=self.imaps_port,
            lmtp=self.lmtp_port,
            plain=self.profile == "plain",
            fsync=self.fsync,
        )
        (self.directory / "dovecot.conf").write_text(config)
        if os.geteuid() == 0:
            self.directory.chmod(0o755)
            os.chown(self.directory / "mail", MAIL_UID, MAIL_UID)
            shutil.chown(tokens, group="dovecot")
            tokens.chmod(0o640)

    # --- running -------------------------------------------------------------------------

    def start(self) -> None:
        """Start and wait until it takes connections."""
        program = shutil.which("dovecot", path=_PATH)
        if program is None:
            raise RuntimeError(HOW_TO_INSTALL)
        self._process = subprocess.Popen(
            [program, "-F", "-c", str(self.directory / "dovecot.conf")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if not (wait_for_port(self.imaps_port, 60) and wait_for_port(self.lmtp_port, 60)):
            log = self.log()
            self.stop()
            raise RuntimeError(f"Dovecot did not start:\n{log}")

    def log(self) -> str:
        """Return what Dovecot logged."""
        path = self.directory / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def stop(self) -> None:
        """Stop cleanly: every connection ends, no process stays."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End every process at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def signal(self, which: signal.Signals) -> None:
        """Stop all of it where it stands, or let it go on."""
        if self._process is not None:
            os.killpg(self._process.pid, which)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        children = _children(process.pid)
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(how)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        # Sessions outlive the master for a moment; a killed master leaves them altogether.
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        (self.directory / "run" / "master.pid").unlink(missing_ok=True)

    def close(self) -> None:
        """Stop everything that belongs to this server."""
        self.stop()
        self.submission.close()
        self.tokens.close()

    def __enter__(self) -> DovecotServer:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # --- accounts ------------------------------------------------------------------------

    def new_user(self, name: str = "", password: str = "correct horse") -> User:
        """Create an account that nobody used before."""
        address = f"{name or f'user{next(self._numbers)}'}@example.com"
        # A file for each: Dovecot looks only once a second whether a known file has changed.
        (self.directory / "users" / address).write_text(f"{address}:{{PLAIN}}{password}::::::\n")
        self.submission.behaviour.passwords[address] = password
        local, _, domain = address.partition("@")
        return User(address, password, self.directory / "mail" / domain / local)

    def new_token(self, user: User) -> str:
        """Return an access token for XOAUTH2, valid for IMAP and submission."""
        token = f"ya29.{user.address.partition('@')[0]}-{time.monotonic_ns():x}"
        self.tokens.users[token] = user.address
        self.submission.behaviour.tokens[token] = user.address
        return token

    def settings(
        self, user: User, security: Security = Security.TLS, auth: Auth = Auth.PASSWORD
    ) -> AccountSettings:
        """Return what a client needs to know of `user`, but the secret."""
        tls = security is Security.TLS
        submission = self.submission
        return AccountSettings(
            address=user.address,
            imap=Endpoint("localhost", self.imaps_port if tls else self.imap_port, security),
            smtp=Endpoint(
                "localhost", submission.tls_port if tls else submission.starttls_port, security
            ),
            user=user.address,
            name="Test Person",
            auth=auth,
            ca_file=self.ca_file,
        )

    # --- changes made elsewhere ----------------------------------------------------------

    @contextlib.contextmanager
    def client(self, user: User, folder: str = "") -> Iterator[imaplib.IMAP4_SSL]:
        """Open a raw IMAP connection as another client would, with `folder` selected."""
        context = ssl.create_default_context(cafile=self.ca_file)
        client = imaplib.IMAP4_SSL("localhost", self.imaps_port, ssl_context=context, timeout=20)
        try:
            client.login(user.address, user.password)
            if folder:
                status, text = client.select(_quoted(folder))
                assert status == "OK", text
            yield client
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                client.logout()

    def append(
        self,
        user: User,
        raws: bytes | Sequence[bytes],
        folder: str = "INBOX",
        flags: str = "",
        date: float = 0,
    ) -> None:
        """Put messages into a folder (made if need be), with their arrival date."""
        when = imaplib.Time2Internaldate(date) if date else ""
        with self.client(user) as client:
            if folder != "INBOX":
                client.create(_quoted(folder))
            for raw in [raws] if isinstance(raws, bytes) else raws:
                status, text = client.append(_quoted(folder), f"({flags})", when, raw)
                assert status == "OK", text

    def deliver(self, user: User, raw: bytes, sender: str = "sender@example.org") -> None:
        """Deliver over LMTP, as mail from outside arrives."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as lmtp:
            lmtp.sendmail(sender, [user.address], raw)


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError):
                stat = (entry / "stat").read_text()
                if int(stat.rpartition(")")[2].split()[1]) == pid:
                    found.append(int(entry.name))
    return found


def _serve(profile: str) -> Iterator[DovecotServer]:
    # Not pytest's own temporary folder: that is closed to the user that owns the mail.
    directory = Path(tempfile.mkdtemp(prefix="dovecot-"))
    try:
        with DovecotServer(directory, profile) as server:
            yield server
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[DovecotServer]:
    """A server with everything Dovecot offers."""
    yield from _serve("full")


@pytest.fixture(scope="session")
def plain_dovecot() -> Iterator[DovecotServer]:
    """The same without any extension."""
    yield from _serve("plain")


@pytest.fixture
def mortal_dovecot() -> Iterator[DovecotServer]:
    """A server of one's own, to be stopped and killed."""
    yield from _serve("full")
