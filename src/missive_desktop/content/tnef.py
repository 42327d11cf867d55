"""Unpacks winmail.dat ([MS-OXTNEF]): files with their long names, and the body. Never raises.

Reads the bytes as they come and believes no length: every size is held against what is there.
Attached messages inside are read as well, to a small depth. Must not know MIME or what is shown.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from missive_desktop.content import charsets, rtf

MAX_FILES = 100
_MAX_ATTRIBUTES = 10_000
_MAX_PROPERTIES = 2_000
_MAX_VALUES = 1_000
_MAX_DEPTH = 4
_SIGNATURE = b"\x78\x9f\x3e\x22"

# Attributes of [MS-OXTNEF] 2.1.3.
_BODY = 0x0002800C
_MESSAGE_PROPERTIES = 0x00069003
_CODE_PAGE = 0x00069007
_RENDERING = 0x00069002  # opens the next file
_DATA = 0x0006800F
_TITLE = 0x00018010
_FILE_PROPERTIES = 0x00069005

# Properties of [MS-OXPROPS].
_PLAIN, _RTF, _HTML = 0x1000, 0x1009, 0x1013
_INTERNET_CODE_PAGE = 0x3FDE
_FILE_DATA, _SHORT_NAME, _LONG_NAME, _MIME, _CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x370E, 0x3712
_DISPLAY_NAME, _SUBJECT = 0x3001, 0x0037

_FIXED = {
    0x02: 2, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 2, 0x14: 8, 0x40: 8,
    0x48: 16,
}  # fmt: skip
_NARROW, _WIDE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x102


class File(NamedTuple):
    """A file of the package; `name` is as it was written."""

    name: str
    media_type: str  # "" when nothing says it
    content_id: str
    data: bytes


class Package(NamedTuple):
    """What a winmail.dat carries."""

    files: tuple[File, ...]
    text: str
    html: str


class _Value(NamedTuple):
    kind: int
    data: bytes


class _Draft:
    """A file while it is read."""

    def __init__(self) -> None:
        self.title = b""
        self.data = b""
        self.properties: dict[int, _Value] = {}


def is_package(media_type: str, name: str) -> bool:
    """Say whether a part is one, by its type or by the name that it always has."""
    return media_type in ("application/ms-tnef", "application/vnd.ms-tnef") or (
        name.lower() in ("winmail.dat", "win.dat") and media_type.startswith("application/")
    )


def unpack(data: bytes, _depth: int = 0) -> Package:
    """Read a package; what is broken is left out, what stands before it is kept."""
    codec = "cp1252"
    body = b""
    own: dict[int, _Value] = {}
    drafts: list[_Draft] = []
    for name, value in _attributes(data):
        if name == _CODE_PAGE and len(value) >= 4:
            codec = charsets.codec(f"cp{struct.unpack_from('<I', value)[0]}") or codec
        elif name == _BODY:
            body = value
        elif name == _MESSAGE_PROPERTIES:
            own.update(_properties(value))
        elif name == _RENDERING and len(drafts) < MAX_FILES:
            drafts.append(_Draft())
        elif drafts and name == _TITLE:
            drafts[-1].title = value
        elif drafts and name == _DATA:
            drafts[-1].data = value
        elif drafts and name == _FILE_PROPERTIES:
            drafts[-1].properties.update(_properties(value))
    text, html = _bodies(own, body, codec)
    files: list[File] = []
    for draft in drafts:
        files.extend(_files(draft, codec, _depth))
    return Package(tuple(files[:MAX_FILES]), text, html)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    if not data.startswith(_SIGNATURE):
        return
    at = 6
    for _ in range(_MAX_ATTRIBUTES):
        if at + 9 > len(data):
            return
        level, name, length = struct.unpack_from("<BII", data, at)
        if level not in (1, 2):
            return
        at += 9
        yield name, data[at : at + length]
        at += length + 2  # the checksum


def _properties(data: bytes) -> Iterator[tuple[int, _Value]]:
    """Yield the properties of [MS-OXTNEF] 2.1.3.4, of several values the first."""
    if len(data) < 4:
        return
    at = 4
    for _ in range(min(struct.unpack_from("<I", data)[0], _MAX_PROPERTIES)):
        if at + 4 > len(data):
            return
        kind, name = struct.unpack_from("<HH", data, at)
        at = _after_name(data, at + 4) if name >= 0x8000 else at + 4
        single = kind & 0x0FFF
        varies = single in (_NARROW, _WIDE, _OBJECT, _BINARY)
        if not varies and single not in _FIXED:
            return
        count = 1
        if varies or kind & 0x1000:
            if at + 4 > len(data):
                return
            count = struct.unpack_from("<I", data, at)[0]
            at += 4
        if count > _MAX_VALUES:
            return
        for index in range(count):
            length = _FIXED.get(single, 0)
            if varies:
                if at + 4 > len(data):
                    return
                length = struct.unpack_from("<I", data, at)[0]
                at += 4
            if index == 0:
                yield name, _Value(single, data[at : at + length])
            at += (length + 3) // 4 * 4


def _after_name(data: bytes, at: int) -> int:
    """Skip the name of a named property: a GUID, then a number or a string."""
    if at + 24 > len(data):
        return len(data)
    kind, length = struct.unpack_from("<II", data, at + 16)
    return at + 24 + ((length + 3) // 4 * 4 if kind == 1 else 0)


def _text(value: _Value | None, codec: str) -> str:
    if value is None or value.kind not in (_NARROW, _WIDE, _BINARY):
        return ""
    if value.kind == _WIDE:
        found = value.data[: len(value.data) // 2 * 2].decode("utf-16-le", "replace")
    else:
        found = charsets.decode(value.data, codec)[0]
    return found.partition("\0")[0]


def _bodies(own: dict[int, _Value], body: bytes, codec: str) -> tuple[str, str]:
    page = own.get(_INTERNET_CODE_PAGE)
    said = f"cp{int.from_bytes(page.data, 'little')}" if page is not None else ""
    web = {"cp65001": "utf-8", "cp20127": "us-ascii"}.get(said) or charsets.codec(said) or codec
    text = _text(own.get(_PLAIN), codec) or charsets.decode(body.rstrip(b"\0"), codec)[0]
    html = _text(own.get(_HTML), web)
    packed = own.get(_RTF)
    if packed is not None and not html:
        found = rtf.read(rtf.decompress(packed.data))
        if found.is_html:
            html = found.text
        elif not text.strip():
            text = found.text
    return text.replace("\r\n", "\n"), html


def _files(draft: _Draft, codec: str, depth: int) -> Iterator[File]:
    known = draft.properties
    name = next(
        (
            found
            for found in (
                _text(known.get(_LONG_NAME), codec),
                charsets.decode(draft.title.rstrip(b"\0"), codec)[0],
                _text(known.get(_SHORT_NAME), codec),
                _text(known.get(_DISPLAY_NAME), codec),
            )
            if found
        ),
        "",
    )
    held = known.get(_FILE_DATA)
    if held is not None and held.kind == _OBJECT and held.data[16:20] == _SIGNATURE:
        if depth < _MAX_DEPTH:  # an attached message: its text, and the files it has
            inner = unpack(held.data[16:], depth + 1)
            text = inner.html or inner.text
            if text:
                ending, kind = (".html", "text/html") if inner.html else (".txt", "text/plain")
                yield File((name or "message") + ending, kind, "", text.encode())
            yield from inner.files
        return
    data = draft.data or (held.data if held is not None else b"")
    yield File(
        name or "attachment",
        _text(known.get(_MIME), codec).strip().lower()[:100],
        _text(known.get(_CONTENT_ID), codec).strip(" <>")[:500],
        data,
    )
