"""What commands need: the profile, its key, a connection to read with, the engine to write with."""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from missive_desktop import keychain, profile
from missive_desktop.cli import output
from missive_desktop.domain.folder import Role
from missive_desktop.errors import KnownError, UsageError
from missive_desktop.profile import Profile
from missive_desktop.store import accounts, database, folders, teams
from missive_desktop.store.accounts import AccountRow
from missive_desktop.store.database import Connection, Store
from missive_desktop.store.folders import FolderRow

if TYPE_CHECKING:
    from missive_desktop.engine.blocking import BlockingClient


class Opened(NamedTuple):
    """An opened profile, for reading."""

    profile: Profile
    store: Store
    conn: Connection


def existing(chosen: argparse.Namespace) -> Profile:
    """Return the profile, which must hold a store."""
    found = profile.locate(chosen.profile)
    if not found.database.exists():
        raise KnownError(
            f"There is no mail yet in {found.directory}.",
            "Add an account: missive-desktop account add ADDRESS.",
        )
    return found


def unlock(opened: Profile) -> bytes:
    """Return the key: from the keychain, the passphrase file, or the terminal."""
    return keychain.unlock(opened, ask)


def ask(question: str) -> str | None:
    """Ask on the terminal without showing what is typed; None where there is none."""
    if not sys.stdin.isatty():
        return None
    import getpass  # slow to import, and rarely needed

    return getpass.getpass(f"{question.rstrip(': ')}: ", sys.stderr)


def ca_file(chosen: argparse.Namespace) -> str:
    """Return the certificate authority that was given, as it is kept; "" for none."""
    if not chosen.ca:
        return ""
    path = Path(chosen.ca).expanduser().absolute()
    if not path.is_file():
        raise UsageError(f"There is no file {chosen.ca}.")
    return str(path)


def confirmed(question: str, yes: bool) -> None:
    """Go on only if the user means it."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("Without a terminal to ask on, this needs --yes.")
    print(f"{output.line(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise KnownError("Nothing was done.")


def typed(question: str, name: str, yes: bool) -> None:
    """Go on only if the user types the name of what is at stake."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("Without a terminal to ask on, this needs --yes.")
    print(f"{output.line(question)} ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip() != name:
        raise KnownError("Nothing was done.")


@contextlib.contextmanager
def reading_with(opened: Profile, key: bytes) -> Iterator[Connection]:
    """Open a profile's store for reading, with its key; an older program's is migrated."""
    store = database.create_or_open(opened, key)
    with closing(database.open_reader(store)) as conn:
        yield conn


def _lock_what_ran_out(opened: Profile, key: bytes, conn: Connection) -> None:
    """An offline copy ends with its lease, also for who only reads: the engine removes it."""
    if not teams.over(conn, time.time_ns() // 1_000_000):
        return
    from missive_desktop.engine.blocking import BlockingClient
    from missive_desktop.engine.space_requests import TellTeam

    with BlockingClient(opened, key) as client:
        client.call(TellTeam(seconds=0.0))


@contextlib.contextmanager
def writing(chosen: argparse.Namespace) -> Iterator[tuple[BlockingClient, Connection]]:
    """The engine to write with, and a connection to read what it wrote."""
    from missive_desktop.engine.blocking import BlockingClient  # reading needs no engine

    opened = existing(chosen)
    key = unlock(opened)
    with BlockingClient(opened, key) as client, reading_with(opened, key) as conn:
        yield client, conn


@contextlib.contextmanager
def reading(chosen: argparse.Namespace) -> Iterator[Opened]:
    """Open the store for reading, without an engine."""
    opened = existing(chosen)
    key = unlock(opened)
    with reading_with(opened, key) as conn:
        _lock_what_ran_out(opened, key, conn)
        yield Opened(opened, database.Store(opened.database, opened.packs, key), conn)


def account_named(conn: Connection, address: str | None) -> AccountRow | None:
    """Return the account of an address; None when none is asked for."""
    if address is None:
        return None
    row = accounts.by_address(conn, address)
    if row is None:
        raise UsageError(f"There is no account {address}.")
    return row


def folders_named(conn: Connection, name: str, account: AccountRow | None) -> list[FolderRow]:
    """Return the folders of this name or role; exact names count before others."""
    rows = folders.for_account(conn, account.id) if account else folders.shown(conn)
    folded = name.casefold()
    for matches in (
        [row for row in rows if row.name == name],
        [row for row in rows if row.role and row.role.value == folded],
        [row for row in rows if row.name.casefold() == folded],
        [row for row in rows if row.delimiter and row.name.split(row.delimiter)[-1] == name],
    ):
        if matches:
            return matches
    raise UsageError(f"There is no folder {name}.")


def folder_named(conn: Connection, name: str, account: AccountRow | None) -> FolderRow:
    """Return the one folder of this name or role."""
    found = folders_named(conn, name, account)
    if len(found) > 1:
        raise UsageError(f"Several accounts have a folder {name}: choose one with --account.")
    return found[0]


def inboxes(conn: Connection, account: AccountRow | None) -> list[FolderRow]:
    return folders.by_role(conn, Role.INBOX, account.id if account else 0)
