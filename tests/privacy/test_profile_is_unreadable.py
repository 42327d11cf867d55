"""No word of the mail is readable in any file that the whole program leaves: in use, after it
ended, after it was killed; and no secret in what other users can see of its process.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.servers.dovecot import DovecotServer, User
from tests.servers.program import Program
from tests.servers.victim import Victim

from missive_desktop.domain.draft import Draft
from missive_desktop.domain.message import Address
from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.engine.protocol import (
    Act,
    AddAccount,
    AttachToDraft,
    Check,
    CreateFolder,
    OpenAttachment,
    Prepare,
    SaveDraft,
    SendRaw,
    Sync,
    Watch,
)
from missive_desktop.errors import EngineGone, KnownError, UsageError

PASSWORD = "zaunkoenigpassword"
WORDS = [
    "zaunkoenigaccount", PASSWORD, "zaunkoenigsubject", "zaunkoenigsender", "zaunkoenigbody",
    "zaunkoenigfile", "zaunkoenigattached", "zaunkoenigdraft", "zaunkoenigsent",
    "zaunkoenigfailed", "zaunkoenigfolder", "zaunkoenigsearch", "zaunkoenigid",
]  # fmt: skip

MAIL = (
    "From: Zaunkoenigsender <zaunkoenigsender@example.org>\r\nTo: me@example.com\r\n"
    "Subject: zaunkoenigsubject %d\r\nMessage-ID: <zaunkoenigid%d@example.org>\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/html\r\n\r\n<p>zaunkoenigbody</p>\r\n"
    "--b\r\nContent-Type: text/plain; name=zaunkoenigfile.txt\r\n"
    "Content-Disposition: attachment; filename=zaunkoenigfile.txt\r\n\r\nzaunkoenigattached\r\n"
    "--b--\r\n"
)


def spellings(word: str) -> list[bytes]:
    found = [word.encode(), word.encode("utf-16-le")]
    return found + [b64encode(b"x" * n + word.encode())[4:-4] for n in range(3)]


FORMS = {form.lower(): word for word in WORDS for form in spellings(word)}


def readable(*directories: Path, secrets: tuple[bytes, ...] = ()) -> list[str]:
    """Return what can be read where: words in files and in the names of files, and secrets."""
    found: list[str] = []
    for directory in directories:
        for file in directory.rglob("*"):
            found += [f"{word} names {file}" for word in WORDS if word in file.name.lower()]
            if not file.is_file():
                continue
            try:
                content = file.read_bytes()
            except FileNotFoundError:  # a journal that was just folded in
                continue
            lower = content.lower()
            found += [f"{word} in {file}" for form, word in FORMS.items() if form in lower]
            found += [f"a secret in {file}" for secret in secrets if secret in content]
    return found


def test_the_words_would_be_found(tmp_path: Path) -> None:
    for number, form in enumerate(FORMS):
        (tmp_path / str(number)).write_bytes(b"\0" + form)
    (tmp_path / "key").write_bytes(b"\0secret\0")
    assert len(readable(tmp_path, secrets=(b"secret",))) >= len(FORMS) + 1


@pytest.fixture
def user(dovecot: DovecotServer) -> User:
    made = dovecot.new_user(f"zaunkoenigaccount{time.monotonic_ns()}", PASSWORD)
    dovecot.append(made, [(MAIL % (n, n)).encode() for n in range(30)])
    return made


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The temporary and the home folder of the program, of its own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    for name in ("TMPDIR", "TMP", "TEMP", "HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(folder))
    return folder


def use(client: BlockingClient, victim: Victim, dovecot: DovecotServer, user: User) -> None:
    """Do with the engine all that a day brings."""
    settings = dovecot.settings(user)
    with pytest.raises(KnownError):
        client.call(AddAccount(settings=settings, secret="zaunkoenigpassword of yesterday"))
    account = client.call(AddAccount(settings=settings, secret=user.password))["account"]
    client.call(Sync())
    ids = [row[0] for row in victim.read(lambda c: c.execute("SELECT id FROM messages").fetchall())]
    client.call(Watch())
    client.call(Prepare(messages=tuple(ids)))
    client.call(Act(kind="star", messages=tuple(ids[:10])))
    client.call(Act(kind="trash", messages=tuple(ids[10:15])))
    client.call(CreateFolder(account=account, name="zaunkoenigfolder"))
    draft = Draft(
        account=account,
        to=(Address("Zaunkoenigdraft", "zaunkoenigdraft@example.org"),),
        subject="zaunkoenigdraft",
        text="zaunkoenigdraft",
    )
    client.call(SaveDraft(draft=0, content=draft))
    client.call(AttachToDraft(account=account, name="zaunkoenigfile", data=b"zaunkoenigattached"))
    dovecot.submission.behaviour.refused["zaunkoenigfailed@example.org"] = "550 no zaunkoenigfailed"
    head = f"From: {user.address}\nSubject: zaunkoenigsent\n"
    for who in (user.address, "zaunkoenigfailed@example.org"):
        raw = f"{head}To: {who}\n\nzaunkoenigsent\n".encode()
        client.call(SendRaw(raw=raw, account=account, wait=True))
    assert client.call(Check(thorough=True))["problems"] == []
    sql = "SELECT rowid FROM search WHERE search MATCH 'zaunkoenigsearch OR zaunkoenigbody'"
    assert victim.read(lambda conn: len(conn.execute(sql).fetchall())) >= 30


@pytest.mark.parametrize("end", ["in use", "stopped", "killed", "started again"])
def test_the_engine_leaves_nothing_readable(
    tmp_path: Path, temporary: Path, dovecot: DovecotServer, user: User, end: str
) -> None:
    victim = Victim(tmp_path)
    where = (victim.profile.directory, temporary)
    secrets = (victim.key, victim.key.hex().encode(), b64encode(victim.key))
    client = victim.client()
    try:
        use(client, victim, dovecot, user)
        if end == "in use":
            assert (victim.profile.directory / "store.db-wal").stat().st_size > 0
        if end in ("killed", "started again"):
            os.kill(client.pid, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
            with pytest.raises(EngineGone):
                client.call(Sync())
        if end != "in use":
            client.close()
        if end == "started again":
            with victim.client() as again:
                again.call(Sync())
                assert readable(*where, secrets=secrets) == []
        assert readable(*where, secrets=secrets) == []
        assert victim.problems() == []
    finally:
        client.close()


def test_opened_attachments_are_the_one_exception_and_go(
    tmp_path: Path, temporary: Path, dovecot: DovecotServer, user: User
) -> None:
    victim = Victim(tmp_path)
    client = victim.client()
    try:
        client.call(AddAccount(settings=dovecot.settings(user), secret=user.password))
        client.call(Sync())
        sql = "SELECT id FROM messages WHERE attachments > 0 LIMIT 1"
        [(message,)] = victim.read(lambda conn: conn.execute(sql).fetchall())
        path = open_first(client, message)
        assert path.read_text().strip() == "zaunkoenigattached"
        if os.name == "posix":
            assert path.stat().st_mode & 0o077 == 0
        assert all("opened" in line for line in readable(victim.profile.directory, temporary))
        os.kill(client.pid, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    finally:
        client.close()
    victim.client().close()
    assert readable(victim.profile.directory, temporary) == []


def open_first(client: BlockingClient, message: int) -> Path:
    for part in range(5):
        with suppress(UsageError):  # this part is none
            return Path(client.call(OpenAttachment(message=message, part=part))["path"])
    raise AssertionError("the attachment was not found")


def test_the_command_line_leaves_nothing_readable(
    tmp_path: Path, temporary: Path, dovecot: DovecotServer, user: User
) -> None:
    program = Program(tmp_path)
    program.run(
        "account", "add", user.address, "--imap", f"localhost:{dovecot.imaps_port}", "--smtp",
        f"localhost:{dovecot.submission.tls_port}", "--ca", dovecot.ca_file, "--password-stdin",
        given=user.password + "\n",
    )  # fmt: skip
    program.run("sync")
    [first, *_] = program.json("search", "zaunkoenigsubject")
    program.run("search", "zaunkoenigsearch")
    program.run("show", str(first["id"]))
    program.run("archive", str(first["id"]))
    raw = f"From: {user.address}\nTo: {user.address}\nSubject: zaunkoenigsent\n\nx\n"
    program.run("send", "-", given=raw)
    source = tmp_path / "import.eml"
    source.write_bytes((MAIL % (99, 99)).encode())
    program.run("import", str(source))
    source.unlink()
    program.run("doctor", "--thorough", code=None)
    passphrase = Path(program.environment["MISSIVE_PASSPHRASE_FILE"]).read_bytes().strip()
    assert readable(program.profile, temporary, secrets=(passphrase,)) == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_others_see_no_secret_in_the_process(
    tmp_path: Path, dovecot: DovecotServer, user: User
) -> None:
    victim = Victim(tmp_path)
    with victim.client() as client:
        client.call(AddAccount(settings=dovecot.settings(user), secret=user.password))
        client.call(Sync())
        process = Path(f"/proc/{client.pid}")
        seen = b"".join((process / name).read_bytes() for name in ("cmdline", "environ", "comm"))
        seen += b"".join(task.read_bytes() for task in process.glob("task/*/comm"))
        for secret in (victim.key, victim.key.hex().encode(), PASSWORD.encode()):
            assert secret not in seen
        assert not [word for word in WORDS if word.encode() in seen]
        if os.name == "posix":
            for file in victim.profile.directory.rglob("*"):
                assert file.stat().st_mode & 0o077 == 0 or file.parent.stat().st_mode & 0o077 == 0
