"""What the hub asks the database, which alone is right: who may read what, heads, missed rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from typing import NamedTuple, Protocol

from missive_server.core.values import Caller
from missive_wire.frames import Change


class Head(NamedTuple):
    """Where a scope stands. `acl` goes up with each change of who may read."""

    e: str
    seq: int
    acl: int


class Access(NamedTuple):
    """What one person may read, all as of one moment."""

    scopes: Mapping[str, Head]
    presence: bool = True  # whether the organization has it on


class Readers(NamedTuple):
    """Who may read a scope, as of `head.acl`."""

    head: Head
    users: Set[str]


class Truth(Protocol):
    """Each call sees one state of everything, not older than its own begin."""

    async def caller(self, token: str, device: str) -> Caller | None:
        """Return whose session that is; None if there is none, or it has ended."""
        ...

    async def access(self, user: str) -> Access: ...

    async def readers(self, scope: str) -> Readers | None:
        """None: there is no such scope."""
        ...

    async def heads(self, scopes: Collection[str]) -> Mapping[str, Head]: ...

    async def change(
        self, scope: str, after: int, rows: int, user: str | None = None
    ) -> Change | None:
        """Return what came after; None if that is more than so many rows, or too large.

        Also None if it is asked for a user who may not read it.
        """
        ...

    async def living(self, sessions: Collection[str]) -> Mapping[str, bool]:
        """Return those that have not ended, and whether their organization has presence on."""
        ...

    async def purged(self, caller: Caller, scope: str) -> None:
        """Note that a device has removed what it held of a scope."""
        ...
