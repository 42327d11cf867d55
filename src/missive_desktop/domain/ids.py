"""Message ids. One id grows with its date, so newest first is descending id, without a sort."""

from __future__ import annotations

from typing import NewType

MessageId = NewType("MessageId", int)

SEQUENCE_BITS = 20
_LAST_SECOND = (1 << 42) - 1  # keeps every id a positive 63-bit integer


def first_message_id(date: int) -> MessageId:
    """Return the lowest id of the second `date` (unix seconds, clamped to what fits)."""
    return MessageId(min(max(date, 0), _LAST_SECOND) << SEQUENCE_BITS)


def message_date(message: MessageId) -> int:
    """Return the unix seconds that stand in a message id."""
    return message >> SEQUENCE_BITS
