"""Tests with widgets run offscreen, with the web engine prepared as the program prepares it."""

import os
import time
from collections.abc import Callable

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication

from missive_desktop.app.web import flags

if QCoreApplication.instance() is None:
    flags.prepare()


@pytest.fixture(scope="session")
def qapp_args():
    return ["missive-desktop"]


@pytest.fixture
def until(qtbot) -> Callable[[Callable[[], object]], None]:
    """Wait for something to become true; web views are slow on a busy machine."""

    def wait(condition: Callable[[], object], seconds: float = 20) -> None:
        qtbot.waitUntil(lambda: bool(condition()), timeout=round(seconds * 1000))

    return wait


@pytest.fixture
def rest(qtbot) -> Callable[[float], None]:
    """Let the event loop run for a while."""

    def wait(seconds: float) -> None:
        end = time.monotonic() + seconds
        qtbot.waitUntil(lambda: time.monotonic() > end, timeout=round(seconds * 1000) + 2000)

    return wait
