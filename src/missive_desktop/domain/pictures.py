"""Which bytes may be shown as an image: raster formats, told by their first bytes, of bounded size.

The declared type of a part is not looked at: it is the sender's word. SVG is a document, so it
is not among them. The size is read from the file's own head, before anything is unpacked: a few
kilobytes can ask for gigabytes of pixels.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
)
_AVIF = (b"avif", b"avis")

MAX_SIDE = 30_000
MAX_PIXELS = 120_000_000  # what the largest cameras take
SMALL = 8_000_000  # pixels that cost little, however few bytes they come in
MAX_PIXELS_PER_BYTE = 500  # photographs have under 20, flat drawings up to a few hundred
MAX_ENTRIES = 64  # of an icon; what has more is none
MAX_BOXES = 1_000


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


def dimensions(data: bytes) -> tuple[int, int] | None:
    """Return width and height of a raster image, the largest that it declares, or None."""
    try:
        sizes = list(_READERS[raster_type(data)](data))
    except (KeyError, struct.error, IndexError):
        return None
    if not sizes:
        return None
    return max(width for width, _ in sizes), max(height for _, height in sizes)


def showable_type(data: bytes) -> str:
    """Return the media type of an image that may be shown, or "" for what is none or a bomb."""
    size = dimensions(data)
    if size is None:
        return ""
    width, height = size
    pixels = width * height
    if not pixels or max(width, height) > MAX_SIDE or pixels > MAX_PIXELS:
        return ""
    if pixels > SMALL and pixels > len(data) * MAX_PIXELS_PER_BYTE:
        return ""
    return raster_type(data)


def _png(data: bytes) -> Iterator[tuple[int, int]]:
    if data[12:16] == b"IHDR":
        yield struct.unpack(">II", data[16:24])


def _gif(data: bytes) -> Iterator[tuple[int, int]]:
    """The screen, and the first frame, which may be larger than it."""
    yield struct.unpack("<HH", data[6:10])
    position = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    while data[position : position + 1] == b"!":  # extensions, in sub-blocks
        position += 2
        while data[position]:
            position += data[position] + 1
        position += 1
    if data[position : position + 1] == b",":
        yield struct.unpack("<HH", data[position + 5 : position + 9])


def _jpeg(data: bytes) -> Iterator[tuple[int, int]]:
    position = 2
    while position < len(data) - 9:
        if data[position] != 0xFF:
            position += 1
            continue
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in (0x01, *range(0xD0, 0xD9)):
            position += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # start of frame
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            yield width, height
            return
        else:
            position += 2 + struct.unpack(">H", data[position + 2 : position + 4])[0]


def _webp(data: bytes) -> Iterator[tuple[int, int]]:
    kind = data[12:16]
    if kind == b"VP8X":
        yield 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    elif kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        yield 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", data[26:30])
        yield width & 0x3FFF, height & 0x3FFF


def _bmp(data: bytes) -> Iterator[tuple[int, int]]:
    if data[14:18] == b"\x0c\0\0\0":
        yield struct.unpack("<HH", data[18:22])
    else:
        width, height = struct.unpack("<ii", data[18:26])
        yield abs(width), abs(height)


def _icon(data: bytes) -> Iterator[tuple[int, int]]:
    """Each entry is a PNG or a bitmap without its file head."""
    count = struct.unpack("<H", data[4:6])[0]
    for number in range(count if count <= MAX_ENTRIES else 0):
        place = 6 + 16 * number
        length, start = struct.unpack("<II", data[place + 8 : place + 16])
        entry = data[start : start + length]
        if entry.startswith(b"\x89PNG"):
            yield from _png(entry)
        else:
            width, height = struct.unpack("<ii", entry[4:12])
            yield abs(width), abs(height) // 2


def _avif(data: bytes) -> Iterator[tuple[int, int]]:
    """The boxes that say the size of an item, wherever they stand."""
    position = data.find(b"ispe") if data.count(b"ispe") <= MAX_BOXES else -1
    while position >= 0:
        yield struct.unpack(">II", data[position + 8 : position + 16])
        position = data.find(b"ispe", position + 4)


_READERS = {
    "image/png": _png,
    "image/gif": _gif,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
    "image/bmp": _bmp,
    "image/x-icon": _icon,
    "image/avif": _avif,
}
