"""Text into header fields and bodies that every mail server carries (RFC 2047, 2045, 2231).

Owns folding, encoded words and transfer encodings. Knows nothing of drafts.
A line break can never enter a header: control characters become spaces first.
"""

from __future__ import annotations

import binascii
import contextlib
import quopri
import re
from collections.abc import Iterable, Sequence

from missive_desktop.domain.message import Address

WIDTH = 78
MAX_LINE = 998
_WORD_BYTES = 42  # of UTF-8 in one encoded word: base64 of it with its frame stays below 75
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_ATEXT = r"[^\s\x00-\x1f\x7f()<>@,;:\\\"\[\].]+"
_DOT_ATOM = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")
_ESCAPED = re.compile(r"\\(.)")
_NOT_IN_DOMAIN = re.compile(r"[<>(),;\\\"@\s]")
_MESSAGE_ID = re.compile(r"[!-;=?-~]{1,900}")  # printable, no brackets
_TOKEN = re.compile(r"[A-Za-z0-9!#$&+^_`{}~.-]+")


def clean(text: str) -> str:
    """Return text on one line, without control characters or lone surrogates."""
    return _CONTROL.sub(" ", text).encode("utf-8", "replace").decode().strip()


def unstructured(name: str, text: str) -> bytes:
    """Return a field of free text, as Subject."""
    text = clean(text)
    if text.isascii() and "=?" not in text and _foldable(text):
        return _folded(f"{name}:", text.split(" "))
    return _folded(f"{name}:", _encoded_words(text))


def addresses(name: str, people: Sequence[Address]) -> bytes:
    """Return a field of mailboxes; an address keeps its own characters (RFC 6532)."""
    words: list[str] = []
    for index, person in enumerate(people):
        comma = "," if index < len(people) - 1 else ""
        words += mailbox(person).split(" ")
        words[-1] += comma
    return _folded(f"{name}:", words)


def mailbox(person: Address) -> str:
    """Return one mailbox as it stands in a header."""
    name, email = clean(person.name), wire_address(person.email)
    if not name:
        return email
    if not name.isascii() or "=?" in name:
        return f"{' '.join(_encoded_words(name))} <{email}>"
    if _PHRASE.fullmatch(name):
        return f"{name} <{email}>"
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{email}>'


def wire_address(email: str) -> str:
    """Return an address with its domain in ASCII (IDNA), its local part quoted where it must be."""
    email = clean(email)
    if not email:
        return ""
    local, at, domain = email.rpartition("@")
    if not at:
        local, domain = domain, ""
    if len(local) > 1 and local[0] == local[-1] == '"':
        local = _ESCAPED.sub(r"\1", local[1:-1])
    else:
        local = local.replace(" ", "")
    if not _DOT_ATOM.fullmatch(local):  # nothing typed can close its bracket or add another
        local = '"' + local.replace("\\", "\\\\").replace('"', '\\"') + '"'
    domain = _NOT_IN_DOMAIN.sub("", domain)
    if not domain.isascii():
        with contextlib.suppress(UnicodeError):  # no valid name: the server says so better
            domain = domain.encode("idna").decode()
    return f"{local}{at}{domain}"


def message_ids(name: str, ids: Iterable[str]) -> bytes:
    """Return a field of message ids, given without their brackets."""
    return _folded(f"{name}:", [f"<{bare}>" for bare in map(bare_id, ids) if bare])


def bare_id(value: str) -> str:
    """Return a message id that can stand between brackets, or nothing."""
    bare = "".join(value.split()).strip("<>")
    return bare if _MESSAGE_ID.fullmatch(bare) else ""


def parameter(name: str, value: str) -> str:
    """Return `; name=value`, folded; other scripts and long values by RFC 2231."""
    value = clean(value)
    if value.isascii() and len(value) <= 60:
        if _TOKEN.fullmatch(value):
            return f";\r\n {name}={value}"
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f';\r\n {name}="{escaped}"'
    coded = "".join(
        chr(byte) if _TOKEN.fullmatch(chr(byte)) and byte < 128 else f"%{byte:02X}"
        for byte in value.encode()
    )
    pieces = re.findall(r"(?:%..|[^%]){1,20}", f"utf-8''{coded}")
    if len(pieces) == 1:
        return f";\r\n {name}*={pieces[0]}"
    return "".join(f";\r\n {name}*{index}*={piece}" for index, piece in enumerate(pieces))


def body(text: str) -> tuple[str, bytes]:
    """Return the transfer encoding for a text part and its bytes, lines ending in CRLF."""
    raw = "\r\n".join(text.replace("\r\n", "\n").replace("\r", "\n").split("\n")).encode(
        "utf-8", "replace"
    )
    lines = raw.split(b"\r\n")
    if raw.isascii() and b"\0" not in raw and max(map(len, lines)) <= MAX_LINE:
        return "7bit", raw
    quoted = quopri.encodestring(raw.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    if len(quoted) <= len(raw) * 4 // 3 + len(raw) // 40 + 4:
        return "quoted-printable", quoted
    return "base64", base64_lines(raw)


def is_seven_bit(data: bytes) -> bool:
    """Whether bytes may go as they are: ASCII, CRLF line ends, no line too long."""
    lines = data.split(b"\r\n")
    bare = data.replace(b"\r\n", b"")
    return (
        data.isascii()
        and not any(mark in bare for mark in (b"\r", b"\n", b"\0"))
        and max(map(len, lines)) <= MAX_LINE
    )


def base64_lines(data: bytes) -> bytes:
    """Return base64 in lines of 76 characters."""
    coded = binascii.b2a_base64(data, newline=False)
    return b"\r\n".join(coded[at : at + 76] for at in range(0, len(coded), 76))


def _foldable(text: str) -> bool:
    return all(len(word) < WIDTH - 2 for word in text.split(" "))


def _folded(head: str, words: Sequence[str]) -> bytes:
    """Join words by spaces, broken before `WIDTH` columns wherever there is a space."""
    whole = " ".join((head, *words))
    if len(whole) <= WIDTH:
        return whole.encode() + b"\r\n"
    lines = [head]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > WIDTH and lines[-1].strip() and lines[-1] != head:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(line for line in lines if line.strip()).encode() + b"\r\n"


def _encoded_words(text: str) -> list[str]:
    """Encode text by RFC 2047 in base64, never cutting a character in two."""
    words: list[str] = []
    chunk = b""
    for character in text:
        data = character.encode()
        if len(chunk) + len(data) > _WORD_BYTES:
            words.append(_word(chunk))
            chunk = b""
        chunk += data
    if chunk or not words:
        words.append(_word(chunk))
    return words


def _word(chunk: bytes) -> str:
    return f"=?utf-8?b?{binascii.b2a_base64(chunk, newline=False).decode()}?="
