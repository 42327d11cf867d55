"""A message as text, as safe HTML, its invitations and the names of its files."""

from __future__ import annotations

from missive_desktop.content import invitation, parse, rendered
from missive_desktop.content.page_invitation import plain_when


def text(raw: bytes) -> str:
    """Return what the message says: its text, else its HTML without the markup."""
    parsed = parse.parse(raw)
    if parsed.text.strip() or not parsed.html:
        return parsed.text
    return parsed.digest.text


def html(raw: bytes) -> str:
    """Return the body as the window shows it: sanitized, nothing remote in it."""
    return str(rendered.render(raw).html)


def attachments(raw: bytes) -> list[str]:
    """Return one line for each attached file, with what may harm when it is opened."""
    return [
        f"{file.name or 'attachment'}, {file.media_type}, {file.size} bytes"
        + (f". {file.warning}" if file.warning else "")
        for file in parse.parse(raw).attachments
        if not file.inline
    ]


def events(raw: bytes) -> list[str]:
    """Return one line for each invitation, its times by the sender's clock."""
    lines = []
    for event in invitation.of_parts(parse.parse(raw).calendars):
        when = plain_when(event)
        known = (event.summary or "(no title)", f"{when.text} {when.remark}", event.recurrence)
        said = ", ".join(part.strip() for part in (*known, event.where) if part.strip())
        lines.append(("Cancelled: " if event.cancelled else "Invitation: ") + said)
    return lines
