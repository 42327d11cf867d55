"""After an act from the command line: the server is told before the program ends."""

from __future__ import annotations

import sys

from missive_desktop.cli import output, team_names
from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.engine.protocol import Tell
from missive_desktop.store import accounts
from missive_desktop.store.database import Connection


def tell_server(client: BlockingClient, conn: Connection, account: int) -> None:
    """Tell it; what it cannot be told now waits for the next sync, which is no failure."""
    row = accounts.get(conn, account)
    if row is not None and row.settings.kind == "space":
        team_names.tell(client)
    if row is None or not row.settings.imap.host:
        return
    for entry in client.call(Tell(account=account))["accounts"]:
        if entry["error"]:
            text = f"Done here; {entry['address']} learns of it at the next sync: {entry['error']}"
            print(output.line(text), file=sys.stderr)
