"""Images told by their bytes: the types, the sizes in their heads, and bombs."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_desktop.domain.pictures import dimensions, raster_type, showable_type


def png(width, height, rest=b""):
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    crc = struct.pack(">I", zlib.crc32(head))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + crc + rest


def gif(width, height, frame=None):
    data = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    if frame:
        data += b"!\xf9\x04\0\0\0\0\0" + b"," + struct.pack("<HHHH", 0, 0, *frame) + b"\0"
    return data


def jpeg(width, height):
    comment = b"\xff\xfe\0\x04\xff\xc0"  # holds what looks like a start of frame
    frame = b"\xff\xc2\0\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\0"
    return b"\xff\xd8\xff\xe0\0\x04JF" + comment + frame + b"\xff\xda\0\0"


def avif(width, height):
    size = b"\0\0\0\x14ispe\0\0\0\0" + struct.pack(">II", width, height)
    return b"\0\0\0\x18ftypavif\0\0\0\0mif1avif" + b"\0\0\0\x40meta\0\0\0\0" + size


def webp(kind, body):
    return b"RIFF\0\0\0\0WEBP" + kind + b"\0\0\0\0" + body


def icon(entry):
    return (
        b"\0\0\x01\0\x01\0" + b"\x10\x10\0\0\0\0\0\0" + struct.pack("<II", len(entry), 22) + entry
    )


SIZES = {
    "png": (png(3, 5), "image/png", (3, 5)),
    "gif": (gif(7, 9), "image/gif", (7, 9)),
    "gif with a larger frame": (gif(1, 1, (600, 4)), "image/gif", (600, 4)),
    "jpeg": (jpeg(640, 480), "image/jpeg", (640, 480)),
    "bmp": (b"BM" + bytes(12) + struct.pack("<Iii", 40, 11, -12), "image/bmp", (11, 12)),
    "old bmp": (b"BM" + bytes(12) + struct.pack("<IHH", 12, 11, 12), "image/bmp", (11, 12)),
    "extended webp": (
        webp(b"VP8X", b"\0\0\0\0" + b"\x63\0\0" + b"\xc7\0\0"), "image/webp", (100, 200),
    ),
    "lossy webp": (
        webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 10, 20)), "image/webp", (10, 20),
    ),
    "lossless webp": (
        webp(b"VP8L", b"\x2f" + struct.pack("<I", 9 | 19 << 14)), "image/webp", (10, 20),
    ),
    "avif": (avif(30, 40), "image/avif", (30, 40)),
    "icon of bitmaps": (icon(struct.pack("<Iii", 40, 16, 32)), "image/x-icon", (16, 16)),
    "icon of png": (icon(png(256, 128)), "image/x-icon", (256, 128)),
}  # fmt: skip


@pytest.mark.parametrize("name", SIZES)
def test_sizes_are_read_from_the_head(name):
    data, media_type, size = SIZES[name]
    assert raster_type(data) == media_type
    assert dimensions(data) == size
    assert showable_type(data) == media_type


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg/>",
        b"%PDF-1.7",
        b"<html>",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"\xff\xd8\xff\xe0",
        b"RIFF\0\0\0\0WEBPXXXX",
        b"BM",
        png(0, 10),
    ],
)
def test_what_has_no_size_is_not_shown(data):
    assert showable_type(data) == ""


@pytest.mark.parametrize(
    "bomb",
    [
        png(60_000, 60_000),
        png(40_000, 1),
        png(20_000, 3_000),  # in a few bytes
        gif(1, 1, (65_535, 65_535)),
        jpeg(65_535, 65_535),
        avif(1 << 30, 1 << 30),
        avif(30, 40) + bytes(300_000) + b"ispe" + struct.pack(">III", 0, 1 << 20, 1 << 20),
        avif(30, 40) + b"ispe" * 5_000 + bytes(12),
        b"\0\0\1\0" + struct.pack("<H", 200) + icon(png(16, 16))[6:] * 200,
        icon(png(50_000, 50_000)),
    ],
)
def test_bombs_are_refused(bomb):
    assert raster_type(bomb)
    assert showable_type(bomb) == ""


def test_a_large_photograph_is_none():
    assert showable_type(png(8_000, 6_000, bytes(2_000_000))) == "image/png"


@given(st.sampled_from([data for data, _, _ in SIZES.values()]), st.binary(max_size=40), st.data())
def test_damaged_images_are_read_without_failing(data, noise, draw):
    at = draw.draw(st.integers(0, len(data)))
    showable_type(data[:at] + noise + data[at + len(noise) :])
