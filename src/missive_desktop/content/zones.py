"""Names of time zones as calendars write them, and what a clock in them means. Pure.

Knows the zones of the system, the names of Windows, and the rules that a file brings along, which
are read without being expanded: only the year in question is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_OFFSET = re.compile(r"(?:UTC|GMT)\s*([+-])(\d{1,2})(?::?(\d{2}))?")
_UTC_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?$")
_DAY = re.compile(r"([+-]?\d)(MO|TU|WE|TH|FR|SA|SU)$")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Observance(NamedTuple):
    """One rule of a VTIMEZONE: from `start` on, in a year from its month and weekday on."""

    start: datetime
    offset: timedelta
    month: int  # 0 when it begins once, at `start`
    which: int
    weekday: int


class Zone(NamedTuple):
    """What a file calls a zone, and its clock; without one a time cannot be placed."""

    name: str
    clock: tzinfo | None
    rules: tuple[Observance, ...] = ()


def find(name: str, brought: Mapping[str, Sequence[Observance]]) -> Zone:
    """Return the zone that `name` stands for; `brought` are those that the file describes."""
    clean = name.strip(' "/')[:200]
    known = _known(clean)
    if known is not None:
        return Zone(_city(known[0]), known[1])
    if brought.get(name):
        return Zone(clean[:60], None, tuple(brought[name]))
    said = _OFFSET.search(clean)
    if said is not None:
        offset = timedelta(hours=int(said[2]), minutes=int(said[3] or 0))
        if offset < timedelta(hours=24):
            return Zone(clean[:60], timezone(-offset if said[1] == "-" else offset))
    return Zone(clean[:60], None)


def seconds(wall: datetime, zone: Zone) -> int:
    """Return when a clock in `zone` shows `wall`, or 0 when that cannot be known."""
    try:
        if zone.clock is not None:
            return int(wall.replace(tzinfo=zone.clock).timestamp())
        offset = _ruled(wall, zone.rules)
        return 0 if offset is None else int((wall - offset).replace(tzinfo=UTC).timestamp())
    except (ValueError, OverflowError):
        return 0


def observance(fields: Mapping[str, str]) -> Observance | None:
    """Read a STANDARD or DAYLIGHT block; rules other than yearly ones count once."""
    offset = _UTC_OFFSET.match(fields.get("TZOFFSETTO", "").strip())
    if offset is None:
        return None
    try:
        start = datetime.strptime(fields.get("DTSTART", "")[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007
    except ValueError:
        start = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock
    shift = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
    rule = dict(pair.split("=", 1) for pair in fields.get("RRULE", "").split(";") if "=" in pair)
    day = _DAY.match(rule.get("BYDAY", ""))
    month = rule.get("BYMONTH", "")
    if day is None or not month.isdigit() or not 1 <= int(month) <= 12:
        return Observance(start, -shift if offset[1] == "-" else shift, 0, 0, 0)
    return Observance(
        start, -shift if offset[1] == "-" else shift, int(month), int(day[1]), _DAYS.index(day[2])
    )


@lru_cache(maxsize=256)
def _known(name: str) -> tuple[str, tzinfo] | None:
    """Find a zone by its name of the Olson list, also behind a prefix, or by that of Windows."""
    if name.upper() in ("UTC", "Z", "GMT", "ETC/UTC"):
        return "UTC", UTC
    words = name.split("/")
    candidates = ["/".join(words[at:]) for at in range(max(0, len(words) - 3), len(words))]
    if "/" not in name:
        from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # loaded when needed

        candidates = [WINDOWS_TO_OLSON.get(name, name)]
    for candidate in candidates:
        try:
            return candidate, ZoneInfo(candidate)
        except (ValueError, OSError, KeyError):
            continue
    return None


def _city(name: str) -> str:
    return name.rpartition("/")[2].replace("_", " ")


def _ruled(wall: datetime, rules: Sequence[Observance]) -> timedelta | None:
    """Return the offset of the rule that began last before `wall`."""
    begun = [
        (onset, rule.offset)
        for rule in rules
        for onset in _onsets(rule, wall.year)
        if onset <= wall
    ]
    if begun:
        return max(begun, key=lambda each: each[0])[1]
    return rules[0].offset if rules else None


def _onsets(rule: Observance, year: int) -> list[datetime]:
    if not rule.month:
        return [rule.start]
    found = [_onset(rule, each) for each in (year, year - 1) if each >= rule.start.year]
    return [onset for onset in found if onset is not None]


def _onset(rule: Observance, year: int) -> datetime | None:
    """Return when a yearly rule begins: the second Sunday of March, the last one of October."""
    clock = rule.start.replace(day=1)
    try:
        if rule.which > 0:
            first = clock.replace(year=year, month=rule.month)
            ahead = (rule.weekday - first.weekday()) % 7 + 7 * (rule.which - 1)
            return first + timedelta(days=ahead)
        following = year + rule.month // 12
        last = clock.replace(year=following, month=rule.month % 12 + 1) - timedelta(days=1)
        behind = (last.weekday() - rule.weekday) % 7 + 7 * (-rule.which - 1)
        return last - timedelta(days=behind)
    except ValueError:
        return None
