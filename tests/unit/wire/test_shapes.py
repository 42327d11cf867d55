"""Many threads read the same structs for the first time: none ends the process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from missive_wire import shapes

CHILD = '''
import sys, threading, types
from missive_wire import shapes

SOURCE = """
from __future__ import annotations
import msgspec

class Part(msgspec.Struct, frozen=True):
    number: int = 0

class Whole(msgspec.Struct, frozen=True):
    parts: tuple[Part, ...] = ()
    named: dict[str, Part] = {}
    text: str = ""
"""
DATA = b'{"text": "x", "parts": [{"number": 1}], "named": {"a": {"number": 2}}}'

def read():
    go.wait()
    assert shapes.read(DATA, module.Whole).parts[0].number == 1
    assert shapes.convert({"number": 3}, module.Part).number == 3

sys.setswitchinterval(1e-6)
for number in range(60):
    module = sys.modules[f"made{number}"] = types.ModuleType(f"made{number}")
    exec(SOURCE, module.__dict__)
    go = threading.Barrier(5)
    threads = [threading.Thread(target=read) for _ in range(5)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
'''


def test_threads_that_read_a_shape_for_the_first_time_do_not_disturb_each_other() -> None:
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_what_reads_a_shape_is_made_once() -> None:
    assert shapes.decoder(tuple[int, ...]) is shapes.decoder(tuple[int, ...])
    assert shapes.read(b"[1]", tuple[int, ...]) == (1,)
    assert shapes.convert([1], tuple[int, ...]) == (1,)
    with pytest.raises(Exception, match="int"):
        shapes.read(b'["x"]', tuple[int, ...])
