"""Servers that fail, seen from the whole program: exit code, plain words, the account's state,
the other accounts, and what happens when the server is well again.

What single wrong answers do is tested with the IMAP and SMTP dialogues in tests/integration.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.servers import certificates
from tests.servers.dovecot import DovecotServer, User
from tests.servers.pair import eventually, mail, ours
from tests.servers.program import Program
from tests.servers.proxy import Faults, Proxy
from tests.servers.scripted import Peer, ScriptedServer, imap
from tests.servers.soak import dice, rounds
from tests.servers.victim import Victim

from missive_desktop.domain.account import AccountState
from missive_desktop.engine.protocol import AddAccount, Sync, UpdateAccount, Watch
from missive_desktop.errors import KnownError, LoginRefused
from missive_desktop.store import accounts, integrity
from missive_desktop.sync import lines

MAILS = 30


@pytest.fixture
def user(dovecot: DovecotServer) -> User:
    made = dovecot.new_user()
    dovecot.append(made, [mail(f"one {n}", "x" * 2000) for n in range(MAILS)])
    return made


def add(
    program: Program, user: User, port: int, ca: str, code: int = 0, *, host: str = "localhost",
    password: str = "",
) -> str:  # fmt: skip
    trust = ["--ca", ca] if ca else []
    return program.run(
        "account", "add", user.address, "--imap", f"{host}:{port}", *trust, "--password-stdin",
        given=(password or user.password) + "\n", code=code,
    ).stderr  # fmt: skip


def state(program: Program, address: str) -> tuple[str, str]:
    for account in program.json("status")["accounts"]:
        if account["address"] == address:
            return account["state"], account["error"]
    raise AssertionError(address)


def stored(program: Program, address: str) -> int:
    for account in program.json("status")["accounts"]:
        if account["address"] == address:
            return sum(folder["stored"] for folder in account["folders"])
    return -1


# --- certificates and hosts -----------------------------------------------------------------------


def test_certificates_that_prove_nothing(
    program: Program, dovecot: DovecotServer, user: User, tmp_path: Path
) -> None:
    wrong_name = certificates.make(tmp_path / "name", ("elsewhere.example",))
    expired = certificates.make(tmp_path / "expired", expired=True)
    for made, ca, said in (
        (wrong_name, str(wrong_name.ca), "name"),
        (expired, str(expired.ca), "expired"),
        (certificates.make(tmp_path / "unknown"), "", "trust"),
        (certificates.make(tmp_path / "other"), dovecot.ca_file, "trust"),
    ):
        with ScriptedServer(made, imap()) as server:
            text = add(program, user, server.port, ca, code=1)
        assert "certificate" in text, text
        assert said in text, text
    assert program.json("account", "list") == []


def test_hosts_that_are_none(program: Program, dovecot: DovecotServer, user: User) -> None:
    began = time.monotonic()
    text = add(program, user, 993, dovecot.ca_file, code=1, host="does-not-exist.invalid")
    assert "does-not-exist.invalid" in text
    assert time.monotonic() - began < 60
    assert "password" in add(program, user, dovecot.imaps_port, dovecot.ca_file, 1, password="no")


# --- an account that was well ---------------------------------------------------------------------


def test_a_server_that_went_away_and_comes_back(
    program: Program, dovecot: DovecotServer, mortal_dovecot: DovecotServer, user: User
) -> None:
    """The other account goes on; the mail that is here stays readable."""
    mine = mortal_dovecot.new_user("mine")
    mortal_dovecot.append(mine, [mail(f"mine {n}") for n in range(5)])
    add(program, mine, mortal_dovecot.imaps_port, mortal_dovecot.ca_file)
    add(program, user, dovecot.imaps_port, dovecot.ca_file)
    program.run("sync")
    mortal_dovecot.stop()
    dovecot.append(user, mail("news of the other"))
    said = program.run("sync", code=1).stderr
    assert mine.address in said
    assert f"{user.address}: " not in said
    assert state(program, mine.address)[0] == "offline"
    assert state(program, user.address) == ("ready", "")
    assert len(program.json("search", "news of the other")) == 1
    [one] = program.json("search", 'subject:"mine 3"')
    assert "Hello" in program.run("show", str(one["id"])).stdout
    program.run("star", str(one["id"]), code=None)
    mortal_dovecot.start()
    program.run("sync")
    assert state(program, mine.address) == ("ready", "")
    with mortal_dovecot.client(mine, "INBOX") as client:
        assert client.search(None, "FLAGGED")[1] == [b"4"]
    assert program.crashes() == ""


def test_a_password_that_was_changed(dovecot: DovecotServer, user: User, tmp_path: Path) -> None:
    victim = Victim(tmp_path)
    settings = dovecot.settings(user)
    with victim.client() as client:
        account = client.call(AddAccount(settings=settings, secret=user.password))["account"]
        client.call(Sync())
    users = dovecot.directory / "users" / user.address
    users.write_text(f"{user.address}:{{PLAIN}}new password::::::\n")
    dovecot.submission.behaviour.passwords[user.address] = "new password"
    time.sleep(1.1)  # Dovecot looks once a second
    dovecot.append(replace(user, password="new password"), mail("after the change"))
    with victim.client() as client:
        [answer] = client.call(Sync())["accounts"]
        assert "password" in (answer["error"] + answer["advice"]).lower()
        eventually(lambda: account_state(victim) == "refused")
        client.call(Watch())
        with pytest.raises(LoginRefused):
            client.call(UpdateAccount(account=account, settings=settings, secret="no"))
        client.call(UpdateAccount(account=account, settings=settings, secret="new password"))
        eventually(lambda: count(victim) == MAILS + 1)
        eventually(lambda: account_state(victim) == "ready")
    assert victim.problems() == []


def account_state(victim: Victim) -> str:
    return str(victim.read(lambda conn: conn.execute("SELECT state FROM accounts").fetchone()[0]))


def count(victim: Victim) -> int:
    return int(victim.read(lambda c: c.execute("SELECT count(*) FROM messages").fetchone()[0]))


# --- at any byte of a real dialogue ---------------------------------------------------------------


@pytest.mark.parametrize("kind", ["cut", "stall", "garble"])
def test_broken_at_any_byte(
    dovecot: DovecotServer, proxy: Proxy, user: User, tmp_path: Path, kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Each sync ends soon, whole or with plain words; with a well server all is there."""
    monkeypatch.setattr(lines, "CONNECT_TIMEOUT", 0.5)
    chance = dice(kind)
    number = broken = 0
    with ours(tmp_path, proxy.settings(dovecot.settings(user)), user.password) as here:
        while number < rounds(6) or (not broken and number < 60):  # a byte may do no harm
            dovecot.append(user, mail(f"{kind} {number}", "y" * chance.randrange(20_000)))
            at = chance.choice([chance.randrange(2500), chance.randrange(90_000 // (number + 1))])
            proxy.faults = Faults(**{kind: at})
            here.restart()
            began = time.monotonic()
            try:
                here.sync.sync_once()
            except KnownError:
                broken += 1
            assert time.monotonic() - began < 60, at
            number += 1
        assert broken
        proxy.faults = Faults()
        monkeypatch.undo()  # a busy machine needs longer than half a second
        here.restart()
        here.sync.sync_once()
        folder = here.folders()["INBOX"]
        assert (folder.stored, folder.error) == (MAILS + number, "")
        row = here.read(lambda conn: accounts.get(conn, here.account))
        assert row is not None
        assert (row.state, row.error) == (AccountState.READY, "")
        if kind != "garble":  # noise inside of a body is a body
            with dovecot.client(user, "INBOX") as client:
                _, data = client.fetch("1:*", "(BODY.PEEK[])")
            theirs = {hashlib.sha256(d[1]).digest()[:16] for d in data if isinstance(d, tuple)}
            assert {hash_ for hash_, _ in here.ours().values()} == theirs
        assert here.read(lambda conn: integrity.check(conn, here.store)) == []


@pytest.mark.parametrize("answer", ["nonsense", "closed", "too large"])
def test_sending_through_a_faulty_server(
    program: Program, dovecot: DovecotServer, user: User, tmp_path: Path, answer: str
) -> None:
    """What could not be sent stays, is said, and goes out when the server is well again."""

    def script(peer: Peer) -> None:
        if answer == "closed":
            return
        if answer == "nonsense":
            peer.send("* OK this is IMAP")
            peer.line()
            return
        peer.send("220 ready")
        peer.line()
        peer.send("250-hello", "250-SIZE 10", "250 AUTH PLAIN")
        peer.line()
        peer.send("235 ok")
        peer.line()

    made = certificates.make(tmp_path / "smtp")
    both = tmp_path / "both.pem"
    both.write_text(made.ca.read_text() + Path(dovecot.ca_file).read_text())
    with ScriptedServer(made, script) as server:
        program.run(
            "account", "add", user.address, "--imap", f"localhost:{dovecot.imaps_port}",
            "--smtp", f"localhost:{server.port}", "--ca", str(both), "--password-stdin",
            given=user.password + "\n",
        )  # fmt: skip
        raw = f"From: {user.address}\nTo: {user.address}\nSubject: x\n\nhello\n"
        said = program.run("send", "-", given=raw, code=None)
    [row] = program.json("outbox", "list")
    assert said.stderr.strip()
    if answer == "too large":
        assert (said.returncode, row["state"]) == (1, "failed")
        assert "too large" in said.stderr
    else:
        assert row["state"] == "queued"
        assert "aits in the outbox" in said.stderr
        assert row["error"]
    assert program.crashes() == ""
