"""Whether what the server shows as asked to be sent was asked by who may ask. Pure.

Whoever once had the space's key can write a body, and the server can show any row as asked anew.
So a request counts only as it was signed, by a device that stands in the directory now.
"""

from __future__ import annotations

from missive_desktop.domain.spaces import SendBody
from missive_desktop.store.team_rows import EntityRow
from missive_desktop.team.keys.roster import Roster
from missive_wire import rules

_INCOMPLETE = "This message is not complete."
_GONE = "The device that asked for this is not in the directory any more. Please ask again."
_NOT_ALLOWED = "Who asked for this may not send from here."
_DECIDED = "This failed before, and nobody asked for it again."


def refusal(roster: Roster, space: str, row: EntityRow | None, body: SendBody) -> str:
    """Return why a mail is not sent, or "". `row`: the confirmed one that `body` was read from."""
    envelope = body.envelope
    if row is None or not row.there or row.trouble or not row.signed:
        return _INCOMPLETE
    if not (envelope.key and envelope.hash and row.h.get("blob") and body.recipients):
        return _INCOMPLETE
    device = roster.devices.get(row.signed)
    if device is None:
        return _GONE
    if not rules.may(roster.role(device.user, space), "send.requested"):
        return _NOT_ALLOWED
    return _DECIDED if body.error else ""
