"""How our readers of header values agree with three lists of values and what they say.

Each list is JSON: `header` and `expected`. Compared is what a mail client shows: names and
addresses (groups flattened, white space and source routes left out as RFC 5322 4.4 says), type
and parameters (languages, control characters and blank values left out: none of them is shown),
the moment of a date.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from missive_desktop.content import addresses, dates, headers, parameters

_NEXT = re.compile(r"\r?\n(?![ \t])")  # what is not folded is another line

_CONTROL = re.compile(r"[\x00-\x1f]")

Result = tuple[int, int, list[str]]


def compare_addresses(corpus: Path) -> Result:
    """Compare the lists of addresses."""
    return _compare(corpus / "address.json", _same_addresses)


def compare_types(corpus: Path) -> Result:
    """Compare the values of Content-Type."""
    return _compare(corpus / "content_type.json", _same_type)


def compare_dates(corpus: Path) -> Result:
    """Compare the values of Date."""
    return _compare(corpus / "date.json", _same_date)


def _compare(listed: Path, same: Callable[[str, Any], bool]) -> Result:
    cases = json.loads(listed.read_text())
    wrong = [
        case["header"]
        for case in cases
        if not same(_NEXT.split(case["header"].rstrip("\n"))[0], case["expected"])
    ]
    return len(cases) - len(wrong), len(cases), wrong


def _same_addresses(header: str, expected: Any) -> bool:
    found = [_alike(one.name, one.email) for one in addresses.parse(header.encode())]
    return found == [_pair(one) for one in _flat(expected)]


def _flat(expected: Any) -> Iterator[Any]:
    if expected is None:
        return
    for kind, members in expected.items():
        for one in members:
            yield from one["addresses"] if kind == "Group" else (one,)


def _pair(one: Any) -> tuple[str, str]:
    return _alike(one["name"] or "", one["address"] or "")


def _alike(name: str, email: str) -> tuple[str, str]:
    bare = email.partition(":")[2] if email.startswith("@") else email
    return " ".join(name.split()), "".join(bare.split())


def _same_type(header: str, expected: Any) -> bool:
    found = parameters.parse(header.encode())
    if expected is None:
        return not found.value
    kind, _, subtype = found.value.partition("/")
    wanted = {
        name.lower(): _CONTROL.sub("", value)
        for name, value in expected.get("attributes") or ()
        if value.strip() and not name.endswith("-language")
    }
    return (kind, subtype) == (
        expected["c_type"].lower(),
        (expected.get("c_subtype") or "").lower(),
    ) and {name: value for name, value in found.parameters.items() if value.strip()} == wanted


def _same_date(header: str, expected: Any) -> bool:
    found = dates.parse(headers.unfold(header.encode()))
    if expected is None:
        return found is None
    sign = -1 if expected["tz_before_gmt"] else 1
    zone = timezone(sign * timedelta(hours=expected["tz_hour"], minutes=expected["tz_minute"]))
    fields = (expected[name] for name in ("year", "month", "day", "hour", "minute", "second"))
    return found is not None and found == datetime(*fields, tzinfo=zone).astimezone(UTC).timestamp()


if __name__ == "__main__":
    for compare in (compare_addresses, compare_types, compare_dates):
        right, total, others = compare(Path(sys.argv[1]))
        print(f"{compare.__name__}: {right} of {total}", *map(repr, others), sep="\n  ")
