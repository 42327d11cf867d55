"""Sending as a state machine over a frozen copy."""

from __future__ import annotations

from enum import StrEnum


class Outgoing(StrEnum):
    """The states of a message in the outbox.

    QUEUED → SENDING → SENT | FAILED | UNCERTAIN; FAILED → QUEUED on a retry; QUEUED → CANCELLED
    within the undo window. UNCERTAIN: the connection broke after the data and before the answer,
    so the mail may have gone out; never retried by the program itself.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


TRANSITIONS: dict[Outgoing, frozenset[Outgoing]] = {
    Outgoing.QUEUED: frozenset({Outgoing.SENDING, Outgoing.CANCELLED, Outgoing.FAILED}),
    Outgoing.SENDING: frozenset(
        {Outgoing.SENT, Outgoing.QUEUED, Outgoing.FAILED, Outgoing.UNCERTAIN}
    ),
    Outgoing.FAILED: frozenset({Outgoing.QUEUED, Outgoing.CANCELLED}),
    Outgoing.UNCERTAIN: frozenset({Outgoing.QUEUED, Outgoing.SENT, Outgoing.CANCELLED}),
    Outgoing.SENT: frozenset(),
    Outgoing.CANCELLED: frozenset(),
}
