"""Until when a conversation can be put off. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum


class Until(StrEnum):
    LATER = "later"  # today, in three hours
    EVENING = "evening"
    TOMORROW = "tomorrow"
    WEEKEND = "weekend"
    NEXT_WEEK = "next_week"


def times(now: datetime) -> dict[Until, datetime]:
    """Return what makes sense now, in order; none of it has passed."""
    found: dict[Until, datetime] = {}
    later = (now + timedelta(hours=3)).replace(minute=now.minute - now.minute % 5, second=0)
    later = later.replace(microsecond=0)
    if later.date() == now.date() and later.hour < 22:
        found[Until.LATER] = later
    if now.hour < 17:
        found[Until.EVENING] = _at(now, 19)
    found[Until.TOMORROW] = _at(now + timedelta(days=1), 8)
    if now.weekday() < 5:
        found[Until.WEEKEND] = _at(now + timedelta(days=5 - now.weekday()), 10)
    found[Until.NEXT_WEEK] = _at(now + timedelta(days=7 - now.weekday()), 8)
    return found


def _at(day: datetime, hour: int) -> datetime:
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)
