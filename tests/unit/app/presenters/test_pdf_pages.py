"""PDFs as pictures: the real process, hostile documents, and processes that die or hang."""

import io
import struct
import sys
import zlib

import pypdfium2
import pytest

from missive_desktop.app.presenters.pdf_pages import PdfPages
from missive_desktop.app.presenters.pdf_process import MAX_PIXELS, MAX_SIDE, scale_for
from missive_desktop.domain.pictures import dimensions, raster_type
from missive_desktop.errors import KnownError


def pdf(*sizes):
    document = pypdfium2.PdfDocument.new()
    for width, height in sizes:
        document.new_page(width, height)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.fixture
def pages():
    opened = PdfPages()
    yield opened
    opened.close()


def test_pages_become_pictures(pages):
    found = pages.open(pdf((200, 300), (300, 200))).result()
    assert found == (2, ((200.0, 300.0), (300.0, 200.0)))
    picture = pages.page(1, 600).result()
    assert raster_type(picture) == "image/png"
    assert dimensions(picture) == (600, 400)
    assert zlib.crc32(picture[12:29]) == struct.unpack(">I", picture[29:33])[0]
    assert pages.page(7, 600).result() == b""


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"no pdf at all", pdf((9, 9))[:60]])
def test_what_is_no_pdf_is_said(pages, data):
    with pytest.raises(KnownError, match="cannot be read"):
        pages.open(data).result()
    with pytest.raises(KnownError, match="cannot be read"):
        pages.page(0, 100).result()


@pytest.mark.parametrize(
    ("code", "said", "timeout"),
    [
        ("import os; os.abort()", "stopped the part of the program", 60),
        ("import time; time.sleep(60)", "takes too long", 1),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\xff\\xff\\x7f')", "stopped the part", 60),
    ],
)
def test_a_process_that_dies_or_hangs_is_said(code, said, timeout):
    pages = PdfPages([sys.executable, "-c", code], timeout=timeout)
    with pytest.raises(KnownError, match=said):
        pages.open(pdf((9, 9))).result()
    pages.close()


def test_closing_ends_what_is_waited_for():
    pages = PdfPages([sys.executable, "-c", "import time; time.sleep(60)"])
    waiting = pages.open(b"x")
    while pages._process is None and not waiting.done():
        pass
    pages.close()
    with pytest.raises(KnownError):
        waiting.result()


@pytest.mark.parametrize("size", [(1, 1), (595, 842), (1, 14_400), (200_000, 200_000), (0, 0)])
def test_pictures_are_bounded(size):
    scale = scale_for(size, 4_000)
    width, height = max(size[0], 1) * scale, max(size[1], 1) * scale
    assert width <= MAX_SIDE + 1
    assert height <= MAX_SIDE + 1
    assert width * height <= MAX_PIXELS * 1.01
