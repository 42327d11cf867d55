"""Bytes that a mail calls an image, as they may be shown: pixels, or a drawing made safe."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error
from typing import NamedTuple
from urllib.parse import unquote, unquote_to_bytes

from missive_desktop.content import vector
from missive_desktop.domain import pictures

MAX_DATA_URL = 2 * 1024 * 1024


class Image(NamedTuple):
    """What a renderer gets: its true type, and the bytes."""

    media_type: str
    data: bytes


def shown(data: bytes) -> Image | None:
    """Return an image as it may be shown, whatever its sender says that it is."""
    media_type = pictures.showable_type(data)
    if media_type:
        return Image(media_type, data)
    drawing = vector.sanitize_svg(data)
    return None if drawing is None else Image(vector.MEDIA_TYPE, drawing)


def data_url(image: Image) -> str:
    """Write an image into an address (RFC 2397)."""
    return f"data:{image.media_type};base64,{b64encode(image.data).decode()}"


def of_data_url(url: str) -> Image | None:
    """Return the image that an address holds, its type told by its bytes."""
    head, comma, content = url.partition(",")
    if not comma or len(url) > MAX_DATA_URL or head[:5].lower() != "data:":
        return None
    if head.replace(" ", "").lower().endswith(";base64"):
        letters = "".join(unquote(content).split()).rstrip("=")
        try:
            return shown(b64decode(letters + "=" * (-len(letters) % 4), validate=True))
        except (Error, ValueError):
            return None
    return shown(unquote_to_bytes(content))
