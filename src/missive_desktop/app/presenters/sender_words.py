"""What stands above the headers of a mail: what is known of its sender, as `check` says it."""

from __future__ import annotations

from missive_desktop.content import rendered, sender_report
from missive_desktop.engine.sender_check import report
from missive_desktop.store import messages
from missive_desktop.store.database import Connection


def before_headers(conn: Connection, message: int, raw: bytes) -> str:
    """Return what the verdict on a message rests on, as text."""
    row = messages.get(conn, message)
    if row is None:
        return ""
    _, sections = report(conn, row, rendered.render(raw))
    return sender_report.as_text(sections)
