"""A shared inbox set up and served from the command line, without a window."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest
from tests.servers.colleagues import Colleague, enter, until
from tests.servers.dovecot import DovecotServer
from tests.servers.organization import Office
from tests.servers.program import Program
from tests.servers.served import mail, subjects

from missive_desktop import keychain
from missive_desktop.profile import Profile
from missive_wire.ids import space_scope


def test_an_inbox_is_shared_served_and_the_worker_ends_when_told(
    program: Program,
    tmp_path: Path,
    office: Office,
    dovecot: DovecotServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    owner, root = office.founded("worker-ana@example.com")
    fingerprint = root.public.fingerprint
    space = owner.space(fingerprint)
    joined = office.joined(owner.invited(fingerprint, (space,)), "worker-ben@example.com")
    url = office.server.url
    user = dovecot.new_user()
    settings = dovecot.settings(user)
    assert settings.smtp is not None
    program.run(
        "account", "add", user.address, "--imap", f"localhost:{settings.imap.port}",
        "--smtp", f"localhost:{settings.smtp.port}", "--security", "tls",
        "--ca", dovecot.ca_file, "--password-stdin", given=f"{user.password}\n",
    )  # fmt: skip
    monkeypatch.setenv("MISSIVE_PASSPHRASE_FILE", program.environment["MISSIVE_PASSPHRASE_FILE"])
    profile = Profile(program.profile)
    enter(profile, keychain.unlock(profile, lambda _: None), owner, fingerprint, url)
    ben = Colleague(tmp_path / "ben", joined, fingerprint, url)
    worker: subprocess.Popen[bytes] | None = None
    try:
        until(lambda: ben.whole(space_scope(space)))
        program.run("sync")
        program.run("inbox", "serve", "Help", "--account", user.address)
        assert [row["name"] for row in program.json("inbox", "served")] == ["Help"]
        worker = program.start("worker", stdout=subprocess.PIPE)
        dovecot.deliver(user, mail("from outside"))
        until(lambda: subjects(ben.conn, ben.account(space_scope(space))) == ["from outside"], 120)
        worker.send_signal(signal.SIGTERM)
        said, _ = worker.communicate(timeout=60)
        assert worker.returncode == 0
        lines = said.decode().splitlines()
        assert lines[0].endswith("started")
        assert lines[-1].endswith("stopped")
        assert any(line.endswith("Help: serving") for line in lines)
        assert "outside" not in said.decode()
    finally:
        if worker is not None and worker.poll() is None:
            worker.kill()
        ben.close()
    assert program.crashes() == ""
