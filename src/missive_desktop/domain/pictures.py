"""Which bytes may be shown as an image: raster formats, told by their first bytes.

The declared type of a part is not looked at: it is the sender's word. SVG is a document, so it
is not among them.
"""

from __future__ import annotations

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
)
_AVIF = (b"avif", b"avis")


def raster_type(data: bytes) -> str:
    """Return the media type of a raster image, or "" if these bytes are none that we show."""
    for magic, media_type in _MAGIC:
        if data.startswith(magic):
            return media_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and data[8:12] in _AVIF:
        return "image/avif"
    return ""
