"""What makes lists, conversations and search of the rows of a scope: as the engine calls it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import Entity
from missive_desktop.store.database import Connection
from missive_desktop.store.team_scopes import ScopeRow


class Projection(Protocol):
    """Called for every scope, also those of organization and person."""

    def prepare(self, scope: ScopeRow, entities: Sequence[Entity]) -> Any:
        """Do what takes time, on any thread, mostly outside of any transaction.

        Packs that it appended to are synced when it returns.
        """

    def project(self, conn: Connection, scope: ScopeRow, prepared: Any, changes: Changes) -> None:
        """Show entities as they stand now, in the transaction that made them so.

        They come in any order, and may come again unchanged.
        """

    def forget(self, conn: Connection, scope: ScopeRow, changes: Changes) -> None:
        """Let nothing be seen of a scope any more; what is much, `store.leaving` removes."""
