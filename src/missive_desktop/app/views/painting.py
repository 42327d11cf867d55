"""Drawing that delegates and widgets share: avatars and texts on a baseline."""

from __future__ import annotations

import unicodedata

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from missive_desktop.app.theme import Theme

_ONE_LETTER = ("HIRAGANA", "KATAKANA", "CJK", "HANGUL", "ARABIC", "HEBREW", "THAI", "DEVANAGARI")


def initials(name: str, address: str) -> str:
    """Return one or two letters for a person; one in scripts where two would join or crowd."""
    words = [word for word in name.replace(",", " ").split() if word[:1].isalnum()]
    if not words:
        local = address.partition("@")[0].replace("_", ".").replace("-", ".").split(".")
        words = [part for part in local if part[:1].isalnum()]
    if not words:
        return "?"
    first = words[0][0]
    if unicodedata.name(first, "").startswith(_ONE_LETTER):
        return first
    last = words[-1][0] if len(words) > 1 else ""
    return (first + last).upper()[:2]


def draw_avatar(painter: QPainter, theme: Theme, box: QRectF, name: str, address: str) -> None:
    """Draw initials on a circle that fills `box`."""
    fill, letters = theme.avatar(address or name)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawEllipse(box)
    font = QFont(theme.font("small", strong=True))
    font.setPixelSize(max(8, round(box.width() * 0.375)))
    painter.setFont(font)
    painter.setPen(letters)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, initials(name, address))
    painter.restore()


def fill_rounded(painter: QPainter, box: QRectF, radius: float, color: QColor) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(box, radius, radius)
