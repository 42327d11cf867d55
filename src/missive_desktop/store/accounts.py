"""Accounts: settings, secret and state of each. The secret leaves only by `secret`."""

from __future__ import annotations

from typing import Any

import msgspec

from missive_desktop.domain.account import AccountSettings, AccountState
from missive_desktop.domain.changes import Changes
from missive_desktop.errors import UsageError
from missive_desktop.store import addresses, indexing, raws
from missive_desktop.store.database import Connection
from missive_wire import shapes


class AccountRow(msgspec.Struct, frozen=True):
    id: int
    settings: AccountSettings
    state: AccountState
    error: str


_OF_ACCOUNT = (
    "messages", "conversations", "outbox", "drafts", "thread_subjects", "remote_images",
)  # fmt: skip
_LEFT = "left "  # begins the address of one that nobody sees any more; no address has a space
_SELECT = f"SELECT id, settings, state, error FROM accounts WHERE address NOT GLOB '{_LEFT}*'"


def _row(row: tuple[Any, ...]) -> AccountRow:
    settings = shapes.read(row[1], AccountSettings)
    return AccountRow(row[0], settings, AccountState(row[2]), row[3])


def insert(conn: Connection, settings: AccountSettings, secret: str, changes: Changes) -> int:
    """Add an account; its address must not be there yet."""
    same = [row for row in all_(conn) if _is_at(row, settings.address)]
    if any(row.settings.kind != "space" for row in same):
        raise UsageError(f"The account {settings.address} is here already.")
    cursor = conn.execute(
        "INSERT INTO accounts (address, settings, secret, state, error) VALUES (?, ?, ?, ?, '')",
        (settings.address, _encode(settings), secret, AccountState.NEW.value),
    )
    changes.accounts.add(cursor.lastrowid)
    return cursor.lastrowid


def get(conn: Connection, account: int) -> AccountRow | None:
    row = conn.execute(f"{_SELECT} AND id = ?", (account,)).fetchone()
    return _row(row) if row else None


def all_(conn: Connection) -> list[AccountRow]:
    """Return every account, in the order they were added."""
    return [_row(row) for row in conn.execute(f"{_SELECT} ORDER BY id")]


def by_address(conn: Connection, address: str) -> AccountRow | None:
    """Return the account of an address, whatever the case of its letters.

    A space has the address of the mailbox behind it, which comes first where it is here too, but
    after it once it is served to the space's members.
    """
    found = [row for row in all_(conn) if _is_at(row, address)]
    found.sort(key=lambda row: ("mail", "space", "served").index(row.settings.kind))
    return found[0] if found else None


def _is_at(row: AccountRow, address: str) -> bool:
    return row.settings.address.casefold() == address.casefold()


def secret(conn: Connection, account: int) -> str:
    row = conn.execute("SELECT secret FROM accounts WHERE id = ?", (account,)).fetchone()
    return str(row[0]) if row else ""


def update_settings(
    conn: Connection, account: int, settings: AccountSettings, changes: Changes
) -> None:
    conn.execute(
        "UPDATE accounts SET address = ?, settings = ? WHERE id = ?",
        (settings.address, _encode(settings), account),
    )
    changes.accounts.add(account)


def set_secret(conn: Connection, account: int, value: str) -> None:
    conn.execute("UPDATE accounts SET secret = ? WHERE id = ?", (value, account))


def set_state(
    conn: Connection, account: int, state: AccountState, error: str, changes: Changes
) -> None:
    """Keep how the account is; a notice goes out only where it differs."""
    cursor = conn.execute(
        "UPDATE accounts SET state = ?, error = ? WHERE id = ? AND (state, error) IS NOT (?, ?)",
        (state.value, error, account, state.value, error),
    )
    if cursor.rowcount > 0:
        changes.accounts.add(account)


def _encode(settings: AccountSettings) -> str:
    return msgspec.json.encode(settings).decode()


def leave(conn: Connection, account: int, changes: Changes) -> None:
    """Let nobody see an account any more, until it is removed."""
    conn.execute("UPDATE accounts SET address = ? WHERE id = ?", (f"{_LEFT}{account}", account))
    changes.accounts.add(account)


def left(conn: Connection) -> list[int]:
    """Return the accounts that nobody sees any more."""
    rows = conn.execute("SELECT id FROM accounts WHERE address GLOB ?", (f"{_LEFT}*",))
    return [account for (account,) in rows.fetchall()]


def remove(conn: Connection, account: int, changes: Changes) -> None:
    """Forget an account and all its mail on this machine, keys of the raw records included."""
    if not conn.execute("SELECT 1 FROM accounts WHERE id = ?", (account,)).fetchone():
        return
    folders = conn.execute("SELECT id FROM folders WHERE account_id = ?", (account,)).fetchall()
    ids = conn.execute("SELECT id FROM messages WHERE account_id = ? ORDER BY id", (account,))
    indexing.unindex(conn, [message for (message,) in ids.fetchall()])
    conn.executemany("DELETE FROM placements WHERE folder_id = ?", folders)
    for table in _OF_ACCOUNT:
        conn.execute(f"DELETE FROM {table} WHERE account_id = ?", (account,))
    if not conn.execute("SELECT EXISTS (SELECT 1 FROM messages)").fetchone()[0]:
        # Else words of the mail stay in the index until its segments are merged.
        conn.execute("INSERT INTO search (search) VALUES ('delete-all')")
    raws.forget_account(conn, account)
    conn.execute("DELETE FROM accounts WHERE id = ?", (account,))
    addresses.rebuild(conn)
    changes.accounts.add(account)
    changes.folders.update(folder for (folder,) in folders)
