"""One IMAP command and its answer, over a Wire. Knows the protocol's frame, not its commands."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple, NewType

from imapclient.imap_utf7 import encode as encode_utf7

from missive_desktop.errors import Offline, PeerBroken, UsageError
from missive_desktop.mail.tokens import Piece
from missive_desktop.mail.trouble import NotUnderstood, refusal, split_code, words
from missive_desktop.mail.wire import Wire

Tag = NewType("Tag", bytes)

ANSWER_LIMIT = 256 << 20  # bytes of untagged responses to one command
_tags = itertools.count(1)


class Literal(NamedTuple):
    """A part of a command that is sent as a literal."""

    data: bytes | bytearray | memoryview


class Answer(NamedTuple):
    text: str  # the words of the tagged OK, with the response code
    untagged: list[list[Piece]]


def send(wire: Wire, command: bytes) -> Tag:
    """Send a command without literals and return its tag."""
    tag = Tag(b"m%d" % next(_tags))
    wire.send(tag + b" " + command + b"\r\n")
    return tag


def run(
    wire: Wire,
    command: bytes | Sequence[bytes | Literal],
    *,
    handle: Callable[[list[Piece]], bool] | None = None,
) -> Answer:
    """Run a command to its end; untagged responses that `handle` does not take are collected.

    Raises CommandRefused (or Offline, for what passes) on NO, and PeerBroken on BAD.
    """
    parts: list[bytes | Literal] = [command] if isinstance(command, bytes) else list(command)
    tag = Tag(b"m%d" % next(_tags))
    untagged: list[list[Piece]] = []
    waiting: list[bytes | Literal] = []
    line = tag + b" "
    for index, part in enumerate(parts):
        if isinstance(part, Literal):
            line += b"{%d}" % len(part.data)
            waiting = parts[index:]
            break
        line += part
    wire.send(line + b"\r\n")
    size = 0
    while True:
        pieces = wire.read_response()
        first = pieces[0]
        if first.startswith(b"+"):
            waiting = _continue(wire, waiting)
        elif (text := ending(wire, first, tag)) is not None:
            return Answer(check(wire, parts[0], text), untagged)
        elif handle is None or not handle(pieces):
            size += sum(map(len, pieces)) + 64
            if size > ANSWER_LIMIT:
                raise PeerBroken(f"{wire.host} answers without an end.")
            untagged.append(pieces)


def ending(wire: Wire, line: Piece, tag: Tag) -> bytes | None:
    """Return the status and words if `line` ends the command `tag`; raise on BYE and garbage."""
    if line.startswith(b"* "):
        if line[2:5].upper() == b"BYE":
            raise Offline(f"{wire.host} ended the session: {words(bytes(line[5:]))}")
        return None
    if line.startswith(tag + b" "):
        return bytes(line[len(tag) + 1 :])
    raise PeerBroken(f"{wire.host} sent something that is not IMAP: {words(bytes(line))[:80]}")


def check(wire: Wire, command: bytes | Literal, text: bytes) -> str:
    """Return the words of an OK; raise on NO and BAD."""
    status, _, said = text.partition(b" ")
    name = command.split(b" ")[0] if isinstance(command, bytes) else b""
    if name == b"UID" and isinstance(command, bytes):
        name = b" ".join(command.split(b" ")[:2])
    match status.upper():
        case b"OK":
            return said.decode("utf-8", "replace")
        case b"NO":
            raise refusal(name.decode("ascii", "replace"), said)
        case _:
            raise NotUnderstood(
                f"{wire.host} did not understand {name.decode('ascii', 'replace')}: {words(said)}"
            )


def _continue(wire: Wire, waiting: list[bytes | Literal]) -> list[bytes | Literal]:
    """Answer a `+` with the literal that waits and what follows it."""
    if not waiting or not isinstance(waiting[0], Literal):
        raise PeerBroken(f"{wire.host} asks for more when nothing more is to be said.")
    wire.send(waiting[0].data)
    line = b""
    for index, part in enumerate(waiting[1:], 1):
        if isinstance(part, Literal):
            wire.send(line + b"{%d}\r\n" % len(part.data))
            return waiting[index:]
        line += part
    wire.send(line + b"\r\n")
    return []


def response_code(text: str) -> tuple[str, list[str]]:
    """Return the name and the arguments of a response code: `[COPYUID 1 2 3] done`."""
    code, _ = split_code(text)
    inside = text.partition("[")[2].partition("]")[0] if code else ""
    return code, inside.split()[1:]


def mailbox(name: str, *, utf8: bool = False) -> bytes:
    """Write a folder name as a quoted string."""
    encoded = name.encode("utf-8") if utf8 else bytes(encode_utf7(name))
    return quoted(encoded)


def quoted(value: bytes) -> bytes:
    """Write a quoted string; control characters have no place in one."""
    if any(byte in b"\r\n\0" for byte in value):
        raise UsageError("A name cannot contain line breaks or control characters.")
    return b'"' + value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
