"""Acts on messages and folders: done here at once, then told to the server."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from missive_desktop.cli import opening, output, telling
from missive_desktop.engine.protocol import (
    Act,
    CreateFolder,
    DeleteFolder,
    RenameFolder,
    Request,
    SetFolderRole,
)
from missive_desktop.errors import UsageError
from missive_desktop.store import accounts, folders, messages
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow


def act(chosen: argparse.Namespace) -> int:
    """Archive, trash, spam, read, star …"""
    return _do(chosen, chosen.command.replace("-", "_"), chosen.ids)


def flag(chosen: argparse.Namespace) -> int:
    """Set or clear a flag."""
    kinds = {
        ("starred", False): "star",
        ("starred", True): "unstar",
        ("read", False): "read",
        ("read", True): "unread",
    }
    return _do(chosen, kinds[chosen.flag, chosen.clear], chosen.ids)


def delete(chosen: argparse.Namespace) -> int:
    """Delete for good."""
    opening.confirmed(f"Delete {len(chosen.ids)} messages for good, on the server too?", chosen.yes)
    return _do(chosen, "delete", chosen.ids)


def place(chosen: argparse.Namespace) -> int:
    """Move or copy to a folder, which is the word that is no number."""
    folder, ids = sort_words(chosen.words, chosen.to)
    return _do(chosen, chosen.command, ids, folder)


def sort_words(words: list[str], to: str | None) -> tuple[str, list[int]]:
    """Tell the folder's name from the ids."""
    names = [word for word in words if not word.isdecimal()]
    ids = [int(word) for word in words if word.isdecimal()]
    if to is None and len(names) == 1:
        to, names = names[0], []
    if to is None or names or not ids:
        raise UsageError("Give one FOLDER and at least one ID.")
    return to, ids


def _do(chosen: argparse.Namespace, kind: str, ids: list[int], target: str = "") -> int:
    with opening.writing(chosen) as (client, conn):
        rows = messages.rows(conn, ids)
        missing = [str(id_) for id_ in ids if id_ not in rows]
        if missing:
            raise UsageError(f"There is no message {', '.join(missing)}.")
        for account, mine in _by_account(list(rows.values())).items():
            request = Act(
                kind=kind,
                messages=() if chosen.thread else tuple(row.id for row in mine),
                conversations=tuple({row.conversation for row in mine}) if chosen.thread else (),
                source=_folder(conn, chosen.source, account) if chosen.source else 0,
                target=_folder(conn, target, account) if target else 0,
            )
            client.call(request)
            telling.tell_server(client, conn, account)
    return 0


def _by_account(rows: list[MessageRow]) -> dict[int, list[MessageRow]]:
    result: dict[int, list[MessageRow]] = {}
    for row in rows:
        result.setdefault(row.account, []).append(row)
    return result


def _folder(conn: Connection, name: str, account: int) -> int:
    return opening.folder_named(conn, name, accounts.get(conn, account)).id


def folders_(chosen: argparse.Namespace) -> int:
    """List the folders."""
    with opening.reading(chosen) as opened:
        conn = opened.conn
        addresses = {row.id: row.settings.address for row in accounts.all_(conn)}
        only = opening.account_named(conn, chosen.account)
        rows = folders.for_account(conn, only.id) if only else folders.all_(conn)
    if chosen.json:
        output.json(
            [
                {
                    "account": addresses[row.account],
                    "name": row.name,
                    "role": row.role.value,
                    "stored": row.stored,
                    "conversations": row.conversations,
                    "unread": row.unread,
                }
                for row in rows
            ]
        )
    else:
        output.table(
            [(addresses[row.account], row.name, row.role.value, str(row.stored)) for row in rows]
        )
    return 0


def create_folder(chosen: argparse.Namespace) -> int:
    """Create a folder."""
    with opening.writing(chosen) as (client, conn):
        row = opening.account_named(conn, chosen.account)
        if row is None:
            rows = accounts.all_(conn)
            if len(rows) != 1:
                raise UsageError("Say which account with --account.")
            row = rows[0]
        client.call(CreateFolder(account=row.id, name=chosen.name))
        telling.tell_server(client, conn, row.id)
    return 0


def rename_folder(chosen: argparse.Namespace) -> int:
    """Rename a folder."""
    return _on_folder(chosen, lambda folder: RenameFolder(folder=folder, name=chosen.new))


def delete_folder(chosen: argparse.Namespace) -> int:
    """Delete a folder with all that is in it."""
    opening.confirmed(f"Delete the folder {chosen.name} and all that is in it?", chosen.yes)
    return _on_folder(chosen, lambda folder: DeleteFolder(folder=folder))


def set_role(chosen: argparse.Namespace) -> int:
    """Choose what a folder is for."""
    role = "" if chosen.role == "none" else chosen.role
    return _on_folder(chosen, lambda folder: SetFolderRole(folder=folder, role=role))


def _on_folder(chosen: argparse.Namespace, make: Callable[[int], Request]) -> int:
    with opening.writing(chosen) as (client, conn):
        account = opening.account_named(conn, chosen.account)
        folder = opening.folder_named(conn, chosen.name, account)
        client.call(make(folder.id))
        telling.tell_server(client, conn, folder.account)
    return 0
