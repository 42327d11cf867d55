"""The MIME structure of a message (RFC 2045, 2046) as offsets into its bytes.

Walks without recursion and without copying; depth and number of parts are bounded. A part is
decoded only when asked for. Must not know what is shown: `bodies` decides that.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from missive_desktop.content import headers, parameters

MAX_DEPTH = 50
MAX_PARTS = 2_000

_GUESSED = re.compile(rb"^--([^\s][^\r\n]{0,200}?)[ \t]*\r?$", re.MULTILINE)
_UNSAFE = re.compile('[\x00-\x1f\x7f/\\\\:*?"<>|\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]')
_BRACKETS = re.compile(r"\([^()]{0,500}\)")
_MORE = re.compile(rb"\s*+[A-Za-z0-9+/][A-Za-z0-9+/=\s]*+")
_PADDED = re.compile(rb"[A-Za-z0-9+/]++={0,2}+")


class Part(NamedTuple):
    """A leaf: where its body lies, what it says it is, and where it hangs."""

    number: int  # counts the leaves in the order of the mail
    media_type: str
    charset: str
    parameters: Mapping[str, str]
    disposition: str
    name: str
    written: str  # the name as the sender wrote it, never to be shown or used
    content_id: str
    encoding: str
    start: int
    end: int
    alternative: int  # which multipart/alternative it belongs to (the outermost), 0 for none
    branch: int  # which child of that
    related: bool  # inside a multipart/related


class Tree(NamedTuple):
    """The message's own header, its leaves, and what was wrong."""

    header: headers.Header
    parts: tuple[Part, ...]
    defects: tuple[str, ...]


class _Node(NamedTuple):
    start: int
    end: int
    depth: int
    alternative: int
    branch: int
    related: bool
    default: str


def normalize(raw: bytes) -> bytes:
    """Return `raw` with line ends that can be read: files of lone CR exist."""
    if b"\n" not in raw and b"\r" in raw:
        return raw.replace(b"\r", b"\n")
    return raw if isinstance(raw, bytes) else bytes(raw)


def walk(raw: bytes) -> Tree:
    """Read the structure of `raw`, which went through `normalize`."""
    top: headers.Header | None = None
    parts: list[Part] = []
    defects: list[str] = []
    alternatives = 0
    pending = [_Node(0, len(raw), 0, 0, 0, False, "text/plain")]
    while pending:
        node = pending.pop()
        header = headers.split(raw, node.start, node.end)
        if top is None:
            top = header
            defects.extend(header.defects)
        kind = parameters.parse(header.first("content-type"))
        if kind.value.startswith("multipart/") and len(parts) + len(pending) < MAX_PARTS:
            if node.depth >= MAX_DEPTH:
                _note(defects, f"it is nested deeper than {MAX_DEPTH} levels")
            else:
                pieces = _pieces(raw, header.body, node.end, kind, defects)
                if pieces:
                    alternative = node.alternative
                    if kind.value == "multipart/alternative" and not alternative:
                        alternatives += 1
                        alternative = alternatives
                    pending.extend(_children(node, kind.value, pieces, alternative))
                    continue
                node = node._replace(end=_text_end(raw, header.body, node.end, kind))
        parts.append(_leaf(len(parts), node, header, kind))
        if len(parts) >= MAX_PARTS:
            _note(defects, f"it has more than {MAX_PARTS} parts; the rest is left out")
            break
    assert top is not None
    return Tree(top, tuple(parts), tuple(defects))


def content(raw: bytes, part: Part) -> bytes:
    """Return the decoded bytes of a leaf; what is broken is decoded as far as it goes."""
    data = raw[part.start : part.end]
    if part.encoding == "base64":
        return _base64(data)
    if part.encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    if part.encoding in ("x-uuencode", "x-uue", "uuencode"):
        return _uudecode(data)
    return data


def _children(
    node: _Node, kind: str, pieces: list[tuple[int, int]], alternative: int
) -> list[_Node]:
    """Return the children of a multipart, the last one first: they are popped from the end."""
    opens = alternative and not node.alternative
    default = "message/rfc822" if kind == "multipart/digest" else "text/plain"
    related = node.related or kind == "multipart/related"
    return [
        _Node(
            start,
            end,
            node.depth + 1,
            alternative,
            index if opens else node.branch,
            related,
            default,
        )
        for index, (start, end) in reversed(list(enumerate(pieces)))
    ]


def _pieces(
    raw: bytes, start: int, end: int, kind: parameters.Value, defects: list[str]
) -> list[tuple[int, int]]:
    """Return where the children of a multipart lie; nothing when it has none."""
    delimiter = _delimiter(raw, start, end, kind.parameters.get("boundary", ""))
    if not delimiter:
        guess = _GUESSED.search(raw, start, min(end, start + 64 * 1024))
        _note(defects, "its parts are not separated as announced")
        if guess is None or raw.find(b"--" + guess[1], guess.end(), end) < 0:
            return []
        delimiter = b"--" + guess[1]
    pieces: list[tuple[int, int]] = []
    opened = -1
    for found, after, closes in _delimiters(raw, start, end, delimiter):
        if opened >= 0:
            pieces.append((opened, max(opened, _before(raw, found))))
            if len(pieces) >= MAX_PARTS:
                return pieces
        if closes:
            return pieces
        line = raw.find(b"\n", after, end)
        opened = end if line < 0 else line + 1
    if opened >= 0:
        _note(defects, "it ends in the middle: its last boundary is missing")
        if opened < end:
            pieces.append((opened, end))
    return pieces


def _text_end(raw: bytes, start: int, end: int, kind: parameters.Value) -> int:
    """Where no part ever begins, the text before the closing delimiter is what there is to read."""
    delimiter = _delimiter(raw, start, end, kind.parameters.get("boundary", ""))
    if delimiter:
        for found, _, closes in _delimiters(raw, start, end, delimiter):
            if closes and raw[start:found].strip():
                return max(start, _before(raw, found))
    return end


def _delimiter(raw: bytes, start: int, end: int, boundary: str) -> bytes:
    """Return the line that separates the parts, or nothing when no such line is there.

    A boundary must not end in spaces (RFC 2046 5.1.1). Where one does, its lines either keep
    them, which tells them from lines that only look alike, or lost them on the way.
    """
    written = boundary.encode("utf-8", "replace")
    for delimiter in dict.fromkeys((b"--" + written, b"--" + written.rstrip())):
        if len(delimiter) > 2 and raw.find(delimiter, start, end) >= 0:
            return delimiter
    return b""


def _delimiters(
    raw: bytes, start: int, end: int, delimiter: bytes
) -> Iterator[tuple[int, int, bool]]:
    """Yield where a delimiter line begins, where the delimiter ends, and whether it is the last."""
    position = start
    while True:
        found = raw.find(delimiter, position, end)
        if found < 0:
            return
        position = after = found + len(delimiter)
        if found > start and raw[found - 1] != 10:
            continue
        closes = raw.startswith(b"--", after, end)
        if after < end and not closes and raw[after] not in b" \t\r\n":
            continue  # a longer boundary that starts alike
        yield found, after, closes


def _before(raw: bytes, found: int) -> int:
    """The line end before a boundary belongs to the boundary (RFC 2046 5.1.1)."""
    if found and raw[found - 1] == 10:
        return found - (2 if found > 1 and raw[found - 2] == 13 else 1)
    return found


def _leaf(number: int, node: _Node, header: headers.Header, kind: parameters.Value) -> Part:
    media_type = kind.value or node.default
    if media_type.startswith("multipart/"):
        media_type = "text/plain" if node.depth < MAX_DEPTH else "application/octet-stream"
    elif "/" not in media_type:
        media_type = "text/plain" if media_type in ("text", "plain") else node.default
    shown = header.first("content-disposition")
    disposition = parameters.parse(shown) if shown else None
    name = disposition.parameters.get("filename", "") if disposition else ""
    name = name or kind.parameters.get("name", "")
    return Part(
        number,
        media_type,
        kind.parameters.get("charset", "").strip().lower(),
        kind.parameters,
        disposition.value if disposition else "",
        file_name(name),
        name,
        header.first("content-id").decode("latin-1").strip(" \t\r\n<>")[:500],
        _encoding(header.first("content-transfer-encoding")),
        header.body,
        node.end,
        node.alternative,
        node.branch,
        node.related,
    )


def _encoding(value: bytes) -> str:
    """Return the name of a transfer encoding, without the comments it may have (RFC 2045 6.1)."""
    text = value.decode("latin-1")
    if "(" in text:
        text = _BRACKETS.sub(" ", text)
    return text.strip(" \t\r\n;\"'").lower()


def plain_id(content_id: str) -> str:
    """Return a Content-ID as it is compared: a cid: URL may encode it (RFC 2392)."""
    return unquote(content_id).strip().strip("<>").lower()


def file_name(name: str) -> str:
    """Return a name that a file system takes and an eye can trust."""
    if not name:
        return ""
    cleaned = _UNSAFE.sub("_", name.strip()).strip(" .") or "_"
    if len(cleaned) > 200:
        stem, dot, suffix = cleaned.rpartition(".")
        cleaned = f"{stem[:180]}.{suffix[:19]}" if dot else cleaned[:200]
    return cleaned


def _base64(data: bytes) -> bytes:
    head, padding, rest = data.partition(b"=")
    rest = rest.lstrip(b"=")
    if padding and rest and _MORE.fullmatch(rest) and not len(b"".join(rest.split())) % 4:
        whole = b"".join(head.split())
        return _base64(whole + b"=" * (-len(whole) % 4)) + b"".join(
            binascii.a2b_base64(run[0]) for run in _PADDED.finditer(b"".join(rest.split()))
        )  # several runs one after another, each padded
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        digits = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
        digits = digits[: len(digits) - (len(digits) % 4 == 1)]
        return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))


def _uudecode(data: bytes) -> bytes:
    out: list[bytes] = []
    for line in data.splitlines():
        if line.startswith(b"begin ") or not line.strip():
            continue
        if line.strip() == b"end":
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some encoders count the padding as well: take as many bytes as the length says.
            wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu(line[: wanted + 1]))
            except binascii.Error:
                continue
    return b"".join(out)


def _note(defects: list[str], text: str) -> None:
    if text not in defects:
        defects.append(text)
