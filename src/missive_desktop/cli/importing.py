"""Import of mail files of other programs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from missive_desktop import profile
from missive_desktop.cli import opening, output
from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.engine.protocol import Import
from missive_desktop.errors import UsageError


def import_(chosen: argparse.Namespace) -> int:
    """Import; 1 when something could not be read. The profile is made at its first use."""
    paths = [Path(path).expanduser().absolute() for path in chosen.paths]
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise UsageError(f"There is no file or folder {', '.join(missing)}.")
    found = profile.locate(chosen.profile)
    key = opening.unlock(found)
    with BlockingClient(found, key) as client, output.ProgressShown("bytes") as shown:
        with opening.reading_with(found, key) as conn:
            row = opening.account_named(conn, chosen.account)
        request = Import(
            paths=tuple(str(path) for path in paths),
            account=row.id if row else 0,
            folder=chosen.folder or "",
        )
        answer = client.call(request, shown)
    for path, reason in answer["failed"]:
        print(output.line(f"{path}: {reason}"), file=sys.stderr)
    known = f", {answer['known']} were here already" if answer["known"] else ""
    marked = f", {answer['marked']} with defects" if answer["marked"] else ""
    print(f"Imported {answer['imported']} messages{known}{marked}.")
    return 1 if answer["failed"] else 0
