"""A thread that works when woken or due, and survives what goes wrong in its work."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import pytest

from missive_desktop.errors import Cancelled, KnownError, Offline
from missive_desktop.sync.loops import Loop


class Script:
    """Work that returns or raises what it was given, in order, and then waits to be woken."""

    def __init__(self, *steps: float | Exception | None) -> None:
        self.steps = list(steps)
        self.times: list[float] = []

    def __call__(self) -> float | None:
        self.times.append(time.monotonic())
        step = self.steps.pop(0) if self.steps else None
        if isinstance(step, Exception):
            raise step
        return step


def running(
    work: Callable[[], float | None], failed: list[KnownError]
) -> tuple[Loop, threading.Event]:
    stop = threading.Event()
    loop = Loop("test-loop", work, stop, failed.append)
    loop.start()
    return loop, stop


def ended(loop: Loop, stop: threading.Event) -> bool:
    stop.set()
    loop.wake()
    return loop.join(30)


def wait_for(script: Script, times: int) -> None:
    end = time.monotonic() + 60
    while len(script.times) < times:
        assert time.monotonic() < end
        time.sleep(0.005)


def test_it_works_when_due_and_when_woken() -> None:
    script = Script(0.05, None)
    loop, stop = running(script, [])
    wait_for(script, 2)
    assert script.times[1] - script.times[0] >= 0.05
    loop.wake()
    wait_for(script, 3)
    assert ended(loop, stop)


def test_a_wake_during_the_work_is_not_lost() -> None:
    begun, go_on = threading.Event(), threading.Event()
    count = [0]

    def work() -> None:
        count[0] += 1
        begun.set()
        go_on.wait(60)

    loop, stop = running(work, [])
    begun.wait(60)
    loop.wake()
    go_on.set()
    end = time.monotonic() + 60
    while count[0] < 2:
        assert time.monotonic() < end
        time.sleep(0.005)
    assert ended(loop, stop)


def test_known_errors_are_told_and_tried_again() -> None:
    failed: list[KnownError] = []
    script = Script(Offline("away"), None)
    loop, stop = running(script, failed)
    wait_for(script, 2)
    assert script.times[1] - script.times[0] >= 0.4
    assert [str(error) for error in failed] == ["away"]
    assert ended(loop, stop)


def test_a_bug_is_logged_and_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    failed: list[KnownError] = []
    script = Script(ZeroDivisionError("oops"), None)
    with caplog.at_level(logging.ERROR):
        loop, stop = running(script, failed)
        wait_for(script, 1)
        time.sleep(0.05)
        loop.wake()
        wait_for(script, 2)
    assert "oops" in caplog.text
    assert not failed
    assert ended(loop, stop)


def test_being_stopped_is_no_failure() -> None:
    failed: list[KnownError] = []
    loop, stop = running(Script(Cancelled("Stopped.")), failed)
    time.sleep(0.05)
    assert ended(loop, stop)
    assert not failed
