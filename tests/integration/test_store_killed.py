"""kill -9 while mail is taken in, forgotten and compacted: what was acknowledged is there after."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.factories import Mailbox, mailbox
from tests.servers.soak import rounds

from missive_desktop.store import drafts, integrity, messages, placements

ROOT = Path(__file__).parents[2]
ROUNDS = 8

# Takes batches in until it is killed, and says each thing it did once it is acknowledged.
CHILD = """
import random, sys
from pathlib import Path
from missive_desktop.domain.draft import Draft
from missive_desktop.store import compaction, drafts, placements
from tests.factories import NOON, digest, mailbox
from tests.integration.test_store_killed import content

def say(*words):
    print(*words, flush=True)

seed = int(sys.argv[2])
random.seed(seed)
with mailbox(Path(sys.argv[1])) as box:
    uid = 1 + max(placements.uids(box.reader, box.inbox), default=0)
    say("ready")
    while True:
        size = random.choice([1, 5, 50])
        batch = [
            box.arrival(n, digest(message_id=f"{n}@x", references=(f"{n // 2}@x",), date=NOON + n),
                        raw=content(n))
            for n in range(uid, uid + size)
        ]
        box.add(batch)
        say("added", uid, uid + size)
        uid += size
        if random.random() < 0.3:
            text = f"draft of {uid}"
            key = box.writer.run(
                lambda conn, changes: drafts.save(
                    conn, 0, Draft(account=box.account, text=text), NOON, changes),
                durable=True)
            say("draft", key, text)
        if random.random() < 0.3:
            gone = random.sample(placements.uids(box.reader, box.inbox), k=size)
            say("removing", *gone)
            box.writer.run(
                lambda conn, changes: placements.remove(conn, box.inbox, gone, changes))
            say("removed", *gone)
        if random.random() < 0.2:
            box.packs.close()
            compaction.compact(box.writer, box.store, box.reader)
            say("compacted")
"""


def content(uid: int) -> bytes:
    """The raw message of a UID: always the same, and not compressible."""
    return b"".join(hashlib.sha256(b"%d %d" % (uid, n)).digest() for n in range(uid % 97 * 8 + 1))


def run_until_killed(directory: Path, seed: int) -> list[list[str]]:
    """Start the child, kill it at a random moment, return what it said."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(directory), str(seed)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    time.sleep(random.Random(seed).uniform(0, 0.5))
    child.kill()
    said = child.stdout.read()
    child.stdout.close()
    child.wait(60)
    return [line.split(" ") for line in said.splitlines(keepends=False)]


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_what_was_acknowledged_is_there_after_a_kill(tmp_path):
    expected: set[int] = set()
    unsure: set[int] = set()  # their removal began, and was not acknowledged
    saved: dict[int, str] = {}
    for seed in range(rounds(ROUNDS)):
        for kind, *words in run_until_killed(tmp_path, seed):
            if kind == "added":
                expected |= set(range(int(words[0]), int(words[1])))
            elif kind == "removing":
                unsure |= {int(word) for word in words}
            elif kind == "removed":
                expected -= {int(word) for word in words}
            elif kind == "draft":
                saved[int(words[0])] = " ".join(words[1:])
        with mailbox(tmp_path) as box:
            there = check(box, saved)
        # What came in and was not yet acknowledged may be there or not.
        assert expected - unsure <= there, seed
        expected = there
        unsure = set()
    assert expected


def check(box: Mailbox, saved: dict[int, str]) -> set[int]:
    """Hold the reopened store to its rules; return the UIDs that are there."""
    assert integrity.check(box.reader, box.store) == []
    uids = placements.uids(box.reader, box.inbox)
    for uid, message in placements.messages(box.reader, box.inbox, uids).items():
        assert messages.raw(box.reader, box.store, message) == content(uid)
    for key, text in saved.items():
        row = drafts.get(box.reader, key)
        assert row is not None
        assert row.draft.text == text
    return set(uids)
