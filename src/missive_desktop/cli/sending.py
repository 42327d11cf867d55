"""Sending finished messages; what waits in the outbox and the drafts."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from missive_desktop.cli import opening, output, team_names, telling
from missive_desktop.domain.outgoing import Outgoing
from missive_desktop.engine.blocking import BlockingClient
from missive_desktop.engine.protocol import DiscardDraft, RetrySend, SendDraft, SendRaw
from missive_desktop.engine.space_requests import ResolveSend
from missive_desktop.errors import KnownError, UsageError
from missive_desktop.store import accounts, drafts, outbox, team_outbox, team_spaces, team_talk
from missive_desktop.store.database import Connection
from missive_desktop.store.team_spaces import SpaceRow
from missive_desktop.store.team_talk import SendRow


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
    if number < 0:
        return _say_of_team(client, conn, -number)
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


def _say_of_team(client: BlockingClient, conn: Connection, number: int) -> int:
    """Say what has become of a mail that the team's worker was asked to send."""
    asked = team_outbox.get(conn, number)
    row = team_talk.send(conn, asked.account, asked.send) if asked else None
    if row is None or row.state == "sent":
        print("Sent.", file=sys.stderr)
        return team_names.tell(client)
    if row.state == "uncertain":
        raise KnownError(
            f"It is not known whether the message was sent: {row.error}",
            f"Look into Sent, or ask, before you run: missive-desktop outbox retry {row.id}.",
        )
    if row.state in ("failed", "cancelled"):
        raise KnownError(f"The message was not sent: {row.error}".strip())
    print("It waits for whoever serves the shared inbox.", file=sys.stderr)
    return team_names.tell(client)


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
    if not chosen.id.isdecimal():
        return resolve(chosen)
    with opening.writing(chosen) as (client, conn):
        client.call(RetrySend(outbox=int(chosen.id), wait=True))
        return _say(client, conn, int(chosen.id))


def resolve(chosen: argparse.Namespace) -> int:
    """Decide on a mail of a shared inbox that could not be sent, or of which nobody can tell."""
    with opening.writing(chosen) as (client, conn):
        account = next(
            (
                space.account
                for space in team_spaces.mine(conn)
                if team_talk.send(conn, space.account, chosen.id) is not None
            ),
            0,
        )
        if not account:
            raise UsageError(f"There is no such mail: {chosen.id}. `outbox list` names them.")
        how = {"remove": "delete"}.get(chosen.outbox_command, chosen.outbox_command)
        client.call(ResolveSend(account=account, send=chosen.id, how=how))
        return team_names.tell(client)


def outbox_(chosen: argparse.Namespace) -> int:
    """List what is on its way, or could not be sent."""
    with opening.reading(chosen) as opened:
        addresses = {row.id: row.settings.address for row in accounts.all_(opened.conn)}
        rows = [row for row in outbox.all_(opened.conn) if row.state is not Outgoing.SENT]
        asked = [
            _described(space, row)
            for space in team_spaces.mine(opened.conn)
            for row in team_talk.sends(opened.conn, space.account)
            if row.state not in ("sent", "cancelled")
        ]
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
    _print(listed + asked, chosen, ("id", "state", "subject", "error"))
    return 0


def _described(space: SpaceRow, row: SendRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "account": space.called or space.address,
        "state": row.state,
        "to": list(row.asked.recipients),
        "subject": row.asked.envelope.subject,
        "error": row.error,
        "tries": 0,
        "date": output.local_time(row.at // 1000).isoformat(),
    }


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
