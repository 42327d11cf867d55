"""Writes winmail.dat packages as Outlook does ([MS-OXTNEF]), for tests of the reader."""

import struct

GUID = bytes(range(16))


def package(*attributes, code_page=1252):
    """Join attributes: (level, name, bytes)."""
    out = struct.pack("<IH", 0x223E9F78, 1)
    page = (1, 0x00069007, struct.pack("<II", code_page, 0))
    for level, name, data in (page, *attributes):
        out += struct.pack("<BII", level, name, len(data)) + data
        out += struct.pack("<H", sum(data) & 0xFFFF)
    return out


def message(*properties):
    return (1, 0x00069003, encoded(properties))


def body(text):
    return (1, 0x0002800C, text + b"\0")


def file(title, data, *properties):
    """Return the attributes of one file."""
    parts = [(2, 0x00069002, bytes(14)), (2, 0x00018010, title + b"\0")]
    if data is not None:
        parts.append((2, 0x0006800F, data))
    return (*parts, (2, 0x00069005, encoded(properties)))


def wide(name, text):
    data = text.encode("utf-16-le") + b"\0\0"
    return struct.pack("<HHII", 0x1F, name, 1, len(data)) + _padded(data)


def binary(name, data, kind=0x102):
    return struct.pack("<HHII", kind, name, 1, len(data)) + _padded(data)


def number(name, value):
    return struct.pack("<HHi", 0x03, name, value)


def named(text, value):
    """A property with a name of its own, as every meeting has."""
    key = text.encode("utf-16-le") + b"\0\0"
    return (
        struct.pack("<HH", 0x03, 0x8001) + GUID + struct.pack("<II", 1, len(key)) + _padded(key)
        + struct.pack("<i", value)
    )  # fmt: skip


def encoded(properties):
    return struct.pack("<I", len(properties)) + b"".join(properties)


def rich(data):
    """Pack rich text without compressing it."""
    return struct.pack("<II4sI", len(data) + 12, len(data), b"MELA", 0) + data


def _padded(data):
    return data + bytes(-len(data) % 4)
