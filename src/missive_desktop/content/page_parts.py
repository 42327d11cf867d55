"""Small parts of the page's markup: icons, counts, the addresses of acts. Nothing about mails."""

from __future__ import annotations

from urllib.parse import quote
from zlib import crc32

from missive_desktop.content.markup import escape
from missive_desktop.domain.message import Address

AVATARS = 8

# Where a folded mail's inner part is put in later. No mail can hold it: its classes have a prefix.
LATER = '<div class="later"></div>'

_ICONS = {
    "shield": '<path d="M12 3l7 3v5c0 4.6-3 8.300-7 10-4-1.700-7-5.400-7-10V6z"/>',
    "chevron": '<path d="M6 9l6 6 6-6"/>',
    "file": '<path d="M6 3h8l4 4v14H6z"/><path d="M14 3v4h4M9 13h6M9 17h4"/>',
    "image": '<path d="M4 5h16v14H4z"/><path d="M4 16l5-5 4 4 3-3 4 4"/><path d="M9 9h.01"/>',
    "mail": '<path d="M3 6h18v12H3z"/><path d="M3 7l9 7 9-7"/>',
    "save": '<path d="M12 4v11M7 11l5 5 5-5M5 20h14"/>',
    "external": '<path d="M14 5h5v5M19 5l-8 8M17 14v5H5V7h5"/>',
    "calendar": '<path d="M4 6h16v14H4zM4 10h16M8 3v4M16 3v4"/>',
    "clock": '<path d="M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18z"/><path d="M12 7v5l3 2"/>',
    "pin": '<path d="M12 21c4-5 6-8 6-11a6 6 0 0 0-12 0c0 3 2 6 6 11z"/><path d="M12 10h.01"/>',
    "link": (
        '<path d="M10 14l4-4M8 11l-2 2a3.500 3.500 0 0 0 5 5l2-2"/>'
        '<path d="M16 13l2-2a3.500 3.500 0 0 0-5-5l-2 2"/>'
    ),
    "people": (
        '<path d="M9 11a3 3 0 1 0 0-6a3 3 0 0 0 0 6zM3 19c0-3 3-5 6-5s6 2 6 5"/>'
        '<path d="M16 5a3 3 0 0 1 0 6M17 14c2 .5 4 2 4 5"/>'
    ),
    "repeat": '<path d="M5 11a7 7 0 0 1 12-4l2 2M19 4v5h-5M19 13a7 7 0 0 1-12 4l-2-2M5 20v-5h5"/>',
    "check": '<path d="M5 12l5 5 9-10"/>',
    "close": '<path d="M6 6l12 12M18 6L6 18"/>',
    "code": '<path d="M8 7l-5 5 5 5M16 7l5 5-5 5"/>',
    "dots": '<path d="M5 12h.01M12 12h.01M19 12h.01"/>',
    "genuine": (
        '<path d="M19.8 15.2A3.7 3.7 0 0 1 15.2 19.8A3.7 3.7 0 0 1 8.8 19.8A3.7 3.7 0 0 1 4.2 15.2'
        "A3.7 3.7 0 0 1 4.2 8.8A3.7 3.7 0 0 1 8.8 4.2A3.7 3.7 0 0 1 15.2 4.2A3.7 3.7 0 0 1 19.8 8.8"
        'A3.7 3.7 0 0 1 19.8 15.2z"/><path d="M8.5 12l2.5 2.5 4.5-5"/>'
    ),
    "lock": '<path d="M5 11h14v10H5z"/><path d="M8 11V7a4 4 0 0 1 8 0v4"/>',
    "send": '<path d="M21 3L10 14M21 3l-7 18-4-7-7-4z"/>',
    "assigned": (
        '<path d="M9 11a4 4 0 1 0 0-8a4 4 0 0 0 0 8zM2 21v-1a6 6 0 0 1 6-6h2a6 6 0 0 1 4 1.500"/>'
        '<path d="M14 19l2.500 2.500L22 16"/>'
    ),
    "closed": (
        '<path d="M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18z"/><path d="M8.500 12l2.500 2.500 4.500-5"/>'
    ),
    "reopened": '<path d="M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18z"/>',
    "label": '<path d="M3 3h9l9 9-9 9-9-9z"/><path d="M7.500 7.500h.01"/>',
    "moved": (
        '<path d="M3 6h6l2 2h10v11H3z"/><path d="M10 13.500h6M13.500 11l2.500 2.500-2.500 2.500"/>'
    ),
    "archive": '<path d="M3 4h18v4H3zM5 8v12h14V8M10 12h4"/>',
    "trash": '<path d="M4 6h16M9 6V4h6v2M6 6l1 14h10l1-14"/>',
    "task": '<path d="M4 4h16v16H4z"/><path d="M8 12l3 3 5-6"/>',
    "info": '<path d="M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18z"/><path d="M12 11v5M12 8h.01"/>',
    "warning": '<path d="M12 4l9 16H3z"/><path d="M12 10v4M12 17h.01"/>',
}


def act(name: str, **values: object) -> str:
    """Return the address of an act, as the view reads it."""
    query = "&".join(f"{key}={quote(str(value), safe='')}" for key, value in values.items())
    return f"act:{name}?{query}"


def link(words: str, name: str, **values: object) -> str:
    """Write a link to an act."""
    return f'<a href="{escape(act(name, **values))}">{escape(words)}</a>'


def icon(name: str) -> str:
    """Draw an icon in the colour of the text around it."""
    return f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{_ICONS[name]}</svg>'


def count(number: int, noun: str) -> str:
    """Say how many there are of a thing with a regular plural."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def avatar(address: str) -> int:
    """Return which of the avatar colours belongs to an address."""
    return crc32(address.lower().encode("utf-8", "replace")) % AVATARS


def initials(person: Address) -> str:
    """Return one or two letters for a person; a script without capitals gives one."""
    words = [word for word in person.name.replace("_", " ").split() if word[0].isalnum()]
    if not words:
        first = next((char for char in person.email if char.isalnum()), "?")
        return first.upper()
    if ord(words[0][0]) > 0x2E80:  # Chinese, Japanese, Korean: one character says enough
        return words[0][0]
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()[:2]


def initialled(person: Address, kind: str = "") -> str:
    """Draw the round mark of a person."""
    more = f" {kind}" if kind else ""
    return (
        f'<span class="avatar avatar-{avatar(person.email)}{more}" aria-hidden="true">'
        f"{escape(initials(person))}</span>"
    )
