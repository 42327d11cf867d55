"""The command line on a terminal: it asks, and shows how far it is."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time

import pytest

if sys.platform == "win32":
    pytest.skip("needs a pseudo-terminal", allow_module_level=True)

import fcntl
import pty
import termios


class Terminal:
    """A program on a pseudo-terminal."""

    def __init__(self, program, *arguments):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 90, 0, 0))
        self.process = subprocess.Popen(
            program.command(*arguments),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=program.environment,
            start_new_session=True,
        )
        os.close(slave)
        self.seen = ""

    def until(self, text, seconds=60.0):
        end = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < end, self.seen
            if not self._read():
                break
        assert text in self.seen

    def _read(self):
        try:
            data = os.read(self.master, 4096)
        except OSError:  # the other side has ended
            return False
        self.seen += data.decode("utf-8", "replace")
        return bool(data)

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self):
        while self._read():
            pass
        code = self.process.wait(30)
        os.close(self.master)
        return code


def test_the_password_is_asked_for_and_not_shown(program, dovecot):
    user = dovecot.new_user()
    dovecot.append(user, [f"Subject: {number}\r\n\r\nx".encode() for number in range(30)])
    terminal = Terminal(
        program, "account", "add", user.address, "--imap", f"localhost:{dovecot.imaps_port}",
        "--ca", dovecot.ca_file,
    )  # fmt: skip
    terminal.until("Password for")
    assert f"localhost:{dovecot.imaps_port}" in terminal.seen  # said before it is typed
    terminal.type(user.password + "\n")
    assert terminal.end() == 0
    assert user.password not in terminal.seen

    terminal = Terminal(program, "sync")
    assert terminal.end() == 0
    assert "Traceback" not in terminal.seen


def test_deleting_is_asked_for(program, tmp_path):
    path = tmp_path / "1.eml"
    path.write_bytes(b"From: a@b.c\nSubject: keep\n\nx\n")
    program.run("import", str(path))
    number = str(program.json("search", "keep")[0]["id"])
    terminal = Terminal(program, "delete", number)
    terminal.until("[y/N]")
    terminal.type("n\n")
    assert terminal.end() == 1
    assert program.run("search", "keep", "--count").stdout == "1\n"
    terminal = Terminal(program, "delete", number)
    terminal.until("[y/N]")
    terminal.type("y\n")
    assert terminal.end() == 0
    assert program.run("search", "keep", "--count").stdout == "0\n"


def test_an_import_shows_how_far_it_is(program, tmp_path):
    path = tmp_path / "Big.mbox"
    body = "words " * 500
    with path.open("w") as file:
        for number in range(1500):
            file.write(f"From a@b.c Mon Jan  1 10:00:00 2024\nSubject: {number}\n\n{body}\n\n")
    terminal = Terminal(program, "import", str(path))
    assert terminal.end() == 0
    assert "Big" in terminal.seen
    assert "100%" in terminal.seen
    assert "Imported 1500 messages" in terminal.seen
