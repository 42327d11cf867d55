"""Setting up a second factor: the square to scan, the digits it gives, the codes for a bad day."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication, QImageReader, QPixmap, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from missive_desktop.app.theme import Theme
from missive_desktop.app.views.code_groups import CodeGroups
from missive_desktop.app.views.controls import TextButton, label

SQUARE = 160
DIGITS = 6


class TwoFactorCard(QWidget):
    """`confirmed` with six digits."""

    confirmed = Signal(str)
    cancelled = Signal()

    def __init__(self, theme: Theme, key: str, svg: str) -> None:
        super().__init__()
        self._theme = theme
        self._key = key
        head = QHBoxLayout()
        head.addWidget(label(self.tr("Second factor"), face="strong"), 1)
        head.addWidget(label(self.tr("Step 2 of 3"), face="small", tone="secondary"))
        text = self.tr("A code from an authenticator app, asked once on each new device.")
        square = QLabel()
        square.setPixmap(_drawn(svg, self.devicePixelRatioF()))
        square.setFixedSize(SQUARE, SQUARE)
        square.setAccessibleName(self.tr("Square for the authenticator app"))
        row = QHBoxLayout()
        row.setSpacing(24)
        row.addWidget(square, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._steps(), 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 20)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(label(text, face="small", tone="secondary", wrap=True))
        column.addSpacing(14)
        column.addLayout(row)

    def _steps(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(label(self.tr("1. Scan the square with your authenticator app.")))
        secret = QHBoxLayout()
        secret.setContentsMargins(16, 0, 0, 0)
        secret.setSpacing(8)
        words = label(self.tr("It cannot scan? Type"), face="small", tone="secondary")
        typed = label(_grouped(self._key))
        typed.setStyleSheet(f"font-family: '{_fixed().family()}'; font-size: 12px;")
        typed.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        typed.setWordWrap(True)
        copy = TextButton(self._theme, self.tr("Copy"), "link-small")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._key))
        secret.addWidget(words)
        secret.addWidget(typed, 1)
        secret.addWidget(copy)
        column.addLayout(secret)
        column.addSpacing(10)
        column.addWidget(label(self.tr("2. Type the six digits that it shows.")))
        self._code = QLineEdit()
        self._code.setMaxLength(DIGITS + 1)
        self._code.setPlaceholderText("000 000")
        self._code.setAccessibleName(self.tr("Six digits"))
        self._code.setFixedWidth(152)
        self._code.setStyleSheet(
            f"QLineEdit {{ font-family: '{_fixed().family()}'; font-size: 18px;"
            " min-height: 38px; }"
        )
        self._go = TextButton(self._theme, self.tr("Turn on"), "primary")
        self._go.setEnabled(False)
        self._go.clicked.connect(self._confirm)
        self._code.textEdited.connect(lambda _: self._go.setEnabled(len(self.digits) == DIGITS))
        self._code.returnPressed.connect(self._confirm)
        cancel = TextButton(self._theme, self.tr("Cancel"), "quiet")
        cancel.clicked.connect(self.cancelled)
        entry = QHBoxLayout()
        entry.setContentsMargins(16, 0, 0, 0)
        entry.addWidget(self._code)
        entry.addStretch(1)
        column.addLayout(entry)
        column.addSpacing(6)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(16, 0, 0, 0)
        buttons.setSpacing(8)
        buttons.addWidget(self._go)
        buttons.addWidget(cancel)
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addStretch(1)
        return column

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._code.setFocus()

    def ask_again(self) -> None:
        """What was typed was not right."""
        self._code.selectAll()
        self._code.setFocus()

    @property
    def digits(self) -> str:
        return "".join(char for char in self._code.text() if char.isdecimal())

    def _confirm(self) -> None:
        if len(self.digits) == DIGITS:
            self.confirmed.emit(self.digits)


class CodesCard(QWidget):
    """The recovery codes, shown this once; `kept` when they are written down."""

    kept = Signal()

    def __init__(self, theme: Theme, codes: tuple[str, ...]) -> None:
        super().__init__()
        words = self.tr(
            "The second factor is on. When your authenticator is lost, one of these codes takes its"
            " place, each one once. They are shown this once: write them down."
        )
        copy = TextButton(theme, self.tr("Copy"), icon="copy", small=True)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText("\n".join(codes)))
        done = TextButton(theme, self.tr("I have written them down"), "primary", small=True)
        done.clicked.connect(self.kept)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(done)
        row.addWidget(copy)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addWidget(label(self.tr("Your recovery codes"), face="strong"))
        column.addWidget(label(words, tone="secondary", wrap=True))
        column.addWidget(CodeGroups(theme, " ".join(codes)))
        column.addLayout(row)


def _drawn(svg: str, ratio: float) -> QPixmap:
    data = QByteArray(svg.encode())  # the buffer does not hold it
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(b"svg"))
    edge = round(SQUARE * ratio)
    reader.setScaledSize(QSize(edge, edge))
    pixmap = QPixmap.fromImageReader(reader)
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def _grouped(key: str) -> str:
    plain = "".join(key.split())
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def _fixed() -> QFont:
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
