"""kill -9 at random moments of sync, acts and sending: nothing acknowledged is lost, nothing is
sent or filed twice, and the sync goes on where it was.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.servers.dovecot import DovecotServer, User
from tests.servers.pair import Pair, mail, pair
from tests.servers.soak import rounds

from missive_desktop.domain.message import Flags
from missive_desktop.domain.outgoing import Outgoing
from missive_desktop.store import integrity, outbox

ROOT = Path(__file__).parents[2]
MAILS = 150
KILLS = 6


def run_and_kill(both: Pair, other: User, seconds: float, said: bool) -> list[list[str]]:
    """Let the child work for a while, kill it; return what it acknowledged.

    The while begins with what it says first, or with its start: kills fall into that as well.
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    child = subprocess.Popen(
        [
            sys.executable,
            str(ROOT / "tests/end2end/acting_child.py"),
            str(both.store.path.parent),
            str(both.account),
            other.address,
        ],
        stdout=subprocess.PIPE,
        env=environment,
    )  # fmt: skip
    assert child.stdout is not None
    lines: list[bytes] = []
    reader = threading.Thread(target=lambda: lines.extend(child.stdout or ()))
    reader.start()
    end = time.monotonic() + 60
    while said and not lines and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(seconds)
    assert child.poll() is None, "the child died by itself"
    child.kill()
    child.wait()
    reader.join()
    child.stdout.close()
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


@pytest.mark.parametrize("profile", ["dovecot", "plain_dovecot"])
def test_killed_many_times(request: pytest.FixtureRequest, tmp_path: Path, profile: str) -> None:
    server: DovecotServer = request.getfixturevalue(profile)
    other = server.new_user()
    with pair(server, tmp_path) as both:
        server.append(both.user, [mail(f"one {n}", "x" * 5000) for n in range(MAILS)])
        both.sync.stop()
        both.writer.close()
        acknowledged: list[list[str]] = []
        for number in range(rounds(KILLS)):
            said = number % 2 == 0
            acknowledged += run_and_kill(both, other, random.uniform(0.3, 1.2), said)
        both.reopen()
        for _ in range(3):
            both.sync.sync_once()
        check_acts(both, acknowledged)
        check_sending(both, acknowledged, _raws(server, other, "INBOX"))
        assert both.read(lambda c: integrity.check(c, both.store)) == []


def check_acts(both: Pair, acknowledged: list[list[str]]) -> None:
    both.assert_same()
    there = [hash_ for name in ("INBOX", "Archive") for hash_, _ in both.theirs(name).values()]
    assert len(there) == len(set(there)) == MAILS
    archived = {subject for kind, subject in acknowledged if kind == "archive"}
    starred = {subject for kind, subject in acknowledged if kind == "star"}
    assert archived
    for subject in archived:
        assert both.places(subject) == {"Archive"}, subject
    for subject in starred:
        assert Flags.FLAGGED in both.flags(subject), subject


def check_sending(both: Pair, acknowledged: list[list[str]], delivered: list[bytes]) -> None:
    rows = {row.message_id: row for row in both.read(lambda c: outbox.all_(c, both.account))}
    assert {name for kind, name in acknowledged if kind == "send"} <= rows.keys()
    arrived, filed = b"".join(delivered), b"".join(_raws(both.server, both.user, "Sent"))
    for name, row in rows.items():
        wanted = f"Message-ID: <{name}>".encode()
        assert row.state in (Outgoing.SENT, Outgoing.UNCERTAIN), row
        assert arrived.count(wanted) <= 1
        if row.state is Outgoing.SENT:
            assert arrived.count(wanted) == filed.count(wanted) == 1


def _raws(server: DovecotServer, user: User, folder: str) -> list[bytes]:
    with server.client(user, folder) as client:
        data = client.fetch("1:*", "BODY.PEEK[]")[1]
    return [item[1] for item in data if isinstance(item, tuple)]
