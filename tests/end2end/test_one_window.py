"""One window for each profile: later starts hand over what they were started with, and end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers.pair import eventually
from tests.servers.program import Program

from missive_desktop.team.keys import fingerprints, invitation

WAIT = 60.0


class Windows:
    """Starts of the window, and what tells that an invitation was opened in one: its server is
    asked what the invitation is for."""

    def __init__(self, program: Program) -> None:
        program.environment |= {"QT_QPA_PLATFORM": "offscreen", "MISSIVE_TIMING": "1"}
        self.program = program
        self.started: list[subprocess.Popen[bytes]] = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(WAIT)
        place = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        org, invite = "0" * 31 + "1", "0" * 31 + "2"
        self.link = invitation.link(
            invitation.new_invitation(place, org, invite, bytes(fingerprints.SIZE))
        )

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        made = self.program.start(*arguments, stderr=subprocess.PIPE, start_new_session=True)
        self.started.append(made)
        return made

    def open(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start one and wait until it is painted."""
        made = self.start(*arguments)
        assert made.stderr is not None
        assert any(b"painted" in line for line in made.stderr)
        return made

    def asked(self) -> None:
        """Wait until an invitation was opened somewhere."""
        self.server.accept()[0].close()

    def close(self) -> None:
        self.server.close()
        for each in self.started:
            if each.poll() is None:
                os.killpg(each.pid, signal.SIGTERM)
        for each in self.started:
            each.communicate(timeout=WAIT)
        # The engine of one that was killed ends by itself.
        eventually(lambda: not (self.program.profile / "engine.address").exists(), WAIT)


@pytest.fixture
def windows(program) -> Iterator[Windows]:
    made = Windows(program)
    yield made
    made.close()


def test_one_of_all_starts_stays_and_opens_what_they_were_given(windows):
    at_once = [windows.start(windows.link) for _ in range(2)]
    eventually(lambda: any(each.poll() is not None for each in at_once), WAIT)
    (first,) = [each for each in at_once if each.poll() is None]
    (second,) = [each for each in at_once if each is not first]
    assert second.returncode == 0
    windows.asked()

    address = windows.program.profile / "window.address"
    dead = Path(address.read_text())
    first.kill()
    first.wait(WAIT)
    assert dead.exists()
    third = windows.open()
    assert not dead.exists()
    assert windows.start(windows.link).wait(WAIT) == 0
    windows.asked()
    assert third.poll() is None
    third.send_signal(signal.SIGTERM)
    third.communicate(timeout=WAIT)
    assert not address.exists()
