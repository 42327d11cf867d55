"""The account without a server, "On this computer": where imported mail lives."""

from __future__ import annotations

from missive_desktop.domain.account import AccountSettings, AccountState, Endpoint, Security
from missive_desktop.domain.changes import Changes
from missive_desktop.domain.folder import Role, role_of
from missive_desktop.store import accounts, folders, placements
from missive_desktop.store.database import Connection

ADDRESS = "On this computer"
DELIMITER = "/"


def is_local(settings: AccountSettings) -> bool:
    return not settings.imap.host and settings.kind == "mail"


def ensure_account(conn: Connection, changes: Changes) -> int:
    """Return the id of the local account, made at its first use."""
    for row in accounts.all_(conn):
        if is_local(row.settings):
            return row.id
    settings = AccountSettings(
        address=ADDRESS,
        imap=Endpoint("", 0, Security.TLS),
        smtp=None,
        user="",
        name=ADDRESS,
    )
    account = accounts.insert(conn, settings, "", changes)
    accounts.set_state(conn, account, AccountState.READY, "", changes)
    return account


def ensure_folder(conn: Connection, account: int, name: str, changes: Changes) -> int:
    """Return the id of a folder of the local account, made at its first use."""
    role = role_of(name, DELIMITER, ())
    if role is not Role.INBOX and folders.by_role(conn, role, account):
        role = Role.NONE if folders.by_name(conn, account, name) is None else role
    return folders.ensure(conn, account, name, DELIMITER, role, True, changes)


def reserve(conn: Connection, folder: int, count: int, changes: Changes) -> int:
    """Return the first of `count` fresh UIDs: here we are the server that numbers."""
    row = folders.get(conn, folder)
    first = max(1, row.uidnext) if row else 1
    folders.set_state(conn, folder, changes, uidvalidity=1, uidnext=first + count)
    return first


def settle(conn: Connection, changes: Changes) -> None:
    """After an act: number what it placed in folders that no server numbers, count anew."""
    for folder in list(changes.folders):
        row = folders.get(conn, folder)
        account = accounts.get(conn, row.account) if row else None
        if account is not None and is_local(account.settings):
            waiting = len(placements.pending(conn, folder))
            if waiting:
                first = reserve(conn, folder, waiting, changes)
                placements.number_pending(conn, folder, first, changes)
            count(conn, folder, changes)


def count(conn: Connection, folder: int, changes: Changes) -> None:
    """Say that the folder holds just what is stored."""
    row = folders.get(conn, folder)
    if row is not None:
        folders.set_state(conn, folder, changes, on_server=row.stored)
