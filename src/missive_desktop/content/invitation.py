"""Reads invitations (RFC 5545, 5546, iMIP RFC 6047) out of calendar parts. Bounded, never raises.

Lines are read by icalendar; zones and repetitions are ours, for a stranger's rules are never
expanded. Nothing that a calendar names (alarms, attached addresses) is ever loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple, cast

import msgspec

from missive_desktop.content import charsets, recurrence, zones
from missive_desktop.domain.invitation import Guest, Invitation, Method, Moment

MAX_BYTES = 512 * 1024
MAX_EVENTS = 10
MAX_GUESTS = 200
_MAX_LINES = 5_000
_MAX_LINE = 64 * 1024
_MAX_TEXT = 4_000

_STATES = {
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "maybe",
    "NEEDS-ACTION": "no answer yet",
    "DELEGATED": "delegated",
    "COMPLETED": "done",
    "IN-PROCESS": "under way",
}
_METHODS = ("request", "cancel", "reply", "counter", "declinecounter", "publish")
_LINKS = (
    "CONFERENCE",
    "X-GOOGLE-CONFERENCE",
    "X-MICROSOFT-SKYPETEAMSMEETINGURL",
    "X-MICROSOFT-ONLINEMEETINGCONFLINK",
    "URL",
)
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?)?(Z)?$", re.IGNORECASE)
_DURATION = re.compile(
    r"([+-]?)P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?$"
)
_TAGS = re.compile(r"<[^<>]{0,500}>")


class _Line(NamedTuple):
    name: str
    parameters: Mapping[str, str]
    value: str


class _Block(NamedTuple):
    """A component and what it holds; children of events (alarms) are left out."""

    kind: str
    lines: list[_Line]

    def first(self, name: str) -> _Line | None:
        return next((line for line in self.lines if line.name == name), None)

    def value(self, name: str) -> str:
        line = self.first(name)
        return line.value.strip() if line is not None else ""


class _Calendar(NamedTuple):
    method: str
    events: tuple[_Block, ...]
    zones: Mapping[str, Sequence[zones.Observance]]


def is_calendar(media_type: str, name: str) -> bool:
    """Say whether a file is a calendar, by its type or its name."""
    return media_type in ("text/calendar", "application/ics", "text/x-vcalendar") or (
        name.lower().endswith((".ics", ".ical", ".vcs", ".icalendar"))
    )


def read(data: bytes, part: int) -> tuple[Invitation, ...]:
    """Return the events of a calendar part."""
    text = charsets.decode(data[:MAX_BYTES], "utf-8")[0]
    calendar = _calendar(text)
    return tuple(_invitation(event, calendar, part) for event in calendar.events)


def of_parts(parts: Sequence[tuple[int, bytes]]) -> tuple[Invitation, ...]:
    """Return the events of a mail's calendar parts; many mailers send the same one twice."""
    found: list[Invitation] = []
    for part, data in parts:
        for event in read(data, part):
            alike = any(msgspec.structs.replace(event, part=one.part) == one for one in found)
            if not alike and len(found) < MAX_EVENTS:
                found.append(event)
    return tuple(found)


def _lines(text: str) -> Iterator[_Line]:
    # Loaded when the first invitation comes: it takes as long as the rest of the program's start.
    from icalendar.parser import Contentline

    unfolded = re.sub(r"\r?\n[ \t]", "", text).splitlines()
    for line in unfolded[:_MAX_LINES]:
        if not line or len(line) > _MAX_LINE:
            continue
        try:
            name, parameters, value = Contentline(line).parts()  # type: ignore[no-untyped-call]
        except (ValueError, IndexError):
            continue
        plain = {
            key.upper(): said if isinstance(said, str) else ",".join(map(str, said))
            for key, said in parameters.items()
        }
        yield _Line(str(name).upper(), plain, str(value))


def _calendar(text: str) -> _Calendar:
    method = ""
    events: list[_Block] = []
    brought: dict[str, list[zones.Observance]] = {}
    stack: list[_Block] = []
    for line in _lines(text):
        if line.name == "BEGIN":
            stack.append(_Block(line.value.strip().upper(), []))
            if len(stack) > 10:
                break
        elif line.name == "END" and stack:
            closed = stack.pop()
            if closed.kind == "VEVENT" and len(events) < MAX_EVENTS:
                events.append(closed)
            elif closed.kind in ("STANDARD", "DAYLIGHT") and stack and len(brought) < 50:
                rule = zones.observance({each.name: each.value for each in closed.lines})
                known = brought.setdefault(stack[-1].value("TZID"), [])
                if rule is not None and len(known) < 200:
                    known.append(rule)
        elif line.name == "METHOD" and len(stack) <= 1:
            method = line.value.strip().lower()
        elif stack:
            stack[-1].lines.append(line)
    events += [block for block in stack if block.kind == "VEVENT"][: MAX_EVENTS - len(events)]
    return _Calendar(method, tuple(events), brought)


def _invitation(event: _Block, calendar: _Calendar, part: int) -> Invitation:
    start = _moment(event.first("DTSTART"), calendar)
    guests = [_guest(line) for line in event.lines if line.name == "ATTENDEE"][:MAX_GUESTS]
    organizer = event.first("ORGANIZER")
    links = [event.value(name) for name in _LINKS]
    where = event.value("LOCATION")[:500]
    return Invitation(
        part=part,
        method=_method(calendar.method, event),
        summary=" ".join(event.value("SUMMARY").split())[:500],
        start=start,
        end=_end(event, calendar, start),
        where=" ".join(where.split()),
        organizer=_guest(organizer) if organizer is not None else None,
        guests=tuple(guests),
        recurrence=recurrence.words(event.value("RRULE"))
        or ("Repeats" if event.first("RDATE") else ""),
        text=_said(event),
        links=tuple(dict.fromkeys(link[:2000] for link in links if link and link != where)),
        cancelled=calendar.method == "cancel" or event.value("STATUS").upper() == "CANCELLED",
    )


def _method(method: str, event: _Block) -> Method:
    if method == "request" and event.value("SEQUENCE").strip("0"):
        return "update"
    return cast(Method, method) if method in _METHODS else "publish"


def _guest(line: _Line) -> Guest:
    email = line.value.strip()
    if email.lower().startswith("mailto:"):
        email = email[7:]
    if "@" not in email:
        email = line.parameters.get("EMAIL", "")
    return Guest(
        name=" ".join(line.parameters.get("CN", "").strip('"').split())[:200],
        email=email.strip()[:300],
        state=_STATES.get(line.parameters.get("PARTSTAT", "").upper(), ""),
        optional=line.parameters.get("ROLE", "").upper() in ("OPT-PARTICIPANT", "NON-PARTICIPANT"),
    )


def _said(event: _Block) -> str:
    text = event.value("DESCRIPTION") or event.value("COMMENT")
    if "<" in text and "</" in text:  # against the standard, and common
        text = _TAGS.sub("", text[: 4 * _MAX_TEXT])
    lines = [line.strip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))[:_MAX_TEXT].strip()


def _moment(line: _Line | None, calendar: _Calendar) -> Moment | None:
    if line is None:
        return None
    match = _TIME.match(line.value.strip())
    if match is None:
        return None
    year, month, day, hour, minute, _, utc = match.groups()
    try:
        if hour is None:
            return Moment(date(int(year), int(month), int(day)).isoformat())
        wall = datetime(int(year), int(month), int(day), int(hour), int(minute))  # noqa: DTZ001
    except ValueError:
        return None
    shown = wall.isoformat(timespec="minutes")
    if utc:
        return Moment(shown, zones.seconds(wall, zones.find("UTC", {})), "UTC")
    name = line.parameters.get("TZID", "")
    if not name:
        return Moment(shown)
    zone = zones.find(name, calendar.zones)
    return Moment(shown, zones.seconds(wall, zone), zone.name)


def _end(event: _Block, calendar: _Calendar, start: Moment | None) -> Moment | None:
    end = _moment(event.first("DTEND"), calendar)
    if start is None:
        return None
    if end is None:
        end = _after(start, event.value("DURATION"))
    if end is None or end.wall < start.wall or ("T" in end.wall) != ("T" in start.wall):
        same = start.seconds and end is not None and end.seconds > start.seconds
        return end if same else None
    if "T" not in end.wall and end.wall > start.wall:  # the day after the last one
        return Moment((date.fromisoformat(end.wall) - timedelta(days=1)).isoformat())
    return end


def _after(start: Moment, duration: str) -> Moment | None:
    match = _DURATION.match(duration.strip().upper())
    if match is None or match[1] == "-":
        return None
    weeks, days, hours, minutes, seconds = (int(digits or 0) for digits in match.groups()[1:])
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    try:
        wall = datetime.fromisoformat(start.wall) + length
    except (ValueError, OverflowError):
        return None
    if "T" not in start.wall:
        return Moment(wall.date().isoformat())
    seconds = start.seconds + int(length.total_seconds()) if start.seconds else 0
    return Moment(wall.isoformat(timespec="minutes"), seconds, start.zone)
