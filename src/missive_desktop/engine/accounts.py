"""Accounts: finding settings, signing in for the first time, changing, forgetting."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec

from missive_desktop.domain.account import AccountSettings, AccountState
from missive_desktop.domain.changes import Changes
from missive_desktop.engine.protocol import (
    AddAccount,
    Discover,
    RemoveAccount,
    Sync,
    Tell,
    UpdateAccount,
)
from missive_desktop.engine.runtime import Runtime
from missive_desktop.errors import Offline, UsageError
from missive_desktop.mail import session, smtp
from missive_desktop.mail.discover import discover
from missive_desktop.store import accounts
from missive_desktop.store.database import Connection

_PATIENCE = 30.0


def find(_: Runtime, request: Discover) -> dict[str, Any]:
    found = discover(request.address)
    return {
        "settings": msgspec.to_builtins(found.settings),
        "source": found.source,
        "note": found.note,
    }


def add(runtime: Runtime, request: AddAccount) -> dict[str, Any]:
    """Keep an account only once its server let us in; its sync begins at once."""
    with runtime.reading() as conn:
        if accounts.by_address(conn, request.settings.address) is not None:
            raise UsageError(f"The account {request.settings.address} is here already.")
    _try(request.settings, request.secret)
    account = runtime.writer.run(
        lambda conn, changes: accounts.insert(conn, request.settings, request.secret, changes),
        durable=True,
    )
    runtime.syncs.start(account)
    return {"account": account}


def update(runtime: Runtime, request: UpdateAccount) -> dict[str, Any]:
    with runtime.reading() as conn:
        row = accounts.get(conn, request.account)
        secret = request.secret or accounts.secret(conn, request.account)
    if row is None or not row.settings.imap.host:
        raise UsageError("There is no such account.")
    _try(request.settings, secret)
    if request.settings.smtp is not None:
        with contextlib.suppress(Offline):  # many networks let nobody reach these servers
            smtp.check(request.settings, secret, timeout=_PATIENCE)

    def work(conn: Connection, changes: Changes) -> None:
        accounts.update_settings(conn, request.account, request.settings, changes)
        accounts.set_secret(conn, request.account, secret)
        if row.state is AccountState.REFUSED:
            accounts.set_state(conn, request.account, AccountState.READY, "", changes)

    runtime.writer.run(work, durable=True)
    runtime.syncs.restart(request.account)
    return {}


def _try(settings: AccountSettings, secret: str) -> None:
    """Sign in and out: what is wrong with the settings is said before they are kept."""
    session.connect(settings, secret, timeout=_PATIENCE).close()


def remove(runtime: Runtime, request: RemoveAccount) -> dict[str, Any]:
    with runtime.reading() as conn:
        row = accounts.get(conn, request.account)
    if row is None:
        raise UsageError("There is no such account.")
    if row.settings.kind == "space":
        raise UsageError("A shared inbox goes when you leave its team.")
    runtime.syncs.stop(request.account)
    runtime.writer.run(
        lambda conn, changes: accounts.remove(conn, request.account, changes), durable=True
    )
    return {}


def sync(runtime: Runtime, request: Sync) -> dict[str, Any]:
    return {"accounts": runtime.syncs.each(request.account, lambda sync: sync.sync_once())}


def tell(runtime: Runtime, request: Tell) -> dict[str, Any]:
    return {"accounts": runtime.syncs.each(request.account, lambda sync: sync.tell_once())}
