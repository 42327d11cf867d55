"""Statements of a migration, put into the words of the database at hand."""

from __future__ import annotations

import re

from alembic import op

from missive_server.database.dialect import schema_for_postgres


def apply(script: str) -> None:
    """Do the statements of a script; each ends with `;` at the end of a line."""
    plain = re.sub(r"(?m)^--.*\n", "", script)
    sqlite = op.get_context().dialect.name == "sqlite"
    for statement in plain.split(";\n"):
        if statement.strip():
            op.execute(statement if sqlite else schema_for_postgres(statement))
