"""A storm over a shared inbox that is served: mail comes, members have mail sent, and workers,
their mailbox and the server for sending are harmed along with all the rest.

`Courier` brings mail from outside; what came and what left, the mail servers tell in the end.
"""

from __future__ import annotations

import contextlib
import email
import json
import random
import signal
import smtplib
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from tests.factories import KEY
from tests.servers import storm_view
from tests.servers.colleagues import until
from tests.servers.dovecot import DovecotServer, User
from tests.servers.dying_worker import POINTS
from tests.servers.mates import Link
from tests.servers.organization import Member
from tests.servers.storm import Device, Storm, WrongServer
from tests.servers.storm_member import REPLIES
from tests.servers.submission import SubmissionServer
from tests.verdicts import Line, Remains

from missive_desktop.domain.account import AccountSettings, Endpoint, Security
from missive_desktop.domain.team import Intent
from missive_desktop.engine import dispatch
from missive_desktop.engine.protocol import AddAccount
from missive_desktop.engine.runtime import Runtime
from missive_desktop.engine.serving_requests import ServeInbox
from missive_desktop.profile import Profile
from missive_desktop.store import team_scopes, team_spaces
from missive_desktop.team.organizing import Plan
from missive_wire.ids import new_id

SERVING = ("dora", "emil")
BROUGHT = "@brought.example"  # ends the Message-ID of what comes from outside
_PAST_LEASE = (32.0, 45.0)  # seconds
_UNDECIDED = {"requested", "sending"}


class Courier:
    """Brings a mail every now and then. What fails is left: another one comes."""

    def __init__(self, server: DovecotServer, user: User, chance: random.Random) -> None:
        self._server, self._user, self._chance = server, user, chance
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def bring(self, name: str) -> None:
        raw = (
            f"From: Cara <c@example.org>\r\nTo: {self._user.address}\r\nSubject: Mail {name}\r\n"
            f"Message-ID: <{name}{BROUGHT}>\r\nDate: Mon, 23 Nov 2026 08:00:00 +0000\r\n"
            f"\r\nWhere is it?\r\n"
        )
        with contextlib.suppress(OSError, smtplib.SMTPException):
            self._server.deliver(self._user, raw.encode())

    def _run(self) -> None:
        number = 0
        while not self._stop.wait(self._chance.expovariate(1.5)):
            number += 1
            self.bring(str(number))

    def close(self) -> None:
        self._stop.set()
        self._thread.join(60)


class Worker(Device):
    """A member's engine that serves the inbox, and may die after some commit."""

    def start(self, scope: str, people: dict[str, str], seed: str, die: str, after: int) -> None:
        self.end()
        self._run("tests.servers.dying_worker", str(self.directory), die, "kill", str(self.clock))

    def say(self, words: str) -> None:
        """It does what it is there for."""

    @property
    def acted(self) -> bool:
        return True

    def _ask_to_end(self, process: subprocess.Popen[str]) -> None:
        process.send_signal(signal.SIGTERM)

    def serve(self, scope: str, settings: AccountSettings, secret: str) -> None:
        """Keep in its profile that it serves."""
        runtime = Runtime(Profile(self.directory), KEY, lambda _: None)
        try:
            runtime.teams.watch(True)

            def knows() -> bool:
                with runtime.reading() as conn:
                    space = team_spaces.get(conn, scope)
                    row = team_scopes.get(conn, 1, scope)
                return space is not None and space.account > 0 and row is not None and row.done

            until(knows)
            made: dict[str, Any] = dispatch.run(
                runtime, AddAccount(settings=settings, secret=secret)
            )
            dispatch.run(runtime, ServeInbox(scope=scope, account=made["account"]))
        finally:
            runtime.close()

    def crashed(self) -> str:
        log = Profile(self.directory).crash_log
        return log.read_text("utf-8") if log.exists() else ""


@dataclass
class MailStorm(Storm):
    """Two of the members serve the inbox on machines of their own."""

    names: tuple[str, ...] = ("ben", "cid", *SERVING)
    dovecot: DovecotServer = field(kw_only=True)

    def __post_init__(self) -> None:
        self.user, customer = self.dovecot.new_user(), self.dovecot.new_user()
        self.submission = SubmissionServer(self.dovecot.certificates)
        self.behaviour = self.submission.behaviour
        self.behaviour.passwords[self.user.address] = self.user.password
        self.smtp = Link(self.submission.tls_port)
        super().__post_init__()
        settings = msgspec.structs.replace(
            self.dovecot.settings(self.user),
            smtp=Endpoint("localhost", self.smtp.port, Security.TLS),
        )
        for device in self.devices.values():
            if isinstance(device, Worker):
                device.serve(self.scope, settings, self.user.password)
            else:
                device.mailbox = (self.user.address, customer.address)
        self.courier = Courier(self.dovecot, self.user, random.Random(self.chance.random()))

    def _joined(self, name: str) -> None:
        """Say that a worker may serve; the mailbox it has of its own."""
        if name in SERVING:
            device = {"device": self.members[name].me.device.id}
            handed = Intent("put", self.scope, "mailbox", new_id(), "mailbox.handed", device)
            self.members["ana"].do(Plan((handed,)))

    def _device(self, name: str, member: Member, node: WrongServer) -> Device:
        if name not in SERVING:
            return super()._device(name, member, node)
        return Worker(self.folder, self.stores or self.folder, name, member, self.root, node.port)

    def close(self) -> None:
        self.courier.close()
        self.dovecot.signal(signal.SIGCONT)
        super().close()
        self.smtp.close()
        self.submission.close()

    # --- what happens ------------------------------------------------------------------------

    def life(self, device: Device) -> None:
        if not isinstance(device, Worker):
            super().life(device)
            return
        die = self.fate.choice(["", "", *POINTS])
        device.start(self.scope, self.people, "", die, 0)

    def worker(self) -> Device:
        return self.chance.choice([d for d in self.devices.values() if isinstance(d, Worker)])

    def fault_worker_killed(self, length: float) -> None:
        self.worker().signal(signal.SIGKILL)
        time.sleep(length / 2)

    def fault_worker_stopped(self, length: float) -> None:
        """Where there is time for it, past its lease: another one takes over meanwhile."""
        worker = self.worker()
        worker.signal(signal.SIGSTOP)
        time.sleep(self.chance.uniform(*_PAST_LEASE) if length > 5 else length)
        worker.signal(signal.SIGCONT)

    def fault_mailbox_killed(self, length: float) -> None:
        self.dovecot.kill()
        time.sleep(length / 2)
        self.dovecot.start()

    def fault_mailbox_stopped(self, length: float) -> None:
        self.dovecot.signal(signal.SIGSTOP)
        time.sleep(length)
        self.dovecot.signal(signal.SIGCONT)

    def fault_smtp_slow(self, length: float) -> None:
        self.behaviour.delay = self.chance.uniform(0.1, 2.0)
        time.sleep(length)
        self.behaviour.delay = 0.0

    def fault_smtp_refuses(self, length: float) -> None:
        """For the moment, or for good."""
        self.behaviour.answer = self.chance.choice(["451 4.3.0 later", "554 5.7.1 never"])
        time.sleep(length)
        self.behaviour.answer = ""

    def fault_smtp_lost(self, length: float) -> None:
        """The answers of the server for sending get lost, and then the connection."""
        self.smtp.drop_down = True
        time.sleep(length)
        self.smtp.drop_down = False
        self.smtp.reset()

    # --- the end -----------------------------------------------------------------------------

    def heal(self) -> None:
        self.courier.close()
        self.dovecot.signal(signal.SIGCONT)
        self.behaviour.delay, self.behaviour.answer, self.smtp.drop_down = 0.0, "", False
        self.courier.bring("the-last")
        super().heal()

    def _restless(self) -> list[str]:
        found = super()._restless()
        if found:
            return found
        lines = list(self._lines("ana"))
        waits = [line for t, line in lines if t == "send" and line.h.get("st") in _UNDECIDED]
        if waits:
            found.append(f"{len(waits)} are to be sent, the first is {waits[0].h['st']}")
        there = {said for t, line in lines if t == "msg" and (said := _named(line))}
        if missing := set(self._came()) - there:
            found.append(f"{len(missing)} mails are not there: {min(missing)}")
        return found

    def judged(self) -> list[str]:
        wrong = super().judged()
        crashed = {d.name: d.crashed() for d in self.devices.values() if isinstance(d, Worker)}
        return [*wrong, *(f"{name}: {said}" for name, said in crashed.items() if said)]

    def _remains(self) -> Remains:
        lines = [line for line in self._lines("ana") if line[1].op == "put"]
        messages = [(_named(line), bool(line.h["out"])) for t, line in lines if t == "msg"]
        return msgspec.structs.replace(
            super()._remains(),
            mails=tuple(self._came()),
            messages=tuple(name for name, _ in messages if name.endswith(BROUGHT)),
            sends=tuple(
                _message_id(each.content) for each in self.behaviour.received if each.content
            ),
            asked=tuple((_named(line), str(line.h["st"])) for t, line in lines if t == "send"),
            left=tuple(name for name, out in messages if out and name.endswith(REPLIES)),
        )

    def _lines(self, who: str) -> Iterator[tuple[str, Line]]:
        """Return the rows of the space as a member has them, with their types."""
        with self.devices[who].copy.read() as conn:
            scope = team_scopes.get(conn, 1, self.scope)
            assert scope is not None
            for (t, _), line in storm_view.lines(conn, scope.id):
                yield t, line

    def _came(self) -> Iterator[str]:
        """Return the names of all mail from outside that lies in the mailbox."""
        with self.dovecot.client(self.user) as client:
            for folder in client.list()[1]:
                assert isinstance(folder, bytes)
                client.select(folder.decode().rpartition(" ")[2], readonly=True)
                numbers = client.search(None, "ALL")[1][0].split()
                if not numbers:
                    continue
                what = "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"
                for part in client.fetch(b",".join(numbers), what)[1]:
                    if isinstance(part, tuple) and (said := _message_id(part[1])).endswith(BROUGHT):
                        yield said


def _message_id(raw: bytes | str) -> str:
    content = raw if isinstance(raw, bytes) else raw.encode()
    return str(email.message_from_bytes(content)["Message-ID"] or "").strip(" <>\r\n")


def _named(line: Line) -> str:
    """Return the Message-ID that a message or a request to send tells of."""
    body = json.loads(line.body or "{}")
    return str(body.get("envelope", body).get("message_id", ""))
