"""Accounts: add, list, remove. What was found for an address is shown before a password is sent."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import closing

import msgspec

from missive_desktop import profile
from missive_desktop.cli import opening, output
from missive_desktop.domain.account import AccountSettings, Auth, Endpoint, Security
from missive_desktop.domain.folder import Role
from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.engine.protocol import (
    AddAccount,
    Discover,
    Notice,
    RemoveAccount,
    Trouble,
)
from missive_desktop.errors import KnownError, UsageError
from missive_desktop.store import accounts, database, folders
from missive_desktop.store.database import Connection
from missive_wire import shapes

FIRST = 50  # messages of the inbox to wait for
_PATIENCE = 30.0
_PORTS = {"imap": {"tls": 993, "starttls": 143}, "smtp": {"tls": 465, "starttls": 587}}
_KINDS = {"space": "shared inbox", "served": "behind a shared inbox"}
_STARTTLS_PORTS = {143, 587, 25}


def add(chosen: argparse.Namespace) -> int:
    """Add an account, and wait until the first messages of its inbox are there."""
    given = _given(chosen)
    found = profile.locate(chosen.profile)
    key = opening.unlock(found)
    with BlockingClient(found, key) as client:
        settings = given
        if settings is None:
            answer = client.call(Discover(address=chosen.address))
            settings = _with_options(shapes.convert(answer["settings"], AccountSettings), chosen)
            print(f"Found {answer['source']}:", file=sys.stderr)
            if answer["note"]:
                print(output.line(answer["note"]), file=sys.stderr)
        for text in describe(settings):
            print(f"  {text}", file=sys.stderr)
        secret = _secret(chosen)
        account = int(client.call(AddAccount(settings=settings, secret=secret))["account"])
        print(f"Signed in as {settings.user}.", file=sys.stderr)
        store = database.Store(found.database, found.packs, key)
        stored = _first_messages(client, store, account)
    print(f"Added {settings.address}: {stored} messages are here. `sync` brings the rest.")
    return 0


def _given(chosen: argparse.Namespace) -> AccountSettings | None:
    """Return the settings if the command line says them all; None: they must be found."""
    address = chosen.address
    local, at, domain = address.rpartition("@")
    if not (local and at and domain):
        raise UsageError(f"{address} is not a mail address.")
    if chosen.imap is None:
        for option in ("smtp", "security"):
            if getattr(chosen, option) is not None:
                raise UsageError(f"--{option} needs --imap beside it.")
        return None
    return AccountSettings(
        address=address,
        imap=endpoint(chosen.imap, "imap", chosen.security),
        smtp=endpoint(chosen.smtp, "smtp", chosen.security) if chosen.smtp else None,
        user=chosen.user or address,
        name=chosen.name or "",
        auth=Auth.XOAUTH2 if chosen.oauth2 else Auth.PASSWORD,
        ca_file=opening.ca_file(chosen),
    )


def _with_options(found: AccountSettings, chosen: argparse.Namespace) -> AccountSettings:
    return msgspec.structs.replace(
        found,
        user=chosen.user or found.user,
        name=chosen.name or found.name,
        auth=Auth.XOAUTH2 if chosen.oauth2 else found.auth,
        ca_file=opening.ca_file(chosen) or found.ca_file,
    )


def endpoint(text: str, service: str, security: str | None) -> Endpoint:
    """Read HOST, HOST:PORT or [IPV6]:PORT; the port says the security where nothing else does."""
    host, port = text, ""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if not host or (port and not (port.isdecimal() and 0 < int(port) < 65536)):
        raise UsageError(f"{text} is not HOST or HOST:PORT.")
    if security is None:
        security = "starttls" if port and int(port) in _STARTTLS_PORTS else "tls"
    return Endpoint(host, int(port or _PORTS[service][security]), Security(security))


def describe(settings: AccountSettings) -> list[str]:
    """Return what will be connected to, in lines."""
    lines = [f"reads from {_endpoint(settings.imap)}"]
    lines.append(
        f"sends through {_endpoint(settings.smtp)}" if settings.smtp else "cannot send: no server"
    )
    lines.append(f"signs in as {settings.user}")
    return lines


def _endpoint(server: Endpoint) -> str:
    return f"{server.host}:{server.port} ({server.security.value.upper()})"


def _secret(chosen: argparse.Namespace) -> str:
    if chosen.password_stdin:
        secret = sys.stdin.readline().rstrip("\r\n")
    else:
        secret = opening.ask(f"Password for {chosen.address}") or ""
    if not secret:
        raise UsageError("A password is needed: on a terminal, or with --password-stdin.")
    return secret


def _first_messages(client: BlockingClient, store: database.Store, account: int) -> int:
    """Wait for the newest messages of the inbox; the rest can come later."""
    end = time.monotonic() + _PATIENCE
    trouble: list[Trouble] = []

    def notice(notice: Notice) -> None:
        if isinstance(notice, Trouble) and notice.account == account:
            trouble.append(notice)

    with closing(database.open_reader(store)) as conn:
        client.listen(
            notice,
            lambda: bool(trouble) or time.monotonic() > end or has_first(conn, account),
        )
        if trouble:
            raise KnownError(trouble[0].message, trouble[0].advice)
        return sum(row.stored for row in folders.for_account(conn, account))


def has_first(conn: Connection, account: int) -> bool:
    """Tell whether the first screen of the inbox is stored, or all there is of it."""
    inbox = next(iter(folders.by_role(conn, Role.INBOX, account)), None)
    if inbox is None or not inbox.uidvalidity:
        return False
    return inbox.stored >= min(FIRST, inbox.on_server)


def list_(chosen: argparse.Namespace) -> int:
    """List the accounts."""
    with opening.reading(chosen) as opened:
        rows = accounts.all_(opened.conn)
    if chosen.json:
        output.json(
            [
                {
                    "address": row.settings.address,
                    "name": row.settings.name,
                    "kind": row.settings.kind,
                    "user": row.settings.user,
                    "imap": f"{row.settings.imap.host}:{row.settings.imap.port}",
                    "smtp": f"{row.settings.smtp.host}:{row.settings.smtp.port}"
                    if row.settings.smtp
                    else "",
                    "state": row.state.value,
                    "error": row.error,
                }
                for row in rows
            ]
        )
    elif rows:
        output.table(
            [
                (
                    row.settings.address,
                    _KINDS.get(row.settings.kind, ""),
                    row.state.value,
                    row.error,
                )
                for row in rows
            ]
        )
    else:
        print("There are no accounts yet.", file=sys.stderr)
    return 0


def remove(chosen: argparse.Namespace) -> int:
    """Forget an account and all its mail on this machine."""
    found = opening.existing(chosen)
    key = opening.unlock(found)
    with BlockingClient(found, key) as client:
        with opening.reading_with(found, key) as conn:
            row = opening.account_named(conn, chosen.address)
        assert row is not None
        client.call(RemoveAccount(account=row.id))
    print(f"Removed {row.settings.address} from this machine; its server keeps its mail.")
    return 0
