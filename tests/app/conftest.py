"""One Qt application and one loop for the whole run: a second loop beside a web view crashes.

Tests run offscreen, with the web engine prepared as the program prepares it.
"""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
import qasync
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from missive_desktop.app.theme import Theme
from missive_desktop.app.web import flags

if QCoreApplication.instance() is None:
    flags.prepare()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Collect in the main thread only, as the window does: a profile ends with it, or all does."""
    if not item.path.is_relative_to(Path(__file__).parent):
        return (yield)
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()  # what is there before needs no looking through after each test
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.enable()


PATIENCE = 60.0  # seconds; a busy machine draws late


class PatientBot(QtBot):
    """Waits longer than the five seconds that are usual: they say nothing of what is right."""

    def waitUntil(
        self, callback: Callable[[], object], *, timeout: int = round(PATIENCE * 1000)
    ) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(
        self, signal: Any, *, timeout: int = round(PATIENCE * 1000), **given: Any
    ) -> Any:
        return super().waitSignal(signal, timeout=timeout, **given)


@pytest.fixture
def qtbot(qapp, request) -> QtBot:
    return PatientBot(request)


@pytest.fixture(scope="session")
def _one_loop(qapp) -> Iterator[qasync.QEventLoop]:
    loop = qasync.QEventLoop(qapp, already_running=True)
    with ThreadPoolExecutor(2) as threads:  # the loop's own would outlive the application
        loop.set_default_executor(threads)
        yield loop


@pytest.fixture
def qt_loop(_one_loop) -> Iterator[qasync.QEventLoop]:
    """Let coroutines run on Qt's loop during a test, and leave no trace for the next one."""
    asyncio.set_event_loop(_one_loop)
    asyncio.events._set_running_loop(_one_loop)
    yield _one_loop
    asyncio.events._set_running_loop(None)
    asyncio.set_event_loop(None)


@pytest.fixture(scope="session")
def theme(qapp) -> Theme:
    qapp.setStyle("Fusion")
    return Theme(qapp, "light")


@pytest.fixture
def until(qtbot) -> Callable[..., None]:
    """Wait for something to become true; web views are slow on a busy machine."""

    def wait(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        qtbot.waitUntil(lambda: bool(condition()), timeout=round(seconds * 1000))

    return wait


@pytest.fixture
def rest(qtbot) -> Callable[[float], None]:
    """Let the event loop run for a while."""

    def wait(seconds: float) -> None:
        end = time.monotonic() + seconds
        qtbot.waitUntil(lambda: time.monotonic() > end, timeout=round((seconds + PATIENCE) * 1000))

    return wait
