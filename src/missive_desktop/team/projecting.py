"""What makes lists, conversations and search of the rows of a scope: as the engine calls it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from missive_desktop.domain.changes import Changes
from missive_desktop.domain.team import Entity
from missive_desktop.store.database import Connection
from missive_desktop.store.team_rows import EntityRow
from missive_desktop.store.team_scopes import ScopeRow


class Early(Protocol):
    """Does beforehand what rows lead to if nothing is pending for them; for one thread."""

    def prepare(self, rows: Sequence[EntityRow]) -> object:
        """Return what `Projection.prepare` takes as `early`. Packs are synced when it returns."""

    def close(self) -> None:
        """Let go of the pack that is appended to; what was prepared is written by now."""


class Projection(Protocol):
    """Called for every scope, also those of organization and person."""

    def early(self) -> Early: ...

    def prepare(
        self, scope: ScopeRow, entities: Sequence[Entity], early: Sequence[object] = ()
    ) -> Any:
        """Do what takes time, on any thread, mostly outside of any transaction.

        Packs that it appended to are synced when it returns. `early`: what was done beforehand, of
        these entities or of others.
        """

    def project(self, conn: Connection, scope: ScopeRow, prepared: Any, changes: Changes) -> None:
        """Show entities as they stand now, in the transaction that made them so.

        They come in any order, and may come again unchanged.
        """

    def forget(self, conn: Connection, scope: ScopeRow, changes: Changes) -> None:
        """Let nothing be seen of a scope any more; what is much, `store.leaving` removes."""
