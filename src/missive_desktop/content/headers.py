"""Header fields as raw bytes, and their values as text (RFC 5322 2.2, 2047, 6532).

Owns where a header ends and what an encoded word says. Must not know MIME or addresses.
Everything is bounded: 1 MB of headers costs what 256 KB cost.
"""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple

from missive_desktop.content import charsets

MAX_HEADER_BYTES = 256 * 1024
MAX_FIELDS = 2_000
MAX_VALUE = 64 * 1024

_FIELD = re.compile(
    rb"^([!-9;-~]{1,200})[ \t]*:[ \t]*([^\r\n]*(?:\r?\n[ \t][^\r\n]*|\r(?![\n])[^\r\n]*)*)",
    re.MULTILINE,
)
_STRAY = re.compile(rb"^(?!From )[^\s:][^\r\n:]*\r?$", re.MULTILINE)  # no field at all
_FOLD = re.compile(r"[\r\n]+[ \t]*")
_FOLDED_ESCAPE = re.compile(r"\\[\r\n]+[ \t]*")  # folded inside a quoted pair
# Tolerant: spaces and question marks inside the encoded text are wrong, and common.
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?(.{0,4000}?)\?=", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Header(NamedTuple):
    """The fields of one header block, names in lower case, and where the body starts."""

    fields: tuple[tuple[str, bytes], ...]
    body: int
    defects: tuple[str, ...]

    def first(self, name: str) -> bytes:
        """Return the raw value of the first field `name`, or nothing."""
        for known, value in self.fields:
            if known == name:
                return value
        return b""


def split(raw: bytes, start: int, end: int) -> Header:
    """Read the header block of `raw[start:end]`."""
    close, body = _end(raw, start, end)
    defects: list[str] = []
    if close - start > MAX_HEADER_BYTES:
        close = start + MAX_HEADER_BYTES
        defects.append("its header is longer than 256 KB and was cut")
    block = raw[start:close]
    fields = [
        (name.decode("ascii").lower(), value) for name, value in _FIELD.findall(block)[:MAX_FIELDS]
    ]
    if not fields and block.strip():
        return Header((), start, ("it has no header",))
    if body == end and close == end:  # no blank line: what is no field is where the text begins
        stray = _STRAY.search(raw, start, end)
        if stray is not None:
            defects.append("no blank line ends its header")
            known = _FIELD.findall(raw[start : stray.start()])
            fields = [(name.decode("ascii").lower(), value) for name, value in known]
            return Header(tuple(fields), stray.start(), tuple(defects))
    return Header(tuple(fields), body, tuple(defects))


def _end(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Return where the header block ends and where the body begins."""
    if raw.startswith((b"\r\n", b"\n"), start, end):
        return start, start + (2 if raw[start] == 13 else 1)
    crlf = raw.find(b"\r\n\r\n", start, end)
    lf = raw.find(b"\n\n", start, end if crlf < 0 else crlf)
    mixed = raw.find(b"\n\r\n", start, end if crlf < 0 else crlf)
    if lf >= 0 and (mixed < 0 or lf < mixed):
        return lf + 1, lf + 2
    if mixed >= 0:
        return mixed + 1, mixed + 3
    if crlf >= 0:
        return crlf + 2, crlf + 4
    return end, end


def unfold(value: bytes) -> str:
    """Return a raw value as one line of text, encoded words still encoded."""
    text = charsets.decode_raw(value[:MAX_VALUE])
    if "\n" in text or "\r" in text:
        text = _FOLD.sub(" ", _FOLDED_ESCAPE.sub(r"\\", text) if "\\" in text else text)
    if not text.isprintable():
        text = _CONTROL.sub("", text)
    return text.strip()


def decode(value: bytes) -> str:
    """Return a raw value as one line of text, encoded words decoded."""
    text = unfold(value)
    return decode_words(text) if "=?" in text else text


def decode_words(text: str) -> str:
    """Decode the encoded words of RFC 2047 in `text`; what cannot be decoded stays."""
    if "=?" not in text:
        return text
    out: list[str] = []
    position = 0
    run: list[bytes] = []  # adjacent words of one charset: characters may be cut between them
    charset = ""
    for match in _WORD.finditer(text):
        data = _bytes_of(match[2], match[3])
        if data is None:
            continue
        between = text[position : match.start()]
        label = match[1].partition("*")[0].lower()
        if run and between.strip(" \t"):
            out.append(charsets.decode(b"".join(run), charset)[0])
            out.append(between)
            run = []
        elif run and label != charset:
            out.append(charsets.decode(b"".join(run), charset)[0])
            run = []
        elif not run:
            out.append(between)
        run.append(data)
        charset = label
        position = match.end()
    if run:
        out.append(charsets.decode(b"".join(run), charset)[0])
    out.append(text[position:])
    joined = "".join(out)
    if not joined.isprintable():  # an encoded word may carry line breaks: never into a header
        joined = _CONTROL.sub("", joined.replace("\r", "").replace("\n", " ").replace("\t", " "))
    return joined


def _bytes_of(encoding: str, text: str) -> bytes | None:
    try:
        if encoding in "qQ":
            return binascii.a2b_qp(text.replace("\n", "").encode("utf-8"), header=True)
        stripped = re.sub(r"[^A-Za-z0-9+/]", "", text)
        if len(stripped) % 4 == 1:
            stripped = stripped[:-1]
        return binascii.a2b_base64(stripped + "=" * (-len(stripped) % 4))
    except (binascii.Error, ValueError):
        return None
