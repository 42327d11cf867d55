"""Servers that follow a script, for what no real server does: stalls, lies, garbage, odd greetings.

A script is a function over a `Peer`; each connection runs the next one, and the last one again.
"""

from __future__ import annotations

import base64
import contextlib
import re
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from tests.servers import certificates
from tests.servers.certificates import Certificates

from missive_desktop.domain.account import AccountSettings, Endpoint, Security


class Hangup(Exception):
    """The client went away, or the script ends the connection."""


class Peer:
    """The server's end of one connection."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        self.sock = sock
        self._context = context
        self._file = sock.makefile("rb")
        self.released = threading.Event()

    def send(self, *lines: str | bytes) -> None:
        """Send lines, each with CRLF."""
        for line in lines:
            self.raw((line.encode() if isinstance(line, str) else line) + b"\r\n")

    def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise Hangup from error

    def line(self) -> str:
        """Read a line."""
        try:
            line = self._file.readline()
        except (OSError, ValueError) as error:
            raise Hangup from error
        if not line:
            raise Hangup
        return line.decode("utf-8", "replace").rstrip("\r\n")

    def take(self, size: int) -> bytes:
        """Read the bytes of a literal."""
        data = self._file.read(size)
        if len(data) < size:
            raise Hangup
        return data

    def expect(self, pattern: str) -> re.Match[str]:
        """Read a line that must match."""
        line = self.line()
        match = re.match(pattern, line, re.IGNORECASE)
        assert match is not None, f"expected {pattern!r}, got {line!r}"
        return match

    def encrypt(self) -> None:
        """Speak TLS from now on."""
        self.sock = self._context.wrap_socket(self.sock, server_side=True)
        self._file = self.sock.makefile("rb")

    def stall(self) -> None:
        """Say nothing until the test is over."""
        self.released.wait(30)
        raise Hangup

    def close(self) -> None:
        """End the connection."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self._file.close()
        self.sock.close()


Script: TypeAlias = Callable[[Peer], None]


class ScriptedServer:
    """Listens on a free port; `failures` holds what a script did not expect."""

    def __init__(self, certs: Certificates, *scripts: Script, tls: bool = True) -> None:
        self.certificates = certs
        self.tls = tls
        self.failures: list[Exception] = []
        self.connections = 0
        self._scripts = scripts
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certs.certificate, certs.key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._peers: list[Peer] = []
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._start(self._accept)

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, name="scripted", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._closed:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            script = self._scripts[min(self.connections, len(self._scripts) - 1)]
            self.connections += 1
            peer = Peer(sock, self._context)
            self._peers.append(peer)
            self._start(self._serve, peer, script)

    def _serve(self, peer: Peer, script: Script) -> None:
        try:
            if self.tls:
                peer.encrypt()
            script(peer)
        except (Hangup, OSError):
            pass
        except Exception as error:
            self.failures.append(error)
        finally:
            peer.close()

    def close(self) -> None:
        """End all connections; raise what a script did not expect."""
        self._closed = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in self._peers:
            peer.released.set()
            peer.close()
        for thread in self._threads:
            thread.join(5)
        if self.failures:
            raise self.failures[0]

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def endpoint(self) -> Endpoint:
        """Return where it listens."""
        return Endpoint("localhost", self.port, Security.TLS if self.tls else Security.STARTTLS)

    def settings(self) -> AccountSettings:
        """Return settings that lead here, for both reading and sending."""
        return AccountSettings(
            address="user@example.com",
            imap=self.endpoint(),
            smtp=self.endpoint(),
            user="user@example.com",
            ca_file=str(self.certificates.ca),
        )


# --- a small IMAP server, of which a test replaces commands --------------------------------------

Handler: TypeAlias = Callable[[Peer, str, str], None]  # peer, tag, arguments


def imap(
    handlers: dict[str, Handler] | None = None,
    *,
    capability: str = "IMAP4rev1",
    greeting: str = "* OK ready",
    secret: str = "secret",
) -> Script:
    """Return a script that signs in and answers what it knows; `handlers` come first."""
    own = handlers or {}

    def script(peer: Peer) -> None:
        peer.send(greeting)
        while True:
            tag, _, rest = peer.line().partition(" ")
            name, _, arguments = rest.partition(" ")
            if name.upper() == "UID":
                verb, _, arguments = arguments.partition(" ")
                name = f"UID {verb}"
            name = name.upper()
            if name in own:
                own[name](peer, tag, arguments)
            elif name == "CAPABILITY":
                peer.send(f"* CAPABILITY {capability} AUTH=PLAIN", f"{tag} OK done")
            elif name == "AUTHENTICATE":
                _authenticate(peer, tag, secret)
            elif name == "SELECT":
                peer.send("* 3 EXISTS", "* OK [UIDVALIDITY 7] ok", "* OK [UIDNEXT 4] ok")
                peer.send(f"{tag} OK [READ-WRITE] done")
            elif name == "LOGOUT":
                peer.send("* BYE", f"{tag} OK done")
                raise Hangup
            elif name == "NOOP":
                peer.send(f"{tag} OK done")
            else:
                peer.send(f"{tag} BAD unknown: {name}")

    return script


def _authenticate(peer: Peer, tag: str, secret: str) -> None:
    peer.send("+ ")
    given = base64.b64decode(peer.line()).split(b"\0")
    if given[-1].decode() == secret:
        peer.send(f"{tag} OK welcome")
    else:
        peer.send(f"{tag} NO [AUTHENTICATIONFAILED] no")


Start: TypeAlias = Callable[..., ScriptedServer]


@pytest.fixture(scope="session")
def throwaway_certificates() -> Iterator[Certificates]:
    with tempfile.TemporaryDirectory(prefix="certificates-") as directory:
        yield certificates.make(Path(directory))


@pytest.fixture
def scripted(throwaway_certificates: Certificates) -> Iterator[Start]:
    """Start scripted servers: `scripted(script, …, tls=True)`."""
    with contextlib.ExitStack() as running:

        def start(*scripts: Script, tls: bool = True) -> ScriptedServer:
            server = ScriptedServer(throwaway_certificates, *scripts, tls=tls)
            return running.enter_context(server)

        yield start
