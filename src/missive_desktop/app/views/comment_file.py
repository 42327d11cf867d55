"""The one file that goes along with a comment that is being written: name, size, a cross."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QLocale, QMimeData, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.controls import Icon, IconButton, label
from missive_desktop.app.views.small import OneLine

HEIGHT = 24
WIDEST = 260


class CommentFile(QWidget):
    """Is not there while there is no file; `removed` when it is not to go along."""

    removed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._name = OneLine(face="small-strong")
        self._name.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._size = label("", face="small", tone="secondary")
        self._cross = IconButton(theme, "x", "", size=theme.size("icon-small"))
        self._cross.setFixedSize(HEIGHT, HEIGHT)
        self._cross.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(28, 0, 0, 0)
        row.setSpacing(6)
        icon = Icon(theme, "paperclip", "comment-text", small=True)
        for part in (icon, self._name, self._size, self._cross):
            row.addWidget(part)
        row.addStretch(1)
        self.setFixedHeight(HEIGHT)
        self.hide()

    def show_file(self, file: Path | None) -> None:
        self.setVisible(file is not None)
        if file is None:
            return
        self._name.setText(file.name)
        wanted = self._name.fontMetrics().horizontalAdvance(file.name) + 2
        self._name.setFixedWidth(min(wanted, WIDEST))
        self._size.setText(_size(file))
        remove = self.tr("Remove {0}").format(file.name)
        self._cross.setToolTip(remove)
        self._cross.setAccessibleName(remove)


def files_of(data: QMimeData) -> Sequence[Path]:
    """Return the files that are dropped or pasted; folders are none."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if path.is_file()]


def _size(file: Path) -> str:
    try:
        size = file.stat().st_size
    except OSError:  # what became of it is said when it is to go
        return ""
    return QLocale().formattedDataSize(size, 0, QLocale.DataSizeFormat.DataSizeSIFormat)
