"""An SMTP submission server: AUTH over TLS or STARTTLS, delivering over LMTP to Dovecot."""

from __future__ import annotations

import asyncio
import base64
import smtplib
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from tests.servers.certificates import Certificates


@dataclass
class Behaviour:
    """What the server does; tests change it while it runs."""

    passwords: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)  # token -> user
    refused: dict[str, str] = field(default_factory=dict)  # recipient -> reply line
    answer: str = ""  # instead of delivering
    delay: float = 0.0  # before the answer to the data
    received: list[Envelope] = field(default_factory=list)


class _Handler:
    def __init__(self, behaviour: Behaviour, deliver: Callable[[Envelope], str]) -> None:
        self.behaviour = behaviour
        self.deliver = deliver

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if (reply := self.behaviour.refused.get(address)) is not None:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.behaviour.delay:
            await asyncio.sleep(self.behaviour.delay)
        if self.behaviour.answer:
            return self.behaviour.answer
        self.behaviour.received.append(envelope)
        return await asyncio.get_running_loop().run_in_executor(None, self.deliver, envelope)

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        blob = args[1] if len(args) > 1 else await server.challenge_auth(b"")
        text = base64.b64decode(blob) if isinstance(blob, str) else bytes(blob)
        fields = dict(one.split("=", 1) for one in text.decode().split("\x01") if "=" in one)
        token = fields.get("auth", "").removeprefix("Bearer ")
        user = self.behaviour.tokens.get(token)
        ok = user is not None and user == fields.get("user")
        return AuthResult(success=ok, handled=False)


class SubmissionServer:
    """Listens on two ports (STARTTLS and TLS) in a thread of its own."""

    def __init__(self, certificates: Certificates, lmtp_port: int = 0) -> None:
        self.behaviour = Behaviour()
        self._lmtp_port = lmtp_port
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificates.certificate, certificates.key)
        self._loop = asyncio.new_event_loop()
        self._servers: list[asyncio.Server] = []
        self.starttls_port = self.tls_port = 0
        self._thread = threading.Thread(target=self._run, name="submission", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(60)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _listen(self) -> None:
        handler = _Handler(self.behaviour, self._deliver)

        def session(*, tls: bool) -> SMTP:
            made = SMTP(
                handler,
                hostname="localhost",
                ident="test ESMTP",
                data_size_limit=50_000_000,
                enable_SMTPUTF8=True,
                authenticator=self._authenticate,
                require_starttls=not tls,
                auth_require_tls=not tls,
                tls_context=None if tls else self._context,
            )
            # Not by the parameter: it warns of TLS missing where TLS lies below.
            made._auth_required = True
            return made

        listen = self._loop.create_server
        clear = await listen(lambda: session(tls=False), "127.0.0.1", 0)
        sealed = await listen(lambda: session(tls=True), "127.0.0.1", 0, ssl=self._context)
        self._servers = [clear, sealed]
        self.starttls_port = clear.sockets[0].getsockname()[1]
        self.tls_port = sealed.sockets[0].getsockname()[1]

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        known = self.behaviour.passwords.get(data.login.decode())
        ok = known is not None and known == data.password.decode()
        return AuthResult(success=ok, handled=False)

    def _deliver(self, envelope: Envelope) -> str:
        if not self._lmtp_port:
            return "250 2.0.0 taken"
        assert isinstance(envelope.content, bytes)
        refused: list[str] = []
        try:
            with smtplib.LMTP("127.0.0.1", self._lmtp_port) as lmtp:
                # LMTP answers the data once per recipient, which smtplib does not read.
                for recipient in envelope.rcpt_tos:
                    try:
                        lmtp.sendmail(envelope.mail_from or "", [recipient], envelope.content)
                    except smtplib.SMTPRecipientsRefused:
                        refused.append(recipient)
        except (OSError, smtplib.SMTPException) as error:
            return f"451 4.3.0 {type(error).__name__}"
        return f"550 5.1.1 unknown: {', '.join(refused)}" if refused else "250 2.0.0 delivered"

    def close(self) -> None:
        """Close the listeners and whatever is connected."""

        async def finish() -> None:
            for server in self._servers:
                server.close()
            mine = asyncio.current_task()
            tasks = [task for task in asyncio.all_tasks() if task is not mine]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._loop.shutdown_default_executor()

        asyncio.run_coroutine_threadsafe(finish(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()
