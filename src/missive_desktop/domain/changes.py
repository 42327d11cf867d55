"""What a transaction changed: kinds and ids, never data. Readers query again."""

from __future__ import annotations

import msgspec


class Changes(msgspec.Struct):
    """Filled while a transaction runs; published once, after COMMIT."""

    accounts: set[int] = msgspec.field(default_factory=set)
    folders: set[int] = msgspec.field(default_factory=set)
    conversations: set[int] = msgspec.field(default_factory=set)
    messages: set[int] = msgspec.field(default_factory=set)
    drafts: set[int] = msgspec.field(default_factory=set)
    outbox: set[int] = msgspec.field(default_factory=set)
    # Scopes whose rows, keys or pending acts changed; "team:<id>" where the team itself did;
    # "pending:<id>" where something is to be sent to its server.
    teams: set[str] = msgspec.field(default_factory=set)
    called: set[int] = msgspec.field(default_factory=set)  # conversations that ask for the person
    arrived: set[int] = msgspec.field(default_factory=set)  # new unread messages: for notifications

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__struct_fields__)

    def update(self, other: Changes) -> None:
        """Take in what another transaction changed."""
        for name in self.__struct_fields__:
            getattr(self, name).update(getattr(other, name))
