"""A window that was started from a terminal ends with it, in order, and its engine with it."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest
from tests.servers.pair import eventually


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_window_and_its_engine(program, wish):
    program.environment |= {"QT_QPA_PLATFORM": "offscreen", "MISSIVE_TIMING": "1"}
    window = program.start(stderr=subprocess.PIPE, start_new_session=True)
    assert window.stderr is not None
    said = []
    for line in window.stderr:
        said.append(line.decode())
        if "painted" in said[-1]:
            break
    os.killpg(window.pid, wish)  # as a terminal does, to all that it started
    rest = window.communicate(timeout=60)[1].decode()
    assert window.returncode == 130, said
    assert "Traceback" not in rest
    eventually(lambda: not (program.profile / "engine.address").exists(), 120)
    assert program.crashes() == ""
