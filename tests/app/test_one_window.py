"""What rings at a window that runs: wishes are granted, everything else is passed over."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket

from missive_desktop.app.main import one_window
from missive_desktop.app.main.bell import Bell
from missive_desktop.app.main.one_window import LIMIT, TAKEN, Wish
from missive_desktop.profile import Profile


@pytest.fixture
def profile(tmp_path):
    return Profile(tmp_path / "a person").create()


@pytest.fixture
def rung(qapp, profile):
    heard = []
    made = Bell(profile, heard.append)
    yield heard
    made.close()
    assert not profile.window_address.exists()


def ring(profile, data):
    made = QLocalSocket()
    made.connectToServer(profile.window_address.read_text())
    assert made.waitForConnected(5000)
    made.write(data)
    made.flush()
    return made


def test_a_wish_is_taken_and_answered(profile, rung, until):
    socket = ring(profile, b'{"link": "missive://join/x", "token": "t"}\n{"link": "more"}\n')
    until(lambda: socket.bytesAvailable())
    assert socket.readAll().data() == TAKEN
    until(lambda: socket.state() is QLocalSocket.LocalSocketState.UnconnectedState)
    assert rung == [Wish("missive://join/x", "t")]


@pytest.mark.parametrize(
    "data",
    [b"\n", b"hello\n", b"[]\n", b'{"link": 1}\n', b'{"link": "\xff"}\n', b"\0" * (LIMIT + 1),
     b'{"a":' + b"[" * 9000 + b"\n", b"x" * (LIMIT * 4)],
)  # fmt: skip
def test_what_is_no_wish_is_passed_over(profile, rung, until, data):
    socket = ring(profile, data)
    until(lambda: socket.state() is QLocalSocket.LocalSocketState.UnconnectedState)
    assert (socket.readAll().data(), rung) == (b"", [])
    last = ring(profile, b"{}\n")
    until(lambda: rung)
    assert rung == [Wish()]
    last.close()


def test_who_says_nothing_is_hung_up_on(qapp, profile, until):
    heard = []
    made = Bell(profile, heard.append, patience=20)
    socket = ring(profile, b'{"link": ')
    until(lambda: socket.state() is QLocalSocket.LocalSocketState.UnconnectedState)
    assert heard == []
    made.close()


@pytest.mark.skipif(os.name != "posix", reason="sockets as POSIX has them")
def test_where_it_listens_is_the_users_own_and_says_nothing(profile, rung):
    address = Path(profile.window_address.read_text())
    assert stat.S_IMODE(address.stat().st_mode) & 0o077 == 0
    assert "person" not in address.name


def test_each_profile_has_a_window(profile, tmp_path):
    locks = [one_window.claim(each, "") for each in (profile, Profile(tmp_path / "other"))]
    assert [lock is not None and lock.is_locked for lock in locks] == [True, True]
    for lock in locks:
        lock.release()


def test_a_folder_that_cannot_be_is_left_to_the_engine(tmp_path):
    (tmp_path / "file").write_text("")
    lock = one_window.claim(Profile(tmp_path / "file" / "profile"), "")
    assert lock is not None
    assert not lock.is_locked
    lock.release()
