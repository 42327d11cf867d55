"""Sending finished messages; what waits in the outbox and the drafts."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from missive_desktop.cli import opening, output, telling
from missive_desktop.domain.outgoing import Outgoing
from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.engine.protocol import DiscardDraft, RetrySend, SendDraft, SendRaw
from missive_desktop.errors import KnownError, UsageError
from missive_desktop.store import accounts, drafts, outbox
from missive_desktop.store.database import Connection


def send(chosen: argparse.Namespace) -> int:
    """Send a message from a file or from standard input."""
    raw = _read(chosen.file)
    with opening.writing(chosen) as (client, conn):
        account = opening.account_named(conn, chosen.account)
        request = SendRaw(raw=raw, account=account.id if account else 0, wait=not chosen.queue)
        number = int(client.call(request)["outbox"])
        return _say(client, conn, number)


def _read(name: str) -> bytes:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.") from error
    if not raw.strip():
        raise UsageError("There is nothing to send.")
    return raw


def _say(client: BlockingClient, conn: Connection, number: int) -> int:
    """Say what has become of a message, and file it; it may be gone from the outbox by then."""
    row = outbox.get(conn, number)
    state = Outgoing.SENT if row is None else row.state
    if row is not None and state is Outgoing.UNCERTAIN:
        raise KnownError(
            f"It is not known whether the message was sent: {row.error}",
            f"Look into Sent, or ask, before you run: missive-desktop outbox retry {number}.",
        )
    if row is not None and state in (Outgoing.FAILED, Outgoing.CANCELLED):
        raise KnownError(f"The message was not sent: {row.error}".strip())
    if row is not None and row.error:
        print(output.line(row.error), file=sys.stderr)
    if state is not Outgoing.SENT:
        print("It waits in the outbox.", file=sys.stderr)
        return 1 if row is not None and row.error else 0
    print("Sent.", file=sys.stderr)
    if row is not None:
        telling.tell_server(client, conn, row.account)
    return 0


def send_draft(chosen: argparse.Namespace) -> int:
    """Send a draft."""
    with opening.writing(chosen) as (client, conn):
        answer = client.call(SendDraft(draft=chosen.id, undo_seconds=0, wait=True))
        return _say(client, conn, int(answer["outbox"]))


def discard_draft(chosen: argparse.Namespace) -> int:
    """Throw a draft away."""
    with opening.writing(chosen) as (client, conn):
        if drafts.get(conn, chosen.id) is None:
            raise UsageError(f"There is no draft {chosen.id}.")
        client.call(DiscardDraft(draft=chosen.id))
    return 0


def retry(chosen: argparse.Namespace) -> int:
    """Send again what has failed."""
    with opening.writing(chosen) as (client, conn):
        client.call(RetrySend(outbox=chosen.id, wait=True))
        return _say(client, conn, chosen.id)


def outbox_(chosen: argparse.Namespace) -> int:
    """List what is on its way, or could not be sent."""
    with opening.reading(chosen) as opened:
        addresses = {row.id: row.settings.address for row in accounts.all_(opened.conn)}
        rows = [row for row in outbox.all_(opened.conn) if row.state is not Outgoing.SENT]
    listed: list[dict[str, Any]] = [
        {
            "id": row.id,
            "account": addresses.get(row.account, ""),
            "state": row.state.value,
            "to": list(row.recipients),
            "subject": row.subject,
            "error": row.error,
            "tries": row.tries,
            "date": output.local_time(row.created).isoformat(),
        }
        for row in rows
    ]
    _print(listed, chosen, ("id", "state", "subject", "error"))
    return 0


def drafts_(chosen: argparse.Namespace) -> int:
    """List the drafts."""
    with opening.reading(chosen) as opened:
        addresses = {row.id: row.settings.address for row in accounts.all_(opened.conn)}
        rows = drafts.all_(opened.conn)
    listed: list[dict[str, Any]] = [
        {
            "id": row.id,
            "account": addresses.get(row.account, ""),
            "to": output.people(row.draft.to),
            "subject": row.draft.subject,
            "date": output.local_time(row.changed).isoformat(),
            "thread": row.conversation,
        }
        for row in rows
    ]
    _print(listed, chosen, ("id", "date", "to", "subject"))
    return 0


def _print(
    listed: list[dict[str, Any]], chosen: argparse.Namespace, columns: tuple[str, ...]
) -> None:
    if chosen.json:
        output.json(listed)
    elif listed:
        output.table([[str(entry[column]) for column in columns] for entry in listed])
    else:
        print("Nothing here.", file=sys.stderr)
