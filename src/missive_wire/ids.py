"""Ids and scopes. An id is a UUID as text; a scope names whose order and permission rules.

Scopes: `u:<user>` what is one person's, `o:<org>` what all of an organization share, `s:<space>` a
shared inbox or team.
"""

from __future__ import annotations

import re
import secrets
import time
import uuid
from typing import Annotated

import msgspec

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_HASH = re.compile(r"[0-9a-f]{64}")
_SCOPE = re.compile(rf"([uos]):({_ID.pattern})")

Id = Annotated[str, msgspec.Meta(pattern=rf"^{_ID.pattern}\Z")]
Scope = Annotated[str, msgspec.Meta(pattern=rf"^{_SCOPE.pattern}\Z")]


def new_id(milliseconds: int | None = None) -> str:
    """Return a UUIDv7 (RFC 9562 5.7): it sorts by the time it was made."""
    now = time.time_ns() // 1_000_000 if milliseconds is None else milliseconds
    value = (now & (1 << 48) - 1) << 80 | 7 << 76 | secrets.randbits(12) << 64
    return str(uuid.UUID(int=value | 0b10 << 62 | secrets.randbits(62)))


def derived_id(namespace: str, name: str) -> str:
    """Return the UUIDv5 of a name: whoever makes it anew gets the same one."""
    return str(uuid.uuid5(uuid.UUID(namespace), name))


def is_id(value: str) -> bool:
    return _ID.fullmatch(value) is not None


def is_hash(value: str) -> bool:
    """Say whether this may name a file: a SHA-256 in hex."""
    return _HASH.fullmatch(value) is not None


def user_scope(user: str) -> str:
    return f"u:{user}"


def org_scope(org: str) -> str:
    return f"o:{org}"


def space_scope(space: str) -> str:
    return f"s:{space}"


def is_scope(value: str, kind: str) -> bool:
    found = _SCOPE.fullmatch(value)
    return found is not None and found[1] == kind


def split_scope(scope: str) -> tuple[str, str]:
    """Return kind and id; ValueError for what is no scope."""
    found = _SCOPE.fullmatch(scope)
    if found is None:
        raise ValueError("not a scope")
    return found[1], found[2]
