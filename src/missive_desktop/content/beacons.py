"""What files of a mail load by themselves: invitations (RFC 5545, 7986) and attached pages.

Reads the text of a part; which of it counts, `trackers` decides. Bounded, never raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from missive_desktop.content import charsets, loads, mime

MAX_FILES = 10
MAX_BYTES = 512 * 1024

_CALENDARS = frozenset(("text/calendar", "application/ics", "text/x-vcalendar"))
_PAGES = frozenset(("text/html", "application/xhtml+xml", "image/svg+xml", "application/xml"))
_CALENDAR_NAMES = (".ics", ".vcs", ".ical", ".icalendar", ".ifb")
_PAGE_NAMES = (".html", ".htm", ".xhtml", ".xht", ".shtml", ".svg", ".mht", ".mhtml")

_FOLD = re.compile(r"\r?\n[ \t]")
# A property that a calendar program fetches to show, or to sound an alarm.
_LOADED = re.compile(
    r"^(ATTACH|IMAGE|SOUND|X-ALT-DESC|X-MS-OLK-\w+|STYLED-DESCRIPTION)"
    r"((?:;[^:\r\n\"]*(?:\"[^\"\r\n]*\"[^:\r\n\"]*)*)?):([^\r\n]*)",
    re.IGNORECASE | re.MULTILINE,
)
_ESCAPE = re.compile(r"\\([nN,;\\])")


FileKind = Literal["calendar", "page"]
File = tuple[FileKind, str]  # what a part is, and its text


def kind_of(media_type: str, name: str) -> FileKind | Literal[""]:
    """Say what a part is by its type or its name."""
    lowered = name.lower()
    if media_type in _CALENDARS or lowered.endswith(_CALENDAR_NAMES):
        return "calendar"
    if media_type in _PAGES or lowered.endswith(_PAGE_NAMES):
        return "page"
    return ""


def files(raw: bytes, parts: Sequence[mime.Part]) -> tuple[File, ...]:
    """Return the parts that may load something when they are opened, decoded, the first few."""
    found: list[File] = []
    for part in parts:
        if part.media_type in ("text/plain", "text/html") and not part.name:
            continue
        kind = kind_of(part.media_type, part.name)
        if kind and len(found) < MAX_FILES:
            data = mime.content(raw, part)[:MAX_BYTES]
            if b"//" in data:
                found.append((kind, charsets.decode(data, part.charset)[0]))
    return tuple(found)


def of_file(file: File) -> Iterator[tuple[Literal["calendar", "file"], str]]:
    """Yield the addresses that a file loads; links in it are none."""
    kind, text = file
    if kind == "calendar":
        for address in of_calendar(text):
            yield "calendar", address
    else:
        for address in of_page(text):
            yield "file", address


def of_page(text: str) -> Iterator[str]:
    """Yield what an attached page or drawing loads when it is opened."""
    for load in loads.read(text[:MAX_BYTES]).loads:
        if load.what != "link":
            yield load.address


def of_calendar(text: str) -> Iterator[str]:
    """Yield what a calendar program may fetch: attachments, images, sounds, pages in it."""
    unfolded = _FOLD.sub("", text[:MAX_BYTES])
    alarm = _alarms(unfolded)
    for found in _LOADED.finditer(unfolded):
        name, value = found[1].upper(), _ESCAPE.sub(_escaped, found[3].strip())
        if "<" in value:
            yield from of_page(value)
        elif (
            name != "ATTACH"
            or any(start < found.start() < end for start, end in alarm)
            or not _is_document(found[2], value)
        ):
            yield value


def _alarms(text: str) -> list[tuple[int, int]]:
    """Return where alarms stand: what is attached there is fetched when they go off."""
    return [
        found.span()
        for found in re.finditer(
            r"^BEGIN:VALARM.*?^END:VALARM", text, re.IGNORECASE | re.MULTILINE | re.DOTALL
        )
    ]


def _is_document(parameters: str, value: str) -> bool:
    """Whether an attachment is a document that waits for a click, by its name and its address."""
    named = "FILENAME=" in parameters.upper() or "FMTTYPE=APPLICATION/" in parameters.upper()
    return named and "?" not in value


def _escaped(found: re.Match[str]) -> str:
    return "\n" if found[1] in "nN" else found[1]
