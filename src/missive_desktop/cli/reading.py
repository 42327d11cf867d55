"""Reading commands: list, search, show. Straight from the store, without an engine."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from missive_desktop.cli import opening, output
from missive_desktop.domain.folder import Role
from missive_desktop.domain.message import Flags
from missive_desktop.errors import KnownError, UsageError
from missive_desktop.store import accounts, folders, messages, team_mail
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow


def list_(chosen: argparse.Namespace) -> int:
    """List the newest messages of a folder, over all accounts."""
    with opening.reading(chosen) as opened:
        conn = opened.conn
        account = opening.account_named(conn, chosen.account)
        if chosen.folder:
            rows = opening.folders_named(conn, chosen.folder, account)
        else:
            rows = opening.inboxes(conn, account)
            if not rows:  # only imported mail: there is no inbox to be meant
                rows = folders.for_account(conn, account.id) if account else folders.all_(conn)
        found: dict[int, MessageRow] = {}
        for folder in rows:
            found.update({row.id: row for row in messages.newest(conn, folder.id, chosen.limit)})
        newest = sorted(found.values(), key=lambda row: -row.id)[: chosen.limit]
        _print(conn, newest, chosen, [row.id for row in rows])
    return 0


def search(chosen: argparse.Namespace) -> int:
    """Search; a mistake in the query is pointed at."""
    from missive_desktop.cli import finding  # the query language, for this command only

    with opening.reading(chosen) as opened:
        conn = opened.conn
        query = " ".join(chosen.query)
        if chosen.count:
            count = finding.count(conn, query)
            if chosen.json:
                output.json({"count": count})
            else:
                print(count)
            return 0
        ids = finding.find(conn, query, chosen.limit, relevance=chosen.relevance)
        rows = messages.rows(conn, ids)
        _print(conn, [rows[id_] for id_ in ids if id_ in rows], chosen, ())
    return 0


def _print(
    conn: Connection, rows: Sequence[MessageRow], chosen: argparse.Namespace, shown: Sequence[int]
) -> None:
    if chosen.json:
        output.json(objects(conn, rows, shown))
    elif rows:
        for row in rows:
            print(_line(row))
    else:
        print("Nothing here.", file=sys.stderr)


def objects(
    conn: Connection, rows: Iterable[MessageRow], shown: Sequence[int]
) -> list[dict[str, Any]]:
    """Return messages as they are printed as JSON; `folder` is one of `shown` where it can be."""
    addresses = {row.id: row.settings.address for row in accounts.all_(conn)}
    known = {row.id: row for row in folders.all_(conn)}
    result = []
    for row in rows:
        lies = [known[folder] for folder, _ in messages.folders_of(conn, row.id)]
        # The one that was asked for, else the most telling: All Mail holds everything.
        lies.sort(key=lambda folder: (folder.id not in shown, folder.role is Role.ALL, folder.id))
        result.append(
            {
                "id": row.id,
                "account": addresses.get(row.account, ""),
                "folder": lies[0].name if lies else "",
                "folders": [folder.name for folder in lies],
                "date": output.local_time(row.date).isoformat(),
                "from": output.person(row.sender),
                "to": output.people(row.to),
                "cc": output.people(row.cc),
                "subject": row.subject,
                "snippet": row.snippet,
                "unread": not row.flags & Flags.SEEN,
                "starred": bool(row.flags & Flags.FLAGGED),
                "answered": bool(row.flags & Flags.ANSWERED),
                "attachments": row.attachments,
                "size": row.size,
                "thread": row.conversation,
                "message_id": row.message_id,
                "defects": list(row.defects),
            }
        )
    return result


def _line(row: MessageRow) -> str:
    marks = ("*" if row.flags & Flags.FLAGGED else " ") + (" " if row.flags & Flags.SEEN else "N")
    day = output.local_time(row.date).strftime("%Y-%m-%d %H:%M")
    sender = output.fit(row.sender.name or row.sender.email, 22)
    subject = output.line(row.subject) or "(no subject)"
    return f"{row.id:>17}  {marks} {day}  {sender}  {subject}"


def show(chosen: argparse.Namespace) -> int:
    """Show one message; raw it is written byte by byte."""
    with opening.reading(chosen) as opened:
        missing = bool(team_mail.incomplete(opened.conn, [chosen.id]))
    if missing:
        _fetch(chosen)
    with opening.reading(chosen) as opened:
        row = messages.get(opened.conn, chosen.id)
        if row is None:
            raise UsageError(f"There is no message {chosen.id}.")
        raw = messages.raw(opened.conn, opened.store, row.id)
    if chosen.raw:
        sys.stdout.flush()
        sys.stdout.buffer.write(raw)
        return 0
    from missive_desktop.cli import showing  # parsing, for this command only

    if chosen.html:
        sys.stdout.write(showing.html(raw) + "\n")
    elif chosen.text:
        print(output.clean(showing.text(raw)))
    else:
        print(_head(row))
        print()
        print(output.clean(showing.text(raw)))
        for name in (*showing.events(raw), *showing.attachments(raw)):
            print(f"[{output.line(name)}]")
    return 0


def _fetch(chosen: argparse.Namespace) -> None:
    """Have the mail of a shared inbox here of which there is only what its list needs."""
    from missive_desktop.engine.protocol import Prepare

    with opening.writing(chosen) as (client, _):
        try:
            client.call(Prepare(messages=(chosen.id,), whole=True))
        except KnownError as error:
            if chosen.raw:  # what is here is not what came
                raise
            print(output.line(f"Only its beginning is here: {error}"), file=sys.stderr)


def _head(row: MessageRow) -> str:
    lines = [
        ("From", output.person(row.sender)),
        ("To", output.people(row.to)),
        ("Cc", output.people(row.cc)),
        ("Date", output.local_time(row.date).strftime("%A, %d %B %Y %H:%M %z")),
        ("Subject", row.subject),
        *(("Defect", defect) for defect in row.defects),
    ]
    return "\n".join(f"{name}: {output.line(value)}" for name, value in lines if value)
