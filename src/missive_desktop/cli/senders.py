"""`missive-desktop check` and `unsubscribe`: who a message is from, and how to hear no more."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import msgspec

from missive_desktop.cli import opening, output
from missive_desktop.content import rendered
from missive_desktop.content.rendered import Rendered
from missive_desktop.content.sender_report import Section
from missive_desktop.domain.sender import Verdict
from missive_desktop.engine import sender_check
from missive_desktop.engine.protocol import Unsubscribe
from missive_desktop.errors import UsageError
from missive_desktop.store import messages, senders, signatures
from missive_desktop.store.database import Connection
from missive_desktop.store.messages import MessageRow


def check(chosen: argparse.Namespace) -> int:
    """Say who a message is really from; nobody is asked anything."""
    with opening.reading(chosen) as opened:
        row = _row(opened.conn, chosen.id)
        shown = rendered.render(messages.raw(opened.conn, opened.store, row.id))
        verdict, sections = sender_check.report(opened.conn, row, shown)
        if chosen.json:
            output.json(_described(opened.conn, row, shown, verdict))
        else:
            _print(row, verdict, sections)
    return 0


def _row(conn: Connection, message: int) -> MessageRow:
    row = messages.get(conn, message)
    if row is None:
        raise UsageError(f"There is no message {message}.")
    return row


def _print(row: MessageRow, verdict: Verdict, sections: tuple[Section, ...]) -> None:
    print(f"From: {output.line(output.person(row.sender))}")
    print(f"Verdict: {verdict.level}")
    for section in sections:
        print(f"\n{output.line(section.title)}")
        for line in section.lines:
            print(f"  {output.line(line)}")


def _described(
    conn: Connection, row: MessageRow, shown: Rendered, verdict: Verdict
) -> dict[str, Any]:
    found = signatures.get(conn, row.id)
    left = senders.left_on(conn, senders.mailing(row.list_id, row.sender.email))
    ways = shown.unsubscribe
    return {
        "from": output.person(row.sender),
        "verdict": verdict.level,
        "title": verdict.title,
        "lines": list(verdict.lines),
        "spf": verdict.spf,
        "dkim": verdict.dkim,
        "dmarc": verdict.dmarc,
        "warnings": [msgspec.to_builtins(one) for one in verdict.warnings],
        "results": [{"by": one.host, "text": one.text} for one in shown.facts.trace if one.text],
        "signatures": [
            msgspec.to_builtins(one) for one in (found.signatures if found is not None else ())
        ],
        "unsubscribe": {
            "one_click": ways.post_url,
            "browser": ways.browser_url,
            "mail": ways.mail_to,
            "left": left.done if left is not None else 0,
        },
    }


def unsubscribe(chosen: argparse.Namespace) -> int:
    """Leave a mailing; of spam and forgeries it is said what that would tell."""
    with opening.writing(chosen) as (client, conn):
        row = _row(conn, chosen.id)
        opening.confirmed(f"Unsubscribe from {output.line(output.person(row.sender))}?", chosen.yes)
        answer = client.call(Unsubscribe(message=row.id))
        if answer["way"] == "ask":
            print(output.line(answer["note"]), file=sys.stderr)
            opening.confirmed("Do it all the same?", chosen.yes)
            answer = client.call(Unsubscribe(message=row.id, anyway=True))
    if chosen.json:
        output.json(answer)
        return 0
    if answer["note"]:
        print(output.line(answer["note"]), file=sys.stderr)
    said = {
        "posted": "Unsubscribed.",
        "mailed": f"A mail to {output.line(answer['to'])} asks to unsubscribe you.",
        "browser": f"Go on in your browser: {output.line(answer['url'])}",
    }
    print(said[answer["way"]])
    return 0
