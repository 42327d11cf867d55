"""Sync and status."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from missive_desktop.cli import opening, output
from missive_desktop.store import accounts, folders, teams
from missive_desktop.store.database import Connection

_LONG = 3_600.0  # seconds: a new device reads all that a team has


def sync(chosen: argparse.Namespace) -> int:
    """Sync once, or stay and watch. 1 when an account could not be synced."""
    from missive_desktop.engine.protocol import Sync, Watch
    from missive_desktop.engine.space_requests import TellTeam

    with opening.writing(chosen) as (client, conn):
        account = opening.account_named(conn, chosen.account)
        addresses = {row.id: row.settings.address for row in accounts.all_(conn)}
        several = len(addresses) > 1

        def name(account: int) -> str:
            return addresses.get(account, "") if several else ""

        with output.ProgressShown(names=name) as shown:
            answer = client.call(Sync(account=account.id if account else 0), shown)
            failed = [entry for entry in answer["accounts"] if entry["error"]]
            if account is None and teams.all_(conn):
                failed += _teams(client.call(TellTeam(seconds=_LONG, whole=True), shown))
            for entry in failed:
                text = f"{entry['address']}: {entry['error']} {entry.get('advice', '')}"
                print(output.line(text), file=sys.stderr)
            if not chosen.watch:
                return 1 if failed else 0
            client.call(Watch(on=True), shown)
            print("Watching; Ctrl-C ends it.", file=sys.stderr, flush=True)
            client.listen(shown, lambda: False)
    return 0


def _teams(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"address": "Team", "error": error} for error in answer["errors"]]


def status(chosen: argparse.Namespace) -> int:
    """Print how accounts and folders stand."""
    with opening.reading(chosen) as opened:
        standing = objects(opened.conn)
    if chosen.json:
        output.json({"accounts": standing})
        return 0
    for account in standing:
        print(output.line(f"{account['address']}: {account['state']} {account['error']}"))
        output.table(
            [
                (
                    "",
                    folder["name"],
                    folder["role"],
                    f"{folder['stored']} of {folder['on_server']}",
                    folder["error"],
                )
                for folder in account["folders"]
            ]
        )
    if not standing:
        print("There are no accounts yet.", file=sys.stderr)
    return 0


def objects(conn: Connection) -> list[dict[str, Any]]:
    """Return the accounts and their folders as they are printed as JSON."""
    return [
        {
            "address": account.settings.address,
            "state": account.state.value,
            "error": account.error,
            "folders": [
                {
                    "name": folder.name,
                    "role": folder.role.value,
                    "on_server": folder.on_server,
                    "stored": folder.stored,
                    "indexed": folders.indexed(conn, folder.id),
                    "error": folder.error,
                }
                for folder in folders.for_account(conn, account.id)
                if folder.selectable
            ],
        }
        for account in accounts.all_(conn)
    ]
