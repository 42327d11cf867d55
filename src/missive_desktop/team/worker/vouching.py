"""What the device that serves an inbox tells the others of where a mail comes from.

They have neither the mailbox, whose provider's word in the header counts, nor do they ask for keys:
so it says by what names that provider goes, and which signatures it verified.
"""

from __future__ import annotations

from typing import Any

import msgspec

from missive_desktop.content import headers, origin, trust
from missive_desktop.domain.spaces import Checked
from missive_desktop.domain.team import Intent
from missive_desktop.store import accounts, signatures
from missive_desktop.store.database import Connection
from missive_desktop.store.team_rows import EntityRow
from missive_desktop.sync import attesting
from missive_wire import shapes

_MOST = 10  # signatures of one mail


def checked(conn: Connection, account: int, message: int) -> Checked:
    """Return what is known of a mail of a mailbox."""
    row = accounts.get(conn, account)
    if row is None:
        return Checked()
    whose = attesting.trusted(conn, row)
    found = signatures.get(conn, message)
    return Checked(
        whose.ids,
        tuple(sorted(whose.hosts)),
        whose.nameless,
        whose.proven,
        found.signatures[:_MOST] if found is not None else (),
        found.policy if found is not None else "",
        signatures.survive(conn, account),
    )


def settles(known: Checked, raw: bytes) -> bool:
    """Say whether the provider's own word is there and counts: then nothing that comes later says
    more."""
    facts = origin.facts(headers.split(raw, 0, len(raw)).fields)
    whose = trust.Trust(known.ids, frozenset(known.hosts), known.nameless, known.proven)
    return known.proven and bool(trust.believed(facts, whose))


def as_body(known: Checked) -> dict[str, Any]:
    """Return it as it stands in the body of a mail."""
    return shapes.read(msgspec.json.encode(known), dict[str, Any])


def told(scope: str, row: EntityRow, known: Checked, fence: int) -> Intent | None:
    """Return what adds it to a mail that stands in the space; None where it says no more."""
    body = shapes.read(row.body or "{}", dict[str, Any])
    now = as_body(known)
    if not known.signatures or body.get("checked") == now:
        return None
    written = msgspec.json.encode(body | {"checked": now}).decode()
    return Intent("patch", scope, "msg", row.id, "message.checked", {}, written, fence=fence)
