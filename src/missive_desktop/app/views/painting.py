"""Drawing that delegates and widgets share: avatars and texts on a baseline."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QTextCharFormat, QTextLayout

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


def draw_square(painter: QPainter, theme: Theme, box: QRectF, name: str, color: str) -> None:
    """Draw the first letter of a team on a square: people are round."""
    fill, letters = theme.square(color)
    painter.save()
    fill_rounded(painter, box, 4 if box.width() >= 16 else 3, fill)
    font = QFont(theme.font("small", strong=True))
    font.setPixelSize(max(8, round(box.width() * 0.625)))
    painter.setFont(font)
    painter.setPen(letters)
    letter = next((each for each in name if each.isalnum()), "?").upper()
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, letter)
    painter.restore()


def fill_rounded(painter: QPainter, box: QRectF, radius: float, color: QColor) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(box, radius, radius)


def draw_check(painter: QPainter, theme: Theme, box: QRectF, *, on: bool) -> None:
    """Draw a check box of 16 px."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color("accent" if on else "hairline-strong"), 1))
    painter.setBrush(theme.color("accent" if on else "surface-raised"))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    if on:
        mark = QPen(theme.color("on-accent"), 1.8)
        mark.setCapStyle(Qt.PenCapStyle.RoundCap)
        mark.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(mark)
        x, y = box.left(), box.top()
        painter.drawPolyline(
            [QPointF(x + 4, y + 8.4), QPointF(x + 7, y + 11), QPointF(x + 12, y + 5.2)]
        )


def draw_text(
    painter: QPainter,
    baseline: QPointF,
    text: str,
    font: QFont,
    color: QColor,
    marks: Sequence[tuple[int, int]] = (),
    mark: tuple[QColor, QColor] | None = None,
) -> None:
    """Draw one line of text on a baseline, with marked ranges (start, length)."""
    painter.setFont(font)
    painter.setPen(color)
    if not marks or mark is None:
        painter.drawText(baseline, text)
        return
    layout = QTextLayout(text, font)
    shape = QTextCharFormat()
    shape.setBackground(mark[0])
    shape.setForeground(mark[1])
    ranges = []
    for start, length in marks:
        item = QTextLayout.FormatRange()
        item.start, item.length, item.format = (
            _utf16(text, start),
            _utf16(text[start : start + length], length),
            shape,
        )
        ranges.append(item)
    layout.setFormats(ranges)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(100_000)
    layout.endLayout()
    layout.draw(painter, QPointF(baseline.x(), baseline.y() - line.ascent()))


def _utf16(text: str, count: int) -> int:
    """Return how many UTF-16 units the first `count` characters take, which Qt counts in."""
    return len(text[:count].encode("utf-16-le")) // 2
