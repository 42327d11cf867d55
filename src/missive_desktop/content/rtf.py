"""Rich text as Outlook packs it: unpacked ([MS-OXRTFCP]), and read as text or as the HTML that it
carries ([MS-OXRTFEX]). Pure, bounded, never raises. What it gives is as hostile as any mail.
"""

from __future__ import annotations

import re
import struct
from typing import NamedTuple

from missive_desktop.content import charsets

MAX_UNPACKED = 4 * 1024 * 1024
_MAX_DEPTH = 200

# The text that every packed stream may refer to from its first byte on ([MS-OXRTFCP] 2.1.2.1).
_START = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,40})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])"
    rb"|([^\\{}\r\n]+)|[\r\n]+"
)
_SILENT_WORDS = (
    "fonttbl colortbl stylesheet info pict header footer headerl headerr footerl footerr themedata "
    "colorschememapping latentstyles datastore listtable listoverridetable generator object"
)
_SILENT = frozenset(word.encode() for word in _SILENT_WORDS.split())
_SIGNS = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"tab": "\t",
    b"cell": "\t", b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’",
    b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•", b"emspace": " ", b"enspace": " ",
}  # fmt: skip


class Text(NamedTuple):
    """What a rich text says; `is_html` when it carries the HTML it was made from."""

    text: str
    is_html: bool


class _State(NamedTuple):
    silent: bool = False
    skipped: bool = False  # between \htmlrtf and \htmlrtf0: written for readers without HTML
    width: int = 1  # how many characters stand in for one that \u names
    tag: bool = False  # inside \*\htmltag


def decompress(data: bytes) -> bytes:
    """Unpack a stream; a broken one as far as it goes."""
    if len(data) < 16:
        return b""
    size, kind = struct.unpack_from("<I4s", data, 4)
    if kind == b"MELA":
        return data[16 : 16 + min(size, MAX_UNPACKED)]
    if kind != b"LZFu":
        return b""
    out = bytearray(_START)  # the window of 4,096 bytes is the end of what was written
    limit = len(_START) + min(size, MAX_UNPACKED)
    at = 16
    while at < len(data) and len(out) < limit:
        control = data[at]
        at += 1
        for bit in range(8):
            if at >= len(data) or len(out) >= limit:
                break
            if not control >> bit & 1:
                out.append(data[at])
                at += 1
                continue
            if at + 2 > len(data):
                return bytes(out[len(_START) :])
            pair = data[at] << 8 | data[at + 1]
            at += 2
            back = (len(out) - (pair >> 4)) % 4096
            if not back:  # it points at where writing goes on: the end
                return bytes(out[len(_START) :])
            start = len(out) - back
            for _ in range((pair & 15) + 2):
                out.append(out[start] if start >= 0 else 32)
                start += 1
    return bytes(out[len(_START) : limit])


def read(data: bytes) -> Text:
    """Return what a rich text says."""
    if data.lstrip()[:5] != b"{\\rtf":
        return Text("", False)
    is_html = b"\\fromhtml1" in data[:4096]
    page = re.search(rb"\\ansicpg(\d{1,5})", data[:4096])
    codec = charsets.codec(f"cp{page[1].decode()}") if page is not None else ""
    reader = _Reader(codec or "cp1252", is_html)
    for match in _TOKEN.finditer(data):
        reader.take(match)
    reader.flush()
    said = _joined("".join(reader.out))
    return Text(said if is_html else said.strip("\n"), is_html)


def _joined(text: str) -> str:
    """Put halves together: \\u names characters beyond the first plane in two. Lone ones go."""
    if not any("\ud800" <= char <= "\udfff" for char in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class _Reader:
    """Takes tokens one after the other; groups are kept on a stack."""

    def __init__(self, codec: str, is_html: bool) -> None:
        self.out: list[str] = []
        self._codec = codec
        self._is_html = is_html
        self._bytes = bytearray()  # characters of more than one byte come as several \'xx
        self._state = _State()
        self._stack: list[_State] = []
        self._starred = False
        self._stand_ins = 0

    def take(self, match: re.Match[bytes]) -> None:
        word, number, coded, sign, brace, run = match.groups()
        if coded is not None:
            self._write_bytes(bytes([int(coded, 16)]))
        elif run is not None:
            self._write_bytes(run)
        elif brace is not None:
            self._brace(brace)
        elif sign is not None:
            self._sign(sign)
        elif word is not None:
            self._word(word, int(number) if number else None)

    def flush(self) -> None:
        if self._bytes:
            self.out.append(self._bytes.decode(self._codec, "replace"))
            self._bytes.clear()

    def _brace(self, brace: bytes) -> None:
        self.flush()
        self._stand_ins = 0
        if brace == b"{":
            if len(self._stack) < _MAX_DEPTH:
                self._stack.append(self._state)
            self._state = self._state._replace(tag=False)
        elif self._stack:
            self._state = self._stack.pop()
        self._starred = False

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._starred = True
        elif sign in (b"\\", b"{", b"}"):
            self._write_bytes(sign)
        elif sign == b"~":
            self._write("\u00a0" if not self._is_html else "&nbsp;")
        elif sign in (b"\n", b"\r"):
            self._write("\n")

    def _word(self, word: bytes, number: int | None) -> None:
        starred, self._starred = self._starred, False
        state = self._state
        if word == b"htmltag":
            self._state = state._replace(tag=True, silent=not self._is_html)
        elif word == b"htmlrtf":
            self.flush()
            self._state = state._replace(skipped=number != 0 and self._is_html)
        elif word in _SILENT or (starred and word != b"shppict"):
            self.flush()
            self._state = state._replace(silent=True)
        elif word == b"u" and number is not None:
            self._write(chr(number % 0x10000))
            self._stand_ins = state.width
        elif word == b"uc":
            self._state = state._replace(width=min(max(number or 0, 0), 8))
        elif word in _SIGNS:
            self._write(_SIGNS[word])

    def _write(self, text: str) -> None:
        if not (self._state.silent or self._state.skipped):
            self.flush()
            self.out.append(text)

    def _write_bytes(self, data: bytes) -> None:
        if self._stand_ins:
            dropped = min(self._stand_ins, len(data))
            self._stand_ins -= dropped
            data = data[dropped:]
        if not (self._state.silent or self._state.skipped):
            self._bytes += data
