"""A text as a QR code: for the window and for a terminal. Pure."""

from __future__ import annotations

import io

import segno


def svg(text: str) -> bytes:
    """Return an SVG that stands alone, dark on light with the quiet zone that readers need."""
    out = io.BytesIO()
    _made(text).save(out, kind="svg", scale=4, border=4, dark="#000", light="#fff")
    return out.getvalue()


def terminal(text: str) -> str:
    """Return lines of block letters, light on the terminal's dark."""
    out = io.StringIO()
    _made(text).terminal(out, border=2, compact=True)
    return out.getvalue()


def _made(text: str) -> segno.QRCode:
    return segno.make(text, error="m", micro=False)
