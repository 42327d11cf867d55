"""The date of a header (RFC 5322 3.3 and 4.3) in unix seconds, as written by every mailer."""

from __future__ import annotations

import re
from calendar import timegm

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
# Months as programs write them that speak their user's language; by three letters.
_FOREIGN_MONTHS = (
    "ene gen|fév fev|mär mrz mrt maa|avr abr|mai maj mei mag|giu|lug|aoû aou ago|set|okt ott out||"
    "déc dez dic"
)
_MONTHS |= {
    name: number
    for number, names in enumerate(_FOREIGN_MONTHS.split("|"), 1)
    for name in names.split()
}
_MONTHS |= {"juin": 6, "juil": 7}
# RFC 5322 4.3: the North American zones; a letter zone that is not known counts as UTC.
_ZONES = {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
_ZONES |= {"wet": 0, "west": 1, "bst": 1, "cet": 1, "met": 1, "cest": 2, "mest": 2, "eet": 2}
_ZONES |= {"eest": 3, "msk": 3, "hkt": 8, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "hst": -10}
_ZONES |= {"nzst": 12, "nzdt": 13, "akst": -9, "akdt": -8}

_ORDINARY = re.compile(
    r"\s*(?:[^\W\d_]{2,12}\.?(?:,\s*|\s+))?(\d{1,2})[\s-]+([^\W\d_]{3,10}|\d{1,2})\.?,?[\s-]+(\d{2,4}),?\s+"
    r"(\d{1,2})[:. ](\d{1,2})(?:[:. ](\d{1,2}))?(?:\.\d+)?,?\s*"
    r"([+-]\d{4}|[+-]\d{2}:\d{2}|\d{1,4}\b|(?:GMT|UTC)[+-]\d{1,2}(?::?\d{2})?\b|"
    r"[A-Za-z][A-Za-z0-9]*)?"
)
_SPACED_COLON = re.compile(r"\s*:\s*")
_ASCTIME = re.compile(
    r"\s*[A-Za-z]{3,9},?\s+([A-Za-z]{3,9})\s+(\d{1,2}),?\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s+"
    r"(?:([A-Za-z]{1,5})\s+)?(\d{4})(?:\s+([+-]\d{4}))?"
)
_ISO = re.compile(
    r"\s*(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*"
    r"(Z|[+-]\d{2}:?\d{2})?"
)

EARLIEST = 0  # 1970: nothing on the net is older, and ids cannot be negative
LATEST = 4_102_444_800  # 2100


def parse(text: str) -> int | None:
    """Return the moment that `text` names, in unix seconds, or None when it names none."""
    if ";" in text:  # the date of a Received field stands after the last semicolon
        text = text.rpartition(";")[2]
    text = text[:400]
    if "(" in text:
        bare = _without_comments(text)
        if bare is None:
            return None
        text = _SPACED_COLON.sub(":", bare)
    ordinary = _ORDINARY.match(text)
    if ordinary is not None:
        day, month, year, hour, minute, second, zone = ordinary.groups()
        return _seconds(year, _month(month), day, hour, minute, second, zone)
    asctime = _ASCTIME.match(text)
    if asctime is not None:
        month, day, hour, minute, second, name, year, offset = asctime.groups()
        return _seconds(year, _month(month), day, hour, minute, second, offset or name)
    iso = _ISO.match(text)
    if iso is not None:
        year, month, day, hour, minute, second, zone = iso.groups()
        return _seconds(year, int(month), day, hour, minute, second, (zone or "").replace(":", ""))
    return None


def plausible(text: str) -> int:
    """Return the moment that `text` names, or 0 where it is missing or absurd."""
    moment = parse(text) if text else None
    return moment if moment is not None and EARLIEST < moment < LATEST else 0


def _month(text: str) -> int:
    return (
        int(text)
        if text.isdigit()
        else _MONTHS.get(text[:3].lower(), 0) or (_MONTHS.get(text[:4].lower(), 0))
    )


def _seconds(
    year: str, month: int, day: str, hour: str, minute: str, second: str | None, zone: str | None
) -> int | None:
    number = int(year)
    if len(year) < 4:  # RFC 5322 4.3
        number += 2000 if number < 50 and len(year) == 2 else 1900
    values = (number, month, int(day), int(hour), int(minute), int(second or 0))
    if not (1 <= month <= 12 and 1 <= values[2] <= 31 and values[3] <= 24):
        return None
    if values[4] > 59 or values[5] > 60 or number < 1:
        return None
    return timegm(values) - _offset(zone or "")


def _offset(zone: str) -> int:
    if zone[:3] in ("GMT", "UTC") and len(zone) > 3:
        zone = zone[3:] if len(zone) > 5 else f"{zone[3]}{zone[4:]:0>2}"
    if zone[:1] in "+-" and zone[1:].replace(":", "").isdigit():
        digits = zone[1:].replace(":", "")
        minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
        return minutes * 60 if zone[0] == "+" else minutes * -60
    if zone.isdigit():
        return (int(zone) // 100 * 60 + int(zone) % 100) * 60
    name = zone.lower()
    return _ZONES.get(name, _ZONES.get(name[:3], 0)) * 3600


def _without_comments(text: str) -> str | None:
    """Drop comments, which nest; None when one is left open before the time."""
    out: list[str] = []
    depth = 0
    for piece in re.split(r"([()])", text):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth = max(0, depth - 1)
        elif not depth:
            out.append(piece)
    return None if depth and ":" not in "".join(out) else " ".join(out)
