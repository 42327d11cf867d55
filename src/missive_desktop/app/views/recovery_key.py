"""The recovery key as it is shown, once: in groups, to be written down, printed or copied.

Nothing here keeps it. What is copied is taken off the clipboard again after a minute.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.code_groups import CodeGroups
from missive_desktop.app.views.controls import TextButton, label

ON_CLIPBOARD = 60_000  # ms


class RecoveryKeyCard(QWidget):
    def __init__(self, theme: Theme, key: str) -> None:
        super().__init__()
        self._key = key
        copy = TextButton(theme, self.tr("Copy for a minute"), icon="copy", small=True)
        copy.clicked.connect(self._copy)
        save = TextButton(theme, self.tr("Save as a file to print…"), icon="printer", small=True)
        save.clicked.connect(self._save)
        self._note = label(face="small", tone="secondary", wrap=True)
        self._note.hide()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(copy)
        row.addWidget(save)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(CodeGroups(theme, key))
        column.addLayout(row)
        column.addWidget(self._note)

    def _copy(self) -> None:
        board = QGuiApplication.clipboard()
        board.setText(self._key)
        key = self._key

        def forget() -> None:
            if board.text() == key:
                board.clear()

        QTimer.singleShot(ON_CLIPBOARD, board, forget)
        self._say(self.tr("Copied. It is taken off the clipboard in a minute."))

    def _save(self) -> None:
        dialog = QFileDialog(self, self.tr("Save the recovery key"), "recovery-key.txt")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.fileSelected.connect(self._write)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _write(self, path: str) -> None:
        target = Path(path)
        try:
            target.touch(mode=0o600)
            target.write_text(self._printed(), encoding="utf-8")
        except OSError as error:
            self._say(self.tr("It could not be saved: {0}").format(error.strerror or ""))
            return
        self._say(self.tr("Saved. Print it, then delete the file: who has it can read everything."))

    def _printed(self) -> str:
        groups = self._key.split()
        lines = (groups[at : at + 4] for at in range(0, len(groups), 4))
        return "\n".join(["Recovery key", "", *("  ".join(line) for line in lines), ""])

    def _say(self, text: str) -> None:
        self._note.setText(text)
        self._note.show()
