"""Who a mail is really from, for the screens: as `missive-desktop check` says it."""

from __future__ import annotations

from missive_desktop.content import rendered, sender_report
from missive_desktop.engine.sender_check import report, verdict
from missive_desktop.store import messages
from missive_desktop.store.database import Connection

__all__ = ["found", "verdict"]


def found(conn: Connection, message: int, raw: bytes) -> str:
    """Return as text what the verdict on a message rests on, to stand before its header."""
    row = messages.get(conn, message)
    if row is None:
        return ""
    _, sections = report(conn, row, rendered.render(raw))
    return sender_report.as_text(sections)
