"""Drafts that lie on this machine only, as rows of the list: their ids are negative."""

from __future__ import annotations

from collections.abc import Sequence

from missive_desktop.app.presenters.rows import Row, people_line
from missive_desktop.domain.ids import first_message_id
from missive_desktop.domain.message import Address
from missive_desktop.store import drafts, listing
from missive_desktop.store.database import Connection

_SNIPPET = 160


def unmirrored_rows(conn: Connection) -> dict[int, int]:
    """Return the drafts that no folder shows, each with the time that orders it."""
    mirrored = set(listing.mirrored_drafts(conn).values())
    return {
        -row.id: first_message_id(row.changed)
        for row in drafts.all_(conn)
        if row.id not in mirrored
    }


def rows(conn: Connection, wanted: Sequence[int]) -> dict[int, Row]:
    """Read the rows of drafts."""
    found = (drafts.get(conn, item) for item in wanted)
    return {-row.id: _row(row) for row in found if row is not None}


def _row(row: drafts.DraftRow) -> Row:
    draft = row.draft
    people = draft.to + draft.cc + draft.bcc
    text = " ".join(draft.text.split())
    return Row(
        id=-row.id,
        date=row.changed,
        names="To: " + people_line(people, ()) if people else "To nobody yet",
        count=1,
        person=people[0] if people else Address("", draft.sender.email),
        subject=draft.subject,
        snippet=text[:_SNIPPET],
        attachments=bool(draft.attachments),
        draft=True,
    )
