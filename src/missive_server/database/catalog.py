"""Which tables there are, with their columns and keys, asked of the database itself."""

from __future__ import annotations

from typing import NamedTuple

from missive_server.database.work import Query, Work

_SQLITE = """
SELECT m.name, p.name, p.pk FROM sqlite_master m JOIN pragma_table_info(m.name) p
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, p.cid
"""
_POSTGRES = """
SELECT c.table_name::text, c.column_name::text, COALESCE(k.ordinal_position, 0)::bigint
FROM information_schema.columns c
LEFT JOIN information_schema.table_constraints t ON t.table_schema = c.table_schema
    AND t.table_name = c.table_name AND t.constraint_type = 'PRIMARY KEY'
LEFT JOIN information_schema.key_column_usage k ON k.constraint_schema = t.constraint_schema
    AND k.constraint_name = t.constraint_name AND k.column_name = c.column_name
WHERE c.table_schema = current_schema() ORDER BY c.table_name, c.ordinal_position
"""


class Table(NamedTuple):
    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]


def tables(dialect: str) -> Work[list[Table]]:
    """Return all tables but the one that notes the revision."""
    rows = yield Query(_SQLITE if dialect == "sqlite" else _POSTGRES)
    found: dict[str, list[tuple[str, int]]] = {}
    for table, column, place in rows:
        if table != "alembic_version":
            found.setdefault(table, []).append((column, place))
    return [
        Table(
            name,
            tuple(column for column, _ in columns),
            tuple(column for column, place in sorted(columns, key=lambda c: c[1]) if place),
        )
        for name, columns in found.items()
    ]
