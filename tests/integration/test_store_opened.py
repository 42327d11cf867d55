"""Several programs open one new profile at the same moment."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.factories import KEY

from missive_desktop.profile import Profile
from missive_desktop.store import database

ROOT = Path(__file__).parents[2]
CHILD = """
import sys
from pathlib import Path
from missive_desktop.profile import Profile
from missive_desktop.store import database
from tests.factories import KEY
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    store = database.create_or_open(Profile(Path(sys.argv[1]) / str(number)), KEY)
    conn = database.open_reader(store)
    assert conn.execute("SELECT count(*) FROM messages").fetchone() == (0,)
    conn.close()
"""


def test_programs_that_make_a_profile_at_once_make_one_store(tmp_path):
    rounds = 10
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    running = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path), str(rounds)],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for child in running:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in running:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    said = [child.communicate(timeout=60)[1] for child in running]
    assert [child.returncode for child in running] == [0] * 4, said
    for number in range(rounds):
        store = database.create_or_open(Profile(tmp_path / str(number)), KEY)
        with closing(database.open_reader(store)) as conn:
            assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert conn.execute("PRAGMA cipher_integrity_check").fetchall() == []
