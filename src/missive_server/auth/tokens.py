"""Secrets that the server makes and only recognizes again: it keeps their hashes.

All have at least 80 random bits, so a fast hash is enough; passwords are another matter.
"""

from __future__ import annotations

import hashlib
import secrets

_TOKEN_BYTES = 32
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is taken for another
_GROUPS, _GROUP = 4, 4


def new_token() -> str:
    return secrets.token_urlsafe(_TOKEN_BYTES)


def hash_of(token: str | bytes) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode() if isinstance(token, str) else token).digest()


def new_recovery_code() -> str:
    """Return 80 random bits that somebody can write down."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def plain_code(code: str) -> str:
    """Return a code as it was given out, however it was typed; "" if it can be none."""
    letters = "".join(each for each in code.upper() if each.isalnum())
    if len(letters) != _GROUPS * _GROUP or set(letters) - set(_LETTERS):
        return ""
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))
