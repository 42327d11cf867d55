"""The part of the settings about private reading: images, HTML in the dark, signatures, proxy."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from missive_desktop.app.presenters.image_choices import ImageChoices
from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.mail_cards import HTML_IN_DARK
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.image_rules_dialog import ImageRulesDialog
from missive_desktop.app.views.proxy_dialog import ProxyDialog
from missive_desktop.engine.protocol import SetSetting
from missive_desktop.store import image_rules, settings, signatures
from missive_desktop.store.database import Connection


class PrivacyMenu(QObject):
    """`changed` says that mail may be drawn otherwise now."""

    changed = Signal()

    def __init__(
        self,
        theme: Theme,
        conn: Connection,
        engine: Engine,
        window: QWidget,
        tell: Callable[[str, str], None],
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._conn = conn
        self._engine = engine
        self._window = window
        self._choices = ImageChoices(conn, engine)
        self._tasks = Tasks(lambda error: tell(str(error), error.advice))

    def fill(self, menu: QMenu) -> None:
        """Put the choices into a menu, as they stand now."""
        self._group(
            menu,
            self.tr("Remote images"),
            image_rules.SETTING,
            "ask",
            (("ask", self.tr("Ask each time")), ("never", self.tr("Never load"))),
        )
        self._group(
            menu,
            self.tr("HTML mail in the dark"),
            HTML_IN_DARK,
            "light",
            (
                ("light", self.tr("On a light card")),
                ("dark", self.tr("Dark")),
                ("text", self.tr("As plain text")),
            ),
        )
        verify = menu.addAction(self.tr("Check signatures when mail arrives"))
        verify.setCheckable(True)
        verify.setChecked(bool(settings.get(self._conn, signatures.SETTING, True)))
        verify.setToolTip(
            self.tr("Asks the DNS for keys of senders: at arrival, never when you open mail.")
        )
        verify.toggled.connect(lambda on: self._keep(signatures.SETTING, on))
        menu.setToolTipsVisible(True)
        menu.addSeparator()
        menu.addAction(self.tr("Whose images are loaded…"), self.open_rules)
        menu.addAction(self.tr("Proxy for images…"), self.open_proxy)

    def open_rules(self) -> ImageRulesDialog:
        """Show whose images are loaded always, or never."""
        dialog = ImageRulesDialog(self._theme, image_rules.all_(self._conn), self._window)
        dialog.removed.connect(
            lambda scope, value: self._tasks.start(self._remove(dialog, scope, value))
        )
        dialog.open()
        return dialog

    def open_proxy(self) -> ProxyDialog:
        """Ask through whom images are fetched."""
        current = str(settings.get(self._conn, image_rules.PROXY, ""))
        dialog = ProxyDialog(self._theme, current, self._window)
        dialog.chosen.connect(lambda text: self._tasks.start(self._save_proxy(dialog, text)))
        dialog.open()
        return dialog

    def close(self) -> None:
        self._tasks.cancel()

    def _group(
        self, menu: QMenu, title: str, name: str, usual: str, entries: tuple[tuple[str, str], ...]
    ) -> None:
        part = menu.addMenu(title)
        group = QActionGroup(part)
        current = settings.get(self._conn, name, usual)
        for value, text in entries:
            action = part.addAction(text)
            action.setCheckable(True)
            action.setChecked(value == current)
            group.addAction(action)
            action.triggered.connect(lambda _=False, value=value: self._keep(name, value))

    def _keep(self, name: str, value: object) -> None:
        self._tasks.start(self._write(name, value))

    async def _write(self, name: str, value: object) -> None:
        await self._engine.call(SetSetting(name=name, value=value))
        self.changed.emit()

    async def _remove(self, dialog: ImageRulesDialog, scope: str, value: str) -> None:
        await self._choices.forget(scope, value)
        dialog.show_rules(image_rules.all_(self._conn))
        self.changed.emit()

    async def _save_proxy(self, dialog: ProxyDialog, text: str) -> None:
        problem = await self._choices.set_proxy(text)
        if problem:
            dialog.show_problem(problem)
        else:
            dialog.accept()
            self.changed.emit()
