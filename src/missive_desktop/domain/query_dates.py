"""Dates and sizes of the query language: how they are written and what they mean.

Pure: the current time and the time zone are given. No zone means the machine's own.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta, tzinfo

from missive_desktop.domain.query_tree import DateOperator

_ISO = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_AGO = re.compile(r"(\d{1,4})([dwmy])")
_SIZE = re.compile(r"(\d{1,12})(?:[.,](\d{1,6}))?([kmg]?)(?:i?b)?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_FIRST_YEAR, _LAST_YEAR = 1900, 2999
_EPOCH = date(1970, 1, 2)  # a day later, so that no zone goes below zero


def read_when(text: str) -> str | None:
    """Return a date in its one form (2026-11-03, 2026-11, 7d, today), or None if it is none."""
    small = text.lower()
    if small in ("today", "yesterday") or _AGO.fullmatch(small):
        return small
    day_first = _DAY_FIRST.fullmatch(small)
    if day_first:
        day, month, year = day_first.groups()
        small = f"{year}-{month}-{day}"
    iso = _ISO.fullmatch(small)
    if iso is None:
        return None
    parts = [int(part) for part in iso.groups() if part]
    try:
        date(*[*parts, 1, 1][:3])
    except ValueError:
        return None
    if not _FIRST_YEAR <= parts[0] <= _LAST_YEAR:
        return None
    return "-".join(f"{part:02}" for part in parts)


def period(when: str, today: date) -> tuple[date, date]:
    """Return the first day of what `when` names, and the day after its last."""
    ago = _AGO.fullmatch(when)
    if ago or when in ("today", "yesterday"):
        number, unit = (int(ago[1]), ago[2]) if ago else (int(when == "yesterday"), "d")
        first = _back(today, number, unit)
        return first, first + timedelta(days=1)
    year, *rest = (int(part) for part in when.split("-"))
    if not rest:
        return date(year, 1, 1), date(year + 1, 1, 1)
    if len(rest) == 1:
        return date(year, rest[0], 1), _month(year, rest[0] + 1, 1)
    first = date(year, *rest)
    return first, first + timedelta(days=1)


def _back(today: date, number: int, unit: str) -> date:
    try:
        if unit in "dw":
            return today - timedelta(days=number * (7 if unit == "w" else 1))
        return _month(today.year, today.month - number * (12 if unit == "y" else 1), today.day)
    except (OverflowError, ValueError):
        return _EPOCH


def _month(year: int, month: int, day: int) -> date:
    """Return a date whose month may lie outside the year and its day beyond the month's end."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def bounds(
    operator: DateOperator, when: str, now: int, zone: tzinfo | None
) -> tuple[int | None, int | None]:
    """Return the first second that fits and the first that does not any more; None: no bound.

    `after:` includes the day it names and `before:` does not, so that
    `after:2026-11 before:2026-12` is November.
    """
    first, end = period(when, datetime.fromtimestamp(now, zone).date())
    if operator == "before":
        return None, _midnight(first, zone)
    return _midnight(first, zone), _midnight(end, zone) if operator == "on" else None


def _midnight(day: date, zone: tzinfo | None) -> int:
    day = max(day, _EPOCH)
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


def read_size(text: str) -> int | None:
    """Return the bytes of 500, 10k, 1.5M, 2GB, or None if it is no size."""
    found = _SIZE.fullmatch(text)
    if found is None:
        return None
    whole, part, unit = found.groups()
    factor = _UNITS[unit.lower()]
    return int(whole) * factor + (int(part) * factor // 10 ** len(part) if part else 0)
