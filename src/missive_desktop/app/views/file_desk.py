"""What can be done with the files of a mail: look at them, open them, save them.

One question before a file that may harm is opened, with the words of `content.dangers`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox, QWidget

from missive_desktop.app.presenters.link import Engine
from missive_desktop.app.presenters.parts import PartReader
from missive_desktop.app.presenters.preparing import Look
from missive_desktop.app.presenters.preview import PreviewPresenter, items
from missive_desktop.app.presenters.tasks import Tasks
from missive_desktop.app.theme import Theme
from missive_desktop.app.views.preview import PreviewOverlay
from missive_desktop.app.web.sandbox import Sandbox
from missive_desktop.content import dangers, parse
from missive_desktop.content.filenames import safe_name
from missive_desktop.domain.message import Attachment
from missive_desktop.domain.spaces import SharedFile
from missive_desktop.engine.protocol import OpenAttachment, Request, SaveAttachment
from missive_desktop.engine.space_requests import OpenSharedFile, SaveSharedFile


class FileDesk(QObject):
    """`act` is called with what a tile's link asks for."""

    def __init__(
        self,
        theme: Theme,
        engine: Engine,
        parts: PartReader,
        sandbox: Sandbox,
        pane: QWidget,
        tell: Callable[[str, str], None],
    ) -> None:
        super().__init__(pane)
        self._theme = theme
        self._engine = engine
        self._parts = parts
        self._sandbox = sandbox
        self._pane = pane
        self._tell = tell
        self._tasks = Tasks(lambda error: tell(str(error), error.advice))
        self._overlay: PreviewOverlay | None = None
        self._preview: PreviewPresenter | None = None

    def act(self, name: str, message: int, part: int) -> None:
        """Do what a link of our own page asks for: preview, open or save a file."""
        work = {"preview": self._show, "open": self._open, "save": self._save}.get(name)
        if work is not None:
            self._tasks.start(work(message, part))

    def shared(self, account: int, comment: str, file: SharedFile, save: bool) -> None:
        """Open or save the file that goes along with a comment."""
        name = safe_name(file.name)
        if save:
            self._choose(
                name, lambda path: SaveSharedFile(account=account, comment=comment, path=path)
            )
        else:
            warning = dangers.warning(file.name, file.type, b"")
            request = OpenSharedFile(account=account, comment=comment)
            self._tasks.start(self._hand_over(name, warning, request))

    def close(self) -> None:
        self._tasks.cancel()
        if self._preview is not None:
            self._preview.close()

    # -- looking

    async def _show(self, message: int, part: int) -> None:
        listed = items(message, await self._files(message))
        at = next((index for index, item in enumerate(listed) if item.part == part), None)
        if at is None:
            await self._open(message, part)
            return
        self._previewer().show(listed, at)

    def _previewer(self) -> PreviewPresenter:
        if self._preview is None:
            overlay = PreviewOverlay(self._theme, self._sandbox, self._pane.window())
            preview = PreviewPresenter(self._parts, overlay, self._look)
            self._sandbox.handler.sheets = preview.sheet
            overlay.stepped.connect(preview.step)
            overlay.closed.connect(preview.close)
            overlay.open_asked.connect(lambda: self._on_shown("open"))
            overlay.save_asked.connect(lambda: self._on_shown("save"))
            self._theme.changed.connect(preview.refresh)
            self._overlay, self._preview = overlay, preview
        return self._preview

    def _look(self) -> Look:
        return Look(self._theme.css_variables(), self._theme.dark)

    def _on_shown(self, name: str) -> None:
        item = self._preview.item if self._preview is not None else None
        if item is not None:
            self.act(name, item.message, item.part)

    # -- opening and saving

    async def _files(self, message: int) -> tuple[Attachment, ...]:
        raw = await asyncio.wrap_future(self._parts.raw(message))
        parsed = await asyncio.to_thread(parse.parse, raw)
        return parsed.attachments

    async def _file(self, message: int, part: int) -> tuple[str, str]:
        """Return a file's name as it is written to disk, and what may harm when it is opened."""
        files = await self._files(message)
        found = next((file for file in files if file.part == part), None)
        if found is None:
            return safe_name("attachment"), ""
        return safe_name(found.name), found.warning

    async def _open(self, message: int, part: int) -> None:
        name, warning = await self._file(message, part)
        await self._hand_over(name, warning, OpenAttachment(message=message, part=part))

    async def _hand_over(self, name: str, warning: str, request: Request) -> None:
        """Give a file to the program of the system that is meant for it."""
        if warning and not await self._sure(name, warning):
            return
        answer = await self._engine.call(request)
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(answer["path"])):
            self._tell(self.tr("No program opens {0}.").format(name), self.tr("Save it instead."))

    async def _sure(self, name: str, warning: str) -> bool:
        box = QMessageBox(self._pane.window())
        box.setIcon(QMessageBox.Icon.Warning)
        box.setText(self.tr("Open {0}?").format(name))
        advice = self.tr("Open it only if you expected it from this sender.")
        box.setInformativeText(f"{warning}\n\n{advice}")
        for shown in box.findChildren(QLabel):  # names of files are a stranger's words
            shown.setTextFormat(Qt.TextFormat.PlainText)
        go_on = box.addButton(self.tr("Open all the same"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        closed: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def done(_code: int) -> None:
            if not closed.done():
                closed.set_result(box.clickedButton() is go_on)

        box.finished.connect(done)
        box.open()
        try:
            return await closed
        finally:
            box.deleteLater()

    async def _save(self, message: int, part: int) -> None:
        name, _ = await self._file(message, part)
        self._choose(name, lambda path: SaveAttachment(message=message, part=part, path=path))

    def _choose(self, name: str, request: Callable[[str], Request]) -> None:
        """Ask where to save a file."""
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        title = self.tr("Save the attachment")
        dialog = QFileDialog(self._pane.window(), title, str(Path(folder) / name))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(name)
        dialog.finished.connect(dialog.deleteLater)
        dialog.fileSelected.connect(
            lambda path: self._tasks.start(self._save_to(request(path), path))
        )
        dialog.open()

    async def _save_to(self, request: Request, path: str) -> None:
        await self._engine.call(request)
        self._tell(self.tr("Saved to {0}").format(path), "")
