"""A tolerant tokenizer for IMAP responses (RFC 9051 section 9). Pure; ends on any input.

A response comes as pieces: a line without CRLF, and where the line ended with `{N}` the literal
itself and the rest of the line, and so on. Atoms, strings and literals become bytes, NIL becomes
None, brackets become lists. What makes no sense is skipped, not raised.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

Piece: TypeAlias = bytes | bytearray
Token: TypeAlias = "bytes | bytearray | list[Token] | None"  # noqa: S105

DEPTH_LIMIT = 32

LITERAL = re.compile(rb"~?\{(\d{1,19})\+?\}$", re.ASCII)

_TOKEN = re.compile(
    rb"""
    (?P<open>\()
  | (?P<close>\))
  | "(?P<quoted>[^"\\\r\n]*)"
  | "(?P<escaped>(?:[^"\\]|\\.)*+)(?:"|\\?\Z)  # unclosed: to the end, so that time stays linear
  | (?P<atom>(?:\[[^\[\]]*\]|[^\x00-\x20()"])+)
  | (?P<skipped>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(rb"\\(.)", re.DOTALL)


def literal_size(line: bytes) -> int | None:
    """Return how many bytes follow this line as a literal, or None."""
    if not line.endswith(b"}"):
        return None
    match = LITERAL.search(line, max(0, len(line) - 24))
    return int(match.group(1)) if match else None


def tokenize(pieces: Sequence[Piece]) -> list[Token]:
    """Return the tokens of a response; unclosed brackets are closed at its end."""
    top: list[Token] = []
    stack: list[list[Token]] = [top]
    for index, piece in enumerate(pieces):
        if index % 2:
            stack[-1].append(piece)
            continue
        if index + 1 < len(pieces):
            match = LITERAL.search(piece, max(0, len(piece) - 24))
            piece = piece[: match.start()] if match else piece
        _tokenize_line(piece, stack)
    return top


def _tokenize_line(line: Piece, stack: list[list[Token]]) -> None:
    for match in _TOKEN.finditer(line):
        kind = match.lastgroup
        if kind == "atom":
            atom = match.group()
            stack[-1].append(None if atom in (b"NIL", b"nil") else atom)
        elif kind == "quoted":
            stack[-1].append(match.group("quoted"))
        elif kind == "escaped":
            stack[-1].append(_ESCAPE.sub(rb"\1", match.group("escaped")))
        elif kind == "open":
            inner: list[Token] = []
            # Beyond the limit brackets are flattened: nothing we ask for nests that deep.
            if len(stack) < DEPTH_LIMIT:
                stack[-1].append(inner)
                stack.append(inner)
        elif kind == "close" and len(stack) > 1:
            stack.pop()


def number(token: Token) -> int | None:
    """Return a token as a number below 2**64, or None."""
    if isinstance(token, bytes | bytearray) and len(token) <= 20 and token.isdigit():
        value = int(token)
        return value if value < 1 << 64 else None
    return None


def text(token: Token) -> str:
    """Return a token as text; lists and NIL are empty."""
    if isinstance(token, bytes | bytearray):
        return token.decode("utf-8", "replace")
    return ""


def pairs(tokens: Sequence[Token]) -> dict[bytes, Token]:
    """Read `key value key value …`, keys in capitals; the first of equal keys counts."""
    found: dict[bytes, Token] = {}
    for index in range(0, len(tokens) - 1, 2):
        key = tokens[index]
        if isinstance(key, bytes | bytearray):
            found.setdefault(bytes(key).upper(), tokens[index + 1])
    return found
