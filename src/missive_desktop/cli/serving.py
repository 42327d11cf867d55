"""Serving shared inboxes: from which mailbox, on which computer; the worker without a window."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from missive_desktop.cli import opening, output, team_names
from missive_desktop.engine.serving_requests import HandInbox, ServeInbox, Serving, StopServing
from missive_desktop.engine.space_admin_requests import MakeSpace
from missive_desktop.errors import EngineGone, UsageError
from missive_desktop.profile import Profile
from missive_desktop.store import database, served, served_mail, team_spaces
from missive_desktop.store.database import Connection

_AGAIN = 2.0  # seconds until a mail engine that died is started anew


def share(chosen: argparse.Namespace) -> int:
    """Make a shared inbox, and serve it from a mailbox of this profile if one is named."""
    with opening.writing(chosen) as (client, conn):
        team = team_names.team(conn, chosen.team)
        mailbox = opening.account_named(conn, chosen.account)
        address = chosen.address or (mailbox.settings.address if mailbox else "")
        answer = client.call(
            MakeSpace(team=team.id, name=chosen.name, address=address, colour=chosen.colour)
        )
        if mailbox is not None:
            client.call(ServeInbox(scope=answer["scope"], account=mailbox.id))
    if chosen.json:
        output.json({"scope": answer["scope"]})
    return 0


def serve(chosen: argparse.Namespace) -> int:
    """Have a shared inbox served from a mailbox of this profile, or no more."""
    with opening.writing(chosen) as (client, conn):
        space = team_names.space(conn, chosen.inbox)
        if chosen.stop:
            client.call(StopServing(scope=space.scope))
            return 0
        known = served.get(conn, space.scope)
        mailbox = opening.account_named(conn, chosen.account or space.address or None)
        account = mailbox.id if mailbox and mailbox.settings.imap.host else 0
        account = account or (known.account if known else 0)
        if not account:
            raise UsageError("Name the mailbox with --account.")
        client.call(
            ServeInbox(scope=space.scope, account=account, archive_closed=chosen.archive_closed)
        )
    return 0


def hand(chosen: argparse.Namespace) -> int:
    """Hand the mailbox of a shared inbox to another device, or take it back."""
    with opening.writing(chosen) as (client, conn):
        space = team_names.space(conn, chosen.inbox)
        mailbox = opening.account_named(conn, chosen.account)
        account = mailbox.id if mailbox else 0
        client.call(
            HandInbox(scope=space.scope, device=chosen.device, account=account, back=chosen.back)
        )
    return 0


def served_(chosen: argparse.Namespace) -> int:
    """List what is served from here, and how that goes."""
    with opening.reading(chosen) as opened:
        rows = [_described(opened.conn, row) for row in served.all_(opened.conn)]
    if chosen.json:
        output.json(rows)
    elif rows:
        output.table([(r["name"], r["state"], r["unreadable"], r["error"]) for r in rows])
    else:
        print("Nothing is served from here.", file=sys.stderr)
    return 0


def _described(conn: Connection, row: served.ServedRow) -> dict[str, Any]:
    space = team_spaces.get(conn, row.scope)
    bad = served_mail.bad(conn, row.account)
    return {
        "scope": row.scope,
        "name": space.name if space else "",
        "state": row.state.value,
        "device": row.device,
        "error": row.error,
        "unreadable": str(bad) if bad else "",
    }


def worker(chosen: argparse.Namespace) -> int:
    """Serve all that is served from this profile, until told to end."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    opened = opening.existing(chosen)
    key = opening.unlock(opened)
    log = _Log()
    log.say("started")
    while not ended.is_set():
        try:
            _serve(opened, key, log, ended.is_set)
        except EngineGone:
            log.say("the mail engine ended; starting it again")
            ended.wait(_AGAIN)
    log.say("stopped")
    return 0


def _serve(opened: Profile, key: bytes, log: _Log, ended: Callable[[], bool]) -> None:
    from missive_desktop.engine.blocking import BlockingClient

    store = database.create_or_open(opened, key)
    with BlockingClient(opened, key) as client, closing(database.open_reader(store)) as conn:
        client.call(Serving(on=True))

        def look(_: object = None) -> None:
            for row in served.all_(conn):
                space = team_spaces.get(conn, row.scope)
                log.state(row.scope, space.name if space else "", row)

        look()
        client.listen(look, ended)


class _Log:
    """Plain lines on standard output: when, which inbox, how it goes. Never what is in it."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[str, str]] = {}

    def state(self, scope: str, name: str, row: served.ServedRow) -> None:
        now = row.state.value, row.error
        if self._told.get(scope) == now:
            return
        self._told[scope] = now
        self.say(f"{name or scope}: {row.state.value} {row.error}".rstrip())

    def say(self, words: str) -> None:
        at = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        print(output.line(f"{at} {words}"), flush=True)
