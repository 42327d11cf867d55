"""Line icons by name: the SVG's stroke colour put in, rendered per size and pixel ratio, cached."""

from __future__ import annotations

import re
from functools import lru_cache

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize
from PySide6.QtGui import QImageReader, QPixmap

from missive_desktop import resources

_STROKE_WIDTH = re.compile(r'stroke-width="[^"]*"')
_GRID = 24  # of the icon set's view box


@lru_cache(maxsize=256)
def _source(name: str) -> str:
    return resources.path("icons", f"{name}.svg").read_text(encoding="utf-8")


def svg(name: str, color: str, size: int, stroke: float, *, filled: bool = False) -> str:
    """Return the icon's SVG in `color`, its lines `stroke` pixels wide when drawn at `size`."""
    width = f'stroke-width="{stroke * _GRID / max(size, 16):.3g}"'
    text = _STROKE_WIDTH.sub(width, _source(name), count=1).replace("currentColor", color)
    return text.replace('fill="none"', f'fill="{color}"', 1) if filled else text


@lru_cache(maxsize=1024)
def render(
    name: str, color: str, size: int, ratio: float, stroke: float, filled: bool = False
) -> QPixmap:
    """Return the icon as a pixmap of `size` logical pixels. `color` is #RRGGBB."""
    data = QByteArray(svg(name, color, size, stroke, filled=filled).encode())
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(b"svg"))
    edge = round(size * ratio)
    reader.setScaledSize(QSize(edge, edge))
    pixmap = QPixmap.fromImageReader(reader)
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
