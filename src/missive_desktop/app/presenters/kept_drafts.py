"""Drafts that lie on this machine only, as rows of the list: their ids are negative."""

from __future__ import annotations

from collections.abc import Sequence

from missive_desktop.app.presenters.rows import Row, people_line
from missive_desktop.domain.draft import Draft
from missive_desktop.domain.ids import first_message_id
from missive_desktop.domain.message import Address
from missive_desktop.store import listing
from missive_desktop.store.database import Connection

_SNIPPET = 160


def unmirrored_rows(conn: Connection) -> dict[int, int]:
    """Return the drafts that no folder shows, each with the time that orders it."""
    found = listing.unmirrored_drafts(conn)
    return {-draft: first_message_id(changed) for draft, changed in found.items()}


def rows(conn: Connection, wanted: Sequence[int]) -> dict[int, Row]:
    """Read the rows of drafts."""
    if not wanted:
        return {}
    found = listing.own_drafts(conn, wanted)
    return {-draft_id: _row(draft_id, changed, draft) for draft_id, changed, draft in found}


def _row(draft_id: int, changed: int, draft: Draft) -> Row:
    people = draft.to + draft.cc + draft.bcc
    text = " ".join(draft.text.split())
    return Row(
        id=-draft_id,
        date=changed,
        names="To: " + people_line(people, ()) if people else "To nobody yet",
        count=1,
        person=people[0] if people else Address("", draft.sender.email),
        subject=draft.subject,
        snippet=text[:_SNIPPET],
        attachments=bool(draft.attachments),
        draft=True,
    )
