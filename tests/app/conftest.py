"""One Qt application and one loop for the whole run: a second loop beside a web view crashes."""

from __future__ import annotations

import asyncio
import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
import qasync

from missive_desktop.app.theme import Theme


@pytest.fixture(scope="session")
def qt_loop(qapp):
    loop = qasync.QEventLoop(qapp, already_running=True)
    asyncio.set_event_loop(loop)
    asyncio.events._set_running_loop(loop)
    yield loop
    asyncio.events._set_running_loop(None)
    asyncio.set_event_loop(None)


@pytest.fixture(scope="session")
def theme(qapp):
    qapp.setStyle("Fusion")
    return Theme(qapp, "light")
