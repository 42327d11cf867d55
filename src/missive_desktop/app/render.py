"""`missive-desktop render`: mails as the window shows them, as pictures and as what was shown.

Each mail is read and cleaned in a process of its own kind, never in the one that holds the view;
one that kills or stops it is reported, and the next one goes on.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEventLoop, QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QApplication

from missive_desktop.app.presenters.allowing import serve as serve_allowed
from missive_desktop.app.presenters.preparing import Prepared, serve
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.mail_stack import token_of
from missive_desktop.app.web import flags
from missive_desktop.app.web.handler import page_url
from missive_desktop.app.web.page import MailPage
from missive_desktop.app.web.sandbox import Sandbox
from missive_desktop.remote.connections import proxy_parts
from missive_desktop.remote.fetch import Limits

WIDTH = 800
TALLEST = 16_000  # pixels; a longer mail is cut in the picture, not in the text
PATIENCE = 60.0  # seconds for one mail, in each of the two processes
FETCHING = PATIENCE + Limits().all_seconds  # where its images are fetched
_FRAMES = "requestAnimationFrame(() => requestAnimationFrame(() => { document.title = %s; }))"


class NotShown(Exception):
    """A mail that could not be shown; the text says why."""


def run(files: Sequence[str], out: str, remote: str, proxy: str) -> int:
    """Write NAME.png and NAME.json for each file; 1 if any could not be shown."""
    if proxy:
        proxy_parts(proxy)  # says what is wrong with it
    allowed = proxy if remote == "allow" else None
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    qInstallMessageHandler(_tell_faults)
    flags.prepare()
    application = QApplication(["missive-desktop"])
    application.setStyle("Fusion")
    theme = Theme(application, "light")
    painter = _Painter(theme)
    reader = Reader(theme.css_variables(), dark=theme.dark, proxy=allowed)
    failed = 0
    try:
        for path, name in _named([Path(file) for file in files]):
            try:
                _write(painter, reader.read(path), folder / name)
            except (NotShown, OSError) as error:
                failed += 1
                sys.stderr.write(f"{path}: {error}\n")
    finally:
        reader.close()
        painter.close()
    return 1 if failed else 0


def _tell_faults(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    """Keep what Qt says of a machine without a screen off the terminal."""
    if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
        sys.stderr.write(f"{message}\n")


def _write(painter: _Painter, prepared: Prepared, target: Path) -> None:
    visible = painter.paint(prepared, target.with_name(f"{target.name}.png"))
    found = {
        "subject": prepared.subject,
        "from": prepared.sender,
        "visible_text": visible,
        "html": prepared.html,
        "blocked": prepared.blocked,
        "trackers": [
            {"vendor": vendor, "kind": kind, "url": url} for vendor, kind, url in prepared.trackers
        ],
        "defects": list(prepared.defects),
        "loaded": sorted(prepared.remote.loaded),
        "failed": [{"url": url, "reason": reason} for url, reason in prepared.remote.failed],
        "refused": list(prepared.remote.refused),
    }
    text = json.dumps(found, ensure_ascii=False, indent=2)
    target.with_name(f"{target.name}.json").write_text(
        text.encode("utf-8", "replace").decode() + "\n", encoding="utf-8"
    )


def _named(files: Sequence[Path]) -> list[tuple[Path, str]]:
    """Give each file the name of its picture; files of one name are numbered."""
    used: dict[str, int] = {}
    result = []
    for path in files:
        count = used[path.stem] = used.get(path.stem, 0) + 1
        result.append((path, path.stem if count == 1 else f"{path.stem}-{count}"))
    return result


class Reader:
    """Reads mails in another process, which is replaced when a mail ends it or stops it.

    That process also fetches remote images if `proxy` is not None (empty: without a proxy).
    """

    def __init__(self, theme: Mapping[str, str], *, dark: bool, proxy: str | None = None) -> None:
        self._theme = dict(theme)
        self._dark = dark
        self._proxy = proxy
        self._process: SpawnProcess | None = None
        self._pipe: Connection[Any, Any] | None = None

    def read(self, path: Path) -> Prepared:
        raw = path.read_bytes()
        pipe = self._pipe or self._start()
        try:
            pipe.send_bytes(raw)
            if not pipe.poll(PATIENCE if self._proxy is None else FETCHING):
                raise NotShown("reading it took too long")
            answer = pipe.recv()
        except (EOFError, OSError):
            self.close()
            raise NotShown("it ended the process that reads mail") from None
        except NotShown:
            self.close()
            raise
        if not isinstance(answer, Prepared):
            raise NotShown(str(answer))
        return answer

    def _start(self) -> Connection[Any, Any]:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        target, rest = (serve, ()) if self._proxy is None else (serve_allowed, (self._proxy,))
        self._process = spawn.Process(
            target=target, args=(theirs, self._theme, self._dark, *rest), daemon=True
        )
        self._process.start()
        theirs.close()  # so that the end of the process is the end of the pipe
        return self._pipe

    def close(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._pipe = self._process = None


class _Painter:
    """One view, shown offscreen; a new one after its renderer died."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._images: Mapping[int, bytes] = {}
        self._remote: Mapping[int, bytes] = {}
        self._sandbox = Sandbox(
            lambda _message, part: _found(self._images, part),
            lambda _message, number: _found(self._remote, number),
        )
        self._make()

    def _make(self) -> None:
        self._page: MailPage = self._sandbox.page()
        self._page.setBackgroundColor(self._theme.color("surface-page"))
        self._crashed = False
        self._page.crashed.connect(self._note_crash)
        self._view = QWebEngineView()
        self._view.setPage(self._page)
        self._view.resize(WIDTH, 600)
        self._view.show()

    def paint(self, prepared: Prepared, target: Path) -> str:
        """Write the picture and return the text that is visible in it."""
        if self._crashed:
            self._view.close()
            self._make()
        self._images = prepared.images
        self._remote = prepared.remote.data
        token = token_of(prepared.page)
        self._view.resize(WIDTH, 600)
        self._sandbox.handler.put(token, prepared.page)
        painted: list[str] = []
        connection = self._page.painted.connect(painted.append)
        self._page.show_page(page_url(token))
        self._wait(lambda: token in painted)
        self._page.painted.disconnect(connection)
        heights: list[int] = []
        self._page.height(heights.append)
        self._wait(lambda: heights)
        height = max(1, min(heights[0], TALLEST))
        self._view.resize(WIDTH, height)
        self._settle(f"sized:{token}")
        texts: list[str] = []
        self._page.visible_text(texts.append)
        self._wait(lambda: texts)
        if not self._view.grab().save(str(target)):
            raise NotShown(f"{target} could not be written")
        return texts[0]

    def _settle(self, word: str) -> None:
        """Wait until what was asked for is drawn, images decoded."""
        ready: list[object] = []
        while not ready:
            self._page.own_code(
                "[...document.images].every((i) => i.complete)",
                lambda done: ready.append(done) if done else None,
            )
            self._pause(0.02)
        self._page.own_code(_FRAMES % json.dumps(word))
        self._wait(lambda: self._page.title() == word)
        self._pause(0.05)

    def close(self) -> None:
        self._view.close()
        self._sandbox.close()
        self._pause(0.05)

    def _note_crash(self) -> None:
        self._crashed = True

    def _wait(self, done: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not done():
            if self._crashed:
                raise NotShown("it ended the process that draws mail")
            if time.monotonic() > end:
                raise NotShown("drawing it took too long")
            self._pause(0.01)

    def _pause(self, seconds: float) -> None:
        loop = QEventLoop()
        QTimer.singleShot(max(1, round(seconds * 1000)), loop.quit)
        loop.exec()


def _found(images: Mapping[int, bytes], number: int) -> Future[bytes]:
    future: Future[bytes] = Future()
    if number in images:
        future.set_result(images[number])
    else:
        future.set_exception(LookupError("no such image"))
    return future
