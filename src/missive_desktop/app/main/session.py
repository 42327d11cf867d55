"""One run of the window: the store opened, the desk joined, first paint, web view, end."""

from __future__ import annotations

import asyncio
import importlib
import sys
import time
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMessageBox

from missive_desktop.app.main import timing
from missive_desktop.app.main.collecting import Collecting
from missive_desktop.app.main.handed import Application
from missive_desktop.app.main.opening import Opening
from missive_desktop.app.main.show import Show
from missive_desktop.app.presenters.link import EngineLink
from missive_desktop.app.theme import Choice, Theme
from missive_desktop.app.views.desk import Desk
from missive_desktop.app.views.shot import wait_until_painted
from missive_desktop.app.web import flags
from missive_desktop.errors import Cancelled, KnownError
from missive_desktop.store import teams
from missive_desktop.store.database import Connection, Store, create_or_open, open_reader

if TYPE_CHECKING:
    from missive_desktop.app.main.bell import Bell
    from missive_desktop.app.main.one_window import Wish
    from missive_desktop.app.views.mail_desk import MailDesk

WARM_UP = 200  # ms after the first paint until the web view is made


def make_application() -> Application:
    """Make the application object, and before it what the web engine needs."""
    flags.prepare()
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(
        Qt.HighDpiScaleFactorRoundingPolicy.PassThrough
    )
    application = Application(sys.argv[:1])
    Collecting(application)
    application.setApplicationName("Missive")
    if QLocale().language() == QLocale.Language.C:
        # No locale is set: words in English, times of 24 hours, days before months.
        QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    application.setDesktopFileName("missive-desktop")
    application.setStyle("Fusion")
    application.setQuitOnLastWindowClosed(False)  # the loop ends when the engine is let go
    return application


def make_mail(desk: Desk, conn: Connection, store: Store, link: EngineLink) -> MailDesk:
    """Make what reads and writes mail; the web engine and the parser are imported only now."""
    module = importlib.import_module("missive_desktop.app.views.mail_desk")
    made: MailDesk = module.MailDesk(
        desk.theme, conn, store, link, desk.pane, desk.window.undo_bar, desk.show_trouble
    )
    return made


class Session:
    """Owns what lives as long as the window."""

    def __init__(self, application: Application, opening: Opening) -> None:
        self._application = application
        self._opening = opening
        self._closed = asyncio.Event()
        self._bell: Bell | None = None

    async def run(
        self,
        *,
        screenshot: Path | None,
        inside: Callable[[Desk], Coroutine[Any, Any, int]] | None = None,
        show: Show | None = None,
        chosen: Choice | None = None,
    ) -> int:
        """`chosen` is the theme of this run, whatever the settings say."""
        theme = Theme(self._application)
        if self._opening.listens:
            # Imported here: other windows do without.
            module = importlib.import_module("missive_desktop.app.main.bell")
            self._bell = module.Bell(self._opening.profile, self._application.hand)
        try:
            return await self._run(theme, screenshot, inside, show, chosen)
        except Cancelled:
            raise
        except KnownError as error:
            if screenshot is None and inside is None:
                await complain(error)
            raise
        finally:
            self._end_listening()

    async def _run(
        self,
        theme: Theme,
        screenshot: Path | None,
        inside: Callable[[Desk], Coroutine[Any, Any, int]] | None,
        show: Show | None,
        chosen: Choice | None,
    ) -> int:
        key = await self._key()
        store = create_or_open(self._opening.profile, key)
        conn = open_reader(store)
        timing.mark("opened")
        link = EngineLink(self._opening.profile, key, self._opening.engine.result())
        connecting = asyncio.get_running_loop().create_task(link.start())
        if teams.over(conn, time.time_ns() // 1_000_000):
            await asyncio.wait([connecting])  # what ran out goes before anything is shown
        desk = Desk(
            theme,
            conn,
            link,
            lambda desk: make_mail(desk, conn, store, link),
            lambda: open_reader(store),
        )
        desk.window.closing.connect(self._closed.set)
        desk.window.painted.connect(lambda: self._painted(desk))
        desk.begin()
        if chosen is not None:
            theme.choose(chosen)
        if show is None:
            desk.accounts.ask_first()
        if self._opening.link:
            desk.teams.ask(self._opening.link)
        self._application.attend(partial(grant, desk))
        desk.window.show()
        try:
            if show is not None:
                await connecting
                await show.begin(desk, link, conn, waits=screenshot is not None)
            if inside is not None:
                await connecting
                return await inside(desk)
            if screenshot is not None:
                await connecting
                await wait_until_painted(desk, first=show is None)
                if show is not None:
                    await show.arrange(desk)
                return 0 if desk.window.grab().save(str(screenshot)) else 1
            await connecting
            await self._closed.wait()
            return 0
        finally:
            self._end_listening()
            desk.window.hide()
            if show is not None:
                show.end()
            await desk.end()
            desk.close()
            await link.close()
            conn.close()

    def _end_listening(self) -> None:
        if self._bell is not None:
            self._bell.close()
        self._application.neglect()

    def _painted(self, desk: Desk) -> None:
        timing.mark("painted")
        QTimer.singleShot(WARM_UP, desk.settle)

    async def _key(self) -> bytes:
        """Wait for the key; ask the user where the keychain does not have it."""
        opening = self._opening
        while not opening.key.done():
            if not opening.questions.empty():
                question, answer = opening.questions.get()
                answer.set_result(await ask(question))
            await asyncio.sleep(0.005)
        return opening.key.result()


def grant(desk: Desk, wish: Wish) -> None:
    """Do what a later start asks for."""
    if wish.link:
        desk.teams.ask(wish.link)
    desk.window.come_forward()


async def complain(error: KnownError) -> None:
    """Say why the window cannot open."""
    box = QMessageBox()
    box.setWindowTitle("Missive")
    box.setIcon(QMessageBox.Icon.Warning)
    box.setText(str(error))
    box.setInformativeText(error.advice)
    closed = asyncio.Event()
    box.finished.connect(lambda _: closed.set())
    box.open()
    await closed.wait()
    box.deleteLater()


async def ask(question: str) -> str | None:
    """Ask for a passphrase; None when the user gave up."""
    dialog = QInputDialog()
    dialog.setWindowTitle("Missive")
    dialog.setLabelText(question)
    dialog.setTextEchoMode(QLineEdit.EchoMode.Password)
    future: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
    dialog.accepted.connect(lambda: future.set_result(dialog.textValue()))
    dialog.rejected.connect(lambda: future.set_result(None))
    dialog.open()
    try:
        return await future
    finally:
        dialog.deleteLater()
