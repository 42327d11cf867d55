"""Entities of a scope as they are shown, read from the store: confirmed rows and pending acts."""

from __future__ import annotations

from collections.abc import Collection

from missive_desktop.domain.team import Entity
from missive_desktop.store import team_pending, team_rows, teams
from missive_desktop.store.database import Connection
from missive_desktop.store.team_pending import Pending
from missive_desktop.store.team_rows import EntityRow, Key
from missive_desktop.store.team_scopes import ScopeRow
from missive_desktop.team import overlay


def shown(conn: Connection, scope: ScopeRow, keys: Collection[Key]) -> dict[Key, Entity]:
    """Return those of the entities that there are, or were."""
    base = team_rows.many(conn, scope.id, keys)
    return _laid(conn, scope, keys, base)


def shown_rows(conn: Connection, scope: ScopeRow, rows: Collection[EntityRow]) -> list[Entity]:
    """Return the entities of rows that are in hand, in their order."""
    base = {(row.t, row.id): row for row in rows}
    laid = _laid(conn, scope, base, base)
    return [laid[key] for key in base]


# What is pending for one entity: number, state, version of the body.
Pendings = tuple[tuple[int, str, int], ...]


def pending_of(conn: Connection, scope: ScopeRow, keys: Collection[Key]) -> dict[Key, Pendings]:
    """Return what is pending for those of the entities that something is pending for."""
    found: dict[Key, Pendings] = {}
    for each in team_pending.of_entities(conn, scope.team, {id_ for _, id_ in keys}):
        key = (each.t, each.entity)
        if each.scope == scope.scope and key in keys:
            found[key] = (*found.get(key, ()), (each.id, each.state.value, each.bv))
    return found


def _laid(
    conn: Connection, scope: ScopeRow, keys: Collection[Key], base: dict[Key, EntityRow]
) -> dict[Key, Entity]:
    pending: dict[Key, list[Pending]] = {}
    for each in team_pending.of_entities(conn, scope.team, {id_ for _, id_ in keys}):
        if each.scope == scope.scope:
            pending.setdefault((each.t, each.entity), []).append(each)
    team = teams.get(conn, scope.team) if pending else None
    me = team.user if team is not None else ""
    found = {key: overlay.shown(base.get(key), pending.get(key, ()), me) for key in keys}
    return {key: entity for key, entity in found.items() if entity is not None}
