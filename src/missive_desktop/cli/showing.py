"""A message as text, as safe HTML, and the names of its files."""

from __future__ import annotations

from missive_desktop.content import parse, rendered


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
    """Return one line for each attached file."""
    return [
        f"{file.name or 'attachment'}, {file.media_type}, {file.size} bytes"
        for file in parse.parse(raw).attachments
        if not file.inline
    ]
