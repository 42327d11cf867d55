"""What the team is told of a mail that a member asked to be sent. Pure."""

from __future__ import annotations

import msgspec

from missive_desktop.domain.spaces import Conversation
from missive_desktop.domain.team import Intent
from missive_desktop.store.clock import now_ms
from missive_desktop.store.team_talk import SendRow
from missive_desktop.team.worker.filing import trimmed
from missive_wire.ids import derived_id

CUT_OFF = "The computer that was sending it stopped; the mail may have arrived."
_ACTS = {
    "sending": "send.started",
    "sent": "send.sent",
    "failed": "send.failed",
    "uncertain": "send.uncertain",
}


def said(scope: str, row: SendRow, state: str, fence: int, error: str = "") -> Intent:
    """Say how it stands with it; the server refuses what does not follow from what it knows."""
    body = ""
    if error and state != "sending":
        told = msgspec.structs.replace(row.asked, error=error[:1_000])
        body = msgspec.json.encode(told).decode()
    pre = {"st": row.state}
    return Intent("patch", scope, "send", row.id, _ACTS[state], {"st": state}, body, pre, fence)


def settled(scope: str, row: SendRow) -> Intent:
    """Say that it was sent after all, without a lease: another device had given up on it."""
    pre = {"st": "uncertain"}
    return Intent("patch", scope, "send", row.id, "send.settled", {"st": "sent"}, pre=pre)


def mail(scope: str, space: str, row: SendRow, size: int, fence: int) -> Intent:
    """Return the message that a mail becomes once it was sent."""
    envelope = row.asked.envelope
    id_ = derived_id(space, f"{envelope.hash} {envelope.message_id}")
    header = {"conv": row.conv, "out": True, "at": now_ms(), "size": size, "blob": row.blob}
    body = msgspec.json.encode(trimmed(envelope)).decode()
    return Intent("put", scope, "msg", id_, "message.added", header, body, {"v": 0}, fence)


def reopened(scope: str, row: SendRow, header: Conversation | None, fence: int) -> Intent | None:
    """Open again what was closed along with a mail that did not leave."""
    if not row.closes or header is None or header.state != "closed":
        return None
    change = {"st": "open", "inbox": not header.assignees, "since": now_ms()}
    act, pre = "conversation.reopened", {"st": "closed"}
    return Intent("patch", scope, "conv", row.conv, act, change, pre=pre, fence=fence)
