"""Starting the window: the engine first, then Qt, then the first rows, then everything else."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from missive_desktop.app.main import one_window, timing
from missive_desktop.app.main.opening import Opening
from missive_desktop.app.main.show import Show
from missive_desktop.demo.companion import Companion
from missive_desktop.engine import crashlog
from missive_desktop.errors import KnownError
from missive_desktop.profile import Profile, locate

if TYPE_CHECKING:
    from missive_desktop.app.theme import Choice
    from missive_desktop.app.views.desk import Desk


_INTERRUPTED = 130  # as shells count it


def run(
    profile_arg: str | None,
    demo: bool,
    screenshot: str | None,
    theme: Choice | None = None,
    link: str | None = None,
) -> int:
    """Open the window on a profile, or on sample mail; return the exit code.

    `link` is one to join a team by.
    """
    if screenshot and "QT_QPA_PLATFORM" not in os.environ:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    picture = Path(screenshot) if screenshot else None
    if not demo:
        return _run_alone(locate(profile_arg), picture, theme, link or "")
    folder = Path(tempfile.mkdtemp(prefix="missive-demo-"))
    profile = Profile(folder / "window")
    try:
        opening = Opening(profile, os.urandom(32))
        # Its own end brings the companion's: whatever becomes of this process, nothing stays.
        companion = Companion.of(folder, profile.directory, int(time.time()), live=not picture)
        try:
            return _run_window(opening, picture, show=Show(companion), theme=theme)
        finally:
            companion.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run_alone(profile: Profile, picture: Path | None, theme: Choice | None, link: str) -> int:
    """Open the window of a profile, unless it is open: then it is handed the link."""
    if picture is not None:
        return _run_window(Opening(profile, link=link), picture, theme=theme)
    lock = one_window.claim(profile, link)
    if lock is None:
        return 0
    try:
        return _run_window(Opening(profile, link=link, listens=True), None, theme=theme)
    finally:
        lock.release()


def run_session(
    profile: Profile, key: bytes, work: Callable[[Desk], Coroutine[Any, Any, int]]
) -> int:
    """Open the window on a profile, do `work` with it, and end: for the gallery and tests."""
    return _run_window(Opening(profile, key), None, work)


def _run_window(
    opening: Opening,
    screenshot: Path | None,
    inside: Callable[[Desk], Coroutine[Any, Any, int]] | None = None,
    show: Show | None = None,
    theme: Choice | None = None,
) -> int:
    # Qt is imported here, after the engine's process has been started.
    session = importlib.import_module("missive_desktop.app.main.session")
    ending = importlib.import_module("missive_desktop.app.main.ending")
    timing.mark("imported")
    application = session.make_application()
    qasync = importlib.import_module("qasync")
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)

    def keep(error: object) -> None:
        _keep_bug(opening.profile, error)

    sys.excepthook = lambda kind, error, trace: keep(error)
    threading.excepthook = lambda crash: keep(crash.exc_value)
    logging.basicConfig(handlers=[crashlog.Handler(keep)])
    loop.set_exception_handler(lambda _, context: keep(context.get("exception")))
    with loop:
        try:
            work = loop.create_task(
                session.Session(application, opening).run(
                    screenshot=screenshot, inside=inside, show=show, chosen=theme
                )
            )
            with ending.heard(work.cancel):
                return int(loop.run_until_complete(work))
        except asyncio.CancelledError:
            return _INTERRUPTED
        except KnownError as error:
            print(f"{error} {error.advice}".strip(), file=sys.stderr)  # noqa: T201
            return 1


def _keep_bug(profile: Profile, error: object) -> None:
    """Keep a bug in the crash log and go on; a desktop's own logs are plain files, so no words."""
    if isinstance(error, BaseException):
        crashlog.write(profile.crash_log, error)
        print(f"Traceback, places only:\n{crashlog.describe(error)}", file=sys.stderr)  # noqa: T201
