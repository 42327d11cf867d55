"""`python -m missive_server.database.upgrading FOLDER DIALECT FROM TO`: print, as JSON, the
statements that lead from one revision ("" for an empty database) to another; FOLDER has `versions`.

A process of its own: Alembic and SQLAlchemy take more memory than the whole server.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory


def statements(folder: str, dialect: str, revision: str, target: str) -> list[str]:
    """Return what leads from one revision to another, noting it included."""
    scripts = ScriptDirectory(folder)

    def steps(revisions: Any, context: MigrationContext) -> Iterable[Any]:
        return scripts._upgrade_revs(target, revisions)

    buffer = io.StringIO()
    options = {
        "as_sql": True,
        "fn": steps,
        "output_buffer": buffer,
        "starting_rev": revision or None,
    }
    context = MigrationContext.configure(dialect_name=dialect, opts=options)
    with Operations.context(context):
        context.run_migrations()
    lines = (line for line in buffer.getvalue().splitlines() if not line.startswith("--"))
    parts = "\n".join(lines).split(";\n")
    return [part.strip().rstrip(";") for part in parts if part.strip()]


if __name__ == "__main__":
    json.dump(statements(*sys.argv[1:5]), sys.stdout)
