"""A rule of repetition (RFC 5545 3.3.10) in words. It is read, never expanded."""

from __future__ import annotations

import re

_UNITS = {
    "YEARLY": "year",
    "MONTHLY": "month",
    "WEEKLY": "week",
    "DAILY": "day",
    "HOURLY": "hour",
    "MINUTELY": "minute",
    "SECONDLY": "second",
}
_DAYS = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}
_MONTHS_WORDS = (
    "January February March April May June July August September October November December"
)
_MONTHS = _MONTHS_WORDS.split()
_PLACES = {
    1: "first",
    2: "second",
    3: "third",
    4: "fourth",
    5: "fifth",
    -1: "last",
    -2: "second-last",
}
_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)$")
_WORKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]


def words(rule: str) -> str:
    """Say when something repeats: Every 2 weeks on Monday, until 2026-12-31."""
    if not rule.strip():
        return ""
    parts = {
        name.strip().upper(): value.strip().upper()
        for name, _, value in (pair.partition("=") for pair in rule[:1000].split(";"))
    }
    unit = _UNITS.get(parts.get("FREQ", ""))
    if unit is None:
        return "Repeats"
    interval = _number(parts.get("INTERVAL", "1")) or 1
    said = f"Every {unit}" if interval == 1 else f"Every {interval} {unit}s"
    said += _on(parts) + _in(parts) + _bounds(parts)
    return said


def _on(parts: dict[str, str]) -> str:
    place = _PLACES.get(_number(parts.get("BYSETPOS", "")) or 0, "")
    days = [_day(each, place) for each in parts.get("BYDAY", "").split(",") if each]
    days = [each for each in days if each]
    if sorted(days) == sorted(_WORKDAYS) and not place:
        return " on workdays"
    if days and place:
        names = {each.rpartition(" ")[2] for each in days}
        return f" on the {place} {'workday' if names == set(_WORKDAYS) else _listed(days, place)}"
    if days:
        return f" on {_and(days)}"
    dates = [_number(each) for each in parts.get("BYMONTHDAY", "").split(",") if each]
    told = ["the last day" if each == -1 else f"day {each}" for each in dates if each]
    return f" on {_and(told)}" if told else ""


def _listed(days: list[str], place: str) -> str:
    return _and([each.removeprefix(f"the {place} ") for each in days])


def _day(text: str, place: str) -> str:
    match = _DAY.match(text)
    if match is None:
        return ""
    which = _PLACES.get(int(match[1] or 0), "")
    return f"the {which} {_DAYS[match[2]]}" if which and not place else _DAYS[match[2]]


def _in(parts: dict[str, str]) -> str:
    months = [_number(each) for each in parts.get("BYMONTH", "").split(",") if each]
    names = [_MONTHS[each - 1] for each in months if each and 1 <= each <= 12]
    return f" in {_and(names)}" if names else ""


def _bounds(parts: dict[str, str]) -> str:
    count = _number(parts.get("COUNT", ""))
    if count:
        return ", once" if count == 1 else f", {count} times"
    until = parts.get("UNTIL", "")
    if re.match(r"\d{8}", until):
        return f", until {until[:4]}-{until[4:6]}-{until[6:8]}"
    return ""


def _number(text: str) -> int | None:
    try:
        return int(text[:6])
    except ValueError:
        return None


def _and(told: list[str]) -> str:
    shown = told[:7]
    if len(shown) == 1:
        return shown[0]
    return f"{', '.join(shown[:-1])} and {shown[-1]}"
