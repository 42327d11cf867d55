"""Whole windows in the test's process: each has a desk, and an engine with a profile of its own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialog, QLineEdit, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.desk import Desk
from missive_desktop.domain.team import TeamState
from missive_desktop.engine import dispatch
from missive_desktop.engine.client import Health
from missive_desktop.engine.protocol import Notice, Request, Watch
from missive_desktop.engine.runtime import Runtime
from missive_desktop.profile import Profile
from missive_desktop.store import database, teams

W = TypeVar("W", bound=QWidget)


class Reading(QObject):
    """Stands where mail is read and written: these windows show none."""

    archive_asked = Signal(int)
    conversation_asked = Signal(int)
    sought = Signal(str)
    task_asked = Signal(str, object, object)
    typing = Signal()
    closing = Signal(int)

    def make_stack(self) -> QWidget:
        return QWidget()

    def show(self, conversation: int, following: int = 0, *, at_once: bool = False) -> None:
        pass

    def show_gone(self, gone: bool) -> None:
        pass

    def changed(self, changes: object) -> None:
        pass

    def draft_of(self, conversation: int) -> int:
        return 0


class NearLink:
    """A link to an engine that runs on threads of this process."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.get_running_loop()
        self._listeners: list[Callable[[Notice], None]] = []
        self._threads = ThreadPoolExecutor(8)
        self.runtime = Runtime(Profile(folder), os.urandom(32), self._told)

    def _told(self, notice: Notice) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._hear, notice)

    def _hear(self, notice: Notice) -> None:
        for listener in tuple(self._listeners):
            listener(notice)

    async def call(self, request: Request) -> dict[str, Any]:
        return await self._loop.run_in_executor(self._threads, dispatch.run, self.runtime, request)

    def subscribe(self, listener: Callable[[Notice], None]) -> None:
        self._listeners.append(listener)

    def on_health(self, listener: Callable[[Health], None]) -> None:
        pass

    def restart(self) -> None:
        pass

    def close(self) -> None:
        self._listeners.clear()
        self.runtime.close()
        self._threads.shutdown(cancel_futures=True)


class Window:
    """One person at one computer: clicks and types as they would."""

    def __init__(self, theme: Theme, folder: Path, until: Callable[..., None]) -> None:
        self.until = until
        self.link = NearLink(folder)
        opened = lambda: database.open_reader(self.link.runtime.store)  # noqa: E731
        self.conn = opened()
        self.desk = Desk(theme, self.conn, self.link, lambda _: Reading(), opened)  # type: ignore[arg-type, return-value]
        self.desk.begin()
        self.desk.window.resize(1100, 800)
        self.desk.window.show()
        dispatch.run(self.link.runtime, Watch())

    @property
    def page(self) -> QWidget:
        """What fills the window."""
        found = self.desk.window._pages.currentWidget()
        assert found is not None
        return found

    def place(self) -> QWidget:
        """What has the keys: a dialog over the window, or what fills it."""
        open_ = (each for each in self.desk.window.findChildren(QDialog) if each.isVisible())
        return next(open_, self.page)

    def shows(self, text: str) -> bool:
        """Say whether a text stands on what is shown."""
        return any(
            text in str(each.property("text") or "")
            for each in self.desk.window.findChildren(QWidget)
            if each.isVisible()
        )

    def see(self, text: str) -> None:
        """Wait until a text is to be read."""
        self.until(lambda: self.shows(text))

    def button(self, text: str) -> QAbstractButton:
        found = [
            each
            for each in self.place().findChildren(QAbstractButton)
            if each.isVisible() and text in (each.text(), each.accessibleName())
        ]
        assert found, f"no button {text!r}"
        return found[0]

    def press(self, text: str) -> None:
        """Click a button, when it is there and can be clicked."""

        def there() -> bool:
            try:
                return self.button(text).isEnabled()
            except AssertionError:
                return False

        self.until(there)
        QTest.mouseClick(self.button(text), Qt.MouseButton.LeftButton)

    def fields(self) -> list[QLineEdit]:
        return [
            each
            for each in self.place().findChildren(QLineEdit)
            if each.isVisible() and each.isEnabled() and not each.isReadOnly()
        ]

    def choose(self, button: str, *path: str) -> None:
        """Choose from the menu of a button; opened for real, it would hold up the test."""
        menu = self.button(button).menu()  # type: ignore[attr-defined]
        menu.aboutToShow.emit()
        for index, text in enumerate(path):
            (action,) = [each for each in menu.actions() if each.text() == text]
            if index < len(path) - 1:
                menu = action.menu()
        action.trigger()

    def edits(self) -> list[QLineEdit]:
        return [each for each in self.place().findChildren(QLineEdit) if each.isVisible()]

    def write_into(self, name: str, text: str) -> None:
        """Type into the field of this name, and press Enter."""
        self.until(lambda: name in [each.accessibleName() for each in self.fields()])
        next(each for each in self.fields() if each.accessibleName() == name).setFocus()
        self.write(text)

    def write(self, *texts: str, enter: bool = True) -> None:
        """Type into the field that has the keys, and with Tab into the next ones."""
        field = self.focused()
        for index, text in enumerate(texts):
            field.selectAll()
            field.insert(text)
            field.textEdited.emit(field.text())
            if index < len(texts) - 1:
                fields = self.fields()
                field = fields[fields.index(field) + 1]
        if enter:
            QTest.keyClick(field, Qt.Key.Key_Return)

    def focused(self) -> QLineEdit:
        """The field that the keys go to; that there is one is part of what is tried."""
        window = self.place().window()

        def there() -> bool:
            found = window.focusWidget()
            return isinstance(found, QLineEdit) and found.isVisible()

        self.until(there)
        return cast(QLineEdit, window.focusWidget())

    def escape(self) -> None:
        QTest.keyClick(self.place().window().focusWidget() or self.place(), Qt.Key.Key_Escape)

    def find(self, kind: type[W]) -> W:
        return next(each for each in self.desk.window.findChildren(kind) if each.isVisible())

    def team(self) -> teams.TeamRow:
        (row,) = teams.all_(self.conn)
        return row

    def entered(self) -> None:
        """Wait until one is in, and the team is in step."""
        self.until(lambda: self.desk.teams._entering is None)
        self.until(lambda: self.team().state is TeamState.READY)

    def close(self) -> None:
        self.desk.window.hide()
        self.desk.close()
        self.link.close()
        self.conn.close()
        self.desk.window.deleteLater()
        self.desk.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


@pytest.fixture
def window(
    qt_loop: object, theme: Theme, tmp_path: Path, until: Callable[..., None]
) -> Iterator[Callable[[], Window]]:
    made: list[Window] = []

    def another() -> Window:
        made.append(Window(theme, tmp_path / f"window{len(made)}", until))
        return made[-1]

    yield another
    for each in made:
        each.close()
