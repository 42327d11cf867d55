"""What the process that reads PDFs can still do. Runs in a process of its own: it is for life."""

import subprocess
import sys

import pytest

TRY = """
import socket, sys
from missive_desktop.app.presenters.confinement import confine
confine()
{code}
"""


def confined(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", TRY.format(code=code), *arguments],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_it_still_computes():
    assert confined("print(sum(range(10)))").stdout == "45\n"


@pytest.mark.skipif(sys.platform == "win32", reason="the limits are those of POSIX")
def test_it_writes_no_file(tmp_path):
    code = "open(sys.argv[1], 'w', buffering=1).write('x' * 99999)"
    assert confined(code, str(tmp_path / "left")).returncode != 0
    assert (tmp_path / "left").stat().st_size == 0


@pytest.mark.skipif(sys.platform != "linux", reason="macOS counts shared memory")
def test_its_memory_is_bounded():
    assert "MemoryError" in confined("bytearray(2 << 30)").stderr
