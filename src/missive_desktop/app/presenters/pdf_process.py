"""The process that reads a PDF: bytes in, pictures out, by its pipes; it opens nothing else.

Speaks the frames of `pdf_frames`. First the document comes in and the sizes of
its pages go out as JSON; then a page's number and width come in, and its PNG goes out. An empty
frame says that it could not be done.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib

import pypdfium2

from missive_desktop.app.presenters.confinement import confine
from missive_desktop.app.presenters.pdf_frames import read_frame, write_frame

MAX_PAGES = 500
MAX_PIXELS = 8_000_000  # of one page
MAX_SIDE = 6_000
_PASSWORD = 4  # PDFium's word for a document that wants one


def main() -> None:
    source, out = sys.stdin.buffer, sys.stdout.buffer
    data = read_frame(source)
    confine()
    if data is None:
        return
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        code = getattr(error, "err_code", 0)
        write_frame(out, json.dumps({"password": code == _PASSWORD}).encode())
        return
    count = len(document)
    sizes = [document.get_page_size(number) for number in range(min(count, MAX_PAGES))]
    write_frame(out, json.dumps({"count": count, "sizes": sizes}).encode())
    while (request := read_frame(source)) is not None:
        number, width = struct.unpack("<II", request)
        try:
            picture = _png(document, number, width)
        except (pypdfium2.PdfiumError, ValueError, MemoryError):
            picture = b""
        write_frame(out, picture)


def scale_for(size: tuple[float, float], width: int) -> float:
    """Return how much larger a page is drawn to be `width` wide, as far as the limits go."""
    across, down = max(size[0], 1.0), max(size[1], 1.0)
    scale = min(width / across, MAX_SIDE / across, MAX_SIDE / down)
    if across * down * scale * scale > MAX_PIXELS:
        scale = float((MAX_PIXELS / (across * down)) ** 0.5)
    return scale


def _png(document: pypdfium2.PdfDocument, number: int, width: int) -> bytes:
    page = document[number]
    try:
        scale = scale_for(page.get_size(), width)
        bitmap = page.render(scale=scale, rev_byteorder=True, may_draw_forms=False)
        try:
            return _encode(
                bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride, bitmap.n_channels
            )
        finally:
            bitmap.close()
    finally:
        page.close()


def _encode(pixels: bytes, width: int, height: int, stride: int, channels: int) -> bytes:
    """Write rows of bytes as PNG: grey, colours, or colours with transparency."""
    kind = {1: 0, 3: 2, 4: 6}[channels]
    rows = bytearray()
    for row in range(height):
        rows.append(0)  # no filter
        rows += pixels[row * stride : row * stride + width * channels]
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(bytes(rows), 1))
        + _chunk(b"IEND", b"")
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


if __name__ == "__main__":
    main()
