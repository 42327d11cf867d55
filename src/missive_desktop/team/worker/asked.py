"""Whether what the server shows as asked to be sent was asked by who may ask. Pure.

Whoever once had the space's key can write a body, and the server can show any row as asked anew.
So a request counts only as it was signed, by a device that stands in the directory now: the server
may hold it up, and neither hurry it nor have it close what was not to be closed.
"""

from __future__ import annotations

from missive_desktop.domain.spaces import SendBody
from missive_desktop.store.team_rows import EntityRow
from missive_desktop.team.keys.roster import Roster
from missive_wire import rules

_INCOMPLETE = "This message is not complete."
_GONE = "The device that asked for this is not in the directory any more. Please ask again."
_NOT_ALLOWED = "Who asked for this may not send from here."
_ALTERED = "The server says something else of this message than who asked for it did."
_DECIDED = "This failed before, and nobody asked for it again."
_LONGEST = 120.0  # seconds: what is to be sent much later is not held up anew by each start


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
    if (row.h.get("conv"), row.h.get("close", False)) != (body.conv, body.close):
        return _ALTERED
    if not isinstance(due := row.h.get("due", 0), int) or due < body.due:  # later is no harm
        return _ALTERED
    return _DECIDED if body.error else ""


def wait(due: int, body: SendBody, now: int, seen: float) -> float:
    """Return for how many seconds a mail may still be taken back.

    `due`: as the server says, `now`: its clock (milliseconds). It could set that forward, so what
    was left to take it back is also counted from when it was first `seen` here, seconds ago.
    """
    left = (max(due, body.due) - now) / 1000
    return max(0.0, left, min(body.undo / 1000, _LONGEST) - seen)
